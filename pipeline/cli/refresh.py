"""`arxiv-ja-en refresh`: the operator's one command."""

from __future__ import annotations

import signal
from datetime import date

import click

from pipeline.acquire.days import (
    Range,
    day_statuses,
    describe_older,
    describe_oldest,
    due_ranges,
    since_first_read,
)
from pipeline.archive.archive import Archive
from pipeline.cli.options import DAY, in_order
from pipeline.settings import Settings, load_settings, settings, today

INTERRUPTED = 130
"""The exit code of what was interrupted, as shells have it: 128 and SIGINT's number."""


@click.command()
@click.option("--from", "first", type=DAY, help="First digest day (JST), YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, help="Last digest day (JST), YYYY-MM-DD.")
@click.option("--base-url", help="The site's address, for this run.")
@click.option("--reread", is_flag=True, help="Read settled days again too.")
@click.pass_context
def refresh(
    ctx: click.Context, first: date | None, last: date | None, base_url: str | None, reread: bool
) -> None:
    """Crawl a range of days and carry what is new through to a snapshot and its publication.

    Without --from and --to: all days that are not settled, from the earliest day that was ever read
    to today; in a fresh data folder the last days. The run shows in Dagster's UI like any other.
    Exit code 0 when all went well, 1 when a step failed, 130 when it was interrupted.
    """
    from pipeline.orchestration.refresh import RefreshError
    from pipeline.orchestration.refresh import refresh as run_refresh
    from pipeline.orchestration.summary import summary_lines
    from pipeline.orchestration.terminal import TerminalDisplay

    chosen = load_settings(base_url=base_url) if base_url else settings()
    days, fresh = _days_to_read(chosen, first, last)
    # To be asked to end by the system is no different from being asked by a person.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with TerminalDisplay() as display:
            outcome = run_refresh(days, settings=chosen, display=display, reread=reread)
    except RefreshError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("Interrupted; what was read is kept, the next refresh goes on.", err=True)
        ctx.exit(INTERRUPTED)
    for line in summary_lines(outcome):
        click.echo(line)
    if fresh:
        statuses = day_statuses(Archive(chosen.archive_dir), chosen, today())
        if older := describe_older(statuses, chosen.delay_seconds):
            click.echo(older)
    if oldest := describe_oldest(Archive(chosen.archive_dir), chosen):
        click.echo(oldest)
    ctx.exit(0 if outcome.success else 1)


def _days_to_read(
    chosen: Settings, first: date | None, last: date | None
) -> tuple[list[Range], bool]:
    """The ranges that `--from` and `--to` name, or those that are due; whether no day was read yet.

    Raises:
        click.UsageError: a day is before the setting `first_day`, or in the future.
    """
    in_order(first, last)
    now = today()
    for option, day in (("--from", first), ("--to", last)):
        if day and day < chosen.first_day:
            raise click.UsageError(
                f"{option} {day} is before the first day, ARXIV_JA_EN_FIRST_DAY={chosen.first_day}"
            )
        if day and day > now:
            raise click.UsageError(
                f"{option} {day} is in the future; where the site is, it is {now}"
            )
    if first:
        return [(first, last or now)], False
    statuses = day_statuses(Archive(chosen.archive_dir), chosen, last or now)
    return due_ranges(statuses, chosen.reread_days), not (last or since_first_read(statuses))
