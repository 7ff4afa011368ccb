"""`arxiv-ja-en days`: which days were read, and which were not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import groupby

import click

from pipeline.acquire.days import (
    STATES,
    DayStatus,
    day_statuses,
    describe_older,
    describe_oldest,
    describe_ranges,
    due_ranges,
)
from pipeline.archive.archive import Archive
from pipeline.cli.options import DAY, in_order, is_between
from pipeline.cli.show import json_line, one_line
from pipeline.settings import Settings, settings, today


@click.command()
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day (JST), YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="Last day (JST), YYYY-MM-DD.")
@click.option("--state", type=click.Choice(STATES), help="Only the days in this state.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a day.")
def days(first: date | None, last: date | None, state: str | None, as_json: bool) -> None:
    """Show which days were read, are settled, failed, or were never read, and why.

    Days in a row with the same state and reason share a line. A settled day is not fetched again;
    the others are read by the next `arxiv-ja-en refresh`, but those before the earliest day that
    was read, which are read when they are asked for with --from and --to.
    """
    in_order(first, last)
    chosen = settings()
    statuses = day_statuses(Archive(chosen.archive_dir), chosen, today())
    shown = [
        one for one in statuses if is_between(one.day, first, last) and state in {None, one.state}
    ]
    if as_json:
        for one in shown:
            click.echo(json_line(_as_row(one)))
        return
    _print_ranges(shown)
    if not (first or last or state):
        _print_due(statuses, chosen)


def _print_ranges(shown: list[DayStatus]) -> None:
    """A line for each range of days with the same state and reason, and one with the totals."""
    for (name, reason), group in groupby(shown, lambda one: (one.state, one.reason)):
        of_group = describe_ranges(one.day for one in group)
        words = [f"{of_group:<24}", f"{name.replace('_', ' '):<10}", one_line(reason)]
        click.echo("  ".join(words).rstrip())
    counts = Counter(one.state for one in shown)
    sums = [f"{counts[name]:,} {name.replace('_', ' ')}" for name in STATES if counts[name]]
    click.echo(f"{len(shown):,} days: {', '.join(sums)}" if sums else "No matching days.")


def _print_due(statuses: Sequence[DayStatus], chosen: Settings) -> None:
    """What the next refresh reads, and which days it leaves out."""
    due = due_ranges(statuses, chosen.reread_days)
    click.echo(f"due: {', '.join(' to '.join(map(str, sorted({*days}))) for days in due)}")
    if line := describe_older(statuses, chosen.delay_seconds):
        click.echo(line)
    if line := describe_oldest(Archive(chosen.archive_dir), chosen):
        click.echo(line)


def _as_row(one: DayStatus) -> dict[str, object]:
    report = one.report
    return {
        "day": one.day,
        "state": one.state,
        "reason": one.reason,
        "read_at": one.read_at,
        "announced": report and report.announced,
        "captured": report and report.captured,
        "missing": report and report.missing,
        "requests": report and report.requests,
    }
