"""The files of `deploy/` against what they speak of."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from pipeline.settings import ENV_PREFIX, PROJECT_ROOT, Settings

DEPLOY = PROJECT_ROOT / "deploy"


def test_the_example_of_the_environment_names_settings_and_holds_no_secret() -> None:
    lines = (DEPLOY / "arxiv-ja-en.env.example").read_text().splitlines()
    pairs = dict(re.findall(r"^#? ?([A-Z0-9_]+)=(.*)$", "\n".join(lines), re.MULTILINE))
    named = {name.removeprefix(ENV_PREFIX) for name in pairs if name.startswith(ENV_PREFIX)}
    assert named <= {field.upper() for field in Settings.model_fields}
    for secret in ("PGPASSWORD", "HF_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert pairs[secret] == ""


def test_image_units_and_environment_file_agree_on_where_the_files_are() -> None:
    named = r"\b(DAGSTER_HOME|ARXIV_JA_EN_DATA_DIR)=(/\S+)"
    files = ["Dockerfile", "arxiv-ja-en.env.example"]
    files += [str(unit) for unit in (DEPLOY / "systemd").glob("*.service")]
    found = [sorted(re.findall(named, (DEPLOY / file).read_text())) for file in files]
    assert len(found[0]) == 2
    assert found == [found[0]] * len(files)


def test_every_server_of_the_compose_file_is_one_that_start_sh_knows() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    known = set(re.findall(r"^(\w+)\)$", (DEPLOY / "start.sh").read_text(), re.MULTILINE))
    commands = {
        name: service["command"]
        for name, service in compose["services"].items()
        if name != "postgres"
    }
    assert commands == {name: [name] for name in known - {"migrate"}}
    for name, service in compose["services"].items():
        assert "healthcheck" in service, name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name


def test_what_the_image_copies_exists() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert copied
    for path in " ".join(copied).split():
        assert (PROJECT_ROOT / path).exists(), path


def test_start_sh_wants_its_environment_and_one_of_its_servers(tmp_path: Path) -> None:
    start = [str(DEPLOY / "start.sh"), "web"]
    bare = subprocess.run(start, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert bare.returncode != 0
    assert "DAGSTER_HOME" in bare.stderr
    environment = {"PATH": "/usr/bin:/bin", "DAGSTER_HOME": str(tmp_path)}
    environment |= {"PGHOST": "127.0.0.1", "PGPASSWORD": "invented"}
    wrong = subprocess.run(start, env=environment, capture_output=True, text=True)
    assert wrong.returncode == 2
    assert "code|webserver|daemon" in wrong.stderr


@pytest.mark.parametrize("name", ["code", "webserver", "daemon"])
def test_systemd_accepts_the_units(name: str, tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text().replace("/opt/arxiv-ja-en", str(PROJECT_ROOT))
        # A user that this machine has.
        (tmp_path / unit.name).write_text(text.replace("User=arxiv-ja-en", "User=daemon"))
    verify = shutil.which("systemd-analyze")
    assert verify, "systemd-analyze is not installed (package systemd)"
    checked = subprocess.run(
        [verify, "verify", "--man=no", str(tmp_path / f"arxiv-ja-en-{name}.service")],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
    assert "arxiv-ja-en" not in checked.stderr
