"""What the pipeline notices by itself: files in the inbox, stale days, runs that failed."""

from __future__ import annotations

import dagster as dg

from pipeline.acquire.archive import Archive
from pipeline.acquire.inbox import waiting
from pipeline.orchestration.assets.parse import stale_days
from pipeline.orchestration.assets.tables import daily_keys
from pipeline.orchestration.jobs import INTAKE_JOB, PROCESS_JOB, RELEASE_JOB, jobs
from pipeline.orchestration.notices import send_notice
from pipeline.orchestration.partitions import range_tags, ranges
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
            return _requested(dg.RunRequest(derived_key("inbox", *state), job_name=INTAKE_JOB))
        archive, tables = Archive(settings.archive_dir), TableStore(settings.tables_dir)
        stale = stale_days(archive, tables)
        # A day that fails stays stale; it holds up neither the other days nor the release.
        state_tried = derived_key(str(archive.index().height), *map(str, stale))
        if stale and context.cursor != state_tried:
            requests = [
                dg.RunRequest(
                    derived_key(state_tried, str(first)),
                    job_name=PROCESS_JOB,
                    tags=range_tags(first, last),
                )
                for first, last in ranges(stale)
            ]
            return _requested(*requests, cursor=state_tried)
        known = daily_keys(tables)
        if known and tables.key("ledger") != derived_key(*known):
            release = dg.RunRequest(derived_key("release", *known), job_name=RELEASE_JOB)
            return _requested(release)
        return dg.SkipReason("The inbox is empty and no day is stale.")

    return inbox_and_stale_days


def _requested(*requests: dg.RunRequest, cursor: str | None = None) -> dg.SensorResult:
    return dg.SensorResult(run_requests=list(requests), cursor=cursor)


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
