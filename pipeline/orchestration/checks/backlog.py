"""Which days a check must judge: those of its run, and those that it has not passed since."""

from __future__ import annotations

from datetime import date

import dagster as dg

from pipeline.orchestration.dagster_private import CheckStatus, check_history
from pipeline.orchestration.partitions import days_of


def days_to_judge(
    instance: dg.DagsterInstance, key: dg.AssetCheckKey, run: dg.DagsterRun
) -> tuple[date, ...]:
    """The days of `run`, and of all runs since the check last passed, in order; none means all.

    A day at fault stays at fault whatever day is run next, and so does one whose run ended before
    the check did: only a check that passes, over all of them, settles them. Where Dagster does not
    know of it (its database was new, or a run was deleted), all days are judged.
    """
    found = set(days_of(run))
    if not found:
        return ()
    for record in check_history(instance, key):
        # Dagster records a check that a run has planned when the run begins, this one's too.
        if record.status is CheckStatus.SUCCEEDED:
            return tuple(sorted(found))
        earlier = instance.get_run_by_id(record.run_id)
        days = days_of(earlier) if earlier else ()
        if not days:
            return ()
        found.update(days)
    return ()
