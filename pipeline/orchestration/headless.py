"""The refresh job from the console: the same job, in the same instance, without the UI."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import chdir
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from pipeline.acquire.inbox import waiting
from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.inbox_days import inbox_days_due
from pipeline.orchestration.jobs import INTAKE_JOB, PROCESS_JOB, REFRESH_JOB
from pipeline.orchestration.partitions import range_tags, ranges, today
from pipeline.orchestration.processes import (
    PROCESS_TAG,
    close_dead_runs,
    living_runs,
    this_process,
)
from pipeline.orchestration.table_store import TableStore
from pipeline.orchestration.terminal import TerminalDisplay, terminal_logger
from pipeline.settings import PROJECT_ROOT, Settings


@dataclass(frozen=True, slots=True)
class RefreshOutcome:
    """How a refresh ended.

    Attributes:
        success: whether every step of every run succeeded.
        run_ids: the Dagster runs it consisted of, in order; the last is the refresh itself.
        failures: one line per failed step.
        figures: by asset, its numeric metadata of the last run, summed over the days.
        texts: by asset, its other metadata of the last run.
    """

    success: bool
    run_ids: list[str]
    failures: list[str]
    figures: dict[str, dict[str, float]] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)


class RefreshRefusedError(RuntimeError):
    """The refresh cannot start; the message is one line."""


def default_range(settings: Settings) -> tuple[date, date]:
    """The days that a refresh reads when none are named: those that are not settled yet."""
    return today() - timedelta(days=settings.reread_days), today()


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
        RefreshRefusedError: another run is under way.
    """
    home = Path(os.environ.setdefault("DAGSTER_HOME", str(PROJECT_ROOT)))
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    # dagster.yaml names its folders relative to Dagster's home.
    with chdir(home), dg.DagsterInstance.get() as instance:
        for run_id in close_dead_runs(instance):
            display.line(f"  ! closed run {run_id[:8]}: its process is gone")
        if living := living_runs(instance):
            raise RefreshRefusedError(f"run {living[0][:8]} is under way; try when it has ended")
        return _Runs(instance, settings, display).refresh(first, last, reread=reread)


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

    def refresh(self, first: date, last: date, *, reread: bool) -> RefreshOutcome:
        self._take_inbox(first, last)
        crawl = {"config": {"base_url": self._settings.base_url, "reread": reread}}
        self._display.line(f"{first} to {last} from {self._settings.base_url}")
        result = self._execute(REFRESH_JOB, first, last, {"ops": {"captures": crawl}})
        figures, texts = _metadata_of(result)
        return RefreshOutcome(
            success=all(result.success for result in self._results),
            run_ids=[result.run_id for result in self._results],
            failures=list(self._display.failures),
            figures=figures,
            texts=texts,
        )

    def _take_inbox(self, first: date, last: date) -> None:
        """Take waiting files, and parse the days they bear on that the refresh will not reach."""
        if not waiting(self._settings.inbox_dir):
            return
        self._display.line("inbox")
        if not self._execute(INTAKE_JOB).success:
            return
        due = inbox_days_due(TableStore(self._settings.tables_dir))
        for start, end in ranges(day for day in due if not first <= day <= last):
            self._execute(PROCESS_JOB, start, end)

    def _execute(
        self,
        job: str,
        first: date | None = None,
        last: date | None = None,
        config: dict[str, Any] | None = None,
    ) -> dg.ExecuteInProcessResult:
        tags = range_tags(first, last) if first and last else {}
        result = self._definitions.resolve_job_def(job).execute_in_process(
            instance=self._instance,
            tags=tags | {PROCESS_TAG: this_process()},
            run_config={"loggers": {"terminal": {}}} | (config or {}),
            raise_on_error=False,
        )
        self._results.append(result)
        return result


def _metadata_of(
    result: dg.ExecuteInProcessResult,
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, str]]]:
    """What the run's materialisations say: numbers summed over days, texts as last given."""
    figures: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    texts: dict[str, dict[str, str]] = defaultdict(dict)
    for event in result.get_asset_materialization_events():
        assert event.asset_key is not None
        asset = event.asset_key.to_user_string()
        for name, value in event.step_materialization_data.materialization.metadata.items():
            if isinstance(value, dg.IntMetadataValue | dg.FloatMetadataValue):
                figures[asset][name] += value.value or 0
            elif isinstance(value, dg.TextMetadataValue | dg.PathMetadataValue):
                texts[asset][name] = str(value.value)
    return figures, texts
