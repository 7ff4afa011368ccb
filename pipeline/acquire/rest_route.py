"""The REST route: whole posts, a hundred an answer, with the site's own count of them.

WordPress's REST handbook (developer.wordpress.org/rest-api) describes the parameters. `after` and
`before` are exclusive and, without a zone, in the site's own time (JST). `_embed=wp:term` puts the
names of the categories in; the post itself has their numbers only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from urllib.parse import urlencode

from pipeline.acquire.day_report import Tally
from pipeline.acquire.rest_pages import (
    PAGE_SIZES,
    Paging,
    PostList,
    RestClosedError,
    names_of,
    post_key,
)
from pipeline.acquire.run import Run
from pipeline.archive.writer import DigestInfo, Exchange
from pipeline.settings import SITE_ZONE
from pipeline.wordpress.model import WordPressPage, WordPressPost

PASSES = 3
"""How often a day is read when its posts change while they are being read."""

CLOCK_SKEW = timedelta(minutes=10)
"""How far the site's clock may be behind ours when we ask for changes since an earlier run."""


_LINK_TO_REST = re.compile(r"<([^<>]+)>\s*;[^<]*rel=\"?https://api\.w\.org/")


@dataclass
class RestRoute:
    """REST as one site offers it.

    Attributes:
        root: the address that the site advertises, `…/wp-json/` or `…/?rest_route=/`.
        known_day: a day that has posts, as the home page shows; None where it shows none.
        confirmed: whether REST has shown a post in this run.
        paging: what is known of the site's pages.
    """

    root: str
    known_day: date | None = None
    confirmed: bool = False
    paging: Paging = field(default_factory=Paging)
    name: str = field(default="rest", init=False)

    def posts_url(self, **query: object) -> str:
        """The address of a list of posts.

        >>> RestRoute("http://site/?rest_route=/").posts_url(page=1)
        'http://site/?rest_route=/wp/v2/posts&page=1'
        """
        endpoint = self.root.rstrip("/") + "/wp/v2/posts"
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def day_url(self, day: date, page: int = 1, per_page: int = PAGE_SIZES[0]) -> str:
        """The address of a page of a day's posts, oldest first."""
        midnight = datetime.combine(day, datetime.min.time())
        return self.posts_url(
            after=(midnight - timedelta(seconds=1)).isoformat(),
            before=(midnight + timedelta(days=1)).isoformat(),
            orderby="date",
            order="asc",
            per_page=per_page,
            page=page,
            _embed="wp:term",
        )

    async def read_day(self, run: Run, tally: Tally) -> None:
        """Read all posts of the tally's day, again where they changed during the reading.

        Where the site's count does not say that these are all, the tally has the reason as `doubt`.

        Raises:
            RestClosedError: REST refuses, or answers something else than posts.
            PageError, SiteError: see `Fetcher.get`.
        """
        for number in range(PASSES):
            posts = PostList(run, partial(self.day_url, tally.day), self.paging)
            known = len(tally.states)
            while (answer := await posts.next_page()) is not None:
                tally.announced = posts.total
                self._keep(run, tally, *answer)
            if posts.is_whole or posts.total is None or (number and len(tally.states) == known):
                break
        if posts.total is None:
            tally.doubt = "REST gives no count that fits its posts"
        elif not posts.is_whole:
            tally.doubt = f"REST counts {posts.total} posts and shows {len(posts.seen)}"
        if not tally.states:
            await self._confirm(run)

    async def _confirm(self, run: Run) -> None:
        """Make sure that an empty answer means a day without posts, not a REST that hides them.

        Raises:
            RestClosedError: the home page shows posts of a day, and REST none.
            PageError, SiteError: see `Fetcher.get`.
        """
        if self.confirmed or self.known_day is None:
            return
        posts = PostList(run, partial(self.day_url, self.known_day), self.paging)
        answer = await posts.next_page()
        assert answer is not None, "the first page is always given"
        run.keep(answer[0], DigestInfo("rest"))
        if not posts.seen:
            raise RestClosedError(f"REST shows no posts of {self.known_day}, the home page does")
        self.confirmed = True

    def _keep(self, run: Run, tally: Tally, exchange: Exchange, page: WordPressPage) -> None:
        posts = [post for post in page.posts if post.posted_day in (tally.day, None)]
        self.confirmed = self.confirmed or bool(posts)
        for post in posts:
            state = "protected" if post.extent == "protected" else "captured"
            tally.states[post_key(post)] = state
            tally.known |= names_of(post)
        days = frozenset({tally.day}) if posts else frozenset()
        run.keep(exchange, DigestInfo("rest", days, ids_of(posts), tally.announced))
        run.page_read(tally, len(posts), len(exchange.body))
        if len(posts) < len(page.posts):
            raise RestClosedError("REST answers posts of other days")

    async def read_changes(
        self, run: Run, since: datetime, first_day: date, last_day: date
    ) -> frozenset[date]:
        """Archive older posts that were modified after `since`.

        Args:
            run: the run.
            since: a time of an earlier run.
            first_day: the first of the days to ask about.
            last_day: the last of them.

        Returns:
            The days of the posts that changed; empty where REST is too old for the question
            (`modified_after` came with WordPress 5.7; older ones ignore it).

        Raises:
            RestClosedError, PageError, SiteError: as for `read_day`.
        """
        midnight = datetime.min.time()
        since -= CLOCK_SKEW
        query = {
            "modified_after": since.astimezone(SITE_ZONE).replace(tzinfo=None, microsecond=0),
            "after": datetime.combine(first_day, midnight) - timedelta(seconds=1),
            "before": datetime.combine(last_day + timedelta(days=1), midnight),
        }

        def address(page: int, per_page: int) -> str:
            return self.posts_url(
                **{name: moment.isoformat() for name, moment in query.items()},
                orderby="modified",
                order="asc",
                per_page=per_page,
                page=page,
                _embed="wp:term",
            )

        changed: set[date] = set()
        for _ in range(PASSES):
            posts = PostList(run, address, self.paging)
            while (answer := await posts.next_page()) is not None:
                exchange, page = answer
                if any(not _modified_since(post, since) for post in page.posts):
                    break
                days = frozenset(post.posted_day for post in page.posts if post.posted_day)
                run.keep(exchange, DigestInfo("rest", days, ids_of(page.posts)))
                changed |= days
            if not posts.moved:
                break
        return frozenset(changed)


def _modified_since(post: WordPressPost, since: datetime) -> bool:
    return post.modified_at is not None and post.modified_at >= since.replace(microsecond=0)


def ids_of(posts: list[WordPressPost] | tuple[WordPressPost, ...]) -> tuple[int, ...]:
    """The ids of posts, those that have one."""
    return tuple(post.post_id for post in posts if post.post_id is not None)


def rest_root(home: Exchange, in_page: str | None) -> str | None:
    """Where REST is, as the home page's HTML or, themes leave that out, its header advertises."""
    links = (value for name, value in home.headers if name.lower() == "link")
    in_header = (match[1] for value in links if (match := _LINK_TO_REST.search(value)))
    return in_page or next(in_header, None)
