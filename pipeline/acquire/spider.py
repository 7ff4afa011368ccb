"""The crawler's run: what it does in which order, inside Scrapy."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from scrapy import Request, Spider

from pipeline.acquire.addresses import OffSiteError, Site
from pipeline.acquire.day_report import DayReport, Tally
from pipeline.acquire.fetch import Fetcher, PageError, SiteError
from pipeline.acquire.listing_route import ListingRoute, is_html
from pipeline.acquire.reading import read_response
from pipeline.acquire.rest_route import RestClosedError, RestRoute, rest_root
from pipeline.acquire.run import Run
from pipeline.archive.writer import DigestInfo, Exchange, WarcWriter
from pipeline.wordpress.model import UnreadablePage, WordPressPage

logger = logging.getLogger(__name__)


@dataclass
class Plan:
    """What a run is to do.

    Attributes:
        site: whose pages are read.
        days: the days to read, in this order.
        fetcher_options: delay, give_up_after, deadline, user_agent of the `Fetcher`.
        changes_since: time of the run up to which changes of older posts are known, or None.
        older: first and last of the archived days that the run does not read, or None.
        replay: pages of a killed run that need not be fetched again, by address.
    """

    site: Site
    days: list[date]
    fetcher_options: dict[str, Any]
    changes_since: datetime | None
    older: tuple[date, date] | None
    replay: Callable[[str], Exchange | None]


@dataclass
class Outcome:
    """How a run went, as it is written to the archive and reported."""

    started_at: datetime
    route: str | None = None
    route_reason: str | None = None
    rows: list[DayReport] = field(default_factory=list)
    requests: int = 0
    changed_days: frozenset[date] = frozenset()
    changes_until: datetime | None = None
    """Changes of older posts up to this time are in the archive."""
    error: str | None = "the crawler ended unexpectedly"
    """Why the run is over before its end; None once it has come to its end."""
    transient: bool = False
    """Whether that may pass: the network or the server failed, nobody refused."""


class DigestSpider(Spider):
    """Reads the days of its plan one after the other; one request at a time."""

    name = "arxiv-ja-en"

    def __init__(
        self,
        plan: Plan,
        writer: WarcWriter,
        outcome: Outcome,
        on_page: Callable[[Tally, int, int], None],
        on_day: Callable[[DayReport], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.plan, self.writer, self.outcome = plan, writer, outcome
        self.on_page, self.on_day = on_page, on_day

    async def start(self) -> AsyncIterator[Request]:
        """Do the whole run; nothing is left for Scrapy's scheduler."""
        engine = self.crawler.engine
        assert engine is not None
        fetcher = Fetcher(
            download=engine.download_async,
            site=self.plan.site,
            keep=self._keep_page,
            replay=self.plan.replay,
            **self.plan.fetcher_options,
        )
        run = Run(self.plan.site, fetcher, self.writer, self.on_page)
        try:
            await self._read_site(run)
        except SiteError as error:
            self.outcome.error, self.outcome.transient = str(error), error.transient
        else:
            self.outcome.error = None
        finally:
            self.outcome.requests = fetcher.requests
        requests: tuple[Request, ...] = ()
        for request in requests:
            yield request

    def _keep_page(self, exchange: Exchange) -> None:
        self.writer.add_exchange(exchange, DigestInfo("listing"))

    async def _read_site(self, run: Run) -> None:
        await run.fetcher.obey_robots()
        exchange, home = await self._home(run)
        listing = ListingRoute.of(home)
        root = rest_root(exchange, home.rest_url)
        rest, self.outcome.route_reason = self._rest(root, listing.known_day, run)
        self.outcome.route = rest.name if rest else listing.name
        logger.info("route: %s (%s)", self.outcome.route, self.outcome.route_reason)
        since = self.plan.changes_since
        self.outcome.changes_until = since or self.outcome.started_at
        if rest is not None:
            await self._read_changes(run, rest)
        for day in self.plan.days:
            await self._read_day(run, day, rest, listing)

    async def _read_day(
        self, run: Run, day: date, rest: RestRoute | None, listing: ListingRoute
    ) -> None:
        started, tally = time.monotonic(), Tally(day)
        requests, size = run.fetcher.requests, run.fetcher.bytes
        run.day_pages = 0

        def close(failure: str | None = None) -> None:
            self._close_day(
                tally.report(
                    self.outcome.route,
                    requests=run.fetcher.requests - requests,
                    size=run.fetcher.bytes - size,
                    seconds=time.monotonic() - started,
                    failure=failure,
                )
            )

        try:
            if rest is not None and self.outcome.route == rest.name:
                try:
                    await rest.read_day(run, tally)
                except (RestClosedError, PageError) as error:
                    self._leave_rest(error)
                    # Otherwise one broken day, asked for twice, would end the run.
                    run.fetcher.reset_refusals()
                    tally = Tally(day)
            if self.outcome.route == listing.name:
                await listing.read_day(run, tally)
        except PageError as error:
            close(str(error))
        except SiteError as error:
            close(str(error))
            raise
        else:
            close()

    def _close_day(self, row: DayReport) -> None:
        self.outcome.rows.append(row)
        finished = {"finished_at": datetime.now(UTC).isoformat(), "site": self.plan.site.host}
        self.writer.add_note("day", row.as_json() | finished)
        self.on_day(row)

    async def _home(self, run: Run) -> tuple[Exchange, WordPressPage]:
        """The home page: what it advertises, and its posts."""
        url = self.plan.site.base_url + "/"
        try:
            exchange = await run.fetcher.get(url, whole=is_html)
            run.keep(exchange, DigestInfo("listing"))
            page = read_response(exchange)
        except PageError as error:
            raise SiteError(url, error.reason, transient=error.transient) from error
        except UnreadablePage as error:
            raise SiteError(url, f"the home page is unreadable: {error}") from error
        if exchange.status != 200:
            raise SiteError(url, f"the home page answers {exchange.status}")
        return exchange, page

    def _rest(
        self, root: str | None, known_day: date | None, run: Run
    ) -> tuple[RestRoute | None, str]:
        if root is None:
            return None, "REST is not advertised"
        try:
            route = RestRoute(self.plan.site.resolve(root), known_day)
        except OffSiteError as error:
            return None, f"REST is {error}"
        if not run.fetcher.robots.allows(route.posts_url()):
            return None, "robots.txt disallows REST"
        return route, "REST is advertised"

    def _leave_rest(self, error: Exception) -> None:
        reason = f"REST {error.reason}" if isinstance(error, PageError) else str(error)
        logger.warning("reading listings instead: %s", reason)
        self.outcome.route, self.outcome.route_reason = "listing", reason

    async def _read_changes(self, run: Run, rest: RestRoute) -> None:
        since = self.plan.changes_since
        if since is None or self.plan.older is None:
            return
        try:
            self.outcome.changed_days = await rest.read_changes(run, since, *self.plan.older)
        except (RestClosedError, PageError) as error:
            self._leave_rest(error)
        else:
            self.outcome.changes_until = self.outcome.started_at
