"""In which snapshots a paper appeared, changed and went."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from pipeline.release.manifest import ManifestError, Snapshot, open_snapshot

_Row = dict[str, Any] | None


class Change(NamedTuple):
    """What a snapshot did with a paper."""

    version: str
    what: str
    """added, changed (with the columns), unchanged, removed, or why it cannot be told."""


def changes_of(
    ids: Collection[str], folders: Sequence[Path], part: tuple[str, str] | None = None
) -> list[Change]:
    """What each snapshot did with the paper, oldest first; none before the first that has it.

    Args:
        ids: the ids that the paper ever had.
        folders: snapshots, oldest first.
        part: split and month that it is in, where known: no other file is read.
    """
    found: list[Change] = []
    files: dict[str, _Row] = {}
    before: _Row = None
    for folder in folders:
        try:
            row = _row(open_snapshot(folder), ids, files, part)
        except (ManifestError, OSError, pl.exceptions.PolarsError) as error:
            found.append(Change(folder.name, f"cannot be read: {' '.join(str(error).split())}"))
            continue
        if row is not None or before is not None:
            found.append(Change(folder.name, _what(before, row)))
        before = row
    return found


def _what(before: _Row, now: _Row) -> str:
    if now is None:
        return "removed"
    if before is None:
        return "added"
    changed = [name for name in now if name in before and now[name] != before[name]]
    return f"changed: {', '.join(changed)}" if changed else "unchanged"


def _row(
    snapshot: Snapshot,
    ids: Collection[str],
    files: dict[str, _Row],
    part: tuple[str, str] | None,
) -> _Row:
    """The paper's row; a file that several snapshots share is read once."""
    paths = snapshot.data_files("papers", part)
    rows = (_row_in(snapshot, path, ids, files) for path in paths)
    return next((row for row in rows if row is not None), None)


def _row_in(snapshot: Snapshot, path: Path, ids: Collection[str], files: dict[str, _Row]) -> _Row:
    digest = snapshot.manifest.files[path.relative_to(snapshot.path).as_posix()].sha256
    if digest not in files:
        rows = pl.scan_parquet(path).filter(pl.col("paper_id").is_in([*ids])).collect()
        files[digest] = next(rows.iter_rows(named=True), None)
    return files[digest]
