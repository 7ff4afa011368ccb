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
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Protocol
from uuid import uuid4

import polars as pl
from pandera.polars import DataFrameModel
from upath import UPath

from pipeline.schema import Papers, empty_frame
from pipeline.storage import KEY
from pipeline.tables.build import (
    authors_of,
    categories_of,
    paper_tables,
    sentence_rows,
    version_rows,
)
from pipeline.tables.plan import NO_REMOVALS, NO_SPLITS, Plan, plan_tables
from pipeline.validate.taxonomy import taxonomy

MONTHLY = ("versions", "papers", "parallel", "parallel_sentences")
"""Tables kept as `<table>/<YYYY-MM>.parquet`; in the order of names, their rows are in order."""

CODE = "1"
"""Version of what is written of the same rows; another one writes all months again."""

_ROW_GROUP = 30_000
_VERSIONS_AT_ONCE = 25_000
"""Versions whose texts are read at a time, some 8 kB each with their sentences."""
_MONTHS_AT_ONCE = 2
"""Months that are in memory and written at a time."""


class DailyTable(Protocol):
    """A table of which each day's rows can be read by themselves."""

    def __call__(self, days: Collection[date] | None = None) -> pl.LazyFrame:
        """The rows of `days`, of all days without."""


def daily_files(folder: Path | UPath, model: type[DataFrameModel]) -> DailyTable:
    """The daily table kept as `folder/<YYYY-MM-DD>.parquet`, rows of `model`."""

    def scan(days: Collection[date] | None = None) -> pl.LazyFrame:
        names = (
            folder.glob("*.parquet") if days is None else (folder / f"{d}.parquet" for d in days)
        )
        paths = sorted(str(path) for path in names if path.exists())
        return pl.scan_parquet(paths) if paths else empty_frame(model).lazy()

    return scan


class TablesReport(NamedTuple):
    """What was made."""

    plan: Plan
    months: int
    """Months that the tables hold."""
    months_written: int
    """Months of which at least one table was written; the others were up to date."""


def write_tables(
    records: DailyTable,
    signals: DailyTable,
    sentence_pairs: DailyTable,
    into: Path | UPath,
    *,
    published_splits: pl.DataFrame = NO_SPLITS,
    removals: pl.DataFrame = NO_REMOVALS,
) -> TablesReport:
    """Bring the tables in `into` up to date with the records.

    The files are the same, byte for byte, whether they are made at once or day by day. A file is
    replaced as a whole or not at all; what was cut short is finished by the next call.

    Args:
        records: the daily table of `schema.Records`.
        signals: the daily table of `schema.PairSignals`.
        sentence_pairs: the daily table of `schema.SentencePairs`.
        into: the folder of the tables, or an `s3://` address.
        published_splits: `paper_id` and `split` of the last release.
        removals: requests, as from `removals.read_removals`.
    """
    into = UPath(into)
    plan = plan_tables(records(), published_splits=published_splits, removals=removals)
    keys = _month_keys(plan.versions, signals())
    due = [
        month
        for month, key in keys.items()
        if any(_key_of(_file(into, table, month)) != key for table in MONTHLY)
    ]
    _write_months(plan, due, keys, records, signals, sentence_pairs, into)
    for table in MONTHLY:
        for path in (into / table).glob("*"):
            if path.stem not in keys or path.suffix != ".parquet":
                path.unlink()  # of a month that has no papers any more, or left by a killed run
    papers = daily_files(into / "papers", Papers)()
    key = _digest([*keys.values(), taxonomy().write_csv()])
    for table, rows in (
        ("authors", authors_of(papers)),
        ("categories", categories_of(papers)),
    ):
        path = into / f"{table}.parquet"
        if _key_of(path) != key:
            _write(rows.collect(engine="streaming"), path, key)
    return TablesReport(plan, len(keys), len(due))


def _write_months(
    plan: Plan,
    due: list[str],
    keys_of_months: Mapping[str, str],
    records: DailyTable,
    signals: DailyTable,
    sentence_pairs: DailyTable,
    into: UPath,
) -> None:
    """Write all tables of the months that are due."""
    if not due:
        return
    versions = plan.versions.filter(pl.col("submitted_month").is_in(due))
    into.mkdir(parents=True, exist_ok=True)
    # On the disk of the tables, which has room for them; else where the system keeps such things.
    beside = str(into) if is_local(into) else None
    with TemporaryDirectory(dir=beside, prefix=".scratch-") as folder:
        runs, sentence_runs = (MonthBuckets(Path(folder, name)) for name in ("rows", "sentences"))
        for part in _by_days(versions):
            days = part["day"].unique().sort().to_list()
            rows = version_rows(part.lazy(), records(days), signals(days)).collect(
                engine="streaming"
            )
            runs.add(rows)
            sentences = sentence_rows(rows.lazy(), sentence_pairs(days))
            sentence_runs.add(sentences.collect(engine="streaming"))

        def write_month(month: str) -> None:
            made = paper_tables(runs.month(month), sentence_runs.month(month))
            for table, frame in zip(made._fields, pl.collect_all(made), strict=True):
                _write(frame, _file(into, table, month), keys_of_months[month])

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


def _month_keys(versions: pl.DataFrame, signals: pl.LazyFrame) -> dict[str, str]:
    """Month to a digest of all that its files depend on, in the order of months.

    Texts are known by their content id, what is known of pairs by their ids and the version of the
    aligner. (polars' own hash is the same for one version of polars, which `_digest` names.)
    """
    pair = pl.concat_str("pair_id", "aligner_version", separator=" ")
    aligned = (
        signals.group_by("day")
        .agg(aligned=pair.sort().str.join(" ").hash())
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


def is_local(path: UPath) -> bool:
    """Whether the path is one of this machine's."""
    return path.protocol in {"", "file"}


def _file(into: UPath, table: str, month: str) -> UPath:
    return into / table / f"{month}.parquet"


def _key_of(path: UPath) -> str | None:
    """The key that a file was written with; None where there is no such file, or not all of it."""
    try:
        return pl.read_parquet_metadata(str(path)).get(KEY)
    except (FileNotFoundError, pl.exceptions.ComputeError):
        return None


def _write(frame: pl.DataFrame, path: UPath, key: str) -> None:
    """Replace a file as a whole or not at all; the same rows make the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A local file takes the old one's place when it is whole; an object appears when whole.
    beside = path.with_name(f".{path.name}.{uuid4().hex}") if is_local(path) else path
    try:
        frame.rechunk().write_parquet(
            str(beside), compression_level=3, row_group_size=_ROW_GROUP, metadata={KEY: key}
        )
    except BaseException:
        if is_local(path):
            beside.unlink(missing_ok=True)
        raise
    if is_local(path):
        beside.replace(path)


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
