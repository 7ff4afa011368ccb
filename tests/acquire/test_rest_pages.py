"""REST that shows fewer posts a page than asked, counts none, or counts wrongly: none is lost."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import cast

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.acquire.addresses import Site
from pipeline.acquire.crawl import crawl
from pipeline.acquire.day_report import DayReport
from pipeline.acquire.fetch import Fetcher
from pipeline.acquire.rest_pages import Paging, PostList
from pipeline.acquire.rest_route import RestRoute
from pipeline.acquire.run import Run
from pipeline.archive.archive import Archive
from pipeline.sample import Response, SampleHandler, SampleSite, serve_sample
from pipeline.settings import Settings
from tests.acquire.blogs import FIRST_DAY, contents, invented_posts
from tests.acquire.direct import BASE

Build = Callable[..., Settings]
POSTS = invented_posts([12])
REFUSED = (
    b'{"code":"rest_invalid_param","message":"x","data":{"status":400,"params":{"per_page":"x"}}}'
)
PAST_THE_END = b'{"code":"rest_post_invalid_page_number","message":"x","data":{"status":400}}'


@dataclass
class Odd:
    """What a server does to REST.

    Attributes:
        most: posts that it shows on a page, however many are asked for.
        total: its X-WP-Total; as it is for `same`, left out for None.
        pages: its X-WP-TotalPages, likewise.
        repeats: whether every page is the first.
        one_page: whether it knows no second page.
        refuses: the number of posts a page from which on it refuses the request.
    """

    most: int = 100
    total: str | None = "same"
    pages: str | None = "same"
    repeats: bool = False
    one_page: bool = False
    refuses: int = 101

    def __call__(self, handler: SampleHandler) -> bool:
        asked = re.search(r"[&?]per_page=(\d+)&page=(\d+)", handler.path)
        if asked is None:
            return False
        size, page = int(asked[1]), int(asked[2])
        if size >= self.refuses:
            handler.send(Response(400, REFUSED, "application/json"))
        elif self.one_page and page > 1:
            handler.send(Response(400, PAST_THE_END, "application/json"))
        else:
            page = 1 if self.repeats else page
            size = min(size, self.most)
            path = handler.path.replace(asked[0], f"{asked[0][0]}per_page={size}&page={page}")
            answer = handler.server.site.answer(path, handler.headers["Host"])
            handler.send(replace(answer, headers=[*self._headers(answer)]))
        return True

    def _headers(self, answer: Response) -> list[tuple[str, str]]:
        changes = {"x-wp-total": self.total, "x-wp-totalpages": self.pages}
        shown = []
        for name, value in answer.headers:
            changed = changes.get(name.lower(), "same")
            if changed is not None:
                shown.append((name, value if changed == "same" else changed))
        return shown


def read(site: SampleSite, chosen: Settings) -> DayReport:
    (row,) = crawl([FIRST_DAY], settings=chosen).rows
    shown = contents(Archive(chosen.archive_dir))
    assert set(shown) == {post.post_id for post in site.blog.posts}
    return row


def by_rest(site: SampleSite) -> int:
    return sum("/wp-json/" in request.target for request in site.requests)


def by_listing(site: SampleSite) -> int:
    return sum(request.target.startswith("/2025/") for request in site.requests)


NO_COUNT = "REST gives no count that fits its posts"


@pytest.mark.parametrize(
    ("odd", "reason", "n_rest", "n_listing"),
    [
        # Fewer posts a page than asked; the count is right, whatever the pages are said to be.
        (Odd(most=5), None, 4, 0),
        (Odd(most=5, pages="1"), None, 4, 0),
        (Odd(most=5, pages=None), None, 4, 0),
        # No count, or one that is less than what is shown: the listing has the same posts.
        (Odd(total=None, pages=None), None, 2, 2),
        (Odd(most=5, total=None, pages=None), None, 4, 2),
        (Odd(most=5, total=None, pages="1"), None, 4, 2),
        (Odd(most=5, total="5", pages="1"), None, 4, 2),
        (Odd(total="0", pages="0"), None, 2, 2),
        # The rest of the posts is not to be had by REST.
        (Odd(most=5, repeats=True), "REST counts 12 posts and shows 5", 4, 2),
        (Odd(most=5, total=None, repeats=True), NO_COUNT, 2, 2),
        (Odd(most=5, total=None, one_page=True), NO_COUNT, 2, 2),
        # A number of posts a page is refused.
        (Odd(refuses=11), None, 2 + 4, 0),
        (Odd(refuses=100, total=None), None, 1 + 2, 2),
    ],
)
def test_all_posts_of_a_day_are_read(
    odd: Odd, reason: str | None, n_rest: int, n_listing: int, settings_for: Build
) -> None:
    with serve_sample(posts=POSTS, intercept=odd) as site:
        row = read(site, settings_for(site))
        assert (row.state, row.captured, row.missing) == ("complete", 12, 0)
        more = f"7 on the listing only; {reason}"
        assert row.reason == (more if reason else None)
        assert (by_rest(site), by_listing(site)) == (n_rest, n_listing)


def test_a_count_that_is_too_high_is_reported_and_the_listing_asked(settings_for: Build) -> None:
    with serve_sample(posts=POSTS, intercept=Odd(total="20")) as site:
        row = read(site, settings_for(site))
        assert (row.state, row.captured, row.missing) == ("incomplete", 12, 8)
        assert row.reason == "8 announced, not found"
        assert (by_rest(site), by_listing(site)) == (4, 2)


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        (404, "complete", f"not confirmed: {NO_COUNT}; the listing shows 0 of them"),
        (403, "complete", f"not confirmed: {NO_COUNT}; the listing: URL: answers 403"),
        (503, "failed", "URL: answers 503, 5 times"),
    ],
)
def test_what_cannot_be_confirmed_is_said(
    status: int, state: str, reason: str, settings_for: Build
) -> None:
    """A listing that may be had later leaves the day for later; what was read is kept."""
    odd = Odd(total=None)

    def without_listing(handler: SampleHandler) -> bool:
        if not handler.path.startswith("/2025/03/03/"):
            return odd(handler)
        handler.send(Response(status, b"<html></html>"))
        return True

    posts = [*POSTS, *invented_posts([1], FIRST_DAY.replace(day=4))]
    posts[-1] = replace(posts[-1], post_id=2000, slug="later")
    with serve_sample(posts=posts, intercept=without_listing) as site:
        (row,) = crawl([FIRST_DAY], settings=settings_for(site)).rows
        url = f"{site.base_url}/2025/03/03/"
        assert (row.state, row.captured) == (state, 12)
        assert row.reason == reason.replace("URL", url)


def test_rest_that_hides_posts_is_left(settings_for: Build) -> None:
    posts = invented_posts([12, 12])
    with serve_sample(posts=posts, intercept=Odd(most=5, repeats=True, total=None)) as site:
        days = sorted({post.day for post in posts})
        report = crawl(days, settings=settings_for(site))
        assert [row.captured for row in report.rows] == [12, 12]
        assert [row.route for row in report.rows] == ["listing", "listing"]
        assert report.route_reason == "REST shows fewer posts than the listing"
        assert by_rest(site) == 2


def test_posts_that_move_while_an_uncounted_list_is_read(settings_for: Build) -> None:
    """A post of the first page is deleted: the one that follows it slips past the reader."""
    odd = Odd(most=5, total=None)

    def delete_one(handler: SampleHandler) -> bool:
        if "&page=2&" in handler.path and len(site.blog.posts) == 12:
            site.blog.delete(POSTS[1].post_id)
        return odd(handler)

    with serve_sample(posts=POSTS, intercept=delete_one) as site:
        chosen = settings_for(site)
        (row,) = crawl([FIRST_DAY], settings=chosen).rows
        assert (row.state, row.captured) == ("complete", 12)
        assert set(contents(Archive(chosen.archive_dir))) == {post.post_id for post in POSTS}
        assert row.reason == f"1 on the listing only; {NO_COUNT}"


@dataclass
class Listed:
    """A list of posts as a server may show it.

    Attributes:
        posts: how many there are.
        most: how many it shows on a page.
        total: what it says that there are.
        end: what it answers to a page past the end.
    """

    posts: int
    most: int
    total: int | None
    end: str
    requests: int = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests += 1
        page, size = int(request.url.params["page"]), int(request.url.params["per_page"])
        size = min(size, self.most)
        last = max(1, -(-self.posts // size))
        if page > last and self.end == "400":
            return httpx2.Response(400, content=PAST_THE_END)
        if page > last and self.end == "404":
            return httpx2.Response(404, html="<html></html>")
        page = {"last": min(page, last), "first": page if page <= last else 1}.get(self.end, page)
        shown = [
            {
                "id": 1 + number,
                "date": "2025-03-03T00:00:00",
                "link": f"{BASE}/2025/03/03/invented-{number}/",
                "title": {"rendered": "Invented"},
                "content": {"rendered": "<p>Invented.</p>", "protected": False},
            }
            for number in range(self.posts)[(page - 1) * size : page * size]
        ]
        headers = {} if self.total is None else {"X-WP-Total": str(self.total)}
        return httpx2.Response(200, json=shown, headers=headers)


@given(
    posts=st.integers(0, 40),
    most=st.integers(1, 100),
    total=st.none() | st.integers(0, 60),
    end=st.sampled_from(["400", "404", "empty", "last", "first"]),
    checked=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_a_list_is_read_to_its_end(
    posts: int, most: int, total: int | None, end: str, checked: bool
) -> None:
    """Whatever the count says; once a count was right, one that fits the pages is believed."""
    served = Listed(posts, most, total, end)
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(served))
    fetcher = Fetcher(client, Site(BASE), 0.0, 5.0, 3, math.inf, lambda _: None)
    run = cast("Run", SimpleNamespace(fetcher=fetcher))
    paging = Paging(count_checked=checked)
    route = RestRoute(f"{BASE}/wp-json/")
    listed = PostList(run, partial(route.day_url, FIRST_DAY), paging)

    async def read_all() -> None:
        while await listed.next_page() is not None:
            pass

    asyncio.run(read_all())
    if checked and total is not None and total < posts:
        assert len(listed.seen) >= min(total, posts)
    else:
        assert len(listed.seen) == posts
    assert listed.is_whole <= (total is not None and total <= len(listed.seen))
    assert served.requests <= -(-posts // most) + 2
