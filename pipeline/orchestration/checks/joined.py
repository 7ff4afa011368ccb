"""Checks of the joined tables: by themselves, among each other, and against the last snapshot."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from pipeline.orchestration.checks.check import Check, Evaluation, step
from pipeline.schema import CONFIGS, JOINED, Captures, Config, Ledger, Papers, Posts, Table
from pipeline.tables.integrity import (
    Finding,
    check_counts,
    check_ledger,
    check_lost,
    check_references,
    check_splits,
    check_table,
)


def _rules_of(table: Table) -> Check:
    def judge(of: Evaluation) -> Sequence[Finding]:
        name, model = table.table, table.model
        return check_table(name, model, of.tables.scan(name, model))

    return Check(
        table.table,
        "keeps_its_rules",
        "Columns, types, ranges, patterns and keys are those of the table's model.",
        judge,
    )


class _Published(NamedTuple):
    """The last snapshot in figures: rows by config, its papers, and those of them now gone."""

    rows: dict[str, int]
    papers: int
    papers_gone: int
    no_translation: int
    """Papers of its `en-ja` of which the Japanese is none, as is known by now."""


@lru_cache(maxsize=1)
def _published_counts(of: Evaluation) -> _Published | None:
    """Read once for the checks of all configs; None where there is no snapshot yet."""
    from pipeline.release.manifest import open_snapshot
    from pipeline.release.snapshot import latest_snapshot

    latest = latest_snapshot(of.settings.snapshots_dir)
    if latest is None:
        return None
    papers = of.tables.scan("papers", Papers)
    gone = _published(of).join(papers, on="paper_id", how="anti").select(pl.len())
    snapshot = open_snapshot(latest)
    counts = snapshot.manifest.counts()
    paired = pl.scan_parquet(snapshot.data_files("en-ja")).select("paper_id")
    others = papers.filter(pl.col("kind").ne_missing("translation"))
    moved = paired.join(others, on="paper_id", how="semi").select(pl.len())
    return _Published(
        {config: sum(splits.values()) for config, splits in counts.items()},
        papers=int(_published(of).select(pl.len()).collect().item()),
        papers_gone=int(gone.collect().item()),
        no_translation=int(moved.collect().item()),
    )


_OF_TRANSLATIONS = ("parallel", "parallel_sentences")
"""Tables that a paper leaves when its Japanese turns out to be none of the abstract's."""


def _counts_of(config: Config) -> Check:
    def judge(of: Evaluation) -> Sequence[Finding]:
        if (published := _published_counts(of)) is None:
            return []
        moved = published.no_translation if config.table in _OF_TRANSLATIONS else 0
        return check_counts(
            config.table,
            rows=of.tables.count(config.table),
            published=published.rows[config.name],
            papers_gone=published.papers_gone + moved,
            papers_published=published.papers,
        )

    return Check(
        config.table,
        "counts_hold",
        "The table has not lost rows against the last snapshot, but for those of papers that "
        "are gone for a reason.",
        judge,
        may_be_accepted=True,
    )


def _published(of: Evaluation) -> pl.LazyFrame:
    from pipeline.release.snapshot import latest_snapshot, published_papers

    return published_papers(latest_snapshot(of.settings.snapshots_dir))


def _references(of: Evaluation) -> Sequence[Finding]:
    return check_references(
        {config.table: of.tables.scan(config.table, config.model) for config in CONFIGS}
    )


def _splits(of: Evaluation) -> Sequence[Finding]:
    return check_splits(of.tables.scan("papers", Papers), _published(of))


def _lost(of: Evaluation) -> Sequence[Finding]:
    observations = of.tables.scan("observations")
    removed = of.tables.scan("removed")
    return check_lost(of.tables.scan("papers", Papers), _published(of), observations, removed)


def _balance(of: Evaluation) -> Sequence[Finding]:
    from pipeline.tables.seen_posts import announced_per_day

    captures = [
        of.tables.scan("captures", Captures),
        of.tables.scan("inbox_captures", Captures),
    ]
    announced = announced_per_day(
        of.tables.scan("posts", Posts),
        pl.concat(captures),
        of.tables.read("readings"),
    )
    return check_ledger(of.tables.scan("ledger", Ledger), announced)


def _taken_back(of: Evaluation) -> dict[str, int]:
    """How many posts the site withdrew, protected or emptied, and how many it moved."""
    counts = of.tables.scan("ledger", Ledger).select(
        pl.col("was").count().alias("posts taken back"),
        pl.col("moved_from").count().alias("posts moved"),
    )
    return counts.collect().row(0, named=True)


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
        "On every day, the states of the posts sum to what the site announced; what is quarantined "
        "has a reason. Shows how many posts the site took back or moved.",
        _balance,
        figures=_taken_back,
    ),
]

joined_checks = [
    step(
        "joined_checks",
        [
            *map(_rules_of, JOINED),
            *map(_counts_of, CONFIGS),
            *_among_tables,
        ],
    )
]
"""The checks of joined tables, in one step."""
