"""`arxiv-ja-en erase`: a paper out of everything that can be reached from here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from pipeline.settings import Settings, settings, today

if TYPE_CHECKING:
    from pipeline.erase.local import LocalErasure

BACKUPS = (
    "delete it from back-ups of the data folder, or delete those: a file of an older back-up that "
    "is put back is named by `arxiv-ja-en verify`"
)


@click.command()
@click.argument("paper", metavar="PAPER_ID")
@click.option("--from-hub", is_flag=True, help="Earlier versions on the Hub too.")
@click.option("--yes", is_flag=True, help="Do it; else it is only listed.")
def erase(paper: str, from_hub: bool, yes: bool) -> None:
    """Erase a paper: from the archive, the tables, the snapshots and, if asked, from the Hub.

    Without --yes, nothing is changed: what would be done is listed, and what is to be done by hand.
    What was cut off is completed by the same command. It cannot be undone.
    """
    from pipeline.cli.trace import told
    from pipeline.erase.local import plan_local_erasure
    from pipeline.tables.removals import named_paper

    now, paper_id = settings(), named_paper(paper)
    if paper_id is None:
        raise click.UsageError(f"{paper!r} names no paper: write its id, such as 2503.01234")
    if from_hub and now.hub_repo is None:
        raise click.UsageError("--from-hub needs ARXIV_JA_EN_HUB_REPO to name a repository")
    with told():
        plan = plan_local_erasure(paper_id, now)
        if not (plan.places or plan.snapshots or plan.is_requested):
            raise click.ClickException(f"{paper_id}: no such paper in the tables or snapshots here")
        lines = [*plan.lines()]
        by_hand = [*_by_hand(plan, now), BACKUPS]
        if yes:
            _erase_here(plan, now)
        _list("Done:" if yes else "To be done:", lines)
        if from_hub:
            by_hand += _erase_there(plan, now, yes=yes)
        _list("By hand:", by_hand)
    if not yes:
        click.echo("Nothing was changed. With --yes it is done, and cannot be undone.")


def _list(heading: str, lines: Iterable[str]) -> None:
    click.echo(heading)
    for line in lines or ["nothing"]:
        click.echo(f"  - {line}")


def _erase_here(plan: LocalErasure, now: Settings) -> None:
    """Erase from the data folder, and release a version without the paper.

    Raises:
        click.ClickException: the release fails, or a capture cannot be erased from.
    """
    from pipeline.archive.archive import Archive
    from pipeline.erase.local import (
        delete_snapshots,
        erase_captures,
        plan_local_erasure,
        request_removal,
    )
    from pipeline.orchestration.refresh import RefreshError, refresh
    from pipeline.orchestration.summary import summary_lines
    from pipeline.orchestration.terminal import TerminalDisplay

    request_removal(plan, now, today())
    failed = erase_captures(plan, Archive(now.archive_dir))
    if plan.places or plan.is_released:
        try:
            with TerminalDisplay() as display:
                outcome = refresh([], settings=now, display=display, release=True)
        except RefreshError as error:
            raise click.ClickException(str(error)) from error
        for line in summary_lines(outcome):
            click.echo(line)
    left = plan_local_erasure(plan.paper_id, now)
    if left.is_released:
        raise click.ClickException(
            f"{plan.paper_id} is still in the newest snapshot, {left.snapshots[-1].name}: have "
            "the run above succeed, or start the job `release`, and erase it again"
        )
    delete_snapshots(left, now)
    if failed:
        lines = "\n".join(dict.fromkeys(failed))
        raise click.ClickException(f"the archive still holds it:\n{lines}")


def _erase_there(plan: LocalErasure, now: Settings, *, yes: bool) -> tuple[str, ...]:
    """Erase from the Hub, or list what would be done; what is left to do by hand."""
    from pipeline.erase.hub import erase_from_hub, plan_hub_erasure

    assert now.hub_repo is not None
    if plan.is_released and not yes:
        click.echo(
            f"On {now.hub_repo}, once a version without it is published: its tags of "
            "versions that hold it, the history of main and the files that only they need"
        )
        return ()
    found = plan_hub_erasure(now.hub_repo, plan.paper_ids)
    lines = [*found.lines()]
    if yes:
        found = erase_from_hub(now.hub_repo, plan.paper_ids, now.snapshots_dir)
    _list(f"{'Done' if yes else 'To be done'} on {now.hub_repo}:", lines)
    return found.by_hand


def _by_hand(plan: LocalErasure, now: Settings) -> list[str]:
    """What nothing here does: files that were imported, runs in Dagster that show some of it."""
    from pipeline.archive.archive import Archive
    from pipeline.erase.local import imported_files
    from pipeline.orchestration.home import HomeError, dagster_home
    from pipeline.orchestration.shown_rows import runs_that_show

    try:
        runs = runs_that_show(dagster_home(), plan.days, plan.titles)
    except HomeError as error:
        raise click.ClickException(str(error)) from error
    lines = [
        f"delete {file}, from which it was imported: the archive has all else that was in it"
        for file in imported_files(plan, Archive(now.archive_dir), now.inbox_dir)
    ]
    if runs:
        lines.append(
            "delete these runs in Dagster (Runs, select, Delete), whose tables show a row of it: "
            + ", ".join(runs)
        )
    return lines
