"""The REST route: whole posts, a hundred an answer, with the site's own count of them.

WordPress's REST handbook (developer.wordpress.org/rest-api) describes the parameters. `after` and
`before` are exclusive and, without a zone, in the site's own time (JST). `_embed=wp:term` puts the
names of the categories in, which the post itself holds as numbers only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from urllib.parse import urlencode

from pipeline.acquire.day_report import Tally
from pipeline.acquire.reading import read_response
from pipeline.acquire.run import Run
from pipeline.archive.writer import DigestInfo, Exchange
from pipeline.settings import SITE_ZONE
from pipeline.wordpress.model import UnreadablePage, WordPressPage, WordPressPost

PER_PAGE = 100
"""The most that WordPress allows."""
PASSES = 3
"""How often a day is read when its posts change while they are being read."""


CLOCK_SKEW = timedelta(minutes=10)
"""How far the site's clock may be behind ours when we ask for changes since an earlier run."""


_COUNT = re.compile(r"[0-9]{1,9}\Z")
"""A number of posts or pages; what is none, or is beyond any table, is not believed."""

_LINK_TO_REST = re.compile(r"<([^<>]+)>\s*;[^<]*rel=\"?https://api\.w\.org/")


class RestClosedError(Exception):
    """REST is announced but does not answer as it should; the message says how."""


@dataclass
class RestRoute:
    """REST as one site offers it.

    Attributes:
        root: the address that the site advertises, `…/wp-json/` or `…/?rest_route=/`.
        known_day: a day that has posts, as the home page shows; None where it shows none.
        confirmed: whether REST has shown a post in this run.
    """

    root: str
    known_day: date | None = None
    confirmed: bool = False
    name: str = field(default="rest", init=False)

    def posts_url(self, **query: object) -> str:
        """The address of a list of posts.

        >>> RestRoute("http://site/?rest_route=/").posts_url(page=1)
        'http://site/?rest_route=/wp/v2/posts&page=1'
        """
        endpoint = self.root.rstrip("/") + "/wp/v2/posts"
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def day_url(self, day: date, page: int) -> str:
        """The address of a page of a day's posts, oldest first."""
        midnight = datetime.combine(day, datetime.min.time())
        return self.posts_url(
            after=(midnight - timedelta(seconds=1)).isoformat(),
            before=(midnight + timedelta(days=1)).isoformat(),
            orderby="date",
            order="asc",
            per_page=PER_PAGE,
            page=page,
            _embed="wp:term",
        )

    async def read_day(self, run: Run, tally: Tally) -> None:
        """Read all posts of the tally's day, again where they changed meanwhile.

        Raises:
            RestClosedError: REST refuses, or answers something else than posts.
            PageError, SiteError: see `Fetcher.get`.
        """
        for _ in range(PASSES):
            totals: list[int] = []
            page, pages = 1, 1
            while page <= pages:
                exchange, framed = await self._page(run, self.day_url(tally.day, page))
                if framed is None:
                    break
                total, pages = counts(exchange, page, len(framed.posts))
                if total is not None:
                    totals.append(total)
                    tally.announced = total
                self._keep(run, tally, exchange, framed)
                page += 1
            if not _shrunk(totals) and len(tally.states) >= (tally.announced or 0):
                break
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
        exchange, framed = await self._page(run, self.day_url(self.known_day, 1))
        run.keep(exchange, DigestInfo("rest"))
        if framed is None or not framed.posts:
            raise RestClosedError(f"REST shows no posts of {self.known_day}, the home page does")
        self.confirmed = True

    def _keep(self, run: Run, tally: Tally, exchange: Exchange, framed: WordPressPage) -> None:
        posts = [post for post in framed.posts if post.posted_day in (tally.day, None)]
        self.confirmed = self.confirmed or bool(posts)
        for post in posts:
            key = str(post.post_id or post.url)
            tally.states[key] = "protected" if post.extent == "protected" else "captured"
        days = frozenset({tally.day}) if posts else frozenset()
        run.keep(exchange, DigestInfo("rest", days, ids_of(posts), tally.announced))
        run.page_read(tally, len(posts), len(exchange.body))
        if len(posts) < len(framed.posts):
            raise RestClosedError("REST answers posts of other days")

    async def _page(self, run: Run, url: str) -> tuple[Exchange, WordPressPage | None]:
        exchange = await run.fetcher.get(url, whole=is_json)
        if exchange.status == 400 and b"rest_post_invalid_page_number" in exchange.body:
            return exchange, None
        if exchange.status != 200:
            raise RestClosedError(f"REST answers {exchange.status}")
        try:
            page = read_response(exchange)
        except UnreadablePage as error:
            run.keep(exchange, DigestInfo("rest"))
            raise RestClosedError(f"REST answers no posts: {error}") from error
        if page.front != "rest":
            raise RestClosedError("REST answers something else than JSON")
        return exchange, page

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
        changed: set[date] = set()
        for _ in range(PASSES):
            if not await self._read_changes(run, query, since, changed):
                break
        return frozenset(changed)

    async def _read_changes(
        self, run: Run, query: dict[str, datetime], since: datetime, changed: set[date]
    ) -> bool:
        """Read all pages of changes; whether posts moved meanwhile, so that one may be missed."""
        seen: set[str] = set()
        totals: list[int] = []
        page, pages, moved = 1, 1, False
        while page <= pages:
            url = self.posts_url(
                **{name: moment.isoformat() for name, moment in query.items()},
                orderby="modified",
                order="asc",
                per_page=PER_PAGE,
                page=page,
                _embed="wp:term",
            )
            exchange, framed = await self._page(run, url)
            if framed is None or any(not _modified_since(post, since) for post in framed.posts):
                break
            total, pages = counts(exchange, page, len(framed.posts))
            totals.append(total or 0)
            keys = {str(post.post_id or post.url) for post in framed.posts}
            if keys <= seen:
                break
            days = frozenset(post.posted_day for post in framed.posts if post.posted_day)
            run.keep(exchange, DigestInfo("rest", days, ids_of(framed.posts)))
            changed |= days
            moved, seen = moved or bool(keys & seen), seen | keys
            page += 1
        return moved or _shrunk(totals)


def _shrunk(totals: list[int]) -> bool:
    """Whether a post vanished during reading, which moves a later one to a page already read."""
    return any(later < earlier for earlier, later in pairwise(totals))


def _modified_since(post: WordPressPost, since: datetime) -> bool:
    return post.modified_at is not None and post.modified_at >= since.replace(microsecond=0)


def ids_of(posts: list[WordPressPost] | tuple[WordPressPost, ...]) -> tuple[int, ...]:
    """The ids of posts, those that have one."""
    return tuple(post.post_id for post in posts if post.post_id is not None)


def is_json(exchange: Exchange) -> bool:
    """Whether a REST answer is all there: JSON ends with the bracket that it began with."""
    body = exchange.body.strip()
    return not body.startswith((b"[", b"{")) or body.endswith((b"]", b"}"))


def counts(exchange: Exchange, page: int, length: int) -> tuple[int | None, int]:
    """Posts and pages that the answer announces; by its length where its headers do not tell."""
    total, pages = exchange.header("X-WP-Total"), exchange.header("X-WP-TotalPages")
    if total and pages and _COUNT.match(total) and _COUNT.match(pages):
        return int(total), int(pages)
    return None, page + (length >= PER_PAGE)


def rest_root(home: Exchange, in_page: str | None) -> str | None:
    """Where REST is, as the home page's HTML or, themes leave that out, its header advertises."""
    links = (value for name, value in home.headers if name.lower() == "link")
    in_header = (match[1] for value in links if (match := _LINK_TO_REST.search(value)))
    return in_page or next(in_header, None)
