"""The README holds what it says: its commands run, its settings and places exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import COMMANDS, main
from pipeline.cli.demo import opening_lines
from pipeline.sample import SampleSite
from pipeline.schema import CONFIGS, Config
from pipeline.settings import ENV_PREFIX, PROJECT_ROOT, Settings, today
from tests.orchestration.conftest import House

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
SCRIPT = ".venv/bin/arxiv-ja-en"
LIVE = f"{SCRIPT} refresh"
"""The one command that reads the live site; here it is shown to read the site it is pointed at."""


def commands() -> dict[str, list[str]]:
    """Each command, with the lines that the README says it prints."""
    printed: dict[str, list[str]] = {}
    for block in re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                lines = printed.setdefault(line[2:], [])
            else:
                lines.append(line)
    return printed


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house in which the sample has been refreshed once, at the address the README names."""
    from pipeline.sample import serve_sample

    root = tmp_path_factory.mktemp("house")
    shutil.copy(PROJECT_ROOT / "dagster.yaml", root)
    with serve_sample() as site:
        house = House(root, site)
        done = house.refresh()
        assert done.exit_code == 0, done.output
        page = house.run("parse", str(_a_page_of(site, root)))
        assert page.exit_code == 0
        yield house


def _a_page_of(site: SampleSite, root: Path) -> Path:
    import urllib.request

    page = root / "PAGE.html"
    with urllib.request.urlopen(f"{site.base_url}/2025/03/03/") as response:
        page.write_bytes(response.read())
    return page


@pytest.mark.parametrize("command", [c for c in commands() if c.startswith(SCRIPT)])
def test_every_console_command_does_what_it_says(lived_in: House, command: str) -> None:
    args = shlex.split(command.removeprefix(SCRIPT))
    address = lived_in.site.base_url
    args = [arg.replace("http://127.0.0.1:8765", address) for arg in args]
    args = [str(lived_in.root / a) if a.startswith(("PAGE", "data/")) else a for a in args]

    # The sample ends in 2025; without days, those since then would be read as well.
    until = {"ARXIV_JA_EN_FIRST_DAY": str(today())} if command == LIVE else {}

    done = lived_in.run(*args, **until)

    assert done.exit_code == 0, done.output
    assert done.stdout.strip()
    printed = done.stdout.replace(f"{lived_in.root}/", "").splitlines()
    assert [line for line in commands()[command] if line not in (*printed, "…")] == []


@pytest.mark.parametrize("command", [c for c in commands() if c.startswith("make")])
def test_every_make_command_has_a_target(command: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", *shlex.split(command)[1:]],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_no_command_of_another_form_is_in_it() -> None:
    assert len(commands()) >= 8
    assert all(command.startswith((SCRIPT, "make ")) for command in commands())


def test_its_python_opens_the_snapshot(lived_in: House) -> None:
    snapshot = lived_in.root / "data" / "snapshots" / "v2025.03.07"
    code = "\n".join(blocks("python")).replace("data/snapshots/v2025.03.07", str(snapshot))
    code += "\n" + "\n".join(line.strip() for line in opening_lines(snapshot))

    done = subprocess.run(
        [sys.executable, "-c", code + "\nprint(len(pairs), len(good))"],
        env=lived_in.env | {"HF_HOME": str(lived_in.root / "hf"), "HF_HUB_OFFLINE": "1"},
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    n_pairs, n_good = map(int, done.stdout.split()[-2:])
    assert n_pairs >= n_good > 0


def test_every_setting_is_in_its_table_with_its_default() -> None:
    rows = dict(re.findall(rf"\| `({ENV_PREFIX}\w+)` \| `([^`]*)` \|", README))
    expected = {
        f"{ENV_PREFIX}{name.upper()}": "none" if field.default is None else str(field.default)
        for name, field in Settings.model_fields.items()
    }
    assert rows == expected
    for field in Settings.model_fields.values():
        assert field.description
        assert field.description in README


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
def test_every_config_is_in_its_table_with_columns_that_it_has(config: Config) -> None:
    row = re.search(rf"^\| `{config.name}` (.*)$", README, flags=re.MULTILINE)
    assert row, f"README.md has no row of the config `{config.name}`: add one for researchers"
    of_rows = {*re.findall(r"`(\w+)`", row[1])}
    unknown = of_rows - {doc.name for doc in config.fields}
    assert not unknown, f"README.md says that {config.name} has {unknown}, which it has not"


def test_every_place_it_names_exists() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    engineer = README.split("## For the engineer")[1]
    places = re.findall(r"^\| `([\w./]+)` \|", engineer, flags=re.MULTILINE)
    assert links
    assert len(places) > 10
    for place in (*links, *(place for place in places if place not in {".dagster/"})):
        assert (PROJECT_ROOT / place).exists(), place


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_of_the_script_explains_itself(command: str) -> None:
    done = CliRunner().invoke(main, [command, "--help"], prog_name="arxiv-ja-en")

    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"Usage: arxiv-ja-en {command}")
