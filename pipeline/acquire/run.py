"""What the parts of a crawl share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from pipeline.acquire.addresses import Site
from pipeline.acquire.day_report import Tally
from pipeline.acquire.fetch import Fetcher, PageError
from pipeline.archive.writer import DigestInfo, Exchange, WarcWriter


class TooManyPagesError(PageError):
    """A day has more pages than a day may have; nothing more of it is asked for."""


MAX_PAGES_A_DAY = 500
"""Pages of one day after which its reading is stopped: five thousand posts on listings."""


class PageRead(NamedTuple):
    """A page that was read for a day: how many new posts it has, and bytes, decoded."""

    day: date
    posts: int
    size: int


@dataclass
class Run:
    """One crawl: the site, the client that fetches its pages, the writer that archives them.

    Attributes:
        on_page: called with every page that was read for a day.
        day_pages: how many were read for the day that is being read.
    """

    site: Site
    fetcher: Fetcher
    writer: WarcWriter
    on_page: Callable[[PageRead], None]
    day_pages: int = 0

    def keep(self, exchange: Exchange, digest_info: DigestInfo) -> None:
        """Put a page into the archive, unless it was read from there."""
        if not exchange.archived:
            self.writer.add_exchange(exchange, digest_info)

    def page_read(self, tally: Tally, posts: int, size: int) -> None:
        """Count a page of `posts` posts that was read for the tally's day.

        Raises:
            TooManyPagesError: the day has more pages than a day may have.
        """
        self.day_pages += 1
        self.on_page(PageRead(tally.day, posts, size))
        if self.day_pages > MAX_PAGES_A_DAY:
            reason = f"more than {MAX_PAGES_A_DAY} pages for {tally.day}"
            raise TooManyPagesError(self.site.base_url, reason)
