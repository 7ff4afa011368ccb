"""The listing route: a day's listing page by page, and a post's own pages where it is cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from pipeline.acquire.addresses import OffSiteError
from pipeline.acquire.day_report import Tally
from pipeline.acquire.fetch import PageError
from pipeline.acquire.reading import LOGIN, is_login, read_response
from pipeline.acquire.rest_pages import names_of, post_key
from pipeline.acquire.rest_route import ids_of
from pipeline.acquire.run import Run, TooManyPagesError
from pipeline.archive.writer import DigestInfo, Exchange
from pipeline.wordpress.model import UnreadablePage, WordPressPage, WordPressPost
from pipeline.wordpress.permalinks import Layout, layouts, query_url

ROUNDS = 3
"""How often a day's listing is read again from its start when posts arrive while it is read."""


_NOT_SHOWN = {"protected": "protected", "excerpt": "an excerpt on its own page"}
"""Why a post is not read though its own page shows it."""


def is_html(exchange: Exchange) -> bool:
    """Whether a page is complete: WordPress's footer closes the document."""
    return b"</html" in exchange.body[-4096:].lower()


def _page_of(run: Run, exchange: Exchange) -> WordPressPage:
    """The posts of a page that was fetched.

    Raises:
        PageError: there are none that are recognised; the page is archived all the same, for a
            reader that knows better.
    """
    try:
        page = read_response(exchange)
    except UnreadablePage as error:
        run.keep(exchange, DigestInfo("listing"))
        raise PageError(exchange.url, str(error)) from error
    if not page.posts:
        run.keep(exchange, DigestInfo("listing"))
        unknown = "no post is recognised on this page; has the theme changed?"
        raise PageError(exchange.url, LOGIN if is_login(exchange) else unknown)
    return page


def _of_day(page: WordPressPage, day: date) -> list[WordPressPost]:
    """The posts of `day` on a page; none where the page is the listing of something else."""
    if page.day not in (day, None) or page.listing not in ("day", "date", None):
        return []
    return [post for post in page.posts if post.posted_day in (day, None)]


def _links_to_rest(post: WordPressPost) -> list[str]:
    """Where the rest of a post is that a listing cuts off, or divides into parts."""
    if post.extent == "full":
        return list(post.part_urls)
    return [link for link in (post.more_url, post.url) if link][:1]


@dataclass
class ListingRoute:
    """Listing pages as one site offers them.

    Attributes:
        candidates: layouts the site may have, the likeliest first.
        known_day: a day that has posts, as the home page shows; None where it shows none.
        confirmed: the layout, once a day's listing was found by it.
    """

    candidates: list[Layout]
    known_day: date | None
    confirmed: Layout | None = None
    name: str = field(default="listing", init=False)

    @classmethod
    def of(cls, home: WordPressPage) -> ListingRoute:
        """The route as the home page suggests it."""
        days = [post.posted_day for post in home.posts if post.posted_day is not None]
        links = [post.url for post in home.posts if post.url is not None]
        return cls(layouts(links), max(days, default=None))

    async def read_day(self, run: Run, tally: Tally) -> int:
        """Read a day's listing to its end, and what it leaves out of its posts.

        Posts that REST has shown already are not read again.

        Returns:
            How many of those are on the listing.

        Raises:
            PageError: a page cannot be fetched, or shows no post that is recognised.
            SiteError: see `Fetcher.get`.
        """
        posts: dict[str, WordPressPost] = {}
        for _ in range(ROUNDS):
            if not await self._read_listing(run, tally, posts):
                break
        unread: list[PageError] = []
        listed = 0
        for key, post in posts.items():
            if tally.known & names_of(post):
                listed += 1
                continue
            try:
                tally.states[key] = await self._read_rest(run, tally, post)
            except TooManyPagesError:
                raise
            except PageError as error:
                tally.states[key] = error.reason
                unread.append(error)
        if unread:
            raise unread[0]
        return listed

    async def _read_listing(self, run: Run, tally: Tally, posts: dict[str, WordPressPost]) -> bool:
        """Read listing pages until one has nothing new; whether posts moved between pages."""
        layout = self.confirmed or self.candidates[0]
        again, moved = bool(posts), False
        url, number = layout.day_url(run.site.base_url, tally.day), 1
        asked: set[str] = set()
        while True:
            asked.add(url)
            exchange, page = await self._listing_page(run, tally.day, url, number)
            if page is None:
                if number == 1 and not posts:
                    await self._find_layout(run, exchange)
                    if self.confirmed != layout:
                        return await self._read_listing(run, tally, posts)
                if number > 1:
                    # The page before announced this one, so at least a post; the next run looks.
                    tally.announced = len(posts) + 1
                return moved
            self.confirmed = layout
            found = _of_day(page, tally.day)
            run.keep(exchange, DigestInfo("listing", frozenset({tally.day}), ids_of(found)))
            fresh = [post for post in found if post_key(post) not in posts]
            run.page_read(tally, len(fresh), len(exchange.body))
            posts.update((post_key(post), post) for post in fresh)
            # A post seen before, on a later page: newer ones have arrived and pushed it there.
            moved = moved or (bool(fresh) if again else len(fresh) < len(found))
            if page.next_url is None or (again and not fresh):
                return moved
            try:
                url, number = run.site.resolve(page.next_url), number + 1
            except OffSiteError as error:
                raise PageError(exchange.url, f"its next page is {error}") from error
            if url in asked:  # the site repeats a page, whichever is asked for
                return moved

    async def _listing_page(
        self, run: Run, day: date, url: str, number: int
    ) -> tuple[Exchange, WordPressPage | None]:
        """A page with posts of `day`; None in place of the page where there is no such page."""
        for address in (url, query_url(run.site.base_url, day, number)):
            exchange = await run.fetcher.get(address, is_complete=is_html)
            if exchange.status != 200:
                run.keep(exchange, DigestInfo("listing"))
                if number > 1:
                    continue  # where paging by path is broken, paging by query may work
                return exchange, None
            page = _page_of(run, exchange)
            if _of_day(page, day):
                return exchange, page
            run.keep(exchange, DigestInfo("listing"))
            if page.listing == "home" and number == 1:
                # Where permalinks are plain, an unknown path answers with the home page.
                return exchange, None
        if exchange.status != 200:
            return exchange, None
        raise PageError(url, f"shows posts, but none of {day}")

    async def _find_layout(self, run: Run, exchange: Exchange) -> None:
        """Make sure that a missing listing means a day without posts, not another layout.

        Raises:
            PageError: the site's day listings cannot be found at all.
        """
        if self.confirmed is not None:
            return
        if self.known_day is None:
            raise PageError(exchange.url, "no such listing, and the home page shows no posts")
        for layout in self.candidates:
            url = layout.day_url(run.site.base_url, self.known_day)
            probe = await run.fetcher.get(url, is_complete=is_html)
            run.keep(probe, DigestInfo("listing"))
            if probe.status == 200 and _of_day(_page_of(run, probe), self.known_day):
                self.confirmed = layout
                return
        raise PageError(exchange.url, "no listing of days is found on this site")

    async def _read_rest(self, run: Run, tally: Tally, post: WordPressPost) -> str:
        """Read what a listing does not show of a post.

        Returns:
            `captured`, `protected`, or why the post is missing.
        """
        if post.extent == "protected":
            return "protected"
        if post.extent == "full" and not post.part_urls:
            return "captured"
        pending = _links_to_rest(post)
        if not pending:
            return "cut off, without a link to the rest"
        seen: set[str] = set()
        while pending:
            try:
                url = run.site.resolve(pending.pop(0))
            except OffSiteError as error:
                return f"continued {error}"
            if url in seen:
                continue
            seen.add(url)
            part = await self._read_part(run, tally, post, url)
            if isinstance(part, str):
                return part
            pending += part.part_urls
        return "captured"

    async def _read_part(
        self, run: Run, tally: Tally, post: WordPressPost, url: str
    ) -> WordPressPost | str:
        """A part of a post from its own page, or why it is missing."""
        exchange = await run.fetcher.get(url, is_complete=is_html)
        if exchange.status != 200:
            run.keep(exchange, DigestInfo("single"))
            return f"gone ({exchange.status})"
        page = _page_of(run, exchange)
        own = next((found for found in page.posts if found.post_id == post.post_id), None)
        if own is None or len(page.posts) > 1:
            run.keep(exchange, DigestInfo("single"))
            return "its address leads to another page"
        run.keep(exchange, DigestInfo("single", frozenset({tally.day}), ids_of([own])))
        run.page_read(tally, 0, len(exchange.body))
        return _NOT_SHOWN.get(own.extent, own)
