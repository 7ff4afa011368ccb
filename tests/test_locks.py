"""The lock files hold what pyproject.toml asks for: `make` installs from them alone."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline.settings import PROJECT_ROOT

PROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

EXTRAS = {
    "requirements.lock": ["build"],
    "requirements-dev.lock": ["build", "dev"],
    "requirements-deploy.lock": ["build", "deploy"],
    "requirements-full.lock": list(PROJECT["optional-dependencies"]),
}
"""The extras that each lock file covers, beside the package's own dependencies."""


@pytest.mark.parametrize("name", EXTRAS)
def test_every_dependency_is_locked_at_a_version_that_will_do(name: str) -> None:
    lock = (PROJECT_ROOT / name).read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, flags=re.MULTILINE))
    asked = [*PROJECT["dependencies"]]
    for extra in EXTRAS[name]:
        asked += PROJECT["optional-dependencies"][extra]
    wanted = {canonicalize_name(r.name): r.specifier for r in map(Requirement, asked)}
    wrong = [f"{n}{s}" for n, s in wanted.items() if n not in locked or locked[n] not in s]
    assert wrong == [], "run make lock"


@pytest.mark.parametrize("name", EXTRAS)
def test_everything_locked_has_its_hashes_and_no_lock_names_a_host(name: str) -> None:
    lock = (PROJECT_ROOT / name).read_text(encoding="utf-8")
    pins = re.split(r"^(?=[\w.-]+==)", lock, flags=re.MULTILINE)[1:]
    assert len(pins) > 20
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert "://" not in lock
    assert "--index-url" not in lock
