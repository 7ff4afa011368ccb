"""HTML to a DOM, with a guard against pages that are built to blow it up.

The HTML standard's tree construction takes time that is quadratic in the depth of unclosed blocks,
and repeats every open formatting element in every paragraph that follows: a page of 20 KB can
take half a minute, or a gigabyte. Real pages are nowhere near the limits here.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from pipeline.wordpress.model import UnreadablePage

_MAX_DEPTH = 1_000
_MAX_REPEATED = 1_000_000
"""Open formatting elements times tags: a bound on the elements that repeating them makes."""
_HARMLESS = 1_000
"""Tags up to which a page cannot reach either limit, however they are nested."""
_SURELY_SMALL, _SURELY_CLOSED = 5_000, 500
"""Tags, and tags that nothing closes, up to which a larger page is not looked at any closer."""

_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_FORMATTING = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())
_CLOSED_BY_OTHERS = frozenset(
    b"area base br col dd dt embed hr img input li link meta option p source td th tr wbr".split()
)
"""Elements without content, and those that the next of their kind ends."""


def parse_html(page: bytes) -> LexborHTMLParser:
    """The DOM of a page in UTF-8.

    Raises:
        UnreadablePage: its elements are nested so deeply that parsing it would never end.
    """
    n_tags = page.count(b"<")
    if n_tags > _HARMLESS:
        n_closing = page.count(b"</")
        n_opening = n_tags - n_closing
        if n_opening > _SURELY_SMALL or n_opening - n_closing > _SURELY_CLOSED:
            _refuse_deep(page)
    return LexborHTMLParser(page)


def _refuse_deep(page: bytes) -> None:
    depth = formatting = deepest_formatting = n_tags = 0
    for slash, name in _TAG.findall(page):
        tag = name.lower()
        n_tags += 1
        if tag in _CLOSED_BY_OTHERS:
            continue
        step = -1 if slash else 1
        depth = max(0, depth + step)
        if tag in _FORMATTING:
            formatting = max(0, formatting + step)
            deepest_formatting = max(deepest_formatting, formatting)
        if depth > _MAX_DEPTH:
            raise UnreadablePage("its elements are nested too deeply")
    if deepest_formatting * n_tags > _MAX_REPEATED:
        raise UnreadablePage("its formatting elements are nested too deeply")
