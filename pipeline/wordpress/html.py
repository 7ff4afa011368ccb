"""The frame of a WordPress HTML page in the theme Twenty Ten or a child of it.

The DOM makes the page well formed: in the HTML it writes every element is closed, every attribute
is in double quotes, and no `<` or `>` stands in text or attributes. On that HTML the frame is read
by its own marks, in page order: a post begins where an element has its id, its content ends where
the frame goes on. So what is broken in one post cannot reach into the next.

Sources: Twenty Ten's loop.php, single.php and functions.php; WordPress's `body_class`,
`post_class`, `wp_link_pages`, `the_content` (more link) and `comments_popup_link`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.wordpress.dates import day_in_url, japanese_date
from pipeline.wordpress.dom import parse_html
from pipeline.wordpress.model import WordPressPage, post_id_of
from pipeline.wordpress.post import (
    CLOSED_EN,
    CLOSED_JA,
    POST_ID,
    POST_ID_START,
    PageContext,
    absolute,
    read_post,
)
from pipeline.wordpress.usual import usual_post

_SHORTLINK_ID = re.compile(r"[?&]p=(\d{1,15})\b")
_BODY_KINDS = (
    ("single-post", "single"), ("single", "single"), ("home", "home"), ("blog", "home"),
    ("category", "category"), ("tag", "tag"), ("author", "author"), ("date", "date"),
    ("search", "search"), ("page", "page"),
)  # fmt: skip
"""Classes of `<body>` in the order in which they decide."""

_SIDEBAR = b'<div id="primary"'
"""Twenty Ten's sidebar, which follows the posts and need not be parsed."""
_LINK_OR_TABLE = re.compile(rb"</?(?:a(?=[\s>])|table)", re.IGNORECASE)
_PAGE_END = re.compile(rb"</html", re.IGNORECASE)
_COMMENT = re.compile(r"<!--[^-]*(?:-(?!->)[^-]*)*+-->")


def read_html(page: bytes, url: str = "") -> WordPressPage:
    """The posts of an HTML page, in page order; none where it has no WordPress post.

    Args:
        page: the page, in UTF-8.
        url: where it was fetched; relative links are resolved against it.

    Raises:
        UnreadablePage: it cannot be parsed in reasonable time.
    """
    side = page.find(_SIDEBAR, page.rfind(b'id="post-'))
    tree = parse_html(page if side < 0 else page[:side])
    root = tree.css_first("#content") or tree.body
    head = _head_links(tree)
    canonical, rest = head.get("canonical"), head.get("https://api.w.org/")
    listing, day = _kind(tree, root, canonical or url)
    is_single = listing == "single"
    older = _older(root) if root and listing not in {"single", "page"} else None
    content = _COMMENT.sub("", (root.inner_html if root else None) or "")
    shared = PageContext(
        url,
        is_single,
        absolute(url, canonical) if canonical else None,
        _single_id(tree, head.get("shortlink")) if is_single else None,
        _is_unbalanced(page, side),
    )
    ends = b"</html" in page[-64:] or _PAGE_END.search(page) is not None
    is_cut_off = not ends and b"<html" in page[:2048].lower()
    closes = not is_single and (CLOSED_JA in content or CLOSED_EN in content)
    posts = [
        usual_post(opening, text, shared) or read_post(opening, text, shared, closes)
        for opening, text in _posts(content)
    ]
    if posts and is_cut_off:
        posts[-1] = posts[-1]._replace(problems=(*posts[-1].problems, "unclosed"))
    return WordPressPage(
        front="html",
        listing=listing,
        posts=tuple(posts),
        next_url=absolute(url, older) if older else None,
        day=day,
        is_empty=not posts and ("not-found" in content or "no-results" in content),
        rest_url=absolute(url, rest) if rest else None,
    )


def _is_unbalanced(page: bytes, side: int) -> bool:
    """Whether a tag of a link or table is missing between the first post and the sidebar."""
    start, end = max(0, page.find(b'id="post-')), side if side > 0 else len(page)
    tags = _LINK_OR_TABLE.findall(page, start, end)
    for opening, closing in ((b"<a", b"</a"), (b"<table", b"</table")):
        if tags.count(opening) != tags.count(closing):
            lower = [tag.lower() for tag in tags]
            if lower.count(opening) != lower.count(closing):
                return True
    return False


def _posts(content: str) -> Iterator[tuple[str, str]]:
    """The opening tag of each post, and the HTML from there to the next post's."""
    starts: list[tuple[int, int]] = []
    place = content.find(POST_ID_START)
    while place >= 0:
        if match := POST_ID.match(content, place):
            starts.append((content.rfind("<", 0, place), content.find(">", match.end()) + 1))
        place = content.find(POST_ID_START, place + 1)
    starts.append((len(content), len(content)))
    for (start, text_start), (end, _) in pairwise(starts):
        if "hentry" in (opening := content[start:text_start]):
            yield opening, content[text_start:end]


def _head_links(tree: LexborHTMLParser) -> dict[str, str]:
    links = tree.head.css("link[rel][href]") if tree.head else []
    found = [link.attributes for link in links]
    return {attributes["rel"] or "": attributes["href"] or "" for attributes in found}


def _body_classes(tree: LexborHTMLParser) -> list[str]:
    return ((tree.body.attributes.get("class") if tree.body else None) or "").split()


def _kind(
    tree: LexborHTMLParser, root: LexborNode | None, url: str
) -> tuple[str | None, date | None]:
    """The page's kind, and the day if it is a day archive."""
    classes = _body_classes(tree)
    kind = next((kind for name, kind in _BODY_KINDS if name in classes), None)
    if kind != "date":
        return kind, None
    heading = root.css_first(".page-title") if root else None
    shown, day = japanese_date(heading.text() if heading else "")
    day = day or (None if shown else day_in_url(url))
    return ("day" if day else "month" if shown else "date"), day


def _single_id(tree: LexborHTMLParser, shortlink: str | None) -> int | None:
    for name in _body_classes(tree):
        if name.startswith("postid-"):
            return post_id_of(name.removeprefix("postid-"))
    match = _SHORTLINK_ID.search(shortlink or "")
    return post_id_of(match[1]) if match else None


def _older(root: LexborNode) -> str | None:
    node = root.css_first(".nav-previous a[href], a.next.page-numbers[href]")
    return node.attributes.get("href") if node else None
