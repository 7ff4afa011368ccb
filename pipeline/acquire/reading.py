"""Reading a page that was fetched or handed in."""

from __future__ import annotations

import logging
import re
import traceback
from pathlib import Path

from pipeline.acquire.addresses import printable_url
from pipeline.archive.writer import Exchange
from pipeline.wordpress.model import PAGE_FAULTS
from pipeline.wordpress.page import UnreadablePage, WordPressPage, read_page
from pipeline.wordpress.time_budget import PAGE_SECONDS, time_budget

logger = logging.getLogger(__name__)

LOGIN = "a login form in place of posts; is the site behind a login?"

_PASSWORD_FIELD = re.compile(
    rb"<input\b[^<>]{0,500}\btype\s{0,9}=\s{0,9}[\"']?password\b", re.IGNORECASE
)


def read_response(page: Exchange) -> WordPressPage:
    """A page and its posts. Whatever a hostile page does to its reader costs that page only.

    Raises:
        UnreadablePage: nothing can be read in it.
    """
    try:
        with time_budget(PAGE_SECONDS):
            return read_page(page.body, content_type=page.content_type, url=page.url)
    except UnreadablePage:
        raise
    except PAGE_FAULTS as error:
        # Where, not what: the message of an error may quote the page.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        name = type(error).__name__
        logger.error(
            "the reader of pages fails at %s: %s in %s", printable_url(page.url), name, where
        )
        raise UnreadablePage(f"its reader fails ({name})") from None


def is_login(page: Exchange) -> bool:
    """Whether a page without posts asks for a password."""
    return _PASSWORD_FIELD.search(page.body) is not None
