"""One request at a time, with manners: robots.txt, pauses, back-off, limits, the same host only.

Why httpx2 and protego, not Scrapy: Scrapy's scheduler, throttling and retries work request by
request, and a crawl needs the whole: a day is one reading of pages that depend on each other, every
redirect is archived and checked against robots.txt, and refusals in a row end the run. With Scrapy,
these were switched off and written here all the same, around a reactor that needs a process of its
own and does not verify certificates by default. httpx2 gives connections, TLS, decoding in bounded
pieces and proxies; protego, Scrapy's own parser, reads robots.txt.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from pipeline.acquire.addresses import OffSiteError, Site, printable_url
from pipeline.acquire.client import CertificateError, RefusalError, UnreachableError, download
from pipeline.acquire.robots import NO_RULES, Robots
from pipeline.archive.writer import Exchange

logger = logging.getLogger(__name__)

MAX_REDIRECTS = 5
ATTEMPTS = 5
"""How often one address is tried before it is given up."""
MAX_WAIT = 300.0
"""Longest wait between two requests, in seconds; a site that asks for more is left alone."""
FIRST_WAIT = 10.0
"""First back-off after a refusal, in delays; it doubles with every further one."""

_LATER = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({400, 404, 410})


class PageError(Exception):
    """One page cannot be fetched; the message names it and says why.

    Attributes:
        transient: whether a later try may succeed: the network or server failed, nobody refused.
    """

    def __init__(
        self, url: str, reason: str, status: int | None = None, *, transient: bool = False
    ) -> None:
        super().__init__(f"{printable_url(url)}: {reason}")
        self.url, self.reason, self.status, self.transient = url, reason, status, transient


class SiteError(Exception):
    """The site as a whole cannot be read now; the message names the address and says why.

    Attributes:
        transient: as of `PageError`.
    """

    def __init__(self, url: str, reason: str, *, transient: bool = False) -> None:
        super().__init__(f"{printable_url(url)}: {reason}")
        self.transient = transient

    @classmethod
    def of(cls, error: PageError, else_hint: str = "") -> SiteError:
        """The error of a page without which the site cannot be read, with what it may mean."""
        hint = else_hint
        if error.status in _MOVED:
            hint = "; has the site moved, or is it behind a login?"
        elif error.status in {401, 403} and error.reason.startswith("answers"):
            hint = "; is the site behind a login, or closed to crawlers?"
        return cls(error.url, error.reason + hint, transient=error.transient)


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header (RFC 9110, 10.2.3) asks for, or None for none.

    >>> retry_after_seconds("120", datetime(2025, 3, 4, tzinfo=UTC))
    120.0
    >>> retry_after_seconds("Tue, 04 Mar 2025 00:01:00 GMT", datetime(2025, 3, 4, tzinfo=UTC))
    60.0
    """
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


@dataclass
class Fetcher:
    """Fetches pages of one site, one after the other.

    Attributes:
        client: sends a request and gives its response, as `open_client` makes it.
        site: what may be requested.
        delay: least seconds from a response to the next request; a random half more is added.
        timeout: longest seconds for one whole answer.
        give_up_after: refusals in a row after which the site is left alone.
        deadline: `time.monotonic()` at which the run is over.
        keep: called with every answer that leads to a page: robots.txt, redirects.
        replay: pages that need not be fetched again, by address.
        requests: how many requests were sent.
        bytes: how many bytes of decoded bodies came back.
    """

    client: httpx2.AsyncClient
    site: Site
    delay: float
    timeout: float
    give_up_after: int
    deadline: float
    keep: Callable[[Exchange], object]
    replay: Callable[[str], Exchange | None] = lambda _url: None
    robots: Robots = NO_RULES
    requests: int = 0
    bytes: int = 0
    _refusals: int = 0
    _answered: bool = False
    _free_at: float = field(default=0.0)

    async def obey_robots(self) -> None:
        """Read robots.txt and obey it from here on.

        Raises:
            SiteError: it cannot be read, which means that nothing may be (RFC 9309, 2.3.1.4).
        """
        url = self.site.resolve("/robots.txt")
        try:
            exchange = await self.get(url)
        except PageError as error:
            if error.status is not None and 400 <= error.status < 500:
                return
            hint = "; a site whose robots.txt cannot be read is not crawled"
            raise SiteError.of(error, hint) from error
        if exchange.status == 200:
            self.robots = Robots.parse(exchange.body)
            self.delay = max(self.delay, self.robots.crawl_delay or 0.0)
        self.keep(exchange)

    async def get(
        self, url: str, is_complete: Callable[[Exchange], bool] | None = None
    ) -> Exchange:
        """The page at `url`, after redirects; its status is 200, 400, 404 or 410.

        Args:
            url: an address of the site.
            is_complete: whether a page that answered 200 is complete; else it is tried again.

        Raises:
            PageError: the page is refused, disallowed, off the site, too large or broken.
            SiteError: too many refusals in a row, or the site asks for a longer pause than we wait.
        """
        kept = self.replay(url)
        if kept is not None:
            return kept
        attempt = 0
        while True:
            attempt += 1
            try:
                exchange = await self._follow(url)
                if exchange.status == 200 and is_complete and not is_complete(exchange):
                    raise RefusalError("the page is cut off")
            except RefusalError as refusal:
                await self._back_off(url, refusal, attempt)
            else:
                self._refusals = 0
                return exchange

    def reset_refusals(self) -> None:
        """Forget the refusals in a row: what refused is given up, and another way is tried."""
        self._refusals = 0

    async def _follow(self, url: str) -> Exchange:
        here = url
        for _ in range(MAX_REDIRECTS + 1):
            if not self.robots.allows(here):
                raise PageError(here, "robots.txt disallows it", 403)
            exchange = await self._once(here)
            if exchange.status not in _MOVED:
                return exchange
            try:
                here = self.site.resolve(_location(exchange), here)
            except OffSiteError as error:
                raise PageError(url, f"redirects {error}", exchange.status) from error
            self.keep(exchange)
        raise PageError(url, f"more than {MAX_REDIRECTS} redirects")

    async def _once(self, url: str) -> Exchange:
        await self._pause()
        self.requests += 1
        try:
            exchange = await download(self.client, url, self.timeout)
        except httpx2.InvalidURL:
            raise PageError(url, "no valid address") from None
        except CertificateError as error:
            raise SiteError(url, str(error)) from None
        except UnreachableError as error:
            if self._answered:
                raise
            raise SiteError(url, error.reason, transient=True) from None
        finally:
            self._free_at = time.monotonic()
        self._answered = True
        self.bytes += len(exchange.body)
        if exchange.status in _LATER:
            asked = retry_after_seconds(exchange.header("Retry-After"), exchange.captured_at)
            raise RefusalError(f"answers {exchange.status}", asked)
        if exchange.status not in _MOVED | _GONE | {200}:
            self._refusals += 1
            if self._refusals >= self.give_up_after:
                raise SiteError(url, f"answers {exchange.status}, as do all pages; giving up")
            raise PageError(url, f"answers {exchange.status}", exchange.status)
        return exchange

    async def _pause(self) -> None:
        jittered = self.delay * random.uniform(1.0, 1.5)
        await self._sleep(self._free_at + jittered - time.monotonic())

    async def _sleep(self, seconds: float) -> None:
        if time.monotonic() + max(seconds, 0.0) > self.deadline:
            raise SiteError(self.site.base_url, "the run's time is over; the rest is for the next")
        if seconds > 0:
            await asyncio.sleep(seconds)

    async def _back_off(self, url: str, refusal: RefusalError, attempt: int) -> None:
        self._refusals += 1
        logger.info(
            "refused (%s in a row) at %s: %s", self._refusals, printable_url(url), refusal.reason
        )
        if self._refusals >= self.give_up_after:
            reason = f"{refusal.reason}; {self._refusals} refusals in a row, giving up"
            raise SiteError(url, reason, transient=True)
        if refusal.retry_after is not None and refusal.retry_after > MAX_WAIT:
            asked = f"asks to come back in {refusal.retry_after:.0f} s"
            raise SiteError(url, f"{refusal.reason} and {asked}")
        if attempt >= ATTEMPTS:
            raise PageError(url, f"{refusal.reason}, {attempt} times", transient=True)
        doubled = max(0.05, FIRST_WAIT * self.delay) * 2.0 ** (self._refusals - 1)
        await self._sleep(min(MAX_WAIT, max(refusal.retry_after or 0.0, doubled)))


def _location(exchange: Exchange) -> str:
    """Where a redirect leads; some servers write the path's UTF-8 as it is."""
    return (exchange.header("Location") or "").encode("latin-1").decode("utf-8", "replace")
