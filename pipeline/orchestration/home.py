"""The folder that a refresh runs in: a checkout has its files, any other folder is given them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipeline.settings import BUNDLED, INSTALLED, PROJECT_ROOT, Settings
from pipeline.tables.removals import COLUMNS, REMOVALS_FILE


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


def require_removals(settings: Settings) -> None:
    """Have a list of removals, which a wheel does not bundle: an empty one where nothing is kept.

    Raises:
        HomeError: there is an archive and no list. Without it, a release would bring back the
            papers that were removed.
    """
    if not INSTALLED or REMOVALS_FILE.exists():
        return
    if settings.archive_dir.exists():
        raise HomeError(
            f"{REMOVALS_FILE} is missing, and {settings.archive_dir} exists: run in the folder "
            f"that has the list, or put it there (its first line is {','.join(COLUMNS)})"
        )
    try:
        REMOVALS_FILE.parent.mkdir(parents=True, exist_ok=True)
        REMOVALS_FILE.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    except OSError as error:
        raise HomeError(f"{REMOVALS_FILE}: {error.strerror}") from error
