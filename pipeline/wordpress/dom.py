"""HTML to a DOM and back, with guards against pages that are built to blow it up.

The HTML standard's tree construction takes time that is quadratic in the depth of unclosed blocks,
and repeats every open formatting element in every paragraph that follows: a page of 20 KB can
take half a minute, or a gigabyte. lexbor compares every attribute of a tag with all before it, and
walks all options of a `<select>` for every new one (selectolax issue 221). Real pages are nowhere
near the limits here.
"""

from __future__ import annotations

import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser

from pipeline.wordpress.model import UnreadablePage

_MAX_DEPTH = 1_000
_MAX_REPEATED = 1_000_000
"""Open formatting elements times tags: a bound on the elements that repeating them makes."""
_MAX_OPTIONS = 5_000
_MAX_ATTRIBUTES = 1_000
"""Of one tag."""
_HARMLESS = 1_000
"""Tags up to which a page cannot reach the first two limits, however they are nested."""
_SURELY_SMALL, _SURELY_CLOSED = 8_000, 500
"""Tags, and tags that nothing closes, up to which a larger page is not looked at any closer."""
_FEW_BYTES, _MANY_BYTES = 2**16, 2**20
"""Sizes up to which no tag is looked at for its attributes, and only one without `<` and `>`."""

_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ATTRIBUTE = rb"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"']*+))?+"""
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_OPENING = re.compile(rb"<[a-zA-Z](?:%s)*+" % _ATTRIBUTE)
_LONG_TAG = re.compile(rb"<[a-zA-Z][^<>]{%d}" % (4 * _MAX_ATTRIBUTES))
_OPTION = re.compile(rb"<opt(?:ion|group)", re.IGNORECASE)
_FORMATTING = frozenset(b"a b big code em font i nobr s small strike strong tt u".split())
_CLOSED_BY_OTHERS = frozenset(
    b"area base br col dd dt embed hr img input li link meta option p source td th tr wbr".split()
)
"""Elements without content, and those that the next of their kind ends."""

_RAW = re.compile(r"<!--|<(script|style|xmp|iframe|noembed|noframes|plaintext)(?=[\s>])")
"""Comments, and the elements whose text is serialised without escaping `<` and `>`."""
_END, _ENDED = "<HR ID=page-end>", '<hr id="page-end">'
"""An element at the end of a text, and how it is serialised: `HR` closes no more than the end does.

Where it is swallowed by an open comment, tag or element of raw text, it is not there as an element.
"""


def parse_html(page: bytes) -> LexborHTMLParser:
    """The DOM of a page in UTF-8.

    Raises:
        UnreadablePage: parsing it would take time that is quadratic in its size.
    """
    n_tags = page.count(b"<")
    if n_tags > _HARMLESS:
        if n_tags > _SURELY_SMALL or n_tags - 2 * page.count(b"</") > _SURELY_CLOSED:
            _refuse_deep(page)
        if n_tags > _MAX_OPTIONS and len(_OPTION.findall(page)) > _MAX_OPTIONS:
            raise UnreadablePage("it has too many options to select")
    size = len(page)
    if size > _FEW_BYTES and (size > _MANY_BYTES or _LONG_TAG.search(page)):
        _refuse_wide(page)
    return LexborHTMLParser(page)


def well_formed(fragment: str) -> tuple[str, bool]:
    """An HTML fragment as the DOM serialises it, without comments and raw text.

    Every element is closed, attributes are in double quotes, and no `<` or `>` stands in text or
    attributes.

    Returns:
        The HTML; and whether the fragment leaves a comment, tag or element of raw text open, which
        swallows all that follows it.
    """
    body = parse_html(f"<!doctype html><body>{fragment}{_END}".encode()).body
    markup, ended, rest = ((body.inner_html if body else None) or "").rpartition(_ENDED)
    return without_raw_text(markup + rest), not ended


def parse_page(page: bytes) -> tuple[LexborHTMLParser, bool]:
    """The DOM of a page, and whether it leaves open what swallows all that follows it."""
    tree = parse_html(page + _END.encode())
    end = tree.css_first("hr#page-end")
    if end is None:
        return tree, True
    end.remove()
    return tree, False


def without_raw_text(markup: str) -> str:
    """Serialised HTML without its comments, and without scripts and the like."""
    return without(markup, _RAW)


def without(markup: str, openers: re.Pattern[str]) -> str:
    """`markup` without the comments and elements that `openers` finds.

    Args:
        markup: HTML.
        openers: what opens a comment, or the tag of an element, whose name is its only group. What
            is not closed reaches to the end.
    """
    pieces, place = [], 0
    while opener := openers.search(markup, place):
        pieces.append(markup[place : opener.start()])
        closing = f"</{opener[1]}>" if opener[1] else "-->"
        end = markup.find(closing, opener.end())
        place = end + len(closing) if end >= 0 else len(markup)
    return "".join([*pieces, markup[place:]]) if pieces else markup


def _refuse_deep(page: bytes) -> None:
    opened: Counter[bytes] = Counter()
    depth = formatting = deepest_formatting = n_tags = 0
    for slash, name in _TAG.findall(page):
        tag = name.lower()
        n_tags += 1
        if tag in _CLOSED_BY_OTHERS or (slash and not opened[tag]):
            continue
        step = -1 if slash else 1
        opened[tag] += step
        depth += step
        if tag in _FORMATTING:
            formatting += step
            deepest_formatting = max(deepest_formatting, formatting)
        if depth > _MAX_DEPTH:
            raise UnreadablePage("its elements are nested too deeply")
    if deepest_formatting * n_tags > _MAX_REPEATED:
        raise UnreadablePage("its formatting elements are nested too deeply")


def _refuse_wide(page: bytes) -> None:
    for tag in _OPENING.finditer(page):
        is_long = tag.end() - tag.start() > 2 * _MAX_ATTRIBUTES
        if is_long and len(_ATTRIBUTES.findall(tag[0])) > _MAX_ATTRIBUTES:
            raise UnreadablePage("one of its tags has too many attributes")
