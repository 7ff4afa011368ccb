"""Quirks of WordPress, and how a crawl deals with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.acquire.crawl import Progress, crawl
from pipeline.archive.archive import Archive
from pipeline.sample import Quirks, Response, SampleHandler, SampleSite, serve_sample
from pipeline.schema import Captures
from pipeline.settings import SITE_ZONE, Settings
from tests.acquire.blogs import (
    FIRST_DAY,
    contents,
    days_of,
    invented_post,
    invented_posts,
)

Build = Callable[..., Settings]
DAY = FIRST_DAY


def targets(site: SampleSite) -> list[str]:
    return [request.target for request in site.requests]


def test_rest_takes_whole_days_in_a_request_a_hundred_posts(settings_for: Build) -> None:
    posts = invented_posts([230, 0, 100, 1])
    progress: list[Progress] = []
    with serve_sample(posts=posts) as site:
        days = [DAY + timedelta(days=offset) for offset in range(4)]
        settings = settings_for(site)
        report = crawl([*days[::-1], DAY], settings=settings, on_progress=progress.append)
        assert report.route == "rest"
        assert [row.announced for row in report.rows] == [230, 0, 100, 1]
        assert [row.captured for row in report.rows] == [230, 0, 100, 1]
        assert [row.state for row in report.rows] == ["complete", "empty", "complete", "complete"]
        # Once a run, and after a full page, it is seen that no page follows.
        assert [row.requests for row in report.rows] == [4, 1, 2, 1]
        assert report.requests == len(site.requests) == 2 + 8
        again = crawl(days, settings=settings)
        assert len(site.requests) == 2 + 8
        assert {row.state for row in again.rows} == {"settled"}
        assert [row.captured for row in again.rows] == [230, 0, 100, 1]
    index = Captures.validate(Archive(settings.archive_dir).index())
    assert index.filter(day=DAY)["announced"].to_list() == [230] * 3
    assert set(contents(Archive(settings.archive_dir))) == {post.post_id for post in posts}
    assert progress[-1].posts == 331
    assert progress[-1].pages == 6
    assert progress[-1].eta == timedelta(0)
    assert report.table()["captured"].sum() == 331
    for subject in ("day", "run"):
        note = Archive(settings.archive_dir).notes(subject)[0]
        assert (note["route"], note["site"]) == ("rest", "127.0.0.1")


def test_a_listing_gives_every_post_once_whatever_its_kind(settings_for: Build) -> None:
    posts = invented_posts([23, 4])
    cut = "<p>架空の前半。</p><!--more--><p>The rest.</p>"
    parts = "<p>架空の一頁。</p><!--nextpage--><p>Second.</p><!--nextpage--><p>Third.</p>"
    posts[3] = replace(posts[3], content=cut)
    posts[4] = replace(posts[4], content=parts)
    posts[5] = replace(posts[5], protected=True)
    posts[6] = replace(posts[6], sticky=True)
    late = [invented_post(500 + n, DAY, 86_399, slug=f"late-{n}") for n in range(3)]
    quirks = Quirks(rest="off", arrivals=tuple(late))
    with serve_sample(quirks=quirks, posts=posts) as site:
        settings = settings_for(site)
        report = crawl([DAY, DAY + timedelta(days=1)], settings=settings)
        assert report.route == "listing"
        assert report.route_reason == "REST is not advertised"
        first, second = report.rows
        assert (first.state, first.captured, first.protected, first.missing) == (
            "complete",
            26,
            1,
            0,
        )
        assert (second.state, second.captured) == ("complete", 4)
        singles = [target for target in targets(site) if "/invented-paper-" in target]
        assert len(singles) == 1 + 3
    records = Archive(settings.archive_dir).index()
    assert records.filter(kind="single").height == 4
    found = contents(Archive(settings.archive_dir))
    assert set(found) >= {post.post_id for post in [*posts, *late] if not post.protected} - {1004}


def test_many_arrivals_at_once_hide_no_post_and_a_lost_page_is_reported(
    settings_for: Build,
) -> None:
    """Ten new posts make page 2 a repeat of page 1, and what follows it is still to be read."""
    posts = invented_posts([30, 11])
    late = [invented_post(500 + n, DAY, 86_399, slug=f"late-{n}") for n in range(10)]

    def arrive(handler: SampleHandler) -> bool:
        if handler.path == "/2025/03/03/page/2/":
            while late:
                site.blog.publish(late.pop())
        if handler.path != "/2025/03/04/page/2/":
            return False
        handler.send(Response(404, b"<html></html>"))
        return True

    with serve_sample(quirks=Quirks(rest="off"), posts=posts, intercept=arrive) as site:
        settings = settings_for(site)
        arrived, lost = crawl(days_of(site), settings=settings).rows
        assert (arrived.state, arrived.captured) == ("complete", 40)
        assert (lost.state, lost.captured, lost.announced) == ("incomplete", 10, 11)
        assert "/?year=2025&monthnum=03&day=04&paged=2" in targets(site)
        site.intercept = None
        assert [row.state for row in crawl(days_of(site), settings=settings).rows] == [
            "settled",
            "complete",
        ]
    assert len(contents(Archive(settings.archive_dir))) == 51


def test_excerpts_by_number_and_posts_that_are_gone(settings_for: Build) -> None:
    posts = invented_posts([13])

    def vanish(handler: SampleHandler) -> bool:
        if handler.path.startswith(f"/archives/{posts[2].post_id}"):
            site.blog.delete(posts[2].post_id)
        if handler.path.startswith(f"/archives/{posts[5].post_id}"):
            handler.send(
                Response(301, b"", headers=[("Location", f"/archives/{posts[6].post_id}")])
            )
            return True
        return False

    quirks = Quirks(rest="closed", rest_refusal=403, permalinks="archives", excerpts=True)
    with serve_sample(quirks=quirks, posts=posts, intercept=vanish) as site:
        settings = settings_for(site)
        report = crawl([DAY], settings=settings)
        assert (report.route, report.route_reason) == ("listing", "REST answers 403")
        (row,) = report.rows
        assert (row.state, row.announced, row.captured, row.missing) == ("complete", 13, 11, 2)
        assert row.reason == "1 gone (404); 1 its address leads to another page"
        assert crawl([DAY], settings=settings).rows[0].state == "settled"
    gone = {posts[2].post_id, posts[5].post_id}
    found = contents(Archive(settings.archive_dir))
    assert set(found) == {post.post_id for post in posts} - gone


@pytest.mark.parametrize(
    "quirks",
    [Quirks(rest="off", bare_excerpts=True), Quirks(rest="closed", bare_excerpts=True)],
    ids=lambda quirks: quirks.rest,
)
def test_excerpts_that_nothing_marks_are_opened(quirks: Quirks, settings_for: Build) -> None:
    posts = invented_posts([13])
    with serve_sample(quirks=quirks, posts=posts) as site:
        settings = settings_for(site)
        (row,) = crawl([DAY], settings=settings).rows
    assert (row.state, row.announced, row.captured, row.missing) == ("complete", 13, 13, 0)
    assert set(contents(Archive(settings.archive_dir))) == {post.post_id for post in posts}


def test_plain_permalinks_that_lose_the_date(settings_for: Build) -> None:
    """`?m=…&paged=2` loses the date; WordPress's other variables for a date do not."""
    posts = invented_posts([25, 0, 12])
    quirks = Quirks(rest="off", permalinks="plain", day_paging_lost=True, unknown_is_home=True)
    with serve_sample(quirks=quirks, posts=posts) as site:
        settings = settings_for(site)
        report = crawl([DAY + timedelta(days=n) for n in range(3)], settings=settings)
        assert [row.captured for row in report.rows] == [25, 0, 12]
        assert [row.state for row in report.rows] == ["complete", "empty", "complete"]
    index = Archive(settings.archive_dir).index()
    assert index.group_by("day").len().sort("day")["len"].to_list() == [3, 2]


def test_a_layout_that_the_permalinks_do_not_tell_is_found(settings_for: Build) -> None:
    """A plugin may move permalinks; a missing listing is no empty day until one was found."""
    with serve_sample(
        quirks=Quirks(rest="off", permalinks="archives", robots_status=404),
        posts=invented_posts([3]),
    ) as site:

        def home_with_other_links(handler: SampleHandler) -> bool:
            if handler.path != "/":
                return False
            home = site.answer("/", handler.headers["Host"])
            handler.send(replace(home, body=home.body.replace(b"/archives/1", b"/paper/about-1")))
            return True

        site.intercept = home_with_other_links
        (row,) = crawl([DAY], settings=settings_for(site)).rows
        assert (row.state, row.captured) == ("complete", 3)
        assert targets(site)[2].rstrip("/") == "/2025/03/03"


def test_a_theme_that_is_not_recognised_fails_the_day_and_no_other(settings_for: Build) -> None:
    posts = invented_posts([3, 3, 3])

    def new_theme(handler: SampleHandler) -> bool:
        if "/2025/03/04" not in handler.path:
            return False
        handler.send(Response(200, "<html><body><p>新しい装い</p></body></html>".encode()))
        return True

    with serve_sample(quirks=Quirks(rest="off"), posts=posts, intercept=new_theme) as site:
        settings = settings_for(site)
        report = crawl(days_of(site), settings=settings)
        assert [row.state for row in report.rows] == ["complete", "failed", "complete"]
        reason = report.rows[1].reason or ""
        assert reason.startswith(f"{site.base_url}/2025/03/04/: no post is recognised")
        site.intercept = None
        before = len(site.requests)
        report = crawl(days_of(site), settings=settings)
        assert [row.state for row in report.rows] == ["settled", "complete", "settled"]
        assert len(site.requests) - before == 3


def test_a_fresh_day_is_read_again_and_costs_little(settings_for: Build) -> None:
    today = datetime.now(SITE_ZONE).date()
    old = today - timedelta(days=30)
    posts = [*invented_posts([4], old), invented_post(900, today, 0)]
    with serve_sample(posts=posts) as site:
        settings = settings_for(site)
        crawl([old, today], settings=settings)
        before = {path: path.stat().st_size for path in Archive(settings.archive_dir).files()}
        report = crawl([old, today], settings=settings)
        assert [row.state for row in report.rows] == ["settled", "complete"]
        (new,) = set(Archive(settings.archive_dir).files()) - set(before)
        pages = 4  # robots.txt, home, the day, changes of older posts
        assert new.stat().st_size < 2000 * pages
        assert {path: path.stat().st_size for path in before} == before
        revisits = Archive(settings.archive_dir).records().filter(record_type="revisit")
        assert revisits["kind"].to_list() == ["listing", "listing", "rest"]
        assert report.changed_days == ()

        changed = datetime.now(UTC) + timedelta(seconds=1)
        site.blog.revise(posts[1].post_id, content="<p>改めた架空の文。</p>", modified_at=changed)
        site.blog.publish(invented_post(901, today, 1))
        report = crawl([today], settings=settings)
        assert report.changed_days == (old,)
        assert report.rows[0].captured == 2
        assert contents(Archive(settings.archive_dir))[posts[1].post_id] >= {
            "<p>改めた架空の文。</p>"
        }


@pytest.mark.parametrize(
    ("body", "asked", "reason"),
    [
        (b"<html><body>plugin says no</body></html>", 1, "REST answers something else than JSON"),
        (b"[]", 2, "REST shows no posts of 2025-03-05, the home page does"),
    ],
)
def test_a_day_is_read_by_listings_where_rest_fails(
    settings_for: Build, body: bytes, asked: int, reason: str
) -> None:
    """REST that answers with something else than posts is left for the rest of the run.

    Where themes leave REST out of the page, the header still tells of it.
    """

    def broken(handler: SampleHandler) -> bool:
        answer = site.answer(handler.path, handler.headers["Host"])
        if handler.path == "/":
            hidden = answer.body.replace(b'rel="https://api.w.org/"', b'rel="x"')
            answer = replace(answer, body=hidden)
        elif not handler.path.startswith("/wp-json"):
            return False
        else:
            answer = Response(200, body)
        handler.send(answer)
        return True

    with serve_sample(posts=invented_posts([2, 0, 2])) as site:
        site.intercept = broken
        report = crawl(days_of(site), settings=settings_for(site))
        assert report.route_reason == reason
        assert [row.route for row in report.rows] == ["listing", "listing"]
        assert [row.captured for row in report.rows] == [2, 2]
        assert sum(target.startswith("/wp-json") for target in targets(site)) == asked
