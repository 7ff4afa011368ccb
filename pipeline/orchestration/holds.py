"""What holds back a release that nobody has asked for."""

from __future__ import annotations

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from pipeline.orchestration.checks import daily_checks


def failed_daily_checks(instance: dg.DagsterInstance) -> list[str]:
    """The checks of daily tables that did not pass when they were last due, as `asset, check`.

    In the run that evaluates it, such a check keeps the tables from being built. A release on its
    own has no daily tables, so none of their checks: it would publish what was held back. A check
    that raised, or whose run ended before it, has not passed; nor has one that was never evaluated
    although its table was made.
    """
    keys = [key for step in daily_checks for key in step.check_keys]
    last = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    held = []
    for key in keys:
        if (record := last.get(key)) is None:
            due = instance.get_latest_materialization_event(key.asset_key) is not None
        else:
            due = record.status is not AssetCheckExecutionRecordStatus.SUCCEEDED
        if due:
            failed = record and record.status is AssetCheckExecutionRecordStatus.FAILED
            why = "" if failed else " (not evaluated)"
            held.append(f"{key.asset_key.to_user_string()}, {key.name}{why}")
    return sorted(held)
