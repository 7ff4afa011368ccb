"""The refresh job from the console: the same job, in the same instance, without the UI."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import chdir
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
from sqlalchemy.exc import OperationalError

from pipeline.acquire.inbox_ready import waiting
from pipeline.archive.archive import Archive
from pipeline.orchestration.assets.acquire import DAYS_WERE_READ
from pipeline.orchestration.assets.parse import days_beyond, stale_days
from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.checks.release_gate import failed_daily_checks
from pipeline.orchestration.dead_runs import close_dead_runs, living_runs, process_tag
from pipeline.orchestration.jobs import INTAKE_JOB, PROCESS_JOB, REFRESH_JOB, RELEASE_JOB
from pipeline.orchestration.partitions import range_tags, ranges, today
from pipeline.orchestration.terminal import INTERRUPTIONS, TerminalDisplay, terminal_logger
from pipeline.schema import LEDGER_STATES
from pipeline.settings import PROJECT_ROOT, Settings
from pipeline.storage import TableStore


@dataclass(frozen=True, slots=True)
class RefreshOutcome:
    """How a refresh ended.

    Attributes:
        success: whether every step of every run succeeded, and every check that counts.
        run_ids: the Dagster runs it consisted of, in order; the last is the refresh itself.
        failures: one line per failed step or check.
        figures: by asset, its numeric metadata, summed over the days of all runs.
        texts: by asset, its other metadata, of the last run.
    """

    success: bool
    run_ids: list[str]
    failures: list[str]
    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)


class RefreshError(RuntimeError):
    """The refresh cannot start, or cannot go on; the message is one line."""


def default_range(settings: Settings) -> tuple[date, date]:
    """The days that a refresh reads when none are named: those that are not settled yet."""
    return max(today() - timedelta(days=settings.reread_days), settings.first_day), today()


def refresh(
    first: date,
    last: date,
    *,
    settings: Settings,
    display: TerminalDisplay,
    reread: bool = False,
) -> RefreshOutcome:
    """Take the inbox, crawl the days from `first` to `last`, and end with a snapshot.

    Raises:
        RefreshError: another run is under way, Dagster's home is no folder, or what Dagster keeps
            of its runs cannot be written.
        KeyboardInterrupt: the process was asked to end; what was read is kept.
    """
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(PROJECT_ROOT)))
    if not (home.is_absolute() and home.is_dir()):
        raise RefreshError(f"DAGSTER_HOME={home}: not the absolute path of a folder")
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    # dagster.yaml names its folders relative to Dagster's home.
    try:
        with chdir(home), dg.DagsterInstance.get() as instance:
            for run_id in close_dead_runs(instance):
                display.line(f"  ! closed run {run_id[:8]}: its process is gone")
            if living := living_runs(instance):
                raise RefreshError(
                    f"run {living[0][:8]} is under way; try when it has ended, "
                    "or, if its process is gone, cancel it in the UI (make dev)"
                )
            return _Runs(instance, settings, display).refresh(first, last, reread=reread)
    except OperationalError as error:  # the database's own word, without statement and values
        raise RefreshError(
            f"what Dagster keeps of its runs cannot be written: {error.orig}; is the disk full? "
            "What was read is kept, the next refresh goes on"
        ) from error


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
        self._results: list[dg.ExecuteInProcessResult] = []
        self._failed: set[date] = set()

    def refresh(self, first: date, last: date, *, reread: bool) -> RefreshOutcome:
        if waiting(self._settings.inbox_dir):
            self._display.line("taking what waits in the inbox")
            self._execute(INTAKE_JOB)
        if beyond := days_beyond(Archive(self._settings.archive_dir)):
            self._display.line(
                f"  ! archived, not parsed: {len(beyond)} days that are before "
                f"ARXIV_JA_EN_FIRST_DAY or in the future ({beyond[0]} to {beyond[-1]})"
            )
        self._process_stale_days(first, last)
        # Who waits at a console is told at once that the site is down, and asks again as he likes.
        options = {"base_url": self._settings.base_url, "reread": reread, "retries": 0}
        self._display.line(f"{first} to {last} from {self._settings.base_url}")
        result = self._execute(REFRESH_JOB, first, last, {"ops": {"captures": {"config": options}}})
        # What a failed check holds back is not released by another run; a day that could not be
        # read holds nothing back.
        if _failed_steps(result) <= {DAYS_WERE_READ} and self._process_stale_days(first, last):
            # The crawl found older posts changed; they are worth a release of their own.
            if held := failed_daily_checks(self._instance):
                self._display.line(f"  ! not released: held back by {'; '.join(held)}")
            else:
                self._execute(RELEASE_JOB)
        figures, texts = _metadata_of(self._results)
        return RefreshOutcome(
            success=all(result.success for result in self._results) and not self._display.failures,
            run_ids=[result.run_id for result in self._results],
            failures=list(self._display.failures),
            figures=figures,
            texts=texts,
        )

    def _process_stale_days(self, first: date, last: date) -> bool:
        """Make the stale days outside the range, but those that have failed before."""
        archive, tables = Archive(self._settings.archive_dir), TableStore(self._settings.tables_dir)
        stale = {day for day in stale_days(archive, tables) if not first <= day <= last}
        due = stale - self._failed
        for start, end in ranges(due):
            self._display.line(f"{start} to {end} from the archive")
            if not self._execute(PROCESS_JOB, start, end).success:
                self._failed.update(day for day in due if start <= day <= end)
        return bool(due)

    def _execute(
        self,
        job: str,
        first: date | None = None,
        last: date | None = None,
        config: dict[str, Any] | None = None,
    ) -> dg.ExecuteInProcessResult:
        run_id = str(uuid4())
        tags = range_tags(first, last) if first and last else {}
        result = self._definitions.resolve_job_def(job).execute_in_process(
            instance=self._instance,
            run_id=run_id,
            tags=tags | process_tag(run_id),
            run_config={"loggers": {"terminal": {}}} | (config or {}),
            raise_on_error=False,
        )
        self._display.run_ended()
        if _was_interrupted(result):
            raise KeyboardInterrupt
        self._results.append(result)
        return result


def _failed_steps(result: dg.ExecuteInProcessResult) -> set[str]:
    return {event.step_key or "" for event in result.all_events if event.is_step_failure}


def _was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    errors = [event.job_failure_data.error for event in result.all_events if event.is_job_failure]
    return any(error is not None and error.cls_name in INTERRUPTIONS for error in errors)


def _metadata_of(
    results: list[dg.ExecuteInProcessResult],
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, str]]]:
    """What the materialisations say, by asset: numbers summed over the days, and texts.

    Of what several runs made, the last counts; but each of their snapshots added something.
    """
    numbers: dict[tuple[str, str | None], dict[str, float]] = {}
    texts: dict[str, dict[str, str]] = {}
    for result in results:
        for event in result.get_asset_materialization_events():
            assert event.asset_key is not None
            asset = event.asset_key.to_user_string()
            part = result.run_id if asset == "snapshot" else event.partition
            metadata = event.step_materialization_data.materialization.metadata
            numbers[asset, part] = {
                name: value.value or 0
                for name, value in metadata.items()
                if isinstance(value, dg.IntMetadataValue | dg.FloatMetadataValue)
            }
            texts.setdefault(asset, {}).update(
                (name, str(value.value))
                for name, value in metadata.items()
                if isinstance(value, dg.TextMetadataValue | dg.PathMetadataValue)
            )
    figures: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (asset, _), counts in numbers.items():
        for name, count in counts.items():
            figures[asset][name] += count
    return {asset: dict(sums) for asset, sums in figures.items()}, texts


def summary_lines(outcome: RefreshOutcome) -> list[str]:
    """What a refresh did: fetched, parsed, quarantined, papers, new, revised, snapshot; or why not.

    A figure of a step that did not run is left out.
    """
    rows = {
        "fetched": _figure(outcome, "captures", "requests", "{:.0f} requests")
        + _figure(outcome, "captures", "bytes", ", {:.0f} bytes"),
        "parsed": _figure(outcome, "posts", "dagster/partition_row_count", "{:.0f} entries"),
        "quarantined": _figure(outcome, "quarantine", "dagster/partition_row_count", "{:.0f}"),
        "papers": _figure(outcome, "papers", "dagster/row_count", "{:.0f}"),
        "new": _figure(outcome, "snapshot", "added", "{:.0f}"),
        "revised": _figure(outcome, "snapshot", "revised", "{:.0f}"),
        "snapshot": outcome.texts.get("snapshot", {}).get("folder", ""),
        "ledger": _ledger(outcome),
    }
    lines = [f"{name:<12} {value}" for name, value in rows.items() if value]
    lines += [f"{'failed':<12} {failure}" for failure in outcome.failures]
    return lines


def _figure(outcome: RefreshOutcome, asset: str, name: str, form: str) -> str:
    figures = outcome.figures.get(asset, {})
    return form.format(figures[name]) if name in figures else ""


def _ledger(outcome: RefreshOutcome) -> str:
    figures = outcome.figures.get("ledger", {})
    if "announced" not in figures:
        return ""
    states = [
        f"{figures[state]:.0f} {state.replace('_', ' ')}"
        for state in LEDGER_STATES
        if figures.get(state)
    ]
    return f"{figures['announced']:.0f} announced = " + (" + ".join(states) or "0")
