"""A builder of small snapshots."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from pathlib import Path

import pytest

from pipeline.release.manifest import Snapshot
from pipeline.release.snapshot import build_snapshot
from tests.release.invented import Paper, tables

Build = Callable[..., Snapshot]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Builds a snapshot of papers below tmp_path / "snapshots"."""

    def _build(
        papers: Sequence[Paper],
        *,
        into: Path | None = None,
        parent: Snapshot | None = None,
        day: date = date(2025, 3, 31),
        removals: Collection[str] = (),
    ) -> Snapshot:
        return build_snapshot(
            tables(papers),
            into or tmp_path / "snapshots",
            parent=parent.path if parent else None,
            day=day,
            code_version="test",
            archive_digest="sha256:" + "0" * 64,
            ledger={"paper": len(papers), "quarantined": 2},
            removals=removals,
        )

    return _build
