"""What all commands of the console script have in common."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pipeline.cli import COMMANDS, main
from pipeline.settings import settings

WITH_DAYS = ["refresh", "ledger", "quarantine"]


@pytest.mark.parametrize("command", WITH_DAYS)
@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--from", "2025-02-30"], "'2025-02-30' is not a day; write it as YYYY-MM-DD"),
        (["--to", "soon"], "'soon' is not a day; write it as YYYY-MM-DD"),
        (["--from", "2025-03-05", "--to", "2025-03-03"], "2025-03-05 is after --to 2025-03-03"),
        (["--everything"], "--everything"),
    ],
)
def test_a_wrong_call_is_usage_and_exit_code_2(command: str, args: list[str], told: str) -> None:
    done = CliRunner().invoke(main, [command, *args], prog_name="arxiv-ja-en")

    assert done.exit_code == 2
    assert told in done.stderr
    assert f"Usage: arxiv-ja-en {command}" in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_shows_what_each_says_of_itself(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    told = CliRunner().invoke(main, ["--help"], terminal_width=300).stdout

    assert f"  {name}  " in told
    assert command.get_short_help_str(250) in told


def test_the_list_of_commands_imports_none_of_them() -> None:
    program = (
        "import sys; from pipeline.cli import main; main(['--help'], standalone_mode=False);"
        "heavy = {'polars', 'pandera', 'pydantic', 'dagster'} & set(sys.modules);"
        "sys.exit(', '.join(sorted(heavy)) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, text=True
    )

    assert done.stderr == ""
    assert "Commands:" in done.stdout


def test_a_command_that_is_not_there_is_usage_and_exit_code_2() -> None:
    done = CliRunner().invoke(main, ["refersh"], prog_name="arxiv-ja-en")

    assert done.exit_code == 2
    assert "refersh" in done.stderr


@pytest.mark.parametrize(
    ("command", "unusable"),
    [
        (["import", __file__], "data"),
        (["import", __file__], "data/archive"),
        (["days"], "data/archive/x.warc.gz"),
        (["verify", "--archive"], "data/archive/x.warc.gz"),
    ],
)
def test_a_data_folder_that_cannot_be_used_is_one_line(
    command: list[str], unusable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARXIV_JA_EN_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    blocked = tmp_path / unusable
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.symlink_to("nowhere")

    try:
        done = CliRunner().invoke(main, command)
    finally:
        settings.cache_clear()

    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {blocked}: ")
    assert done.stderr.count("\n") == 1
