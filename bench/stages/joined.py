"""The stages that know the whole world: tables, snapshots, checks; and a day more upon them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl

from bench.stages import plain
from bench.world.folder import Bench, Facts
from pipeline.release.configs import CONFIGS
from pipeline.release.manifest import Snapshot
from pipeline.storage import TableStore


def tables_plain(bench: Bench) -> Facts:
    """The plainest tables, by polars."""
    plain.polars_tables(bench.folder / "before", bench.tables("plain"))
    return {}


def tables_duckdb(bench: Bench) -> Facts:
    """The plainest tables, by duckdb."""
    plain.duckdb_tables(bench.folder / "before", bench.tables("duckdb"))
    return {}


def tables(bench: Bench) -> Facts:
    """All tables, of all days but the last."""
    return _tables(bench.folder / "before", bench.tables("ours"), None)


def tables_refreshed(bench: Bench) -> Facts:
    """The tables that are there, brought up to date with one day more."""
    return _tables(bench.drawn, bench.tables("ours"), _first(bench).path)


def tables_whole(bench: Bench) -> Facts:
    """All tables of all days, at once."""
    return _tables(bench.drawn, bench.tables("whole"), _first(bench).path)


def _tables(days: Path, into: Path, published: Path | None) -> Facts:
    from pipeline.release.snapshot import published_papers
    from pipeline.tables.months import write_tables

    report = write_tables(
        TableStore(days),
        TableStore(into),
        published_splits=published_papers(published).select("paper_id", "split").collect(),
    )
    # What the checks need of the plan, beside the tables as the pipeline keeps it.
    report.plan.observations.write_parquet(into.parent / "observations.parquet")
    return {"months": report.months, "months_written": report.months_written}


def _scans(store: TableStore) -> dict[str, pl.LazyFrame]:
    return {config.table: store.scan(config.table, config.model) for config in CONFIGS}


def _first(bench: Bench) -> Snapshot:
    """The snapshot of all days but the last."""
    from pipeline.release.manifest import open_snapshot
    from pipeline.release.snapshot import snapshots

    return open_snapshot(snapshots(bench.snapshots("ours"))[0])


def snapshot_plain(bench: Bench) -> Facts:
    """The plainest snapshot, by polars."""
    plain.polars_snapshot(bench.tables("ours"), bench.snapshots("plain"))
    return {}


def snapshot(bench: Bench) -> Facts:
    """A first snapshot: sorted, digested, written, asset_metadata, verified."""
    return _snapshot(bench, "ours", None)


def snapshot_refreshed(bench: Bench) -> Facts:
    """A snapshot upon the first one, of the refreshed tables."""
    return _snapshot(bench, "ours", _first(bench))


def snapshot_whole(bench: Bench) -> Facts:
    """A snapshot of the tables that were made at once, upon none."""
    return _snapshot(bench, "whole", None)


def _snapshot(bench: Bench, program: str, parent: Snapshot | None) -> Facts:
    from pipeline.release.snapshot import build_snapshot

    store = TableStore(bench.tables(program))
    made = build_snapshot(
        _scans(store),
        bench.snapshots(program),
        parent=parent.path if parent else None,
        day=bench.days()[-1 if parent or program == "whole" else -2],
        code_version="bench",
        archive_digest="sha256:" + "0" * 64,
        ledger={},
        keys={config.table: store.keys(config.table) for config in CONFIGS},
    )
    before = parent.manifest.files if parent else {}
    written = sum(before.get(path) != entry for path, entry in made.manifest.data_files.items())
    return {"files": len(made.manifest.data_files), "files_written": written}


def same_bytes(bench: Bench) -> Facts:
    """Whether what was refreshed by a day is, byte for byte, what is made at once."""
    refreshed, whole = (_digests(bench, program) for program in ("ours", "whole"))
    return {"same": refreshed == whole, "files": len(whole)}


def _digests(bench: Bench, program: str) -> dict[str, str]:
    from pipeline.release.snapshot import latest_snapshot

    newest = latest_snapshot(bench.snapshots(program))
    assert newest is not None
    return {
        str(path.relative_to(folder.parent if folder == bench.tables(program) else folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest()
        )
        for folder in (bench.tables(program), newest)
        for path in folder.rglob("*.parquet")
    }


def check_tables(bench: Bench) -> Facts:
    """Every rule of every released table, as each daily refresh checks them."""
    from pipeline.tables.integrity import check_table

    scans = _scans(TableStore(bench.tables("ours")))
    found = [f for c in CONFIGS for f in check_table(c.table, c.model, scans[c.table])]
    return {"findings": len(found)}


_NONE_REMOVED = pl.LazyFrame(schema={"paper_id": pl.String})


def check_references(bench: Bench) -> Facts:
    """Whether the tables agree, no split moved and no paper was lost since the first snapshot."""
    from pipeline.release.snapshot import published_papers
    from pipeline.tables.integrity import check_lost, check_references, check_splits

    scans = _scans(TableStore(bench.tables("ours")))
    published = published_papers(_first(bench).path)
    observations = pl.scan_parquet(bench.tables("ours").parent / "observations.parquet")
    found = [
        *check_references(scans),
        *check_splits(scans["papers"], published),
        *check_lost(scans["papers"], published, observations, _NONE_REMOVED),
    ]
    return {"findings": len(found)}
