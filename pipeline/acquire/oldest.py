"""The day of the site's oldest post, which a crawl of the first day asks for."""

from __future__ import annotations

import logging
from datetime import date

from pipeline.acquire.fetch import PageError, SiteError
from pipeline.acquire.listing_route import is_html
from pipeline.acquire.reading import read_response
from pipeline.acquire.rest_pages import is_json
from pipeline.acquire.rest_route import RestRoute
from pipeline.acquire.run import Run
from pipeline.archive.writer import DigestInfo, Exchange
from pipeline.wordpress.model import UnreadablePage

logger = logging.getLogger(__name__)

MAX_HOME_PAGES = 2**20
"""No blog has more pages; a site that answers every number with posts ends the search here."""


async def oldest_day(run: Run, rest: RestRoute | None) -> date | None:
    """The day (JST) of the site's oldest post; None where the site does not tell.

    REST is asked for its first post by date. Without REST, the last page of the home listing is
    searched for by doubling and halving its number: some thirty requests for 100,000 posts.

    Args:
        run: the run.
        rest: the REST route, if the site has one that answers.
    """
    try:
        if rest is not None:
            url = rest.posts_url(orderby="date", order="asc", per_page=1, _embed="wp:term")
            exchange = await run.fetcher.get(url, is_complete=is_json)
            return _first_day(run, exchange, "rest")
        return await _oldest_on_home(run)
    except (PageError, SiteError) as error:
        logger.warning("the oldest post of the site is not known: %s", error)
        return None


async def _oldest_on_home(run: Run) -> date | None:
    oldest, last, beyond = await _home_page(run, 1, None), 1, 2
    if oldest is None:
        return None
    while beyond < MAX_HOME_PAGES and (day := await _home_page(run, beyond, oldest)):
        oldest, last, beyond = day, beyond, beyond * 2
    while beyond - last > 1:
        middle = (last + beyond) // 2
        if day := await _home_page(run, middle, oldest):
            oldest, last = day, middle
        else:
            beyond = middle
    return oldest


async def _home_page(run: Run, number: int, newest: date | None) -> date | None:
    """The oldest day on a page of the home listing; None where there is no such page.

    Some sites answer a number beyond the last with the home page: its posts are newer than
    `newest`, the oldest on an earlier page.
    """
    url = f"{run.site.base_url}/?paged={number}"
    exchange = await run.fetcher.get(url, is_complete=is_html)
    day = _first_day(run, exchange, "listing")
    return None if day is None or (newest is not None and day > newest) else day


def _first_day(run: Run, exchange: Exchange, kind: str) -> date | None:
    run.keep(exchange, DigestInfo(kind))
    if exchange.status != 200:
        return None
    try:
        posts = read_response(exchange).posts
    except UnreadablePage:
        return None
    return min((post.posted_day for post in posts if post.posted_day), default=None)
