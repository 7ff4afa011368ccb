"""When the pipeline runs by itself."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg

from pipeline.orchestration.checks.release_gate import failed_daily_checks
from pipeline.orchestration.jobs import REFRESH_JOB, RELEASE_JOB
from pipeline.orchestration.partitions import range_tags
from pipeline.settings import SITE_ZONE, Settings


def build_schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """The daily refresh of the days that are not settled, and a weekly release.

    The digest posts during the Japanese day; at half past five the day before is over, and the
    last `reread_days` days are read again for what was added or changed.
    """
    status = dg.DefaultScheduleStatus.RUNNING if settings.schedule else None

    @dg.schedule(
        name="daily_refresh",
        job_name=REFRESH_JOB,
        cron_schedule="30 5 * * *",
        execution_timezone=SITE_ZONE.key,
        default_status=status or dg.DefaultScheduleStatus.STOPPED,
        description="Every morning (Japan): read the days that are not settled yet.",
    )
    def daily_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        today = context.scheduled_execution_time.astimezone(SITE_ZONE).date()
        first = max(today - timedelta(days=settings.reread_days), settings.first_day)
        return dg.RunRequest(run_key=today.isoformat(), tags=range_tags(first, today))

    @dg.schedule(
        name="weekly_release",
        job_name=RELEASE_JOB,
        cron_schedule="0 7 * * 1",
        execution_timezone=SITE_ZONE.key,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Mondays (Japan): build the tables of all days and publish what is new.",
    )
    def weekly_release(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if failed := failed_daily_checks(context.instance):
            return dg.SkipReason(f"Held back by {'; '.join(failed)}.")
        return dg.RunRequest(run_key=context.scheduled_execution_time.isoformat())

    return [daily_refresh, weekly_release]
