"""The tables on disk: one Parquet file a table and month, written again only where rows changed.

A month's rows are of the papers first submitted in it, so a day's posts change the newest months
and, by revisions, a few older ones. The texts are never sorted as a whole: they go through a
scratch folder, a file a month, and are put in order there; memory holds one month and the plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from uuid import uuid4

import polars as pl

from pipeline.tables.build import authors_of, categories_of, paper_tables
from pipeline.tables.plan import NO_REMOVALS, NO_SPLITS, Plan, plan_tables
from pipeline.tables.sightings import RECORD

MONTHLY = ("versions", "papers", "parallel", "parallel_sentences")
"""Tables kept as `<table>/<YYYY-MM>.parquet`; in the order of names, their rows are in order."""

CODE = "1"
"""Version of what is written of the same rows; another one writes all months again."""

_KEY = "arxiv-ja-en.key"
_ROW_GROUP = 30_000
_NOT_IN_TABLES = ("title_key", "near_keys", "content_id", "post_id")
_PAIR = ("day", "pair_id")


class TablesReport(NamedTuple):
    """What was made."""

    plan: Plan
    months: int
    """Months that the tables hold."""
    months_written: int
    """Months of which at least one table was written; the others were up to date."""


def write_tables(
    records: pl.LazyFrame,
    signals: pl.LazyFrame,
    sentence_pairs: pl.LazyFrame,
    into: Path,
    *,
    published_splits: pl.DataFrame = NO_SPLITS,
    removals: pl.DataFrame = NO_REMOVALS,
    categories: pl.DataFrame | None = None,
) -> TablesReport:
    """Bring the tables in `into` up to date with the records.

    The files are the same, byte for byte, whether they are made at once or day by day. A file is
    replaced as a whole or not at all; what was cut short is finished by the next call.

    Args:
        records: rows of `schema.Records`, of all days; best a scan of the daily files.
        signals: rows of `schema.PairSignals` of the same days.
        sentence_pairs: rows of `schema.SentencePairs` of the same days.
        into: the folder of the tables.
        published_splits: `paper_id` and `split` of the last release.
        removals: requests, as from `removals.read_removals`.
        categories: arXiv's categories; the bundled ones unless given.
    """
    plan = plan_tables(records, published_splits=published_splits, removals=removals)
    keys = _month_keys(plan.versions, signals)
    due = [
        month
        for month, key in keys.items()
        if any(_key_of(_file(into, table, month)) != key for table in MONTHLY)
    ]
    _write_months(plan, due, keys, records, signals, sentence_pairs, into)
    for table in MONTHLY:
        for path in (into / table).glob("*.parquet"):
            if path.stem not in keys:
                path.unlink()
    if keys:
        papers = pl.scan_parquet(sorted((into / "papers").glob("*.parquet")))
        key = _digest([*keys.values(), str(categories)])
        for table, rows in (
            ("authors", authors_of(papers)),
            ("categories", categories_of(papers, categories)),
        ):
            path = into / f"{table}.parquet"
            if _key_of(path) != key:
                _write(rows.collect(engine="streaming"), path, key)
    return TablesReport(plan, len(keys), len(due))


def _write_months(
    plan: Plan,
    due: list[str],
    keys: Mapping[str, str],
    records: pl.LazyFrame,
    signals: pl.LazyFrame,
    sentence_pairs: pl.LazyFrame,
    into: Path,
) -> None:
    """Write all tables of the months that are due."""
    if not due:
        return
    wanted = plan.versions.filter(pl.col("submitted_month").is_in(due))
    into.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=into, prefix=".scratch-") as folder:
        scratch = Path(folder)
        by_record = wanted.select(*RECORD, "submitted_month")
        days = by_record["day"].unique()
        texts = records.filter(pl.col("day").is_in(days.implode())).drop(_NOT_IN_TABLES)
        _scatter(texts, by_record, RECORD, scratch / "records")
        latest = wanted.filter("is_latest").select(*RECORD, "submitted_month")
        by_pair = (
            _scattered(scratch / "records")
            .select(*RECORD, "pair_id")
            .join(latest.lazy(), on=RECORD)
            .select(*_PAIR, "submitted_month")
            .unique()
            .collect(engine="streaming")
        )
        for name, rows in (("signals", signals), ("pairs", sentence_pairs)):
            wanted_rows = rows.filter(pl.col("day").is_in(days.implode()))
            _scatter(wanted_rows, by_pair, _PAIR, scratch / name)
        for month in due:
            made = paper_tables(
                wanted.lazy().filter(pl.col("submitted_month") == month),
                _scattered(scratch / "records", month),
                _scattered(scratch / "signals", month),
                _scattered(scratch / "pairs", month),
            )
            for table, frame in zip(made._fields, pl.collect_all(made), strict=True):
                _write(frame, _file(into, table, month), keys[month])


def _scatter(rows: pl.LazyFrame, months: pl.DataFrame, on: tuple[str, ...], into: Path) -> None:
    """Write the rows that have a month, each month's to a file of its own."""
    rows.join(months.lazy(), on=on).sink_ipc(
        pl.PartitionBy(into, key="submitted_month", include_key=False), mkdir=True
    )


def _scattered(folder: Path, month: str = "*") -> pl.LazyFrame:
    return pl.scan_ipc(folder / f"submitted_month={month}" / "*.ipc", hive_partitioning=False)


def _month_keys(versions: pl.DataFrame, signals: pl.LazyFrame) -> dict[str, str]:
    """Month to a digest of all that its files depend on, in the order of months.

    Texts are known by their content id, pairs by the version of the aligner that made them.
    """
    aligned = (
        signals.group_by("day")
        .agg(aligned=pl.concat_str(pl.col("aligner_version").unique().sort().str.join(), pl.len()))
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


def _digest(texts: Iterator[str] | list[str] | pl.Series) -> str:
    """SHA-256 of the texts, of this code and of the library that writes the files."""
    digest = hashlib.sha256(f"{CODE} polars {pl.__version__}".encode())
    for text in texts:
        digest.update(b"\x1d" + text.encode())
    return digest.hexdigest()


def _file(into: Path, table: str, month: str) -> Path:
    return into / table / f"{month}.parquet"


def _key_of(path: Path) -> str | None:
    """The key that a file was written with; None where there is no such file."""
    return pl.read_parquet_metadata(path).get(_KEY) if path.exists() else None


def _write(frame: pl.DataFrame, path: Path, key: str) -> None:
    """Replace a file as a whole or not at all; the same rows make the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        frame.rechunk().write_parquet(
            beside, compression_level=3, row_group_size=_ROW_GROUP, metadata={_KEY: key}
        )
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
