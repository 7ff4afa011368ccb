"""A day on which most posts are no paper's is said, whether or not there is a past to compare."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.orchestration.assets.parse import strangers
from pipeline.schema import Posts, empty_frame, rows_to_frame
from tests.tables.test_ledger import post


def day_of(entries: int, others: int) -> pl.DataFrame:
    other = post(content="not_a_paper", post_url="https://invented.example/p9")
    rows = [*([post()] * entries), *([other] * others)]
    return rows_to_frame(Posts, [{**row, "entry_index": n} for n, row in enumerate(rows)])


@pytest.mark.parametrize(("entries", "others"), [(0, 3), (2, 3), (10, 11)])
def test_most_posts_of_a_day_are_no_papers(entries: int, others: int) -> None:
    warning = strangers(day_of(entries, others))
    assert warning is not None
    assert f"{others} of {entries + others} posts hold no entry" in warning
    assert "https://invented.example/p9" in warning


@pytest.mark.parametrize(("entries", "others"), [(0, 2), (3, 3), (10, 4), (5, 0)])
def test_a_few_announcements_are_nothing_to_speak_of(entries: int, others: int) -> None:
    assert strangers(day_of(entries, others)) is None


def test_a_day_without_posts_is_nothing_to_speak_of() -> None:
    assert strangers(empty_frame(Posts)) is None
