"""The folder that a refresh runs in: a checkout has its files, any other folder is given them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipeline.settings import BUNDLED, PROJECT_ROOT


class HomeError(RuntimeError):
    """A refresh cannot run in this folder; the message is one line."""


def dagster_home() -> Path:
    """Dagster's home: DAGSTER_HOME, or else the project's root, with our dagster.yaml.

    Raises:
        HomeError: it is no folder, or cannot be written.
    """
    if "DAGSTER_HOME" not in os.environ:
        os.environ["DAGSTER_HOME"] = str(PROJECT_ROOT)
        if not (config := PROJECT_ROOT / "dagster.yaml").exists():
            try:
                shutil.copyfile(BUNDLED / config.name, config)
            except OSError as error:
                raise HomeError(f"{config}: {error.strerror}") from error
    home = Path(os.environ["DAGSTER_HOME"])
    if not (home.is_absolute() and home.is_dir()):
        raise HomeError(f"DAGSTER_HOME={home}: not the absolute path of a folder")
    return home
