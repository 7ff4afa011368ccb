"""What holds back a release that nobody has asked for."""

from __future__ import annotations

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from pipeline.orchestration.checks import daily_checks


def failed_daily_checks(instance: dg.DagsterInstance) -> list[str]:
    """The checks of daily tables that failed when they were last evaluated, as `asset, check`.

    In the run that evaluates it, such a check keeps the tables from being built. A release on its
    own has no daily tables, so none of their checks: it would publish what was held back.
    """
    keys = [key for step in daily_checks for key in step.check_keys]
    last = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    return sorted(
        f"{key.asset_key.to_user_string()}, {key.name}"
        for key, record in last.items()
        if record.status is AssetCheckExecutionRecordStatus.FAILED
    )
