"""Checks of the joined tables: by themselves, among each other, and against the last snapshot."""

from collections.abc import Sequence

import dagster as dg
import polars as pl
from pandera.polars import DataFrameModel

from pipeline.orchestration.assets.tables import TABLES
from pipeline.orchestration.checks.findings import Check, step
from pipeline.orchestration.table_store import TableStore
from pipeline.release.configs import CONFIGS, Config
from pipeline.schema import Captures, Ledger, Papers, Posts
from pipeline.settings import Settings
from pipeline.tables.integrity import (
    Finding,
    check_counts,
    check_ledger,
    check_lost,
    check_references,
    check_splits,
    check_table,
)


def _rules_of(table: str, model: type[DataFrameModel]) -> Check:
    def judge(tables: TableStore, settings: Settings, run: dg.DagsterRun) -> Sequence[Finding]:
        del settings, run
        return check_table(table, model, tables.scan_parts(table, model))

    return Check(
        table,
        "keeps_its_rules",
        "Columns, types, ranges, patterns and keys are those of the table's model.",
        judge,
    )


def _counts_of(config: Config) -> Check:
    def judge(tables: TableStore, settings: Settings, run: dg.DagsterRun) -> Sequence[Finding]:
        from pipeline.release.manifest import open_snapshot
        from pipeline.release.snapshot import latest_snapshot

        del run
        latest = latest_snapshot(settings.snapshots_dir)
        if latest is None:
            return []
        published = open_snapshot(latest).manifest.counts()[config.name]
        papers = tables.scan_parts("papers", Papers)
        gone = _published(settings).join(papers, on="paper_id", how="anti").select(pl.len())
        return check_counts(
            config.table,
            rows=tables.count_parts(config.table),
            published=sum(published.values()),
            papers_gone=int(gone.collect().item()),
            papers_published=int(_published(settings).select(pl.len()).collect().item()),
        )

    return Check(
        config.table,
        "counts_hold",
        "The table has not lost rows against the last snapshot, but for those of papers that "
        "are gone for a reason.",
        judge,
        may_be_accepted=True,
    )


def _published(settings: Settings) -> pl.LazyFrame:
    from pipeline.release.snapshot import latest_snapshot, published_papers

    return published_papers(latest_snapshot(settings.snapshots_dir))


def _references(tables: TableStore, settings: Settings, run: dg.DagsterRun) -> Sequence[Finding]:
    del settings, run
    return check_references(
        {table: tables.scan_parts(table, model) for table, model in TABLES.items()}
    )


def _splits(tables: TableStore, settings: Settings, run: dg.DagsterRun) -> Sequence[Finding]:
    del run
    return check_splits(tables.scan_parts("papers", Papers), _published(settings))


def _lost(tables: TableStore, settings: Settings, run: dg.DagsterRun) -> Sequence[Finding]:
    del run
    sightings = pl.scan_parquet(str(tables.path("sightings")))
    return check_lost(tables.scan_parts("papers", Papers), _published(settings), sightings)


def _balance(tables: TableStore, settings: Settings, run: dg.DagsterRun) -> Sequence[Finding]:
    from pipeline.tables.ledger import announced_per_day

    del settings, run
    captures = [tables.scan_parts("captures", Captures), tables.scan("inbox_captures", Captures)]
    announced = announced_per_day(tables.scan_parts("posts", Posts), pl.concat(captures))
    return check_ledger(tables.scan("ledger", Ledger), announced)


_among_tables = [
    Check(
        "papers",
        "tables_agree",
        "Every key that one released table uses stands in the table it points to.",
        _references,
    ),
    Check("papers", "splits_stay", "No published paper has moved to another split.", _splits),
    Check(
        "papers",
        "none_lost",
        "Every published paper is still there, removed on request, or known by its id by now.",
        _lost,
    ),
    Check(
        "ledger",
        "balances",
        "On every day, the states of the posts sum to what the site announced.",
        _balance,
    ),
]

joined_checks = [
    step(
        "joined_checks",
        [
            *(_rules_of(table, model) for table, model in TABLES.items()),
            *(_counts_of(config) for config in CONFIGS),
            *_among_tables,
        ],
    )
]
"""The checks of joined tables, in one step."""
