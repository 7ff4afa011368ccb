"""What a WordPress blog may do to its reader, one switch each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.sample.blog import Post


@dataclass(frozen=True)
class Quirks:
    """How the served blog behaves; the defaults are those of the demo.

    What belongs to one post is part of the post: `sticky`, `protected`, and the tags
    `<!--more-->` and `<!--nextpage-->` in its content.
    """

    rest: Literal["on", "off", "closed"] = "on"
    """`off`: neither advertised nor served. `closed`: advertised, but every route refuses."""
    rest_refusal: int = 401
    """The status with which a closed REST answers: 401, 403 or 404."""
    permalinks: Literal["pretty", "archives", "plain"] = "pretty"
    """`/YYYY/MM/DD/slug/`, `/archives/ID` (days are `/archives/date/YYYY/MM/DD/`), or `/?p=ID`."""
    day_paging_lost: bool = False
    """With plain permalinks, `/?m=YYYYMMDD&paged=2` redirects and loses the date."""
    unknown_is_home: bool = False
    """An unknown path answers 200 with the home page instead of 404."""
    guess_slugs: bool = True
    """A wrong slug redirects to a post of that day whose slug begins with it, if there is one."""
    excerpts: bool = False
    """Listings other than the home page show the beginning of each post only."""
    bare_excerpts: bool = False
    """Every listing shows a beginning where a content would stand, and no link to the rest."""
    more_tag: bool = False
    """Every entry is cut on listings after its Japanese abstract (`<!--more-->`)."""
    next_page: bool = False
    """Every entry has its English abstract and its facts on a second page (`<!--nextpage-->`)."""
    arrivals: tuple[Post, ...] = ()
    """Posts published one by one, each after a further page of posts was served: pages shift."""
    maintenance: bool = False
    """Every address answers 503 in HTML, with Retry-After."""
    retry_after: str = "600"
    """Retry-After of the maintenance answer: seconds or a date."""
    robots: str | None = None
    """The text of robots.txt instead of WordPress's own."""
    robots_status: int = 200
    crawl_delay: float | None = None
    """Crawl-delay in robots.txt, in seconds."""
    disallow: tuple[str, ...] = ()
    """Further paths that robots.txt disallows for everyone."""
    per_page: int = 10
    """Posts on a listing page."""
