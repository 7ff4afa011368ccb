"""The crawler: reads the home page, changes of older posts, then one day after the other."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from pipeline.acquire.addresses import OffSiteError
from pipeline.acquire.day_report import DayReport, Tally
from pipeline.acquire.fetch import PageError, SiteError
from pipeline.acquire.listing_route import ListingRoute, is_html
from pipeline.acquire.oldest import oldest_day
from pipeline.acquire.reading import LOGIN, is_login, read_response
from pipeline.acquire.rest_pages import RestClosedError
from pipeline.acquire.rest_route import RestRoute, rest_root
from pipeline.acquire.run import Run
from pipeline.archive.writer import DigestInfo, Exchange
from pipeline.wordpress.model import UnreadablePage, WordPressPage

logger = logging.getLogger(__name__)


@dataclass
class Crawler:
    """Reads days of a site, one after the other, and keeps account of how it went.

    Attributes:
        run: the client, the archive writer and the site.
        days: the days to read, in this order.
        changes_since: time of the run up to which changes of older posts are known, or None.
        older: first and last of the archived days that the run does not read, or None.
        first_day: the first day that may be read; a run that reads it asks for the oldest post.
        on_day: called with the row of every day that has been read or has failed.
        route: `rest` or `listing`; None before the home page is read.
        route_reason: why that route.
        n_days: how many days were read or have failed.
        changed_days: days of older posts that had changed.
        changes_until: changes of older posts up to this time are in the archive.
        oldest_day: day of the site's oldest post, if it was asked for and found.
        error: why the crawl is over before its end; None once it has come to its end.
        transient: whether that may pass: the network or the server failed, nobody refused.
    """

    run: Run
    days: list[date]
    changes_since: datetime | None
    older: tuple[date, date] | None
    first_day: date
    on_day: Callable[[DayReport], None]
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    route: str | None = None
    route_reason: str | None = None
    n_days: int = 0
    changed_days: frozenset[date] = frozenset()
    changes_until: datetime | None = None
    oldest_day: date | None = None
    error: str | None = None
    transient: bool = False

    async def crawl(self) -> None:
        """Read the site. How it went is in the attributes."""
        try:
            await self._read_site()
        except SiteError as error:
            self.error, self.transient = str(error), error.transient

    def note(self) -> dict[str, object]:
        """How the crawl went, as it is written to the archive."""
        return {
            "site": self.run.site.host,
            "route": self.route,
            "route_reason": self.route_reason,
            "started_at": self.started_at.isoformat(),
            "changes_until": self.changes_until.isoformat() if self.changes_until else None,
            "changed_days": sorted(day.isoformat() for day in self.changed_days),
            "oldest_day": self.oldest_day.isoformat() if self.oldest_day else None,
            "days": self.n_days,
            "requests": self.run.fetcher.requests,
            "error": self.error,
            "transient": self.transient,
        }

    async def _read_site(self) -> None:
        await self.run.fetcher.obey_robots()
        exchange, home = await self._home()
        listing = ListingRoute.of(home)
        root = rest_root(exchange, home.rest_url)
        rest, self.route_reason = self._rest(root, listing.known_day)
        self.route = rest.name if rest else listing.name
        logger.info("route: %s (%s)", self.route, self.route_reason)
        since = self.changes_since
        self.changes_until = since or self.started_at
        if rest is not None:
            await self._read_changes(rest)
        for day in self.days:
            await self._read_day(day, rest, listing)
        if self.first_day in self.days:
            is_rest = rest is not None and self.route == rest.name
            self.oldest_day = await oldest_day(run=self.run, rest=rest if is_rest else None)

    async def _read_day(self, day: date, rest: RestRoute | None, listing: ListingRoute) -> None:
        run = self.run
        started, tally = time.monotonic(), Tally(day)
        requests, size = run.fetcher.requests, run.fetcher.bytes
        run.day_pages = 0

        def close(failure: str | None = None) -> None:
            self._close_day(
                tally.report(
                    self.route,
                    requests=run.fetcher.requests - requests,
                    size=run.fetcher.bytes - size,
                    seconds=time.monotonic() - started,
                    failure=failure,
                )
            )

        try:
            if rest is not None and self.route == rest.name:
                try:
                    await rest.read_day(run, tally)
                except (RestClosedError, PageError) as error:
                    self._leave_rest(error)
                    # Otherwise one broken day, asked for twice, would end the run.
                    run.fetcher.reset_refusals()
                    tally = Tally(day)
            if self.route == listing.name:
                await listing.read_day(run, tally)
            elif tally.doubt is not None:
                await self._reconcile(tally, tally.doubt, listing)
        except PageError as error:
            close(str(error))
        except SiteError as error:
            close(str(error))
            raise
        else:
            close()

    async def _reconcile(self, tally: Tally, doubt: str, listing: ListingRoute) -> None:
        """Read the posts of a day that its listing shows and REST does not.

        Raises:
            PageError: the listing cannot be read now, but may be later.
            SiteError: see `Fetcher.get`.
        """
        by_rest = len(tally.states)
        try:
            listed = await listing.read_day(self.run, tally)
        except PageError as error:
            if error.transient:
                raise
            tally.notes.append(f"not confirmed: {doubt}; the listing: {error}")
            return
        if more := len(tally.states) - by_rest:
            tally.notes.append(f"{more} on the listing only; {doubt}")
            self._leave_rest(RestClosedError("REST shows fewer posts than the listing"))
        elif listed < by_rest:
            tally.notes.append(f"not confirmed: {doubt}; the listing shows {listed} of them")

    def _close_day(self, row: DayReport) -> None:
        self.n_days += 1
        finished = {"finished_at": datetime.now(UTC).isoformat(), "site": self.run.site.host}
        self.run.writer.add_note("day", row.as_json() | finished)
        self.on_day(row)

    async def _home(self) -> tuple[Exchange, WordPressPage]:
        """The home page: what it advertises, and its posts."""
        url = self.run.site.base_url + "/"
        try:
            exchange = await self.run.fetcher.get(url, is_complete=is_html)
            self.run.keep(exchange, DigestInfo("listing"))
            page = read_response(exchange)
        except PageError as error:
            raise SiteError.of(error) from error
        except UnreadablePage as error:
            raise SiteError(url, f"the home page is unreadable: {error}") from error
        if exchange.status != 200:
            raise SiteError(url, f"the home page answers {exchange.status}")
        if not page.posts and is_login(exchange):
            raise SiteError(exchange.url, LOGIN)
        return exchange, page

    def _rest(self, root: str | None, known_day: date | None) -> tuple[RestRoute | None, str]:
        if root is None:
            return None, "REST is not advertised"
        try:
            route = RestRoute(self.run.site.resolve(root), known_day)
        except OffSiteError as error:
            return None, f"REST is {error}"
        if not self.run.fetcher.robots.allows(route.posts_url()):
            return None, "robots.txt disallows REST"
        return route, "REST is advertised"

    def _leave_rest(self, error: Exception) -> None:
        reason = f"REST {error.reason}" if isinstance(error, PageError) else str(error)
        logger.warning("reading listings instead: %s", reason)
        self.route, self.route_reason = "listing", reason

    async def _read_changes(self, rest: RestRoute) -> None:
        since = self.changes_since
        if since is None or self.older is None:
            return
        try:
            self.changed_days = await rest.read_changes(self.run, since, *self.older)
        except (RestClosedError, PageError) as error:
            self._leave_rest(error)
        else:
            self.changes_until = self.started_at
