"""`arxiv-ja-en refresh`: the operator's one command."""

from __future__ import annotations

import signal
from datetime import date

import click

from pipeline.cli.days import DAY, in_order
from pipeline.settings import load_settings, settings

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

    Without --from and --to: the days that are not settled yet, to today. The run shows in
    Dagster's UI like any other. Exit code 0 when all went well, 1 when a step failed, 130 when it
    was interrupted.
    """
    from pipeline.orchestration.partitions import today
    from pipeline.orchestration.refresh import (
        RefreshError,
        default_range,
        summary_lines,
    )
    from pipeline.orchestration.refresh import refresh as run_refresh
    from pipeline.orchestration.terminal import TerminalDisplay

    chosen = load_settings(base_url=base_url) if base_url else settings()
    default_first, default_last = default_range(chosen)
    last = last or (max(first, default_last) if first else default_last)
    first = first or min(default_first, last)
    in_order(first, last)
    if first < chosen.first_day:
        raise click.UsageError(
            f"{first} is before the first day, ARXIV_JA_EN_FIRST_DAY={chosen.first_day}"
        )
    if last > today():
        raise click.UsageError(f"--to {last} is in the future; where the site is, it is {today()}")
    # To be asked to end by the system is no different from being asked by a person.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with TerminalDisplay() as display:
            outcome = run_refresh(first, last, settings=chosen, display=display, reread=reread)
    except RefreshError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("Interrupted; what was read is kept, the next refresh goes on.", err=True)
        ctx.exit(INTERRUPTED)
    for line in summary_lines(outcome):
        click.echo(line)
    ctx.exit(0 if outcome.success else 1)
