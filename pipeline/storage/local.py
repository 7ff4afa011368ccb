"""Files on this machine's disk: replaced durably, and what killed processes left removed."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

_ABANDONED_AFTER = 24 * 3600.0
"""Age in seconds from which a temporary file is what a killed process left. It is written in
seconds; a scratch folder is in use for as long as the tables are made."""


def replace_file(path: Path, data: bytes) -> None:
    """Put the bytes in the file's place, durably (rename(2), fsync(2))."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remove_abandoned(folder: Path) -> None:
    """Remove what killed processes left; what a living one is writing is younger."""
    for left in [*folder.glob(".*.parquet.*"), *folder.glob(".scratch-*")]:
        with suppress(FileNotFoundError):  # removed by another process meanwhile
            if time.time() - left.stat().st_mtime > _ABANDONED_AFTER:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
