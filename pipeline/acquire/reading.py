"""Reading the frame of a page that was fetched or handed in."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

from pipeline.acquire.addresses import shown
from pipeline.acquire.frame import FramedPage, UnreadablePage, frame_page
from pipeline.acquire.framed import PAGE_FAULTS
from pipeline.acquire.warc import Exchange

logger = logging.getLogger(__name__)


def frame_of(page: Exchange) -> FramedPage:
    """The frame of a page. Whatever a hostile page does to its reader costs that page only.

    Raises:
        UnreadablePage: nothing can be read in it.
    """
    try:
        return frame_page(page.body, content_type=page.content_type, url=page.url)
    except UnreadablePage:
        raise
    except PAGE_FAULTS as error:
        # Where, not what: the message of an error may quote the page.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        name = type(error).__name__
        logger.error("the reader of pages fails at %s: %s in %s", shown(page.url), name, where)
        raise UnreadablePage(f"its reader fails ({name})") from None
