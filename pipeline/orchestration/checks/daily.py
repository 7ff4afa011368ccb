"""Checks of what a release is made from, before it is joined.

Those of daily tables judge the days of their run and those that they have not passed since; run by
themselves, all days.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import polars as pl

from pipeline.orchestration.checks.check import Check, Evaluation, step
from pipeline.orchestration.partitions import as_days, days_between
from pipeline.schema import (
    CAPTURES,
    PAIR_SIGNALS,
    POSTS,
    QUARANTINE,
    RECORDS,
    SENTENCE_PAIRS,
    Captures,
    Posts,
    Quarantine,
    Table,
)
from pipeline.tables.integrity import EXAMPLES, Finding, check_table

if TYPE_CHECKING:
    from pipeline.validate.drift import Drift

_RECORD = ["day", "archive_file", "record_offset"]


def _rules_of(table: Table) -> Check:
    def judge(of: Evaluation) -> Sequence[Finding]:
        name, model = table.table, table.model
        days = [day.isoformat() for day in of.days] or None
        return check_table(name, model, of.tables.scan(name, model, days))

    return Check(
        table.table,
        "keeps_its_rules",
        "Of the run's days, and of earlier ones at fault: columns, types, ranges, patterns and "
        "keys are those of the table's model.",
        judge,
        by_day=True,
    )


def _inbox(of: Evaluation) -> Sequence[Finding]:
    return check_table("inbox_captures", Captures, of.tables.scan("inbox_captures", Captures))


def _drifts(of: Evaluation) -> Sequence[Finding]:
    """What has left the range of the trailing days, day by day."""
    from pipeline.validate.drift import TRAILING_DAYS, daily_counts, find_drift

    tables = of.tables
    days = of.days or as_days(tables.parts("posts"))
    if not days:
        return []
    first = min(days) - timedelta(days=TRAILING_DAYS)
    reach = [day.isoformat() for day in days_between(first, max(days))]
    # What people drop in the inbox says nothing of how the site's pages look.
    crawled = tables.scan("captures", Captures, reach)
    posts, quarantine = (
        tables.scan(name, model, reach).join(crawled, on=_RECORD, how="semi")
        for name, model in (("posts", Posts), ("quarantine", Quarantine))
    )
    drifts = find_drift(daily_counts(posts, quarantine), days)
    by_measure = groupby(sorted(drifts, key=attrgetter("measure", "day")), attrgetter("measure"))
    return [_drift_finding(measure, list(group)) for measure, group in by_measure]


def _drift_finding(measure: str, drifts: Sequence["Drift"]) -> Finding:
    """What has drifted, on the days on which it did."""
    rows = [
        {
            "day": drift.day,
            "of posts": drift.total,
            "hits": drift.hits,
            "usual": f"{drift.usual_hits} of {drift.usual_total}",
            "example": drift.example_url,
            "its text": drift.example,
        }
        for drift in drifts
    ]
    return Finding(
        "quarantine",
        f"{measure} drifts",
        sum(drift.hits for drift in drifts),
        " ".join(f"{drift}." for drift in drifts[:3])
        + " Look at such a page: has the site changed, or the parser?",
        pl.DataFrame(rows[:EXAMPLES]),
    )


_inbox_rules = Check(
    "inbox_captures",
    "keeps_its_rules",
    "Columns, types, ranges, patterns and keys are those of the table's model.",
    _inbox,
)

_usual_share = Check(
    "quarantine",
    "usual_share",
    "The share of troubled entries of the run's days, and of earlier ones at fault, is unchanged "
    "from the days before each.",
    _drifts,
    by_day=True,
    may_be_accepted=True,
)

daily_checks = [
    step("captures_checks", [_rules_of(CAPTURES), _inbox_rules]),
    step("posts_checks", [_rules_of(POSTS)]),
    step("validated_checks", [_rules_of(RECORDS), _rules_of(QUARANTINE), _usual_share]),
    step("paired_checks", [_rules_of(SENTENCE_PAIRS), _rules_of(PAIR_SIGNALS)]),
]
"""The checks of daily tables and the inbox, in the order of the stages: a step for each stage."""
