"""What robots.txt asks of us (RFC 9309, and the Crawl-delay and Request-rate that sites use)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from protego import Protego

AGENT = "arxiv-ja-en"
"""The product token that robots.txt may name."""

MAX_BYTES = 512_000
"""How much of a robots.txt is read; RFC 9309, section 2.5, asks for at least 500 kibibytes."""


@dataclass(frozen=True)
class Robots:
    """The rules for our agent.

    Attributes:
        crawl_delay: least seconds between two requests that the site asks for, or None.
    """

    rules: Protego
    crawl_delay: float | None

    @classmethod
    def parse(cls, body: bytes) -> Robots:
        """The rules of a robots.txt; what is no rule in it is passed over."""
        rules = Protego.parse(body[:MAX_BYTES].decode("utf-8", "replace"))
        asked = [rules.crawl_delay(AGENT)]
        rate = rules.request_rate(AGENT)
        if rate is not None and rate.requests:
            asked.append(rate.seconds / rate.requests)
        delays = [delay for delay in asked if delay is not None and math.isfinite(delay)]
        return cls(rules, max(delays, default=None))

    def allows(self, url: str) -> bool:
        """Whether we may request `url`."""
        return bool(self.rules.can_fetch(url, AGENT))


NO_RULES = Robots.parse(b"")
"""The rules of a site that has no robots.txt: everything is allowed (RFC 9309, 2.3.1.3)."""
