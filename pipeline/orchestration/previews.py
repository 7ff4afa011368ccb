"""What the UI shows of a table beside its numbers: some rows, and small pictures.

The rows are the site's words. They are table cells and text in a picture: the UI escapes the one,
the picture the other, and a browser runs nothing in a picture.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import date, timedelta
from math import isfinite

import dagster as dg
import polars as pl

from pipeline.release import svg
from pipeline.schema import Table

PREVIEW_ROWS = 5
"""Rows of a preview."""

CELL_CHARACTERS = 80
"""Characters of a text, or of a list as text, in a cell."""

_DAYS = 60
"""Days in the picture of posts per day."""

_OUTCOMES = {
    "papers": ["paper", "older_version"],
    "quarantined or not captured": ["quarantined", "not_captured"],
}
"""What a post is counted as, by its state in the ledger; the other states are in neither."""

_REASONS = 12
_CATEGORIES = 20


def as_table(rows: pl.DataFrame) -> dg.TableMetadataValue:
    """All `rows` as a table; numbers and booleans as JSON has them, all else as text, cut."""
    shown = pl.DataFrame([_cells(column) for column in rows.get_columns()])
    return dg.MetadataValue.table(
        [
            dg.TableRecord({name: _as_json(cell) for name, cell in row.items()})
            for row in shown.iter_rows(named=True)
        ],
        schema=dg.TableSchema(
            [
                dg.TableColumn(name, type=str(dtype), description=None)
                for name, dtype in rows.schema.items()
            ]
        ),
    )


def preview(of: Table, rows: pl.LazyFrame) -> dg.TableMetadataValue:
    """The first five of `rows`, of the table's columns that say most."""
    return as_table(rows.head(PREVIEW_ROWS).select(of.preview).collect())


def _cells(column: pl.Series) -> pl.Series:
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column
    most = CELL_CHARACTERS
    texts = [None if value is None else str(_plain(value))[: most + 1] for value in column]
    cut = [t if t is None or len(t) <= most else t[: most - 1] + "…" for t in texts]
    return pl.Series(column.name, cut, dtype=pl.String)


def _as_json(cell: str | float | bool | None) -> str | float | bool:
    """A cell without what JSON lacks, which would make the whole event unreadable."""
    if cell is None:
        return ""
    return str(cell) if isinstance(cell, float) and not isfinite(cell) else cell


def _plain(value: object) -> object:
    """A value of a cell without polars' or Python's own wrapping."""
    if isinstance(value, dict):
        return " / ".join(map(str, value.values()))
    return ", ".join(map(str, value)) if isinstance(value, pl.Series | list) else value


def picture(drawn: str) -> dg.MarkdownMetadataValue:
    """An SVG file as an image, which a browser shows and never runs."""
    data = b64encode(drawn.encode()).decode()
    return dg.MetadataValue.md(f"![picture](data:image/svg+xml;base64,{data})")


def posts_per_day(ledger: pl.DataFrame) -> str:
    """The posts of the latest days: those that became papers, and those not captured yet, as SVG.

    Args:
        ledger: rows of `schema.Ledger`.
    """
    last = ledger["day"].max()
    if not isinstance(last, date):
        return svg.columns("Posts per day (JST): none yet", [], [[]])
    days = [last - timedelta(days=n) for n in reversed(range(_DAYS))]
    counted = ledger.group_by("day").agg(
        pl.col("state").is_in(states).sum().alias(name) for name, states in _OUTCOMES.items()
    )
    of_day = {day: counts for day, *counts in counted.iter_rows()}
    none = [0] * len(_OUTCOMES)
    return svg.columns(
        f"Posts per day (JST), {days[0]} to {last}",
        [f"{day:%m-%d}" for day in days],
        list(zip(*(of_day.get(day, none) for day in days), strict=True)),
        names=list(_OUTCOMES),
    )


def reasons_of(rows: pl.DataFrame, title: str) -> str:
    """How many posts broke which rule, as SVG.

    Args:
        rows: rows with a column `reasons`.
        title: what stands above.
    """
    counted = (
        rows.select(reason="reasons")
        .explode("reason", empty_as_null=False)
        .group_by("reason")
        .len("n")
        .sort(["n", "reason"], descending=[True, False])
        .head(_REASONS)
    )
    return svg.rows(title, counted["reason"].to_list(), counted["n"].to_list(), max(rows.height, 1))


def largest_categories(categories: pl.DataFrame, papers: int) -> str:
    """The categories with most papers, by their Japanese names, as SVG.

    Args:
        categories: rows of `schema.Categories`.
        papers: how many papers there are.
    """
    top = categories.sort(["n_papers", "code"], descending=[True, False]).head(_CATEGORIES)
    return svg.rows(
        "Papers by arXiv category",
        [
            f"{code} {name}" if name else code
            for code, name in top.select("code", "name_ja").iter_rows()
        ],
        top["n_papers"].to_list(),
        max(papers, 1),
    )
