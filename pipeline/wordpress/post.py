"""Reads one post on a page in the theme Twenty Ten, from well-formed HTML."""

from __future__ import annotations

import html
import re
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
_CONTENT = re.compile(
    r'<([a-z][a-z0-9-]*+)[^<>]* class="(?:[^" ]+ )*entry-(content|summary)[ "][^<>]*+>'
)
_CONTENT_WORDS = ("entry-content", "entry-summary")
_THEME = re.compile(
    r'<(?:[a-z0-9]++[^>]* (?:class="(?:[^" ]+ )*(?:entry-(?:utility|meta|title|footer|content)'
    r'|navigation|comments-link|hentry)[ "]'
    r'|id="(?:nav-above|nav-below|comments|respond|primary|secondary|footer|colophon)")'
    r"|(footer|nav|aside)[ >])"
)
"""An element of the theme, which ends a content; one by its name alone only where it is outside."""
_POST_END = re.compile(r'<[a-z0-9]++[^<>]* id="(?:nav-below|comments|respond|primary|footer)"')

_HEAD_END = '<hr id="head-end">'
_PARTS = ":is(div, nav, p):is(.page-link, .page-links, .post-nav-links)"
_READ = "hr#head-end, .entry-title, .entry-date, a[href]"
"""What is read of a post's head and foot, in the order of the page."""
_LONGEST_TITLE = 9999
"""Characters; where a title is longer, its end is missing."""
_LONGEST_DATE, _LONGEST_URL = 200, 4096
"""Characters that are searched for a date."""
_COMMENTS = re.compile(r'<a [^<>]*\bhref="([^"#]*)#(?:comments|respond)"')
"""How `comments_popup_link` leads to the comments of a post that are open."""
CLOSED_JA, CLOSED_EN = "コメントを受け付けていません", "Comments Off on "
"""How `comments_popup_link` names the post whose comments are closed."""


class PageContext(NamedTuple):
    """What a page says of all its posts."""

    url: str
    is_single: bool
    canonical: str | None
    single_id: int | None
    closes: bool
    """Whether lines close its posts."""
    unbalanced: bool = False
    """Whether links or tables are not closed: the DOM then moves them to places they are not of."""


class _Around(NamedTuple):
    """What stands around a post's content."""

    title: str
    day: LexborNode | None
    """What shows the day."""
    hrefs: dict[str, None]
    """Where the title and the post's permalinks lead, each once."""
    categories: list[str]


def absolute(base: str, link: str) -> str:
    """`link` as found on the page at `base`, absolute where `base` is an address."""
    link = link.strip()
    if link.startswith(("http://", "https://")) or not base.startswith("http"):
        return link
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def read_post(opening: str, text: str, page: PageContext) -> WordPressPost:
    """A post on a page, from its opening tag and the HTML up to the next post's.

    Args:
        opening: the tag.
        text: what follows it.
        page: what the page says of all its posts.
    """
    before, inside, after, excerpt = _divided(text)
    body = parse_html(f"<!doctype html><body>{opening}{before}{_HEAD_END}{after}".encode()).body
    assert body is not None
    first = body.first_child
    own = first.attributes if first else {}
    post_id = post_id_of((own.get("id") or "").removeprefix("post-"))
    class_names = (own.get("class") or "").split()
    around = _around(body)
    title = bare_title(around.title)
    permalinks = _permalinks(around, page.url)
    url = permalinks[0] if permalinks else page.canonical if page.is_single else None
    stamp = body.css_first("time[datetime]") if "<time " in before else None
    posted_at, posted_day, bad_date = _posted(
        stamp.attributes["datetime"] if stamp else None, around.day, url
    )
    box = body.css_first(_PARTS) if "-link" in after else None
    content, more, part, part_urls = _without_rest(inside, box, page.url)
    protected = is_protected(around.title) or "post-password-required" in class_names
    cut = bool(more or part_urls)
    closed = _closes(after, title, url, page.url)
    more_url = absolute(page.url, more) if more else url if excerpt else None
    mixed = len(permalinks) > 1 or closed is False or not _is_of_page(post_id, url, page)
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
        + ("broken_frame",) * (page.unbalanced or _is_broken(before, after))
        + ("unclosed",) * (closed is None and page.closes)
        + ("bad_posted_date",) * bad_date,
    )


def _text_of(title: LexborNode) -> str:
    """A title's text; a superscript has `^` before it and a subscript `_`, as in the abstracts."""
    for script in title.css("sup, sub"):
        script.insert_before("^" if script.tag == "sup" else "_")
    return title.text()


def _around(body: LexborNode) -> _Around:
    """What `_READ` finds around a content. Title and day count in the head."""
    title = day = heading = None
    hrefs: dict[str, None] = {}
    categories: list[str] = []
    in_head = True
    for node in body.css(_READ):
        attributes = node.attributes
        if node.tag == "a":
            rel = (attributes.get("rel") or "").split()
            if "bookmark" in rel or (heading and not hrefs and _is_in(node, heading)):
                hrefs[attributes["href"] or ""] = None
            elif "category" in rel:
                categories.append(node.text().strip())
        elif not in_head:
            continue
        elif node.tag == "hr":
            in_head = False
        elif title is None and "entry-title" in (attributes.get("class") or ""):
            text = _text_of(node)
            if len(text) <= _LONGEST_TITLE:
                title, heading = text, node.mem_id
        elif day is None:
            day = node
    return _Around(title or "", day, hrefs, categories)


def _is_in(node: LexborNode, mem_id: int) -> bool:
    """Whether the element with `mem_id` is one of the next three around `node`."""
    around = node.parent
    for _ in range(3):
        if around is None or around.mem_id == mem_id:
            return around is not None
        around = around.parent
    return False


def _is_broken(before: str, after: str) -> bool:
    """Whether head and foot of a post hold what stands in contents, or in the next head."""
    return (
        before.count("entry-title") + after.count("entry-title") > 1
        or "entry-content" in after
        or "/abs/" in before
        or "/abs/" in after
    )


def _is_of_page(post_id: int | None, url: str | None, page: PageContext) -> bool:
    """Whether a single post's own page names the same post as its id and its permalink."""
    if page.single_id not in {None, post_id}:
        return False
    if not page.is_single or page.canonical is None or url is None or url == page.canonical:
        return True
    # Of a further part, the canonical address has the part's number at its end.
    own, canonical = (bare_url(link).partition("/")[2] for link in (url, page.canonical))
    return canonical.startswith(own)


def _divided(text: str) -> tuple[str, str, str, bool]:
    """What stands before, in and after a post's content, and whether that is an excerpt."""
    first = min((at for word in _CONTENT_WORDS if (at := text.find(word)) >= 0), default=None)
    start = _CONTENT.search(text, max(0, text.rfind("<", 0, first))) if first else None
    if start is None:
        return text, "", "", False
    until = _content_end(text, start.end(), start[1])
    post_end = _POST_END.search(text, until) if text.find(' id="', until) >= 0 else None
    after = text[until : post_end.start() if post_end else len(text)]
    return text[: start.start()], text[start.end() : until], after, start[2] == "summary"


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


def without_fragment(url: str | None) -> str | None:
    """`url` without what follows `#`."""
    return urldefrag(url).url if url and "#" in url else url


def _permalinks(around: _Around, base: str) -> list[str]:
    """The different addresses by which a post names itself: at its title, date, closing line."""
    urls = [absolute(base, href) for href in around.hrefs if href]
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
    boxes = body.css(_PARTS)
    box = boxes[0] if boxes else after
    part = _part(box, base) if box else (1, ())
    for node in (*more, *boxes):
        node.remove()
    return body.inner_html or "", address or None, *part


def _closes(after: str, title: str | None, url: str | None, base: str) -> bool | None:
    """Whether the line of a post's comments closes this post; None where nothing does.

    It is `TITLE はコメントを受け付けていません`, or a link to the comments where they are open.
    """
    opened = _COMMENTS.search(after)
    if opened:
        address = absolute(base, html.unescape(opened[1]))
        return not (address and url) or bare_url(address) == bare_url(url)
    own = _squeezed(title or "")
    line, closed, _ = after.partition(CLOSED_JA)
    if closed:
        # Mostly the title is alone in an element; what ends its text ends the line's as well.
        parts = (line[max(0, line.rfind("<span")) :], line)
        return any(_squeezed(_text(part)).removesuffix("は").endswith(own) for part in parts)
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
    if any(around.categories):
        return tuple(dict.fromkeys(filter(None, around.categories)))
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


def _posted(
    stamp: str | None, shown: LexborNode | None, url: str | None
) -> tuple[datetime | None, date | None, bool]:
    """When the post was posted: the moment in UTC and the site's day, as far as shown.

    The last says whether the time stamp is none.
    """
    moment = _moment(stamp) if stamp else None
    day = site_day(moment)
    if day:
        return moment, day, False
    text = shown.text()[:_LONGEST_DATE] if shown else ""
    day = day_in_text(text) or day_in_url((url or "")[:_LONGEST_URL])
    hint = _link_title(shown) if shown and day else ""
    return moment_at(day, hint) if day and hint else None, day, bool(stamp)


def _link_title(shown: LexborNode) -> str:
    """The title of the link that a day is in: it shows the time."""
    link = shown.parent
    title = link.attributes.get("title") if link and link.tag == "a" else None
    return (title or "")[:_LONGEST_DATE]


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
