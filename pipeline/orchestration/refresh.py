"""The refresh job from the console: the same job, in the same instance, without the UI."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import chdir
from datetime import date
from pathlib import Path
from textwrap import shorten
from typing import Any
from uuid import uuid4

import dagster as dg
from sqlalchemy.exc import DBAPIError

from pipeline.acquire.days import Range, ranges
from pipeline.acquire.inbox_ready import waiting
from pipeline.archive.archive import Archive
from pipeline.orchestration.assets.acquire import CRAWL, DAYS_WERE_READ
from pipeline.orchestration.assets.parse import days_beyond, stale_days
from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.checks.release_gate import failed_daily_checks
from pipeline.orchestration.dagster_private import CONFIG_ERRORS, open_instance
from pipeline.orchestration.database import database_fault
from pipeline.orchestration.dead_runs import close_dead_runs, living_runs, process_tag
from pipeline.orchestration.home import HomeError, dagster_home
from pipeline.orchestration.jobs import (
    INTAKE_JOB,
    PROCESS_JOB,
    READ_DAYS,
    REFRESH_JOB,
    RELEASE_JOB,
)
from pipeline.orchestration.partitions import range_tags
from pipeline.orchestration.run_lock import RunUnderWayError, run_lock
from pipeline.orchestration.summary import RefreshOutcome, outcome_of
from pipeline.orchestration.terminal import INTERRUPTIONS, TerminalDisplay, terminal_logger
from pipeline.settings import Settings
from pipeline.storage import TableError, TableStore


class RefreshError(RuntimeError):
    """The refresh cannot start, or cannot go on; the message is one line."""


def refresh(
    days: Sequence[Range],
    *,
    settings: Settings,
    display: TerminalDisplay,
    reread: bool = False,
    release: bool = False,
) -> RefreshOutcome:
    """Take the inbox, crawl `days`, and end with a snapshot.

    Args:
        days: ranges of days, oldest first; a run each, of which the last releases.
        settings: where data is kept and what is crawled.
        display: shows how far it is, and what failed.
        reread: whether settled days are read again.
        release: whether tables and snapshot are made even where nothing new was read.

    Raises:
        RefreshError: another run is under way, Dagster's home cannot be used, the tables' store
            refuses, or what Dagster keeps of its runs cannot be read or written.
        KeyboardInterrupt: the process was asked to end; what was read is kept.
    """
    try:
        home = dagster_home()
    except HomeError as error:
        raise RefreshError(str(error)) from error
    # dagster.yaml names its folders relative to Dagster's home.
    try:
        with (
            run_lock(settings.data_dir),
            chdir(home),
            _open(home) as instance,
        ):
            for run_id in close_dead_runs(instance):
                display.line(f"  ! closed run {run_id[:8]}: its process is gone")
            if living := living_runs(instance):
                raise RefreshError(
                    f"run {living[0][:8]} is under way; try when it has ended, "
                    "or, if its process is gone, cancel it in the UI (make dev)"
                )
            return _Runs(instance, settings, display).refresh(days, reread=reread, release=release)
    except (RunUnderWayError, TableError) as error:
        raise RefreshError(str(error)) from error
    except DBAPIError as error:
        raise RefreshError(database_fault(error, home)) from error


def _open(home: Path) -> dg.DagsterInstance:
    try:
        return open_instance(home)
    except OSError as error:
        raise RefreshError(f"DAGSTER_HOME={home} cannot be written: {error.strerror}") from error
    except CONFIG_ERRORS as error:
        reason = shorten(str(error), 300, placeholder=" …")
        raise RefreshError(f"DAGSTER_HOME={home}: wrong dagster.yaml: {reason}") from error


class _Runs:
    """The Dagster runs of one refresh."""

    def __init__(
        self, instance: dg.DagsterInstance, settings: Settings, display: TerminalDisplay
    ) -> None:
        self._instance = instance
        self._settings = settings
        self._display = display
        self._definitions = build_definitions(
            settings, progress=display, loggers={"terminal": terminal_logger(display)}
        )
        graph = self._definitions.resolve_asset_graph()
        self._read_days = sorted(READ_DAYS.resolve(graph))
        self._tables = TableStore(settings.tables_dir)
        self._results: list[dg.ExecuteInProcessResult] = []
        self._failed: set[date] = set()

    def refresh(self, days: Sequence[Range], *, reread: bool, release: bool) -> RefreshOutcome:
        # A store that refuses says so here, once, and not in every run.
        self._tables.parts("posts")
        if waiting(self._settings.inbox_dir):
            self._display.line("taking what waits in the inbox")
            self._execute(INTAKE_JOB)
        if beyond := days_beyond(Archive(self._settings.archive_dir)):
            self._display.line(
                f"  ! archived, not parsed: {len(beyond)} days that are before "
                f"ARXIV_JA_EN_FIRST_DAY or in the future ({beyond[0]} to {beyond[-1]})"
            )
        processed = self._process_stale_days(days)
        failed = self._crawl(days, reread=reread)
        if CRAWL in failed:
            # What was imported, or was read before the site went, does not wait for it.
            is_due = self._process_stale_days(()) or processed
        else:
            # The crawl may have found older posts changed. What a failed check holds back is not
            # released by another run; a day that could not be read holds nothing back.
            is_due = failed <= {DAYS_WERE_READ} and self._process_stale_days(days)
        if is_due or release:
            if held := failed_daily_checks(self._instance):
                self._display.line(f"  ! not released: held back by {'; '.join(held)}")
            else:
                self._execute(RELEASE_JOB)
        return outcome_of(self._results, self._display.failed)

    def _crawl(self, days: Sequence[Range], *, reread: bool) -> set[str]:
        """Refresh range by range, releasing after the last; the steps that failed of it.

        A site that cannot be crawled is asked once: the ranges behind it are left alone.
        """
        # Who waits at a console learns at once that the site is down, and asks again as he likes.
        options = {"base_url": self._settings.base_url, "reread": reread, "retries": 0}
        config = {"ops": {"captures": {"config": options}}}
        failed: set[str] = set()
        for first, last in days:
            self._display.line(f"{first} to {last} from {self._settings.base_url}")
            result = self._execute(
                REFRESH_JOB, (first, last), config, releases=(first, last) == days[-1]
            )
            failed = {event.step_key or "" for event in result.all_events if event.is_step_failure}
            if CRAWL in failed:
                break
        return failed

    def _process_stale_days(self, days: Sequence[Range]) -> bool:
        """Make the stale days outside the ranges, but those that have failed before."""
        archive = Archive(self._settings.archive_dir)
        due = {
            day
            for day in stale_days(archive, self._tables)
            if not any(first <= day <= last for first, last in days)
        } - self._failed
        for first, last in ranges(due):
            self._display.line(f"{first} to {last} from the archive")
            if not self._execute(PROCESS_JOB, (first, last)).success:
                self._failed.update(day for day in due if first <= day <= last)
        return bool(due)

    def _execute(
        self,
        job: str,
        days: Range | None = None,
        config: dict[str, Any] | None = None,
        *,
        releases: bool = True,
    ) -> dg.ExecuteInProcessResult:
        run_id = str(uuid4())
        tags = range_tags(*days) if days else {}
        result = self._definitions.resolve_job_def(job).execute_in_process(
            instance=self._instance,
            run_id=run_id,
            tags=tags | process_tag(run_id),
            run_config={"loggers": {"terminal": {}}} | (config or {}),
            asset_selection=None if releases else self._read_days,
            raise_on_error=False,
        )
        self._display.run_ended()
        if _was_interrupted(result):
            raise KeyboardInterrupt
        self._results.append(result)
        return result


def _was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    errors = [event.job_failure_data.error for event in result.all_events if event.is_job_failure]
    return any(error is not None and error.cls_name in INTERRUPTIONS for error in errors)
