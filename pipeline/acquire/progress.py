"""How far a crawl is."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

from pipeline.acquire.day_report import DayReport
from pipeline.acquire.run import PageRead

Event: TypeAlias = DayReport | PageRead
"""What the crawler reports while it works."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a crawl is.

    Attributes:
        pages: pages read.
        posts: posts found on them.
        bytes: bytes of their bodies, decoded.
        day: the day being read.
        rate: pages a second, over the whole run.
        eta: estimated time left, from the days done and the days to do; None before the first.
    """

    pages: int
    posts: int
    bytes: int
    day: date
    rate: float
    eta: timedelta | None


@dataclass
class Meter:
    """Counts pages and days as they are read.

    Attributes:
        to_do: how many days are to be read.
    """

    to_do: int
    days: int = 0
    pages: int = 0
    posts: int = 0
    bytes: int = 0
    started: float = field(default_factory=time.monotonic)

    def count(self, event: Event) -> Progress:
        """How far the crawl is with this page or day."""
        if isinstance(event, DayReport):
            self.days += 1
        else:
            self.pages += 1
            self.posts += event.posts
            self.bytes += event.size
        seconds = max(time.monotonic() - self.started, 1e-3)
        left = round(seconds / self.days * (self.to_do - self.days)) if self.days else None
        return Progress(
            pages=self.pages,
            posts=self.posts,
            bytes=self.bytes,
            day=event.day,
            rate=self.pages / seconds,
            eta=None if left is None else timedelta(seconds=left),
        )
