"""What all commands of the console script have in common."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from pipeline.cli import main

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


def test_a_command_that_is_not_there_is_usage_and_exit_code_2() -> None:
    done = CliRunner().invoke(main, ["refersh"], prog_name="arxiv-ja-en")

    assert done.exit_code == 2
    assert "refersh" in done.stderr
