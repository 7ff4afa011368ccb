"""The site's oldest post, and a site that begins before the first day that may be read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import pytest

from pipeline.acquire.crawl import crawl
from pipeline.acquire.days import describe_oldest
from pipeline.acquire.oldest import oldest_day
from pipeline.acquire.rest_route import RestRoute
from pipeline.archive.archive import Archive
from pipeline.sample import Blog, Quirks, SampleSite, serve_sample
from pipeline.settings import Settings
from tests.acquire.blogs import contents, invented_posts
from tests.acquire.direct import BASE, direct_run

Rest = Literal["on", "off"]
Build = Callable[..., Settings]
FIRST_DAY = date(2022, 12, 1)
BEGIN = date(2022, 12, 5)


def a_page(target: str) -> str:
    return target


def the_home_page_beyond_the_last(target: str) -> str:
    """As redirection plug-ins do: an unknown page of the listing answers with the first."""
    number = int(target.rpartition("=")[2]) if "paged=" in target else 1
    return "/" if number > 4 else target


@pytest.mark.parametrize("site", [a_page, the_home_page_beyond_the_last])
@pytest.mark.parametrize("per_day", [[1], [3, 0, 4], [9, 9, 9, 9], [1] * 40])
def test_rest_and_the_home_listing_tell_the_same_day(
    tmp_path: Path, per_day: list[int], site: Callable[[str], str]
) -> None:
    blog = Blog(invented_posts(per_day, BEGIN))
    rest = RestRoute(f"{BASE}/wp-json/")
    for folder, route in (("rest", rest), ("listing", None)):
        run = direct_run(tmp_path / folder, blog, site)
        assert asyncio.run(oldest_day(run, route)) == BEGIN


def test_a_site_that_does_not_tell_costs_no_crawl(tmp_path: Path) -> None:
    for folder, route in (("rest", RestRoute(f"{BASE}/nothing/")), ("listing", None)):
        run = direct_run(tmp_path / folder, Blog([]), lambda _: "/no-such-page")
        assert asyncio.run(oldest_day(run, route)) is None


@pytest.mark.parametrize("rest", ["on", "off"])
def test_a_backfill_reaches_the_oldest_post(settings_for: Build, rest: Rest) -> None:
    """Days before the first post are days without posts, and none of them fails."""
    posts = invented_posts([2, 0, 13], BEGIN)
    with serve_sample(quirks=Quirks(rest=rest), posts=posts) as site:
        settings = settings_for(site)
        days = [FIRST_DAY + timedelta(days=n) for n in range(8)]
        report = crawl(days, settings=settings)

    assert settings.first_day == FIRST_DAY
    assert [row.state for row in report.rows].count("empty") == 6
    assert sum(row.captured for row in report.rows) == len(posts)
    assert {row.state for row in report.rows} == {"empty", "complete"}
    archive = Archive(settings.archive_dir)
    assert set(contents(archive)) == {post.post_id for post in posts}
    assert archive.notes("run")[-1]["oldest_day"] == str(BEGIN)
    assert describe_oldest(archive, settings) is None


@pytest.mark.parametrize("rest", ["on", "off"])
def test_older_posts_than_the_first_day_are_named(settings_for: Build, rest: Rest) -> None:
    posts = invented_posts([11, 1, 1], BEGIN)
    with serve_sample(quirks=Quirks(rest=rest), posts=posts) as site:
        settings = settings_for(site, first_day=BEGIN + timedelta(days=1))
        crawl([settings.first_day], settings=settings)
        assert_asked(site, rest)

    assert describe_oldest(Archive(settings.archive_dir), settings) == (
        "the oldest post of the site is of 2022-12-05, before the first day, 2022-12-06: "
        "set ARXIV_JA_EN_FIRST_DAY=2022-12-05 to read from there"
    )


def test_a_daily_run_does_not_ask(settings_for: Build) -> None:
    with serve_sample(posts=invented_posts([1, 1], BEGIN)) as site:
        crawl([BEGIN], settings=settings_for(site))
        assert not [request for request in site.requests if "per_page=1&" in request.target]


def assert_asked(site: SampleSite, rest: Rest) -> None:
    wanted = "order=asc&per_page=1" if rest == "on" else "paged=2"
    assert [request for request in site.requests if wanted in request.target]
