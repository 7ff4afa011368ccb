"""Choosing rows of a released config: by score, flag, category, translator, kind and date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow.parquet as pq

from pipeline.release.configs import BY_NAME, data_file
from pipeline.release.manifest import Snapshot, parse_data_file

BATCH_ROWS = 10_000
"""Rows of a data file that are held at once."""

SCORES = ("alignment_score", "score")
"""Columns that tell how good a pair is: that of abstracts, and that of beads."""


class SelectionError(ValueError):
    """A snapshot lacks the config or column that is asked for; the message names it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked of a row; all of it has to hold, and an unknown value fulfils nothing.

    Attributes:
        min_score: the least score.
        having: flags of which it has one at least.
        without: flags that it must not have.
        categories: of which it has one at least: a code such as cs.CL, or an archive such as cs.
        translators: of which one made its Japanese.
        kinds: of which its Japanese is one.
        since, until: first and last date (UTC) of its version.
    """

    min_score: float | None = None
    having: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    translators: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def conditions(self, score: str = SCORES[0]) -> dict[str, pl.Expr]:
        """What is asked, by the column that it is asked of.

        Args:
            score: the name of the column of `SCORES` that the rows have.
        """
        asked: dict[str, pl.Expr] = {}
        if self.min_score is not None:
            asked[score] = pl.col(score) >= self.min_score
        if self.having or self.without:
            asked["flags"] = _flagged(self.having, self.without)
        if self.categories:
            asked["categories"] = _in_categories(self.categories)
        if self.translators:
            asked["translator"] = pl.col("translator").is_in(self.translators)
        if self.kinds:
            asked["kind"] = pl.col("kind").is_in(self.kinds)
        if self.since or self.until:
            asked["version_date"] = _between(self.since, self.until)
        return {column: holds.fill_null(value=False) for column, holds in asked.items()}


def _flagged(having: tuple[str, ...], without: tuple[str, ...]) -> pl.Expr:
    """Whether a row has one of some flags, if any are named, and none of the others."""

    def has(flags: tuple[str, ...]) -> pl.Expr:
        return pl.col("flags").list.eval(pl.element().is_in(flags)).list.any()

    return (has(having) if having else pl.lit(value=True)) & ~has(without)


def _in_categories(wanted: tuple[str, ...]) -> pl.Expr:
    code = pl.element()
    archive = code.str.split(".").list.first()
    return pl.col("categories").list.eval(code.is_in(wanted) | archive.is_in(wanted)).list.any()


def _between(since: date | None, until: date | None) -> pl.Expr:
    """Whether a version is of these dates (UTC), both inclusive."""
    within = pl.lit(value=True)
    if since:
        within &= pl.col("version_date") >= datetime.combine(since, time(), UTC)
    if until:
        within &= pl.col("version_date") < datetime.combine(until + timedelta(1), time(), UTC)
    return within


class Batch(NamedTuple):
    """Some rows of a config."""

    n_read: int
    """Rows that were looked at."""
    rows: pl.DataFrame
    """Those of them that were chosen, in their order, with all columns of the config."""


def select_rows(
    snapshot: Snapshot, config: str, split: str, selection: Selection
) -> Iterator[Batch]:
    """The chosen rows of a split, a few at a time, in the order of its files.

    What a config does not say itself is asked of the paper that the row belongs to.

    Raises:
        SelectionError: there is no such config, or neither it nor `papers` has a column that is
            needed.
        ManifestError: a data file is missing or damaged.
    """
    own, of_paper = _shared_out(snapshot, config, selection)
    for path in snapshot.data_files(config):
        _, of_split, month = parse_data_file(path.relative_to(snapshot.path).as_posix())
        if of_split != split:
            continue
        snapshot.check(path)
        papers = _papers(snapshot, split, month, of_paper) if of_paper else None
        for batch in _batches(path):
            rows = batch.filter(*own.values())
            if papers is not None:
                rows = rows.join(papers, on="paper_id", how="semi", maintain_order="left")
            yield Batch(batch.height, rows)


def columns_of(snapshot: Snapshot, config: str) -> Mapping[str, str]:
    """The columns of a config of a snapshot, name to type.

    Raises:
        SelectionError: the snapshot has no such config.
    """
    if config not in snapshot.manifest.schema:
        raise SelectionError(f"{snapshot.version}: it has no config {config}")
    return snapshot.manifest.schema[config]


def _batches(path: Path) -> Iterator[pl.DataFrame]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            rows = pl.from_arrow(batch)
            assert isinstance(rows, pl.DataFrame)
            yield rows


def _shared_out(
    snapshot: Snapshot, config: str, selection: Selection
) -> tuple[Mapping[str, pl.Expr], Mapping[str, pl.Expr]]:
    """What is asked of the config's own columns, and what of those of `papers`."""
    columns = columns_of(snapshot, config)
    score = next((name for name in SCORES if name in columns), SCORES[0])
    asked = selection.conditions(score)
    own = {column: holds for column, holds in asked.items() if column in columns}
    rest = {column: holds for column, holds in asked.items() if column not in columns}
    in_papers = snapshot.manifest.schema["papers"] if BY_NAME[config].monthly else {}
    if missing := sorted(column for column in rest if column not in in_papers):
        raise SelectionError(
            f"{snapshot.version}: rows of {config} cannot be chosen by {', '.join(missing)}: "
            "it has no such column"
        )
    return own, rest


def _papers(
    snapshot: Snapshot, split: str, month: str | None, asked: Mapping[str, pl.Expr]
) -> pl.DataFrame:
    """Ids of the papers of a split and month of which this holds."""
    path = snapshot.path / data_file(BY_NAME["papers"], split, month)
    snapshot.check(path)
    return pl.read_parquet(path, columns=["paper_id", *asked]).filter(*asked.values())
