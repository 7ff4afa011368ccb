"""The REST route while the blog changes, or where its REST is old or hides something."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.acquire.day_report import Tally
from pipeline.acquire.rest_pages import RestClosedError, total_of
from pipeline.acquire.rest_route import RestRoute
from pipeline.archive.archive import Archive
from pipeline.archive.writer import Exchange
from pipeline.sample import Blog
from tests.acquire.blogs import FIRST_DAY, contents, invented_posts
from tests.acquire.direct import BASE, direct_run

DAY = FIRST_DAY
NOW = datetime(2025, 6, 1, tzinfo=UTC)


def test_a_post_deleted_while_rest_is_read_hides_no_other(tmp_path: Path) -> None:
    """What stands on the second page moves to the first, which has been read already."""
    posts = invented_posts([150])
    blog = Blog(posts)

    def delete_one(target: str) -> str:
        if "&page=2&" in target and len(blog.posts) == 150:
            blog.delete(posts[3].post_id)
        return target

    run, tally = direct_run(tmp_path, blog, delete_one), Tally(DAY)
    asyncio.run(RestRoute(f"{BASE}/wp-json/").read_day(run, tally))
    row = tally.report("rest", requests=run.fetcher.requests, size=0, seconds=0.0)
    assert (row.state, row.requests) == ("complete", 5)
    assert set(contents(Archive(tmp_path))) == {post.post_id for post in posts}


def test_a_change_while_changes_are_read_hides_no_other(tmp_path: Path) -> None:
    """A post that changes again moves to the end, and the one behind it to a page already read."""
    posts = invented_posts([150])
    blog = Blog(posts)
    for number, post in enumerate(posts):
        blog.revise(post.post_id, modified_at=NOW + timedelta(seconds=number))

    def change_again(target: str) -> str:
        if "&page=2&" in target:
            blog.revise(posts[3].post_id, modified_at=NOW + timedelta(days=1))
        return target

    run = direct_run(tmp_path, blog, change_again)
    route = RestRoute(f"{BASE}/wp-json/")
    assert asyncio.run(route.read_changes(run, NOW, DAY, DAY)) == {DAY}
    assert set(contents(Archive(tmp_path))) == {post.post_id for post in posts}


def test_a_rest_too_old_to_know_changes_is_not_believed(tmp_path: Path) -> None:
    """Before WordPress 5.7 an unknown `modified_after` is ignored: everything seems changed."""
    asked = []

    def ignorant(target: str) -> str:
        asked.append(target)
        return target.replace("modified_after=", "unknown=")

    run = direct_run(tmp_path, Blog(invented_posts([150])), ignorant)
    route = RestRoute(f"{BASE}/wp-json/")
    assert asyncio.run(route.read_changes(run, NOW, DAY, DAY)) == frozenset()
    assert len(asked) == 1


def test_a_rest_that_does_not_know_days_is_left(tmp_path: Path) -> None:
    def ignorant(target: str) -> str:
        return target.replace("before=", "unknown=")

    run = direct_run(tmp_path, Blog(invented_posts([2, 2])), ignorant)
    with pytest.raises(RestClosedError, match="REST answers posts of other days"):
        asyncio.run(RestRoute(f"{BASE}/wp-json/").read_day(run, Tally(DAY)))


@pytest.mark.parametrize(
    ("header", "total"),
    [
        ("230", 230),
        ("0", 0),
        ("99999999999", None),  # it would fit no table
        ("9" * 5_000, None),
        ("²", None),
        ("-1", None),
        ("3\n", None),
        ("", None),
    ],
)
def test_counts_that_are_none_are_not_believed(header: str, total: int | None) -> None:
    answer = Exchange(f"{BASE}/wp-json/", 200, (("x-wp-total", header),), b"[]", NOW)
    assert total_of(answer) == total
