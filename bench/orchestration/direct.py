"""A refresh by the stages' own functions, without Dagster.

Usage: python -m bench.orchestration.direct FIRST LAST

The same work upon the same data folder as `arxiv-ja-en refresh` does: what is up to date is left,
every check of the tables is made, a snapshot is built and published. Settings are read from the
environment.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from pandera.polars import DataFrameModel

from pipeline import __version__
from pipeline.acquire.crawl import crawl
from pipeline.archive.archive import Archive
from pipeline.pair import ALIGNER_VERSION, PairedAbstracts, pair_records
from pipeline.parse.posts import PARSER_VERSION, parse_key, posts_of_days
from pipeline.release.configs import CONFIGS
from pipeline.release.manifest import open_snapshot
from pipeline.release.publish import publish
from pipeline.release.snapshot import build_snapshot, latest_snapshot, published_papers
from pipeline.schema import (
    DAILY,
    Captures,
    Ledger,
    PairSignals,
    Papers,
    Posts,
    Quarantine,
    Records,
    SentencePairs,
)
from pipeline.settings import Settings, settings
from pipeline.storage import TableStore, derived_key
from pipeline.tables import integrity
from pipeline.tables.ledger import build_ledger
from pipeline.tables.months import write_tables
from pipeline.tables.plan import NO_REMOVALS
from pipeline.tables.seen_posts import announced_per_day
from pipeline.validate.drift import TRAILING_DAYS, daily_counts, find_drift
from pipeline.validate.records import VALIDATOR_VERSION, validate_posts

_RECORD = ["day", "archive_file", "record_offset"]


def refresh(first: date, last: date, chosen: Settings) -> None:
    """Crawl the days, and carry what is new through to a published snapshot."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    tables = TableStore(chosen.tables_dir)
    crawl(days, settings=chosen)
    daily(days, chosen, tables)
    joined(chosen, tables)


def daily(days: Sequence[date], chosen: Settings, tables: TableStore) -> None:
    """Parse, validate and pair the days that are due."""
    index = Archive(chosen.archive_dir).index()
    captured = {day: rows for (day,), rows in index.partition_by("day", as_dict=True).items()}
    rows_of = {day: captured.get(day, index.clear()) for day in days}
    keys = {day: derived_key(PARSER_VERSION, parse_key(rows)) for day, rows in rows_of.items()}
    for day, rows in rows_of.items():
        tables.write("captures", rows, part=day.isoformat(), key=parse_key(rows))
    due = [day for day, key in keys.items() if tables.key("posts", day.isoformat()) != key]
    captures = pl.concat([index.clear(), *(rows_of[day] for day in due)])
    # Processes pay from twenty days on, as in the pipeline.
    processes = None if len(due) >= 20 else 1
    for day, rows in posts_of_days(chosen.archive_dir, captures, processes=processes):
        tables.write("posts", rows, part=day.isoformat(), key=keys[day])
    for name in map(date.isoformat, days):
        key = derived_key(VALIDATOR_VERSION, tables.key("posts", name) or "")
        if tables.key("records", name) != key:
            made = validate_posts(tables.read("posts", Posts, name))
            tables.write("records", made.records, part=name, key=key)
            tables.write("quarantine", made.quarantine, part=name, key=key)
        key = derived_key(ALIGNER_VERSION, tables.key("records", name) or "")
        if tables.key("pair_signals", name) != key:
            known = PairedAbstracts(
                tables.read("sentence_pairs", SentencePairs, name),
                tables.read("pair_signals", PairSignals, name),
            )
            paired = pair_records(tables.read("records", Records, name), known=known)
            tables.write("sentence_pairs", paired.sentence_pairs, part=name, key=key)
            tables.write("pair_signals", paired.pair_signals, part=name, key=key)
    _check_days(days, tables)


def _check_days(days: Sequence[date], tables: TableStore) -> None:
    """The rules of the daily tables, and whether the days look as those before them did."""
    for of in DAILY:
        rows = _rows(tables, of.table, of.model, days)
        _hold(of.table, integrity.check_table(of.table, of.model, rows))
    reach = [days[0] - timedelta(days=n) for n in range(1, TRAILING_DAYS + 1)] + list(days)
    crawled = _rows(tables, "captures", Captures, reach)
    posts, quarantine = (
        _rows(tables, name, model, reach).join(crawled, on=_RECORD, how="semi")
        for name, model in (("posts", Posts), ("quarantine", Quarantine))
    )
    looks = daily_counts(posts, quarantine)
    _hold("drift", find_drift(looks, days))
    inbox = tables.scan("inbox_captures", Captures)
    _hold("inbox_captures", integrity.check_table("inbox_captures", Captures, inbox))


def _rows(
    tables: TableStore, name: str, model: type[DataFrameModel], days: Collection[date] | None = None
) -> pl.LazyFrame:
    parts = None if days is None else {day.isoformat() for day in days}
    return tables.scan(name, model, parts)


def joined(chosen: Settings, tables: TableStore) -> None:
    """Bring tables and ledger up to date, check them, publish a snapshot of them."""
    parent = latest_snapshot(chosen.snapshots_dir)
    published = published_papers(parent)
    plan = write_tables(
        tables,
        tables,
        published_splits=published.select("paper_id", "split").collect(),
        removals=NO_REMOVALS,
    ).plan
    posts = tables.scan("posts", Posts)
    captures = pl.concat(
        [tables.scan("captures", Captures), tables.scan("inbox_captures", Captures)]
    )
    quarantine = tables.scan("quarantine", Quarantine)
    ledger = build_ledger(posts, captures, quarantine, plan.observations.lazy())
    made = {"ledger": ledger, "observations": plan.observations, "removed": plan.removed}
    for name, rows in made.items():
        tables.write(name, rows, key="direct")
    scans = {config.table: tables.scan(config.table, config.model) for config in CONFIGS}
    for config in CONFIGS:
        _hold(config.table, integrity.check_table(config.table, config.model, scans[config.table]))
    _hold("references", integrity.check_references(scans))
    _hold("splits", integrity.check_splits(scans["papers"], published))
    gone = plan.observations.lazy(), plan.removed.lazy()
    _hold("lost", integrity.check_lost(scans["papers"], published, *gone))
    _hold("counts", _fewer_rows(tables, parent, published))
    _hold("ledger", integrity.check_table("ledger", Ledger, ledger.lazy()))
    _hold("ledger", integrity.check_ledger(ledger.lazy(), announced_per_day(posts, captures)))
    digests = scans["versions"].select(pl.col("payload_digest").unique().sort()).collect()
    made_of = derived_key(*digests.to_series())
    build_snapshot(
        scans,
        chosen.snapshots_dir,
        parent=parent,
        day=ledger.select(pl.col("day").max()).item(),
        code_version=__version__,
        archive_digest=f"sha256:{made_of}",
        ledger=dict(ledger.group_by("state").len().sort("state").iter_rows()),
        removals=plan.removed["paper_id"].to_list(),
        keys={config.table: tables.keys(config.table) for config in CONFIGS},
    )
    newest = latest_snapshot(chosen.snapshots_dir)
    assert newest is not None
    publish(newest, None)


def _fewer_rows(
    tables: TableStore, parent: Path | None, published: pl.LazyFrame
) -> list[integrity.Finding]:
    """The tables that have lost rows since the last snapshot."""
    if parent is None:
        return []
    papers = tables.scan("papers", Papers)
    gone = published.join(papers, on="paper_id", how="anti")
    n_gone, n_published = (rows.select(pl.len()).collect().item() for rows in (gone, published))
    counts = open_snapshot(parent).manifest.counts()
    return [
        finding
        for config in CONFIGS
        for finding in integrity.check_counts(
            config.table,
            rows=tables.count(config.table),
            published=sum(counts[config.name].values()),
            papers_gone=n_gone,
            papers_published=n_published,
        )
    ]


def _hold(what: str, found: Sequence[object]) -> None:
    if found:
        raise SystemExit(f"{what}: {found[0]}")


if __name__ == "__main__":
    refresh(date.fromisoformat(sys.argv[1]), date.fromisoformat(sys.argv[2]), settings())
