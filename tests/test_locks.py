"""The lock files hold what pyproject.toml asks for: `make` installs from them alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
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


def pins_of(name: str) -> set[str]:
    lock = (PROJECT_ROOT / name).read_text(encoding="utf-8")
    return set(re.findall(r"^[\w.-]+==[^\s;\\]+", lock, flags=re.MULTILINE))


@pytest.mark.parametrize("name", EXTRAS)
def test_the_full_lock_pins_what_each_of_the_others_pins(name: str) -> None:
    assert pins_of(name) - pins_of("requirements-full.lock") == set(), "run make lock"


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("platform", ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin"])
def test_everything_locked_has_a_wheel(version: str, platform: str) -> None:
    """As uv resolves it; pip needs no compiler. The full lock holds the others."""
    command = ["pip", "compile", "--quiet", "--no-deps", "--only-binary", ":all:"]
    target = ["--python-version", version, "--python-platform", platform]
    done = subprocess.run(
        [sys.executable, "-m", "uv", *command, *target, "requirements-full.lock"],
        cwd=PROJECT_ROOT,
        env=os.environ | {"UV_PYTHON_DOWNLOADS": "never", "UV_HTTP_TIMEOUT": "20"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and re.search(r"Failed to fetch|error sending request", done.stderr):
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
