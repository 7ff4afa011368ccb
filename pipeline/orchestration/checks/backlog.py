"""Which days a check must judge: those of its run, and those that it has not passed since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from pipeline.orchestration.partitions import days_of

_PAGE = 50
"""Records that are read at once; a check that passes every day needs the first two."""


def days_to_judge(
    instance: dg.DagsterInstance, key: dg.AssetCheckKey, run: dg.DagsterRun
) -> tuple[date, ...]:
    """The days of `run`, and of all runs since the check last passed, in order; none means all.

    A day at fault stays at fault whatever day is run next, and so does one whose run ended before
    the check did: only a check that passes, over all of them, settles them.
    """
    found = set(days_of(run))
    if not found:
        return ()
    for record in _since_it_passed(instance, key):
        # Dagster records a check that a run has planned when the run begins, this one's too.
        earlier = instance.get_run_by_id(record.run_id)
        if earlier is None:
            continue
        days = days_of(earlier)
        if not days:
            return ()
        found.update(days)
    return tuple(sorted(found))


def _since_it_passed(
    instance: dg.DagsterInstance, key: dg.AssetCheckKey
) -> Iterator[AssetCheckExecutionRecord]:
    """What is recorded of the check since it last passed, the latest first."""
    cursor = None
    while records := instance.event_log_storage.get_asset_check_execution_history(
        key, limit=_PAGE, cursor=cursor
    ):
        for record in records:
            if record.status is AssetCheckExecutionRecordStatus.SUCCEEDED:
                return
            yield record
        cursor = records[-1].id
