"""What make hands on to the programs that it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pipeline.settings import PROJECT_ROOT

DAGSTER = f"""#!/bin/sh
echo "$DAGSTER_HOME"
exec {sys.executable} -c 'import warnings; warnings.warn(
    "Function `dev_command` is superseded and its usage is discouraged.", UserWarning)'
"""
"""Stands in for `dagster`: says which home it was given, and warns as `dagster dev` does."""


def test_make_dev_gives_dagster_its_home_from_anywhere_and_prints_no_warning(
    tmp_path: Path,
) -> None:
    stub = tmp_path / "dagster"
    stub.write_text(DAGSTER)
    stub.chmod(0o755)
    make = ["make", "-s", "-C", str(PROJECT_ROOT), "dev", f"BIN={tmp_path}"]
    env = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}

    for given, home in ((env, PROJECT_ROOT), (env | {"DAGSTER_HOME": str(tmp_path)}, tmp_path)):
        done = subprocess.run(
            [*make, "--old-file", ".venv/.installed"],
            cwd=tmp_path,
            env=given,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == str(home)
        assert done.stderr == ""
