"""When the pipeline runs by itself."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from pipeline.acquire.days import unsettled_ranges
from pipeline.orchestration.checks.release_gate import failed_daily_checks
from pipeline.orchestration.jobs import READ_DAYS, REFRESH_JOB, RELEASE_JOB
from pipeline.orchestration.partitions import range_tags
from pipeline.settings import SITE_ZONE, Settings


def build_schedules(
    settings: Settings, assets: Sequence[dg.AssetsDefinition]
) -> list[dg.ScheduleDefinition]:
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
        description="Every morning (Japan): read the days that are not settled yet, those of "
        "mornings that were missed as well.",
    )
    def daily_refresh(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        today = context.scheduled_execution_time.astimezone(SITE_ZONE).date()
        *earlier, last = unsettled_ranges(settings, today)
        # Runs wait in a queue, so the last one releases what all have read; that it alone waits for
        # a site to recover is enough.
        return [
            *(
                dg.RunRequest(
                    run_key=f"{today}, {days[0]}",
                    tags=range_tags(*days),
                    asset_selection=sorted(READ_DAYS.resolve(assets)),
                    run_config={"ops": {"captures": {"config": {"retries": 0}}}},
                )
                for days in earlier
            ),
            dg.RunRequest(run_key=today.isoformat(), tags=range_tags(*last)),
        ]

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
