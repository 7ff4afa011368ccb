"""The frame of a WordPress HTML page in the theme Twenty Ten or a child of it.

The DOM finds the posts and their contents. What stands around a content is then read from the
HTML that the DOM writes for it, in which every element is closed and every attribute quoted.

Sources: Twenty Ten's loop.php, single.php and functions.php; WordPress's `body_class`,
`post_class`, `wp_link_pages`, `the_content` (more link) and `comments_popup_link`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.acquire.frame_dates import clock_time, day_in_text, day_in_url, japanese_date
from pipeline.acquire.framed import (
    Extent,
    FramedPage,
    FramedPost,
    bare_title,
    bare_url,
    post_id_of,
    says_protected,
    site_day,
    utc,
)

_POST_ID = re.compile(r"^post-(\d{1,15})$")
_SHORTLINK_ID = re.compile(r"[?&]p=(\d{1,15})\b")
_BODY_KINDS = (
    ("single-post", "single"), ("single", "single"), ("home", "home"), ("blog", "home"),
    ("category", "category"), ("tag", "tag"), ("author", "author"), ("date", "date"),
    ("search", "search"), ("page", "page"),
)  # fmt: skip
"""Classes of `<body>` in the order in which they decide."""

_ATTRIBUTES = r'(?:[^">]|"[^"]*")*'


def _opening(name: str) -> str:
    """A pattern for the opening tag of an element of class `name`; its tag is the first group."""
    return rf'<([a-z0-9]+) (?:[^">]|"[^"]*")*?class="(?:[^" ]+ )*{name}[ "]{_ATTRIBUTES}>'


_SHOWN_DATE = re.compile(r'class="(?:[^" ]+ )*entry-date[ "][^>]*>([^<]*)<')
_COMMENTS = re.compile(r'class="comments-link"[^>]*>(.*)', re.DOTALL)
_PARTS = re.compile(_opening("(?:page-links?|post-nav-links)") + r"(.*?)</\1>", re.DOTALL)
_MORE = re.compile(_opening("more-link") + r".*?</\1>", re.DOTALL)
_LINK = re.compile(rf"<a ({_ATTRIBUTES})>(.*?)</a>", re.DOTALL)
_HREF = re.compile(r'\bhref="([^"]+)"')
_HINT = re.compile(r'\btitle="([^"]*)"')
_STAMP = re.compile(r'<time [^>]*?datetime="([^"]*)"')
_TAG = re.compile(rf"<{_ATTRIBUTES}>")
_FRAME_NAMES = ("hentry", "entry-", 'id="')
_FRAME_MARK = re.compile(
    r'<[a-z0-9]+ [^<]*?(?:id="(?:post-\d+|comments|nav-below|primary|secondary|footer)"'
    r'|class="(?:[^" ]+ )*(?:hentry|entry-(?:title|utility|meta))[ "])'
)
"""An element of the frame; inside a content it means that the page is broken there."""

_CLOSED_JA, _CLOSED_EN = "コメントを受け付けていません", "Comments Off on "
"""How `comments_popup_link` names the post whose comments are closed."""


class _Context(NamedTuple):
    """What a page says of all its posts."""

    url: str
    listing: str | None
    canonical: str | None
    single_id: int | None


def frame_html(text: str, url: str = "") -> FramedPage:
    """The posts of an HTML page, in page order; none where it has no WordPress post.

    Args:
        text: the page.
        url: where it was fetched; relative links are resolved against it.
    """
    tree = LexborHTMLParser(text)
    root = tree.css_first("#content") or tree.body
    head = {link["rel"]: link["href"] for link in _head_links(tree)}
    canonical = _absolute(url, head["canonical"]) if "canonical" in head else None
    listing, day = _kind(tree, root, canonical or url)
    single_id = _single_id(tree, head.get("shortlink")) if listing == "single" else None
    context = _Context(url, listing, canonical, single_id)
    nodes = ((_id_of(node), node) for node in (root.css(".hentry") if root else ()))
    following = None if listing in {"single", "page"} or not root else _older(root)
    return FramedPage(
        front="html",
        listing=listing,
        posts=tuple(_post(post_id, node, context) for post_id, node in nodes if post_id),
        next_url=_absolute(url, following) if following else None,
        day=day,
        says_empty=root is not None and root.css_first(".not-found, .no-results") is not None,
        rest_url=_absolute(url, head["https://api.w.org/"])
        if "https://api.w.org/" in head
        else None,
    )


def _head_links(tree: LexborHTMLParser) -> Iterator[dict[str, str]]:
    for node in tree.head.css("link[rel][href]") if tree.head else ():
        yield {name: value or "" for name, value in node.attributes.items()}


def _absolute(base: str, link: str) -> str:
    link = link.strip()
    if link.startswith(("http://", "https://")) or not base.startswith("http"):
        return link
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def _classes(node: LexborNode | None) -> list[str]:
    return ((node.attributes.get("class") if node else None) or "").split()


def _id_of(node: LexborNode) -> int | None:
    match = _POST_ID.match(node.attributes.get("id") or "")
    return post_id_of(match[1]) if match else None


def _kind(
    tree: LexborHTMLParser, root: LexborNode | None, url: str
) -> tuple[str | None, date | None]:
    """The page's kind, and the day if it is a day archive."""
    classes = _classes(tree.body)
    kind = next((kind for name, kind in _BODY_KINDS if name in classes), None)
    if kind != "date":
        return kind, None
    heading = root.css_first(".page-title") if root else None
    shown, day = japanese_date(heading.text() if heading else "")
    day = day or (None if shown else day_in_url(url))
    return ("day" if day else "month" if shown else "date"), day


def _single_id(tree: LexborHTMLParser, shortlink: str | None) -> int | None:
    for name in _classes(tree.body):
        if name.startswith("postid-"):
            return post_id_of(name.removeprefix("postid-"))
    match = _SHORTLINK_ID.search(shortlink or "")
    return post_id_of(match[1]) if match else None


def _older(root: LexborNode) -> str | None:
    node = root.css_first(".nav-previous a[href], a.next.page-numbers[href]")
    return node.attributes.get("href") if node else None


def _post(post_id: int, node: LexborNode, page: _Context) -> FramedPost:
    body = node.css_first(".entry-content") or node.css_first(".entry-summary")
    excerpt = body is not None and "entry-content" not in _classes(body)
    before, after = _around(body or node, node)
    inside = (body.inner_html if body else None) or ""
    heading = node.css_first(".entry-title")
    shown_title = heading.text() if heading else ""
    title = bare_title(shown_title)
    links = _LINK.findall(before + after)
    permalinks = _permalinks(heading, links, page.url)
    url = permalinks[0] if permalinks else page.canonical if page.listing == "single" else None
    posted_at, posted_day = _posted(before, links, url)
    content, more, parts = _without_rest(inside, after)
    part, part_urls = _part(parts, page.url)
    protected = says_protected(shown_title) or "post-password-required" in _classes(node)
    extent = _extent(protected, excerpt, cut=bool(more or part_urls))
    rest = _absolute(page.url, more) if more else url if excerpt else None
    content, broken = _unbroken(content)
    mixed = (
        (len(permalinks) > 1 and len(set(map(bare_url, permalinks))) > 1)
        or _closing_title(after) not in {None, title}
        or (page.single_id is not None and page.single_id != post_id)
    )
    problems = ("mixed_frame",) if mixed else ()
    if broken or (before + after).count("entry-title") > 1:
        problems = (*problems, "broken_frame")
    return FramedPost(
        post_id=post_id,
        url=_without_fragment(url),
        posted_at=posted_at,
        posted_day=posted_day,
        modified_at=None,
        title=title,
        categories=_categories(node, links),
        content="" if protected else content,
        extent=extent,
        part=part,
        part_urls=part_urls,
        more_url=None if protected else _without_fragment(rest),
        problems=problems,
    )


def _around(body: LexborNode, post: LexborNode) -> tuple[str, str]:
    """The HTML of a post before and after its content, whatever wraps the parts."""
    before: list[str] = []
    after: list[str] = []
    element = body
    while element.mem_id != post.mem_id and element.parent is not None:
        sibling = element.prev
        while sibling is not None:
            before.append(sibling.html or "")
            sibling = sibling.prev
        sibling = element.next
        while sibling is not None:
            after.append(sibling.html or "")
            sibling = sibling.next
        element = element.parent
    return "".join(reversed(before)), "".join(after)


def _text(markup: str) -> str:
    return html.unescape(_TAG.sub("", markup) if "<" in markup else markup).strip()


def _without_fragment(url: str | None) -> str | None:
    return urldefrag(url).url if url and "#" in url else url


def _permalinks(heading: LexborNode | None, links: list[tuple[str, str]], base: str) -> list[str]:
    """The addresses by which a post names itself: at its title, its date, its closing line."""
    link = heading.css_first("a[href]") if heading else None
    hrefs = [(link.attributes.get("href") or "") if link else ""]
    own = (_HREF.search(attributes) for attributes, _ in links if 'rel="bookmark"' in attributes)
    hrefs.extend(html.unescape(match[1]) for match in own if match)
    return [_absolute(base, href) for href in dict.fromkeys(hrefs) if href]


def _without_rest(inside: str, after: str) -> tuple[str, str | None, str]:
    """A content without the links to its rest; the more link's address; the list of parts."""
    more = _MORE.search(inside) if "more-link" in inside else None
    content = inside.replace(more[0], "") if more else inside
    parts = ""
    if "page-link" in inside or "post-nav-links" in inside:
        boxes = _PARTS.findall(content)
        parts, content = boxes[0][1] if boxes else "", _PARTS.sub("", content)
    elif "page-link" in after or "post-nav-links" in after:
        parts = "".join(text for _, text in _PARTS.findall(after)[:1])
    href = _HREF.search(more[0]) if more else None
    return content, html.unescape(href[1]) if href else None, parts


def _unbroken(content: str) -> tuple[str, bool]:
    """The content up to the first element of the frame in it, and whether there was one."""
    if not any(name in content for name in _FRAME_NAMES):
        return content, False
    mark = _FRAME_MARK.search(content)
    return (content[: mark.start()], True) if mark else (content, False)


def _extent(protected: bool, excerpt: bool, *, cut: bool) -> Extent:
    return "protected" if protected else "excerpt" if excerpt else "cut" if cut else "full"


def _closing_title(after: str) -> str | None:
    """The title in `TITLE はコメントを受け付けていません`, where the closing line says so."""
    line = _COMMENTS.search(after)
    if line is None:
        return None
    text = _text(line[1])
    ja, closed, _ = text.partition(_CLOSED_JA)
    if closed:
        return bare_title(ja.rstrip().removesuffix("は"))
    return bare_title(text.removeprefix(_CLOSED_EN)) if text.startswith(_CLOSED_EN) else None


def _categories(node: LexborNode, links: list[tuple[str, str]]) -> tuple[str, ...]:
    """The names in the closing line, else the slugs that `post_class` puts on the post."""
    names = [_text(text) for attributes, text in links if 'rel="category' in attributes]
    if any(names):
        return tuple(dict.fromkeys(name for name in names if name))
    prefix = "category-"
    return tuple(c.removeprefix(prefix) for c in _classes(node) if c.startswith(prefix))


def _part(box: str, base: str) -> tuple[int, tuple[str, ...]]:
    """Which part of a post with page breaks this is, and where the others are."""
    if not box:
        return 1, ()
    links = _LINK.findall(box)
    hrefs = (_HREF.search(attributes) for attributes, _ in links)
    urls = dict.fromkeys(_absolute(base, html.unescape(href[1])) for href in hrefs if href)
    others = {_text(text) for _, text in links}
    numbers = re.findall(r"\d{1,4}", _text(box))
    return next((int(number) for number in numbers if number not in others), 1), tuple(urls)


def _posted(
    before: str, links: list[tuple[str, str]], url: str | None
) -> tuple[datetime | None, date | None]:
    """When the post was posted: the moment in UTC and the site's day, as far as shown."""
    if stamp := _STAMP.search(before):
        try:
            moment = utc(datetime.fromisoformat(stamp[1]))
        except ValueError:
            moment = None
        if moment:
            return moment, site_day(moment)
    shown = _SHOWN_DATE.search(before)
    day = (day_in_text(shown[1]) if shown else None) or day_in_url(url or "")
    hints = (_HINT.search(attributes) for attributes, text in links if "entry-date" in text)
    clock = next((clock_time(html.unescape(hint[1])) for hint in hints if hint), None)
    if day and clock:
        return utc(datetime.combine(day, clock)), day
    return None, day
