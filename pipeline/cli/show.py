"""Showing what a site wrote: crawled text never steers a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

import click
import polars as pl

from pipeline.settings import Settings
from pipeline.storage import TableError, TableStore


def seen(text: str) -> str:
    """`text` with controls, direction marks and odd spaces written as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def one_line(text: str | None, most: int = 100) -> str:
    r"""`text` on one line of at most `most` characters, nothing in it but what can be seen.

    >>> print(one_line("a\nb \x1b[31mred \x9b"))
    a b \u001b[31mred \u009b
    """
    shown = seen(" ".join((text or "").split()))
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def json_line(row: Mapping[str, object]) -> str:
    """`row` as a JSON object on one line; times in ISO 8601, unseen characters escaped."""
    text = json.dumps(row, ensure_ascii=False, default=_as_json)
    return seen(text)


def _as_json(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a line of JSON")


def between(first: date | None, last: date | None) -> pl.Expr:
    """Whether a row's `day` is within the options `--from` and `--to`, both inclusive."""
    within = pl.lit(value=True)
    if first:
        within &= pl.col("day") >= first
    if last:
        within &= pl.col("day") <= last
    return within


def scan_table(settings: Settings, table: str) -> pl.LazyFrame:
    """The rows of a table of the pipeline, of all days.

    Raises:
        click.ClickException: it has not been made, or it cannot be read.
    """
    try:
        return TableStore(settings.tables_dir).scan(table)
    except TableError as error:
        raise click.ClickException(str(error)) from error
