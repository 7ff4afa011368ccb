"""The package without a checkout: installed from a wheel, run in a folder with nothing in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

import pytest

from pipeline import __version__
from pipeline.sample import serve_sample
from pipeline.settings import ENV_PREFIX, PROJECT_ROOT


@dataclass
class Installation:
    """The package in a virtual environment of its own."""

    wheel: Path
    sdist: Path
    folder: Path

    @property
    def package(self) -> Path:
        (found,) = self.folder.glob("lib/python*/site-packages/pipeline")
        return found

    def run(self, program: str, *args: str, cwd: Path, **env: str) -> str:
        """What a program of the environment writes to stdout; it must succeed."""
        outside = {
            name: value
            for name, value in os.environ.items()
            if name not in {"PYTHONPATH", "DAGSTER_HOME"} and not name.startswith(ENV_PREFIX)
        }
        done = subprocess.run(
            [self.folder / "bin" / program, *args],
            cwd=cwd,
            env=outside | {"PYTHONDONTWRITEBYTECODE": "1"} | env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Built and installed offline; the dependencies are those of the environment of the tests."""
    root = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", root],
        cwd=PROJECT_ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,), (sdist,) = root.glob("*.whl"), root.glob("*.tar.gz")
    made = Installation(wheel, sdist, root / "venv")
    venv.create(made.folder)
    python = made.folder / "bin" / "python"
    options = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", *options, wheel], check=True
    )
    path_file = made.package.parent / "dependencies.pth"
    path_file.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return made


def test_the_wheel_bundles_what_the_package_reads_and_no_list_of_removals(
    installation: Installation,
) -> None:
    bundled = {
        name.removeprefix("pipeline/bundled/")
        for name in ZipFile(installation.wheel).namelist()
        if name.startswith("pipeline/bundled/")
    }

    reference = {path.name for path in (PROJECT_ROOT / "data" / "reference").iterdir()}
    sample = [path for path in (PROJECT_ROOT / "data" / "sample").rglob("*") if path.is_file()]
    assert bundled == {
        "dagster.yaml",
        "dataset_card.md",
        *(f"data/reference/{name}" for name in reference),
        *(str(path.relative_to(PROJECT_ROOT)) for path in sample),
    }
    with tarfile.open(installation.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert bundled < names
    assert not [name for name in names if "removals.csv" in name]


def test_the_image_copies_what_the_build_bundles() -> None:
    """Without one of these files the package cannot be installed in the image."""
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    image = (PROJECT_ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    copied = " ".join(re.findall(r"^COPY (.+) \S+$", image, re.MULTILINE)).split()
    wanted = [*wheel["force-include"], *wheel["packages"]]
    assert len(wanted) > 4
    lacking = [
        path for path in wanted if not any(Path(path).is_relative_to(source) for source in copied)
    ]
    assert lacking == []


def test_every_command_works_from_an_empty_folder(
    installation: Installation, tmp_path: Path
) -> None:
    files = sorted(installation.package.parent.rglob("*"))
    assert installation.run("arxiv-ja-en", "--version", cwd=tmp_path).strip().endswith(__version__)

    pair = {"id": 1, "en": "We train a model.", "ja": "モデルを学習する。"}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair) + "\n", encoding="utf-8")
    snapshot = "data/snapshots/v2025.03.07"
    commands = [
        ["demo"],
        ["parse", "page.html"],
        ["align", "pairs.jsonl"],
        ["verify", snapshot],
        ["diff", snapshot, snapshot],
        ["refresh", "--from", "2025-03-07", "--to", "2025-03-07"],
    ]
    # One process for all of them: most of what a command costs is its imports.
    script = (
        "import json, sys\n"
        "from click.testing import CliRunner\n"
        "from pipeline.cli import main\n"
        "for command in json.loads(sys.argv[1]):\n"
        "    done = CliRunner().invoke(main, command)\n"
        "    assert done.exit_code == 0, (command, done.output)\n"
        "    print('##', command[0], done.stdout, sep='\\n')\n"
    )
    with serve_sample() as site:
        with urlopen(f"{site.base_url}/2025/03/03/") as page:
            (tmp_path / "page.html").write_bytes(page.read())
        environment = {f"{ENV_PREFIX}BASE_URL": site.base_url, f"{ENV_PREFIX}DELAY_SECONDS": "0"}
        output = installation.run(
            "python", "-c", script, json.dumps(commands), cwd=tmp_path, **environment
        )

    shown_by = dict(part.split("\n", 1) for part in output.split("##\n")[1:])
    assert list(shown_by) == [command[0] for command in commands]
    assert all(text.strip() for text in shown_by.values())
    assert f'load_dataset("{snapshot}", "papers")' in shown_by["demo"]
    assert '"arxiv_id"' in shown_by["parse"]
    assert "fetched" in shown_by["refresh"]
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"data", "dagster.yaml", ".dagster", "page.html", "pairs.jsonl"}
    assert sorted(installation.package.parent.rglob("*")) == files, "nothing was written there"
