"""Drift is told from chance: by the site's own past, with a sense for small numbers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from pipeline.schema import Posts, rows_to_frame
from pipeline.validate.drift import ALARM, chance_of, daily_counts, find_drift
from pipeline.validate.records import validate_posts
from tests.tables.test_ledger import post

TODAY = date(2025, 3, 4)


def _counts(days: dict[int, list[dict[str, Any]]]) -> pl.DataFrame:
    """Counts of days before today: days ago to that day's posts."""
    rows = []
    for ago, posts in days.items():
        day = TODAY - timedelta(days=ago)
        rows += [{**row, "day": day, "entry_index": n} for n, row in enumerate(posts)]
    frame = rows_to_frame(Posts, rows)
    return daily_counts(frame.lazy(), validate_posts(frame).quarantine.lazy())


def _found(days):
    return {drift.measure: drift for drift in find_drift(_counts(days), [TODAY])}


def _days(lacking: dict[int, int], a_day: int = 20, **without: Any):
    """Twenty-one days of posts, some of which lack something: days ago to how many."""
    return {
        ago: [post(**without)] * lacking.get(ago, 0) + [post()] * (a_day - lacking.get(ago, 0))
        for ago in range(21)
    }


def test_a_label_that_vanishes_is_named_with_an_example():
    gone: dict[str, Any] = {
        "abstract_ja": None,
        "post_url": "https://invented.example/broken",
        "raw": "概要 …",
    }
    found = _found(_days({0: 20}, **gone))
    assert set(found) == {"lacks:abstract_ja", "quarantined:missing_abstract_ja"}
    drift = found["lacks:abstract_ja"]
    assert (drift.hits, drift.total, drift.usual_hits, drift.usual_total) == (20, 20, 0, 400)
    assert drift.example == "概要 …"
    message = str(drift)
    assert "field abstract_ja (label 要約) is missing in 20 of 20 posts" in message
    assert "https://invented.example/broken" in message
    assert "broken by 20 of 20" in str(found["quarantined:missing_abstract_ja"])


def test_text_of_the_site_that_is_suddenly_cut_out_is_named():
    removed = [{"reason": "share", "text": "シェアする"}] * 2
    found = _found(_days({0: 20}, removed_lines=removed))
    assert set(found) == {"removed:share"}
    drift = found["removed:share"]
    assert (drift.hits, drift.total, drift.usual_hits) == (20, 20, 0)
    assert "text of the site (share) is cut out of 20 of 20 posts" in str(drift)


def test_a_steady_share_is_no_drift_however_high():
    assert _found(_days(dict.fromkeys(range(21), 12), abstract_ja=None)) == {}


def test_a_field_that_never_was_there_is_no_drift():
    assert _found(_days(dict.fromkeys(range(21), 20), provider=None)) == {}


@pytest.mark.parametrize("hits", [1, 2])
def test_one_or_two_posts_are_no_drift(hits):
    assert _found(_days({0: hits}, a_day=hits, abstract_ja=None)) == {}


def test_a_share_that_doubles_by_chance_is_no_drift():
    usual = dict.fromkeys(range(1, 21), 1)
    assert _found(_days(usual | {0: 2}, abstract_ja=None)) == {}
    assert _found(_days(usual | {0: 12}, abstract_ja=None))


def test_a_first_day_without_past_is_judged_by_what_is_to_be_expected():
    assert _found({0: [post()] * 20}) == {}
    assert "lacks:abstract_ja" in _found({0: [post(abstract_ja=None)] * 20})


def test_pages_that_cannot_be_read_are_drift():
    unreadable: dict[str, Any] = {"content": "unreadable", "problems": ["unreadable"]}
    assert "quarantined:unreadable" in _found(_days({0: 15}, **unreadable))


def test_posts_that_are_no_papers_any_more_are_drift():
    found = _found(_days({0: 20}, content="not_a_paper"))
    assert "not a paper is the content of 20 of 20" in str(found["content:not_a_paper"])


def test_only_the_trailing_days_count():
    old = {ago: [post(abstract_ja=None)] * 20 for ago in range(30, 60)}
    assert "lacks:abstract_ja" in _found(old | _days({0: 20}, abstract_ja=None))


def test_days_are_judged_one_by_one_and_in_order():
    counts = _counts(_days({0: 20, 1: 20}, abstract_ja=None))
    days = [TODAY, TODAY - timedelta(days=1)]
    assert [drift.day for drift in find_drift(counts, days)] == sorted(days * 2)


def test_the_chance_falls_with_hits_and_rises_with_the_past():
    assert chance_of(0, 20, 0, 400) == pytest.approx(1.0)
    chances = [chance_of(hits, 20, 4, 400) for hits in range(21)]
    assert chances == sorted(chances, reverse=True)
    assert chance_of(20, 20, 0, 400) < ALARM < chance_of(20, 20, 380, 400)
