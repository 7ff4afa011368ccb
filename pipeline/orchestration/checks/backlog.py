"""Which days a check must judge: those of its run, and those that it has not passed since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import takewhile

import dagster as dg

from pipeline.orchestration.dagster_private import CheckRecord, CheckStatus, check_history
from pipeline.orchestration.partitions import days_of


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


def _since_it_passed(instance: dg.DagsterInstance, key: dg.AssetCheckKey) -> Iterator[CheckRecord]:
    """What is recorded of the check since it last passed, the latest first."""
    return takewhile(
        lambda record: record.status is not CheckStatus.SUCCEEDED, check_history(instance, key)
    )
