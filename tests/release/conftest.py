"""A builder of small snapshots."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from pipeline.release.configs import CONFIGS
from pipeline.release.manifest import Snapshot
from pipeline.release.snapshot import build_snapshot
from tests.release.invented import Paper, tables

Build = Callable[..., Snapshot]


def builder(folder: Path) -> Build:
    """Builds a snapshot of papers below `folder`."""

    def _build(
        papers: Sequence[Paper],
        *,
        into: Path | None = None,
        parent: Snapshot | None = None,
        day: date = date(2025, 3, 31),
        removals: Collection[str] = (),
        reinstated: Collection[str] = (),
        code_version: str = "test",
        keys: Mapping[str, str] | None = None,
        repo: str | None = None,
    ) -> Snapshot:
        return build_snapshot(
            tables(papers),
            into or folder,
            parent=parent.path if parent else None,
            day=day,
            code_version=code_version,
            archive_digest="sha256:" + "0" * 64,
            ledger={"paper": len(papers), "quarantined": 2},
            removals=removals,
            reinstated=reinstated,
            repo=repo,
            # Keys by month, the same of each table.
            keys={config.table: keys for config in CONFIGS} if keys else None,
        )

    return _build


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Builds a snapshot of papers below tmp_path / "snapshots"."""
    return builder(tmp_path / "snapshots")
