"""The tables on disk: one Parquet file a table and month, written again only where rows changed.

A month's rows are of the papers first submitted in it, so a day's posts change the newest months
and, by revisions, a few older ones. The texts are never sorted as a whole: they are read some days
at a time, put in the order of months by way of a scratch folder, and finished month by month.
Memory holds the plan, and the texts of some days or of one month.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.schema import CONFIGS, PairSignals, Records, SentencePairs
from pipeline.storage import TableStore
from pipeline.tables.build import counted_tables, paper_tables, sentence_rows, version_rows
from pipeline.tables.plan import NO_REMOVALS, NO_SPLITS, Plan, plan_tables
from pipeline.validate.taxonomy import taxonomy

_MONTHLY = [config for config in CONFIGS if config.monthly]
"""Tables kept as `<table>/<YYYY-MM>.parquet`; in the order of names, their rows are in order."""

CODE = "1"
"""Version of what is written of the same rows; another one writes all months again."""

_VERSIONS_AT_ONCE = 25_000
"""Versions whose texts are read at a time, some 8 kB each with their sentences."""
_MONTHS_AT_ONCE = 2
"""Months that are in memory and written at a time."""


class TablesReport(NamedTuple):
    """What was made."""

    plan: Plan
    months: int
    """Months that the tables hold."""
    months_written: int
    """Months of which at least one table was written; the others were up to date."""
    damaged: list[str]
    """Files that could not be read and were made again, with what was wrong."""


def write_tables(
    daily: TableStore,
    into: TableStore,
    *,
    published_splits: pl.DataFrame = NO_SPLITS,
    removals: pl.DataFrame = NO_REMOVALS,
) -> TablesReport:
    """Bring the tables in `into` up to date with the records.

    The files are the same, byte for byte, whether they are made at once or day by day. A file is
    replaced as a whole or not at all; what was cut short is finished by the next call, and so is
    what was damaged.

    Args:
        daily: holds the daily tables `records`, `pair_signals` and `sentence_pairs`.
        into: holds the tables that are made; may be the same store.
        published_splits: `paper_id` and `split` of the last release.
        removals: requests, as from `removals.read_removals`.

    Raises:
        TableError: a daily table is damaged, or the store refuses.
    """
    plan = plan_tables(
        daily.scan("records", Records), published_splits=published_splits, removals=removals
    )
    outdated = set().union(*map(daily.outdated, ("records", "pair_signals", "sentence_pairs")))
    keys = _month_keys(plan.versions, daily.scan("pair_signals", PairSignals), outdated)
    made = {config.table: into.keys(config.table) for config in _MONTHLY}
    due = [
        month for month, key in keys.items() if any(of.get(month) != key for of in made.values())
    ]
    files = [(table, month) for table, keys_made in made.items() for month in keys_made]
    faults = [into.fault(table, month) for table, month in files]
    _write_months(plan, due, keys, daily, into)
    for table, month in files:
        if month not in keys:
            into.delete(table, month)  # it has no papers any more
    faults += _write_counted(into, _digest([*keys.values(), taxonomy().write_csv()]))
    return TablesReport(plan, len(keys), len(due), [*filter(None, faults)])


def _write_counted(into: TableStore, key: str) -> list[str]:
    """Write those of the tables made from the monthly ones that lack the key; their faults."""
    faults = []
    monthly = {config.table: into.scan(config.table, config.model) for config in _MONTHLY}
    for table, rows in counted_tables(monthly).items():
        faults.append(into.fault(table))
        if into.key(table) != key:
            into.write(table, rows.collect(engine="streaming"), key=key)
    return faults


def _write_months(
    plan: Plan,
    due: list[str],
    keys_of_months: Mapping[str, str],
    daily: TableStore,
    into: TableStore,
) -> None:
    """Write all tables of the months that are due."""
    if not due:
        return
    versions = plan.versions.filter(pl.col("submitted_month").is_in(due))
    with into.scratch() as folder:
        runs, sentence_runs = (MonthBuckets(folder / name) for name in ("rows", "sentences"))
        for part in _by_days(versions):
            days = [str(day) for day in part["day"].unique().sort()]
            rows = version_rows(
                part.lazy(),
                daily.scan("records", Records, days),
                daily.scan("pair_signals", PairSignals, days),
            ).collect(engine="streaming")
            runs.add(rows)
            sentences = sentence_rows(
                rows.lazy(), daily.scan("sentence_pairs", SentencePairs, days)
            )
            sentence_runs.add(sentences.collect(engine="streaming"))

        def write_month(month: str) -> None:
            made = paper_tables(runs.month(month), sentence_runs.month(month))
            for table, frame in zip(made, pl.collect_all(made.values()), strict=True):
                into.write(table, frame, part=month, key=keys_of_months[month])

        # Most of the time goes into compression, which takes one core a file.
        with ThreadPoolExecutor(_MONTHS_AT_ONCE) as pool:
            list(pool.map(write_month, due))


def _by_days(versions: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The versions in parts of some days each, none with more texts than may be held; in order."""
    per_day = versions.group_by("day").len().sort("day")
    parts = per_day.select("day", part=pl.col("len").cum_sum() // _VERSIONS_AT_ONCE)
    by_part = versions.lazy().join(parts.lazy(), on="day", maintain_order="left").collect()
    for part in parts["part"].unique(maintain_order=True):
        yield by_part.filter(pl.col("part") == part)


def _month_keys(
    versions: pl.DataFrame, signals: pl.LazyFrame, outdated: Collection[str]
) -> dict[str, str]:
    """Month to a digest of all that its files depend on, in the order of months.

    The months of a day whose tables are outdated are written again when these are. Texts are known
    by their content id, what is known of pairs by their ids and the version of the aligner.
    (polars' own hash is the same for one version of polars, which `_digest` names.)
    """
    pair = pl.concat_str("pair_id", "aligner_version", separator=" ")
    aligned = (
        signals.group_by("day")
        .agg(aligned=pair.sort().str.join(" ").hash())
        .with_columns(
            aligned=pl.when(~pl.col("day").cast(pl.String).is_in(list(outdated))).then("aligned")
        )
        .collect(engine="streaming")
    )
    rows = (
        versions.lazy()
        .join(aligned.lazy(), on="day", how="left", maintain_order="left")
        .with_columns(pl.col("source_urls").list.join("\x1e"))
        .select(
            "submitted_month",
            row=pl.concat_str(
                pl.all().exclude("submitted_month").cast(pl.String).fill_null(""),
                separator="\x1f",
            ),
        )
        .collect()
    )
    return {
        str(month): _digest(of_month["row"])
        for (month,), of_month in rows.group_by("submitted_month", maintain_order=True)
    }


def _digest(texts: Iterable[str]) -> str:
    """SHA-256 of the texts, of this code and of the library that writes the files."""
    digest = hashlib.sha256(f"{CODE} polars {pl.__version__}".encode())
    for text in texts:
        digest.update(b"\x1d" + text.encode())
    return digest.hexdigest()


class MonthBuckets:
    """Rows that come in runs of many months, each month's rows a file; read by month."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: defaultdict[str, list[Path]] = defaultdict(list)
        self._empty = pl.LazyFrame()
        folder.mkdir(parents=True)

    def add(self, rows: pl.DataFrame) -> None:
        """Write a run of rows with a column `submitted_month`; all runs have the same columns."""
        self._empty = rows.clear().lazy()
        for (month,), of_month in rows.group_by("submitted_month"):
            files = self._files[str(month)]
            files.append(self._folder / f"{month}-{len(files)}.ipc")
            of_month.write_ipc(files[-1])

    def month(self, month: str) -> pl.LazyFrame:
        """The rows of a month, in the order of runs."""
        files = self._files.get(month)
        return pl.scan_ipc(files) if files else self._empty
