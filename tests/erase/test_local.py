"""What of a paper is found in a data folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.erase.local import plan_local_erasure, request_removal
from pipeline.settings import Settings, load_settings
from pipeline.tables.removals import RemovalsError, read_removals
from tests.tables.test_commands import write_daily
from tests.tables.test_ledger import post

MINE, OTHER = "2503.90001", "2503.90002"


@pytest.fixture
def now(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path)


def found(now: Settings, *posts: dict[str, object]) -> dict[tuple[int, int | None], list[str]]:
    """The places where the paper stands, and the lines that are of it."""
    write_daily(now.data_dir, list(posts))
    plan = plan_local_erasure(MINE, now)
    return {(place.record_offset, place.post_id): [*place.raws] for place in plan.places}


def test_the_entries_of_other_papers_in_its_post_are_not_of_it(now: Settings) -> None:
    here = {"post_id": 7, "record_offset": 1}
    assert found(
        now,
        post(**here, entry_index=0, arxiv_id=MINE, raw="mine"),
        post(**here, entry_index=1, arxiv_id=OTHER, raw="of another"),
        post(**here, entry_index=2, arxiv_id=None, raw="of a third"),
    ) == {(1, 7): ["mine"]}


def test_an_excerpt_of_its_post_is_of_it(now: Settings) -> None:
    assert found(
        now,
        post(post_id=7, record_offset=1, arxiv_id=MINE, raw="mine"),
        post(post_id=7, record_offset=2, arxiv_id=None, raw="mi", content="excerpt"),
    ) == {(1, 7): ["mine"], (2, 7): ["mi"]}


def test_a_post_that_later_showed_another_paper_is_not_of_it_there(now: Settings) -> None:
    assert found(
        now,
        post(post_id=7, record_offset=1, arxiv_id=MINE, raw="mine"),
        post(post_id=7, record_offset=2, arxiv_id=OTHER, raw="of another"),
    ) == {(1, 7): ["mine"]}


def test_a_request_is_added_once(now: Settings) -> None:
    for _ in range(2):
        request_removal(plan_local_erasure(MINE, now), now, date(2026, 1, 31))
    assert read_removals(now.removals_file).rows() == [("paper_id", MINE)]


def test_a_request_that_was_taken_back_is_said(now: Settings) -> None:
    now.removals_file.write_text(
        f"kind,value,requested_on,note\nreinstated,{MINE},2026-01-31,\n", encoding="utf-8"
    )
    with pytest.raises(RemovalsError, match=f"reinstated lets {MINE} be published: delete it"):
        plan_local_erasure(MINE, now)
