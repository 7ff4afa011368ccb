"""The REST route: whole posts, a hundred an answer, with the site's own count of them.

WordPress's REST handbook (developer.wordpress.org/rest-api) describes the parameters. `after` and
`before` are exclusive and, without a zone, in the site's own time (JST). `_embed=wp:term` puts the
names of the categories in, which the post itself holds as numbers only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from urllib.parse import urlencode

from pipeline.acquire.addresses import Site
from pipeline.acquire.framed import FramedPage, FramedPost, UnreadablePage
from pipeline.acquire.reading import frame_of
from pipeline.acquire.run import Run
from pipeline.acquire.tally import Tally
from pipeline.acquire.warc import Bearing, Exchange
from pipeline.settings import SITE_ZONE

PER_PAGE = 100
"""The most that WordPress allows."""
PASSES = 3
"""How often a day is read when its posts change while they are being read."""


CLOCK_SKEW = timedelta(minutes=10)
"""How far the site's clock may be behind ours when we ask for changes since an earlier run."""


class RestClosedError(Exception):
    """REST is announced but does not answer as it should; the message says how."""


@dataclass(frozen=True)
class RestRoute:
    """REST as one site offers it.

    Attributes:
        root: the address that the site advertises, `…/wp-json/` or `…/?rest_route=/`.
    """

    root: str
    name: str = "rest"

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
            # A post that vanishes while the day is read moves a later one to a page already read.
            shrunk = any(later < earlier for earlier, later in pairwise(totals))
            if not shrunk and len(tally.states) >= (tally.announced or 0):
                return

    def _keep(self, run: Run, tally: Tally, exchange: Exchange, framed: FramedPage) -> None:
        posts = [post for post in framed.posts if post.posted_day in (tally.day, None)]
        for post in posts:
            key = str(post.post_id or post.url)
            tally.states[key] = "protected" if post.extent == "protected" else "captured"
        days = frozenset({tally.day}) if posts else frozenset()
        run.keep(exchange, Bearing("rest", days, ids_of(posts), tally.announced))
        run.page_read(tally, len(posts), len(exchange.body))

    async def _page(self, run: Run, url: str) -> tuple[Exchange, FramedPage | None]:
        exchange = await run.fetcher.get(url, whole=is_json)
        if exchange.status == 400 and b"rest_post_invalid_page_number" in exchange.body:
            return exchange, None
        if exchange.status != 200:
            raise RestClosedError(f"REST answers {exchange.status}")
        try:
            page = frame_of(exchange)
        except UnreadablePage as error:
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
        page, pages = 1, 1
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
            _, pages = counts(exchange, page, len(framed.posts))
            days = frozenset(post.posted_day for post in framed.posts if post.posted_day)
            run.keep(exchange, Bearing("rest", days, ids_of(framed.posts)))
            changed |= days
            page += 1
        return frozenset(changed)


def _modified_since(post: FramedPost, since: datetime) -> bool:
    return post.modified_at is not None and post.modified_at >= since.replace(microsecond=0)


def ids_of(posts: list[FramedPost] | tuple[FramedPost, ...]) -> tuple[int, ...]:
    """The ids of posts, those that have one."""
    return tuple(post.post_id for post in posts if post.post_id is not None)


def is_json(exchange: Exchange) -> bool:
    """Whether a REST answer is all there: JSON ends with the bracket that it began with."""
    body = exchange.body.strip()
    return not body.startswith((b"[", b"{")) or body.endswith((b"]", b"}"))


def counts(exchange: Exchange, page: int, length: int) -> tuple[int | None, int]:
    """Posts and pages that the answer announces; by its length where its headers are missing."""
    total, pages = exchange.header("X-WP-Total"), exchange.header("X-WP-TotalPages")
    if total and pages and total.isdigit() and pages.isdigit():
        return int(total), int(pages)
    return None, page + (length >= PER_PAGE)


def rest_route(advertised: str | None, site: Site, page_url: str) -> RestRoute | None:
    """The REST route that a page of the site advertises, or None where it advertises none."""
    return RestRoute(site.resolve(advertised, page_url)) if advertised else None
