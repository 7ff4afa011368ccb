"""The frame of one post on a page in the theme Twenty Ten, read from well-formed HTML."""

from __future__ import annotations

import html
import re
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin

from pipeline.wordpress.dates import clock_time, day_in_text, day_in_url
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
POST_ID = re.compile(rf'{POST_ID_START}([1-9]\d{{0,14}})"')
_CLASS = re.compile(r'class="([^"]*)"')
_CONTENT = re.compile(r'class="(?:[^" ]+ )*entry-(content|summary)[ "][^>]*>')
FRAME = re.compile(
    r'<(?:[a-z0-9]++[^>]* (?:class="(?:[^" ]+ )*(?:entry-(?:utility|meta|title|footer|content)'
    r'|navigation|comments-link|hentry)[ "]'
    r'|id="(?:nav-above|nav-below|comments|respond|primary|secondary|footer|colophon)")'
    r"|(footer|nav|aside)[ >])"
)
"""An element of the frame, which ends a content; one by its name alone only where it is outside."""
_TAG_NAME = re.compile(r"<([a-z][a-z0-9-]*)")
_POST_END = re.compile(r'id="(?:nav-below|comments|respond|primary|footer)"')

_TITLE = re.compile(r'class="(?:[^" ]+ )*entry-title[ "][^>]*>')
_TITLE_END = re.compile(r"</(?:h[1-6]|div|p)>")
_LONGEST_TITLE = 9999
"""Characters of HTML; so far the end is looked for, so that a page without any takes no time."""
_SHOWN_DATE = re.compile(r'class="(?:[^" ]+ )*entry-date[ "][^>]*>([^<]*)<')
_STAMP = re.compile(r'<time [^>]*?datetime="([^"]*)"')
_PARTS = re.compile(
    r'<(div|p|nav) class="(?:[^" ]+ )*(?:page-links?|post-nav-links)[ "][^>]*>(.{0,9999}?)</\1>',
    re.DOTALL,
)
_MORE = re.compile(r'<a [^>]*?class="(?:[^" ]+ )*more-link[ "][^>]*>.{0,999}?</a>', re.DOTALL)
_LINK = re.compile(r"<a ([^>]*)>([^<]*(?:<(?!/a>)[^<]*)*+)</a>")
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


def absolute(base: str, link: str) -> str:
    """`link` as found on the page at `base`, absolute where `base` is an address."""
    link = link.strip()
    if link.startswith(("http://", "https://")) or not base.startswith("http"):
        return link
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def read_post(opening: str, text: str, page: PageContext, closes: bool) -> WordPressPost:
    """A post on a page, from its opening tag and the HTML up to the next post's.

    Args:
        opening: the tag.
        text: what follows it.
        page: what the page says of all its posts.
        closes: whether the page has lines that close its posts.
    """
    identity, classes = POST_ID.search(opening), _CLASS.search(opening)
    post_id = post_id_of(identity[1]) if identity else None
    class_names = classes[1].split() if classes else []
    before, inside, after, excerpt = _divided(text)
    around = before + after
    shown = _shown_title(before)
    shown_title = _text(shown)
    title = bare_title(shown_title)
    links = _LINK.findall(around)
    permalinks = _permalinks(shown, links, page.url)
    url = permalinks[0] if permalinks else page.canonical if page.is_single else None
    posted_at, posted_day = _posted(before, links, url)
    content, more, parts = _without_rest(inside, after)
    part, part_urls = _part(parts, page.url) if parts else (1, ())
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
        or around.count("entry-title") > 1
        or "entry-content" in after
        or "/abs/" in around
    )
    return WordPressPost(
        post_id=post_id,
        url=without_fragment(url),
        posted_at=posted_at,
        posted_day=posted_day,
        modified_at=None,
        title=title,
        categories=_categories(class_names, links),
        content="" if protected else content,
        extent="protected" if protected else "excerpt" if excerpt else "cut" if cut else "full",
        part=part,
        part_urls=part_urls,
        more_url=None if protected else without_fragment(more_url),
        problems=("mixed_frame",) * mixed
        + ("broken_frame",) * broken
        + ("unclosed",) * (closed is None and closes),
    )


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
    name = _TAG_NAME.match(text, text.rfind("<", 0, start.start()))
    until = content_end(text, start.end(), name[1] if name else "div")
    post_end = _POST_END.search(text, until)
    after = text[until : post_end.start() if post_end else len(text)]
    return text[: start.start()], text[start.end() : until], after, start[1] == "summary"


def content_end(text: str, start: int, name: str) -> int:
    """Where the content that begins at `start` ends: where the frame goes on.

    Args:
        text: well-formed HTML.
        start: after the opening tag of the element that holds the content.
        name: of that element. What has the name of a frame's element, but not its class or id,
            ends the content only after the closing tag.
    """
    depth, place = 1, start
    for frame in FRAME.finditer(text, start):
        if not frame[1]:
            return frame.start()
        for tag in re.finditer(rf"<(/?){name}[ >]", text[place : frame.start()]):
            depth += -1 if tag[1] else 1
            if not depth:
                return frame.start()
        place = frame.start()
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


def _shown_title(before: str) -> str:
    """The HTML in the first element of the title that ends; empty where there is none."""
    for opening in _TITLE.finditer(before, _class_before(before, "entry-title")):
        start = opening.end()
        end = _TITLE_END.search(before, start, start + _LONGEST_TITLE + len("</div>"))
        if end and end.start() - start <= _LONGEST_TITLE:
            return before[start : end.start()]
    return ""


def _value(tag: str, start: str) -> str:
    """What the first attribute in a tag that begins with `start` holds; empty if there is none."""
    value = tag.partition(start)[2].partition('"')[0]
    return html.unescape(value) if "&" in value else value


def _text(markup: str) -> str:
    text = markup
    if "<" in markup:
        *tagged, last = markup.split(">")
        text = "".join([piece.partition("<")[0] for piece in tagged]) + last
    return (html.unescape(text) if "&" in text else text).strip()


def without_fragment(url: str | None) -> str | None:
    """`url` without what follows `#`."""
    return urldefrag(url).url if url and "#" in url else url


def _permalinks(title: str, links: list[tuple[str, str]], base: str) -> list[str]:
    """The different addresses by which a post names itself: at its title, date, closing line."""
    own = [attributes for attributes, _ in links if 'rel="bookmark"' in attributes]
    hrefs = {_value(markup, 'href="'): None for markup in (title, *own)}
    urls = [absolute(base, href) for href in hrefs if href]
    return urls if len(urls) < 2 else list({bare_url(url): url for url in reversed(urls)}.values())


def _without_rest(inside: str, after: str) -> tuple[str, str | None, str]:
    """A content without the links to its rest; the more link's address; the list of parts."""
    parts = None
    if "-link" not in inside:
        if "page-link" in after or "post-nav-links" in after:
            parts = _PARTS.search(after)
        return inside, None, parts[2] if parts else ""
    more = _MORE.search(inside)
    address = _value(more[0], 'href="') if more else ""
    content = inside.replace(more[0], "") if more else inside
    parts = _PARTS.search(content) or _PARTS.search(after)
    return _PARTS.sub("", content), address or None, parts[2] if parts else ""


def _closes(after: str, title: str | None) -> bool | None:
    """Whether `TITLE はコメントを受け付けていません` closes this post; None where nothing does."""
    own = title or ""
    end = after.find(CLOSED_JA)
    if end >= 0:
        # Mostly the title is alone in an element; what ends its text ends the line's as well.
        near = _text(after[max(0, after.rfind("<span", 0, end)) : end])
        if near.removesuffix("は").rstrip().endswith(own):
            return True
        return _squeezed(_text(after[:end])).removesuffix("は").endswith(_squeezed(own))
    _, closed, markup = after.partition(CLOSED_EN)
    return _squeezed(_text(markup)).startswith(_squeezed(own)) if closed else None


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _categories(class_names: list[str], links: list[tuple[str, str]]) -> tuple[str, ...]:
    """The names in the closing line, else the slugs that `post_class` puts on the post."""
    names = [_text(text) for attributes, text in links if 'rel="category' in attributes]
    if any(names):
        return tuple(dict.fromkeys(filter(None, names)))
    prefix = "category-"
    return tuple(name.removeprefix(prefix) for name in class_names if name.startswith(prefix))


def _part(box: str, base: str) -> tuple[int, tuple[str, ...]]:
    """Which part of a post with page breaks this is, and where the others are."""
    links = _LINK.findall(box)
    hrefs = [_value(attributes, 'href="') for attributes, _ in links]
    urls = dict.fromkeys(absolute(base, href) for href in hrefs if href)
    others = {_text(text) for _, text in links}
    numbers = re.findall(r"\d{1,4}", _text(box))
    return next((int(number) for number in numbers if number not in others), 1), tuple(urls)


def _posted(
    before: str, links: list[tuple[str, str]], url: str | None
) -> tuple[datetime | None, date | None]:
    """When the post was posted: the moment in UTC and the site's day, as far as shown."""
    stamp = _STAMP.search(before) if "<time " in before else None
    moment = _moment(stamp[1]) if stamp else None
    if moment:
        return moment, site_day(moment)
    shown = _SHOWN_DATE.search(before, _class_before(before, "entry-date"))
    day = (day_in_text(shown[1]) if shown else None) or day_in_url(url or "")
    for attributes, text in links if day else ():
        if "entry-date" in text and (hint := _value(attributes, 'title="')):
            return moment_at(day, hint), day
    return None, day


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
