"""Reads one post on a page in the theme Twenty Ten, from well-formed HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborNode

from pipeline.wordpress.dates import clock_time, day_in_text, day_in_url
from pipeline.wordpress.dom import parse_html
from pipeline.wordpress.model import (
    WordPressPost,
    bare_title,
    bare_url,
    is_protected,
    post_id_of,
    site_day,
    utc,
)

POST_ID_START = 'id="post-'
_CONTENT = re.compile(r'class="(?:[^" ]+ )*entry-(content|summary)[ "][^>]*>')
_THEME = re.compile(
    r'<(?:[a-z0-9]++[^>]* (?:class="(?:[^" ]+ )*(?:entry-(?:utility|meta|title|footer|content)'
    r'|navigation|comments-link|hentry)[ "]'
    r'|id="(?:nav-above|nav-below|comments|respond|primary|secondary|footer|colophon)")'
    r"|(footer|nav|aside)[ >])"
)
"""An element of the theme, which ends a content; one by its name alone only where it is outside."""
_TAG_NAME = re.compile(r"<([a-z][a-z0-9-]*)")
_POST_END = re.compile(r'id="(?:nav-below|comments|respond|primary|footer)"')

_HEAD_END = '<hr id="head-end">'
_PARTS = ".page-link, .page-links, .post-nav-links"
_BOXES = frozenset({"div", "nav", "p"})
_READ = f"hr#head-end, .entry-title, .entry-date, time[datetime], a[href], {_PARTS}"
"""What is read of a post's head and foot, in the order of the page."""
_LONGEST_TITLE = 9999
"""Characters; where a title is longer, its end is missing."""
_LONGEST_DATE, _LONGEST_URL = 200, 4096
"""Characters that are searched for a date."""
CLOSED_JA, CLOSED_EN = "コメントを受け付けていません", "Comments Off on "
"""How `comments_popup_link` names the post whose comments are closed."""


class PageContext(NamedTuple):
    """What a page says of all its posts."""

    url: str
    is_single: bool
    canonical: str | None
    single_id: int | None
    unbalanced: bool
    """Whether links or tables are not closed: the DOM then moves them to places they are not of."""


class _Around(NamedTuple):
    """What stands around a post's content."""

    title: LexborNode | None
    date: LexborNode | None
    stamp: str | None
    links: list[tuple[LexborNode, dict[str, str | None]]]
    """Those of head and foot, with their attributes."""
    parts: LexborNode | None
    """The list of the post's other parts, where it follows the content."""


def absolute(base: str, link: str) -> str:
    """`link` as found on the page at `base`, absolute where `base` is an address."""
    link = link.strip()
    if link.startswith(("http://", "https://")) or not base.startswith("http"):
        return link
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def read_post(opening: str, text: str, page: PageContext, *, closes: bool) -> WordPressPost:
    """A post on a page, from its opening tag and the HTML up to the next post's.

    Args:
        opening: the tag.
        text: what follows it.
        page: what the page says of all its posts.
        closes: whether the page has lines that close its posts.
    """
    before, inside, after, excerpt = _divided(text)
    body = parse_html(f"<!doctype html><body>{opening}{before}{_HEAD_END}{after}".encode()).body
    assert body is not None
    first = body.first_child
    own = first.attributes if first else {}
    post_id = post_id_of((own.get("id") or "").removeprefix("post-"))
    class_names = (own.get("class") or "").split()
    around = _around(body.css(_READ))
    shown_title = around.title.text() if around.title else ""
    title = bare_title(shown_title)
    permalinks = _permalinks(around, page.url)
    url = permalinks[0] if permalinks else page.canonical if page.is_single else None
    posted_at, posted_day, bad_date = _posted(around, url)
    content, more, part, part_urls = _without_rest(inside, around.parts, page.url)
    protected = is_protected(shown_title) or "post-password-required" in class_names
    cut = bool(more or part_urls)
    closed = _closes(after, title)
    more_url = absolute(page.url, more) if more else url if excerpt else None
    mixed = (
        len(permalinks) > 1
        or closed is False
        or page.single_id not in {None, post_id}
        or not _is_own(url, page)
    )
    broken = (
        page.unbalanced
        or before.count("entry-title") + after.count("entry-title") > 1
        or "entry-content" in after
        or "/abs/" in before
        or "/abs/" in after
    )
    return WordPressPost(
        post_id=post_id,
        url=without_fragment(url),
        posted_at=posted_at,
        posted_day=posted_day,
        modified_at=None,
        title=title,
        categories=_categories(class_names, around),
        content="" if protected else content,
        extent="protected" if protected else "excerpt" if excerpt else "cut" if cut else "full",
        part=part,
        part_urls=part_urls,
        more_url=None if protected else without_fragment(more_url),
        problems=("mixed_frame",) * mixed
        + ("broken_frame",) * broken
        + ("unclosed",) * (closed is None and closes)
        + ("bad_posted_date",) * bad_date,
    )


def _around(nodes: Sequence[LexborNode]) -> _Around:
    """What `_READ` found around a content; title and date count in the head, parts in the foot."""
    title = day = stamp = parts = None
    links: list[tuple[LexborNode, dict[str, str | None]]] = []
    in_head = True
    for node in nodes:
        attributes = node.attributes
        class_names = (attributes.get("class") or "").split()
        if node.tag == "a":
            links.append((node, attributes))
        elif in_head and attributes.get("id") == "head-end":
            in_head = False
        elif in_head and title is None and "entry-title" in class_names:
            title = node if len(node.text()) <= _LONGEST_TITLE else None
        elif not in_head and parts is None and node.tag in _BOXES:
            parts = node
        if in_head and day is None and "entry-date" in class_names:
            day = node
        if in_head and stamp is None and node.tag == "time":
            stamp = attributes.get("datetime")
    return _Around(title, day, stamp, links, parts)


def _is_own(url: str | None, page: PageContext) -> bool:
    """Whether a single post's own page and its permalink name the same post."""
    if not page.is_single or page.canonical is None or url is None or url == page.canonical:
        return True
    # Of a further part, the canonical address has the part's number at its end.
    own, canonical = (bare_url(link).partition("/")[2] for link in (url, page.canonical))
    return canonical.startswith(own)


def _divided(text: str) -> tuple[str, str, str, bool]:
    """What stands before, in and after a post's content, and whether that is an excerpt."""
    start = _CONTENT.search(text, _class_before(text, "entry-content", "entry-summary"))
    if start is None:
        return text, "", "", False
    opening = text.rfind("<", 0, start.start())
    name = _TAG_NAME.match(text, opening)
    until = _content_end(text, start.end(), name[1] if name else "div")
    post_end = _POST_END.search(text, until)
    after = text[until : post_end.start() if post_end else len(text)]
    return text[:opening], text[start.end() : until], after, start[1] == "summary"


def _content_end(text: str, start: int, name: str) -> int:
    """Where the content that begins at `start` ends: where the theme's markup goes on.

    Args:
        text: well-formed HTML.
        start: after the opening tag of the element that holds the content.
        name: of that element. What has the name of one of the theme's elements, but not its class
            or id, ends the content only after the closing tag.
    """
    depth, place = 1, start
    for element in _THEME.finditer(text, start):
        if not element[1]:
            return element.start()
        for tag in re.finditer(rf"<(/?){name}[ >]", text[place : element.start()]):
            depth += -1 if tag[1] else 1
            if not depth:
                return element.start()
        place = element.start()
    return len(text)


def _class_before(text: str, *words: str) -> int:
    """Where the first class attribute with one of `words` can begin at the earliest.

    Attributes hold no double quotes, so the attribute that holds a word is the last before it.
    """
    first = len(text)
    for word in words:
        place = text.find(word, 0, first)
        first = place if place >= 0 else first
    return text.rfind('class="', 0, first) if first < len(text) else first


def without_fragment(url: str | None) -> str | None:
    """`url` without what follows `#`."""
    return urldefrag(url).url if url and "#" in url else url


def _permalinks(around: _Around, base: str) -> list[str]:
    """The different addresses by which a post names itself: at its title, date, closing line."""
    titled = around.title.css_first("a[href]") if around.title else None
    hrefs = {titled.attributes["href"]: None} if titled else {}
    for _, attributes in around.links:
        if "bookmark" in (attributes.get("rel") or "").split():
            hrefs[attributes["href"]] = None
    urls = [absolute(base, href) for href in hrefs if href]
    return urls if len(urls) < 2 else list({bare_url(url): url for url in reversed(urls)}.values())


def _without_rest(
    inside: str, after: LexborNode | None, base: str
) -> tuple[str, str | None, int, tuple[str, ...]]:
    """A content without the links to its rest.

    Args:
        inside: the content.
        after: the list of the post's parts, where it follows the content.
        base: the page's address.

    Returns:
        The content; where the rest of it is; which part of the post it is, and where others are.
    """
    body = parse_html(f"<!doctype html><body>{inside}".encode()).body if "-link" in inside else None
    if body is None:
        return inside, None, *(_part(after, base) if after else (1, ()))
    more = body.css("a.more-link[href]")
    address = more[0].attributes["href"] if more else None
    boxes = [box for box in body.css(_PARTS) if box.tag in _BOXES]
    box = boxes[0] if boxes else after
    part = _part(box, base) if box else (1, ())
    for node in (*more, *boxes):
        node.remove()
    return body.inner_html or "", address or None, *part


def _closes(after: str, title: str | None) -> bool | None:
    """Whether `TITLE はコメントを受け付けていません` closes this post; None where nothing does."""
    own = _squeezed(title or "")
    line, closed, _ = after.partition(CLOSED_JA)
    if closed:
        return _squeezed(_text(line)).removesuffix("は").endswith(own)
    _, closed, line = after.partition(CLOSED_EN)
    return _squeezed(_text(line)).startswith(own) if closed else None


def _text(markup: str) -> str:
    *tagged, last = markup.split(">")
    text = "".join([piece.partition("<")[0] for piece in tagged]) + last
    return html.unescape(text) if "&" in text else text


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _categories(class_names: list[str], around: _Around) -> tuple[str, ...]:
    """The names in the closing line, else the slugs that `post_class` puts on the post."""
    names = [
        link.text().strip()
        for link, attributes in around.links
        if "category" in (attributes.get("rel") or "").split()
    ]
    if any(names):
        return tuple(dict.fromkeys(filter(None, names)))
    prefix = "category-"
    return tuple(name.removeprefix(prefix) for name in class_names if name.startswith(prefix))


def _part(box: LexborNode, base: str) -> tuple[int, tuple[str, ...]]:
    """Which part of a post with page breaks this is, and where the others are."""
    links = box.css("a[href]")
    hrefs = [link.attributes["href"] for link in links]
    urls = dict.fromkeys(absolute(base, href) for href in hrefs if href)
    others = {link.text().strip() for link in links}
    numbers = re.findall(r"\d{1,4}", box.text())
    return next((int(number) for number in numbers if number not in others), 1), tuple(urls)


def _posted(around: _Around, url: str | None) -> tuple[datetime | None, date | None, bool]:
    """When the post was posted: the moment in UTC and the site's day, as far as shown.

    The last says whether a time stamp is none.
    """
    moment = _moment(around.stamp) if around.stamp else None
    bad = bool(around.stamp) and site_day(moment) is None
    if moment and not bad:
        return moment, site_day(moment), False
    shown = around.date.text() if around.date else ""
    day = day_in_text(shown[:_LONGEST_DATE]) or day_in_url((url or "")[:_LONGEST_URL])
    link = around.date.parent if around.date else None
    hint = link.attributes.get("title") if day and link and link.tag == "a" else None
    return moment_at(day, hint[:_LONGEST_DATE]) if day and hint else None, day, bad


def _moment(stamp: str) -> datetime | None:
    try:
        return utc(datetime.fromisoformat(stamp))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def moment_at(day: date, hint: str) -> datetime | None:
    """The moment in UTC of a day of the site and the time that the title of its link shows."""
    clock = clock_time(hint)
    return utc(datetime.combine(day, clock)) if clock else None
