"""`arxiv-ja-en ledger`: where every announced post ended."""

from __future__ import annotations

from datetime import date
from itertools import groupby

import click
import polars as pl

from pipeline.acquire.days import (
    DayStatus,
    day_statuses,
    describe_ranges,
    since_first_read,
)
from pipeline.archive.archive import Archive
from pipeline.cli.options import DAY, in_order, is_between
from pipeline.cli.show import between, json_line, one_line, scan_table
from pipeline.schema import LEDGER_STATES
from pipeline.settings import settings, today
from pipeline.tables.ledger import ledger_per_day

_COLUMNS = ("announced", *LEDGER_STATES)


@click.command()
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day (JST), YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="Last day (JST), YYYY-MM-DD.")
@click.option("--state", type=click.Choice(LEDGER_STATES), help="List the posts in this state.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def ledger(first: date | None, last: date | None, state: str | None, as_json: bool) -> None:
    """Show in which state every post that the site announced has ended, per day and in sum.

    With --state, the posts in that state are listed instead. What was announced on days that were
    never read, or could not be read, is not known: these days are named.
    """
    in_order(first, last)
    rows = scan_table(settings(), "ledger").filter(between(first, last))
    unread = _unread_days(first, last)
    if state:
        posts = rows.filter(pl.col("state") == state).sort("day", "post").collect()
        list_posts = _print_json if as_json else _list_posts
        list_posts(posts, unread if state == "not_captured" else [])
        return
    days = ledger_per_day(rows).select("day", *_COLUMNS)
    if as_json:
        for row in days.iter_rows(named=True):
            click.echo(json_line(row))
        return
    if days.is_empty():
        click.echo("No post was announced on these days.")
        _list_unread(unread)
        return
    widths = [max(len(name), 9) for name in _COLUMNS]
    click.echo("  ".join([f"{'day':<10}", *map(_right, _COLUMNS, widths)]))
    for day, *counts in days.iter_rows():
        click.echo("  ".join([f"{day}", *map(_right, counts, widths)]))
    sums = days.select(_COLUMNS).sum().row(0)
    click.echo("  ".join([f"{'sum':<10}", *map(_right, sums, widths)]))
    _list_unread(unread)


def _unread_days(first: date | None, last: date | None) -> list[DayStatus]:
    """The days since the earliest one that was read that were never read, or could not be read."""
    statuses = day_statuses(Archive(settings().archive_dir), settings(), today())
    return [
        one
        for one in since_first_read(statuses)
        if one.state in {"never_read", "failed"} and is_between(one.day, first, last)
    ]


def _list_unread(unread: list[DayStatus]) -> None:
    """Name the days, those in a row with the same state and reason together."""
    for (state, reason), group in groupby(unread, lambda one: (one.state, one.reason)):
        words = [describe_ranges(one.day for one in group), state.replace("_", " ")]
        click.echo("  ".join([*words, one_line(reason)]))


def _right(value: object, width: int) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text.rjust(width)


def _list_posts(posts: pl.DataFrame, unread: list[DayStatus]) -> None:
    if posts.is_empty() and not unread:
        click.echo("No matching posts.")
    for row in posts.iter_rows(named=True):
        where = one_line(row["post_url"] or row["post"])
        was = f"was {row['was']} until {row['since']:%Y-%m-%d}" if row.get("was") else None
        moved = f"moved from {row['moved_from']}" if row.get("moved_from") else None
        words = [str(row["day"]), where, one_line(row["reason"]), was, moved]
        words.append(one_line(row["title"]))
        click.echo("  ".join(word for word in words if word))
    _list_unread(unread)


def _print_json(posts: pl.DataFrame, unread: list[DayStatus]) -> None:
    for row in posts.iter_rows(named=True):
        click.echo(json_line(row))
    for one in unread:
        known = {"day": one.day, "state": "not_captured", "reason": one.state}
        click.echo(json_line(dict.fromkeys(posts.columns) | known))
