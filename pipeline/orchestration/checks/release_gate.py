"""What holds back a release that nobody has asked for."""

from __future__ import annotations

import dagster as dg

from pipeline.orchestration.checks import daily_checks
from pipeline.orchestration.dagster_private import CheckStatus, latest_checks

_OF_CRAWL = {"captures, keeps_its_rules", "inbox_captures, keeps_its_rules"}
"""Checks that a crawl which failed does not come to, and that hold nothing back by that: what the
archive holds all the same is judged by the checks of what is made from it."""


def failed_daily_checks(instance: dg.DagsterInstance) -> list[str]:
    """The checks of daily tables that did not pass when they were last due, as `asset, check`.

    In the run that evaluates it, such a check keeps the tables from being built. A release on its
    own has no daily tables, so none of their checks: it would publish what was held back. A check
    that raised, or whose run ended before it, has not passed; nor has one that was never evaluated
    although its table was made. Where some have failed, they alone are named: for want of them
    those after them were not evaluated.
    """
    keys = [key for step in daily_checks for key in step.check_keys]
    last = latest_checks(instance, keys)
    failed, not_evaluated = [], []
    for key in sorted(keys):
        record = last.get(key)
        name = f"{key.asset_key.to_user_string()}, {key.name}"
        if record is None:
            if instance.get_latest_materialization_event(key.asset_key):
                not_evaluated.append(f"{name} (not evaluated)")
        elif record.status is CheckStatus.FAILED:
            failed.append(name)
        elif record.status is CheckStatus.PLANNED and name not in _OF_CRAWL:
            not_evaluated.append(f"{name} (not evaluated)")
    return failed or not_evaluated
