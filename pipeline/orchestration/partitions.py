"""The days of the digest, as Dagster partitions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import dagster as dg

from pipeline.orchestration.dagster_private import (
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
)
from pipeline.settings import SITE_ZONE, settings, today

digest_days = dg.DailyPartitionsDefinition(
    start_date=settings().first_day.isoformat(),
    timezone=SITE_ZONE.key,
    end_offset=1,  # today is a partition too: the site posts during the day
)
"""One partition per day (JST) on which the site may have posted."""

one_run_for_a_range = dg.BackfillPolicy.single_run()
"""On every asset, or a range would become one run (and one crawler) per day."""


def is_digest_day(day: date) -> bool:
    """Whether `day` is a partition: from the first day of the setting to today."""
    return settings().first_day <= day <= today()


def range_tags(first: date, last: date) -> dict[str, str]:
    """The run tags by which Dagster knows that a run covers the days from `first` to `last`."""
    return {
        RANGE_START_TAG: first.isoformat(),
        RANGE_END_TAG: last.isoformat(),
    }


def days_of(run: dg.DagsterRun) -> list[date]:
    """The digest days that a run covers, in order; none where it has no partitions."""
    key = run.tags.get(PARTITION_TAG)
    first = run.tags.get(RANGE_START_TAG, key)
    last = run.tags.get(RANGE_END_TAG, key)
    if first is None or last is None:
        return []
    return days_between(*as_days([first, last]))


def days_between(first: date, last: date) -> list[date]:
    """The days from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def as_days(partition_keys: Sequence[str]) -> list[date]:
    """Partition keys as days."""
    return [date.fromisoformat(key) for key in partition_keys]
