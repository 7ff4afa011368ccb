"""What the pipeline notices by itself: files in the inbox, stale days, runs that failed."""

from __future__ import annotations

from dataclasses import dataclass

import dagster as dg

from pipeline.acquire.archive import Archive
from pipeline.acquire.inbox import waiting
from pipeline.orchestration.assets.parse import stale_days
from pipeline.orchestration.assets.tables import daily_keys
from pipeline.orchestration.holds import failed_daily_checks
from pipeline.orchestration.jobs import INTAKE_JOB, PROCESS_JOB, RELEASE_JOB, jobs
from pipeline.orchestration.notices import send_notice
from pipeline.orchestration.partitions import range_tags, ranges, today
from pipeline.orchestration.processes import close_dead_runs, living_runs
from pipeline.orchestration.table_store import TableStore, derived_key
from pipeline.settings import Settings


def build_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """The sensors over these settings."""
    return [_inbox_sensor(settings), _failure_sensor(settings)]


def _inbox_sensor(settings: Settings) -> dg.SensorDefinition:
    status = dg.DefaultSensorStatus.RUNNING if settings.schedule else None

    @dg.sensor(
        name="inbox_and_stale_days",
        jobs=[job for job in jobs if job.name in {INTAKE_JOB, PROCESS_JOB, RELEASE_JOB}],
        minimum_interval_seconds=30,
        default_status=status or dg.DefaultSensorStatus.STOPPED,
        description="Takes what waits in the inbox, then parses the days that became stale, then "
        "releases. One run at a time; the same state is tried once.",
    )
    def inbox_and_stale_days(
        context: dg.SensorEvaluationContext,
    ) -> dg.SensorResult | dg.SkipReason:
        for run_id in close_dead_runs(context.instance):
            context.log.warning("closed run %s: its process is gone", run_id)
        if living_runs(context.instance):
            return dg.SkipReason("A run is under way.")
        if files := waiting(settings.inbox_dir):
            state = [f"{path.name} {path.lstat().st_mtime_ns}" for path in files]
            return dg.SensorResult(
                [dg.RunRequest(derived_key("inbox", *state), job_name=INTAKE_JOB)],
                cursor=context.cursor,
            )
        memory = _Memory.of(context.cursor)
        state_now = _cheap_state(context.instance, settings)
        if memory.done_at == state_now:
            return dg.SkipReason("Nothing has changed since the last look.")
        requests = _due(context.instance, settings, memory)
        if requests:
            return dg.SensorResult(requests, cursor=str(memory))
        memory.done_at = state_now
        failed = failed_daily_checks(context.instance)
        return dg.SensorResult(
            skip_reason=f"A release is held back by {'; '.join(failed)}."
            if failed
            else "The inbox is empty and no day is stale.",
            cursor=str(memory),
        )

    return inbox_and_stale_days


@dataclass
class _Memory:
    """What the sensor remembers from tick to tick.

    Attributes:
        tried: names the stale days that were last asked for; a day that fails stays stale.
        done_at: `_cheap_state` when there was last nothing to do.
    """

    tried: str = ""
    done_at: str = ""

    @classmethod
    def of(cls, cursor: str | None) -> _Memory:
        tried, _, done_at = (cursor or "").partition(" ")
        return cls(tried, done_at)

    def __str__(self) -> str:
        return f"{self.tried} {self.done_at}"


def _cheap_state(instance: dg.DagsterInstance, settings: Settings) -> str:
    """Names the state of archive and tables without opening a file of either.

    Tables change by runs, the archive also by `arxiv-ja-en import`; what is a day, by the calendar;
    what is to be made of them, by a removal request and by the code.
    """
    from pipeline.parse.posts import PARSER_VERSION
    from pipeline.tables.removals import REMOVALS_FILE
    from pipeline.tables.store import CODE

    code = f"{PARSER_VERSION} {CODE} {REMOVALS_FILE.stat().st_mtime_ns}"
    files = [f"{path.name} {path.stat().st_size}" for path in Archive(settings.archive_dir).files()]
    runs = [f"{run.run_id} {run.status.value}" for run in instance.get_runs(limit=1)]
    return derived_key(code, str(today()), str(settings.tables_dir), *runs, *files)


def _due(instance: dg.DagsterInstance, settings: Settings, memory: _Memory) -> list[dg.RunRequest]:
    """The runs that archive and tables call for, as their keys tell; notes in memory what it asks.

    Opens every daily table: with years of them in an object store, that takes minutes.
    """
    archive, tables = Archive(settings.archive_dir), TableStore(settings.tables_dir)
    stale = stale_days(archive, tables)
    # A day that fails stays stale; it holds up neither the other days nor the release.
    state = derived_key(str(archive.index().height), *map(str, stale))
    if stale and memory.tried != state:
        memory.tried = state
        return [
            dg.RunRequest(
                derived_key(state, str(first)), job_name=PROCESS_JOB, tags=range_tags(first, last)
            )
            for first, last in ranges(stale)
        ]
    if failed_daily_checks(instance):
        return []
    known = daily_keys(tables)
    if known and tables.key("ledger") != derived_key(*known):
        return [dg.RunRequest(derived_key("release", *known), job_name=RELEASE_JOB)]
    return []


def _failure_sensor(settings: Settings) -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name="failed_runs",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Announces a failed run: in the log always, to ARXIV_JA_EN_NOTICE_URL if set.",
    )
    def failed_runs(context: dg.RunFailureSensorContext) -> None:
        steps = sorted({event.step_key or "?" for event in context.get_step_failure_events()})
        send_notice(
            settings.notice_url,
            {
                "job": context.dagster_run.job_name,
                "run_id": context.dagster_run.run_id,
                "failed_steps": ", ".join(steps),
            },
        )

    return failed_runs
