"""A list of posts by REST, page by page, to its end, whatever the site says of its length.

A site may show fewer posts a page than it was asked for, count no posts, or count them wrongly. So
a list ends where a page is empty, past the end, or shows nothing new; the site's count spares the
request for the page after the last one where it can be believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.acquire.reading import read_response
from pipeline.acquire.run import Run
from pipeline.archive.writer import DigestInfo, Exchange
from pipeline.wordpress.model import UnreadablePage, WordPressPage, WordPressPost, bare_url

PAGE_SIZES = (100, 50, 20, 10)
"""Posts to ask for on a page. WordPress allows 100; a site may refuse that, but not its default."""

_COUNT = re.compile(r"[0-9]{1,9}\Z")
"""A number of posts; what is none, or is beyond any table, is not believed."""


class RestClosedError(Exception):
    """REST is announced but does not answer as it should; the message says how."""


@dataclass
class Paging:
    """What a run has learned of a site's pages.

    Attributes:
        asked: how many posts to ask for on a page.
        full: how many posts a full page shows.
        count_checked: whether nothing followed once where the site's count was reached.
    """

    asked: int = PAGE_SIZES[0]
    full: int = PAGE_SIZES[0]
    count_checked: bool = False


@dataclass
class PostList:
    """One reading of a list of posts.

    Attributes:
        run: fetches the pages.
        address: the address of a page, by its number and the number of posts on it.
        paging: what is known of the site's pages; kept from one list to the next.
        seen: the posts on the pages so far, by `post_key`.
        total: the site's count as of the last page; None where it gives none or a wrong one.
        moved: whether posts moved between pages, so that one may have been missed.
    """

    run: Run
    address: Callable[[int, int], str]
    paging: Paging
    seen: set[str] = field(default_factory=set)
    total: int | None = None
    moved: bool = False
    _page: int = 0
    _shown: int = 0

    @property
    def _at_count(self) -> bool:
        return self.total is not None and len(self.seen) >= self.total

    @property
    def is_whole(self) -> bool:
        """Whether all posts that the site counts were seen, and none moved."""
        return self._at_count and not self.moved

    async def next_page(self) -> tuple[Exchange, WordPressPage] | None:
        """The next page with new posts, and the first page in any case; None at the end.

        Raises:
            RestClosedError: REST refuses, or answers something else than posts.
            PageError, SiteError: see `Fetcher.get`.
        """
        if self._page and self._is_last:
            return None
        self._page += 1
        exchange, page = await self._fetch()
        posts = {post_key(post) for post in page.posts} if page else set()
        if page is None or (self._page > 1 and posts <= self.seen):
            self.paging.count_checked |= self._at_count
            return None
        if self._page > 1:
            self.paging.full = min(self.paging.full, self._shown)
        self._count(posts, total_of(exchange))
        return exchange, page

    @property
    def _is_last(self) -> bool:
        """Whether nothing can follow the page that was read last."""
        by_count = self._at_count and self.paging.count_checked and self._shown < self.paging.full
        return by_count or not self._shown

    def _count(self, posts: set[str], total: int | None) -> None:
        """Count a page's posts in, with the site's own count as of that page."""
        shrunk = self.total is not None and total is not None and total < self.total
        self.moved |= shrunk or not posts.isdisjoint(self.seen)
        self.seen |= posts
        self._shown = len(posts)
        self.total = None if total is None or total < len(self.seen) else total

    async def _fetch(self) -> tuple[Exchange, WordPressPage | None]:
        exchange = await self._answer()
        while self._page == 1 and _refuses_size(exchange) and self.paging.asked > PAGE_SIZES[-1]:
            self.paging.asked = max(size for size in PAGE_SIZES if size < self.paging.asked)
            self.paging.full = self.paging.asked
            exchange = await self._answer()
        if exchange.status != 200:
            if self._page > 1:
                return exchange, None
            raise RestClosedError(f"REST answers {exchange.status}")
        try:
            page = read_response(exchange)
        except UnreadablePage as error:
            self.run.keep(exchange, DigestInfo("rest"))
            raise RestClosedError(f"REST answers no posts: {error}") from error
        if page.front != "rest":
            raise RestClosedError("REST answers something else than JSON")
        return exchange, page

    async def _answer(self) -> Exchange:
        return await self.run.fetcher.get(
            self.address(self._page, self.paging.asked), is_complete=is_json
        )


def _refuses_size(exchange: Exchange) -> bool:
    body = exchange.body
    return exchange.status == 400 and b"rest_invalid_param" in body and b"per_page" in body


def is_json(exchange: Exchange) -> bool:
    """Whether a REST answer is complete: JSON ends with the bracket that it began with."""
    body = exchange.body.strip()
    return not body.startswith((b"[", b"{")) or body.endswith((b"]", b"}"))


def total_of(exchange: Exchange) -> int | None:
    """How many posts the site says the list has, or None."""
    total = exchange.header("X-WP-Total")
    return int(total) if total and _COUNT.match(total) else None


def post_key(post: WordPressPost) -> str:
    """What a post is known by while a day is read: its id, else its address."""
    return str(post.post_id or post.url)


def names_of(post: WordPressPost) -> set[str]:
    """By what the same post is recognised on another page: its key and its address."""
    return {post_key(post), *([bare_url(post.url)] if post.url else [])}
