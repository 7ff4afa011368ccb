"""Reads a WordPress HTML page in the theme Twenty Ten or a child of it.

The DOM makes the page well formed: in the HTML it writes every element is closed, every attribute
is in double quotes, and no `<` or `>` stands in text or attributes. That HTML is divided by the
theme's own marks, in page order: a post begins where an element has its id, its content ends where
the theme's markup goes on. So what is broken in one post cannot reach into the next. Where one
leaves a comment or the like open, which swallows the posts after it, each is parsed by itself.

Sources: Twenty Ten's loop.php, single.php and functions.php; WordPress's `body_class`,
`post_class`, `wp_link_pages`, `the_content` (more link) and `comments_popup_link`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.wordpress.dates import day_in_url, japanese_date
from pipeline.wordpress.dom import parse_page, well_formed, without, without_raw_text
from pipeline.wordpress.model import (
    OPEN_MARKUP,
    PAGE_FAULTS,
    UnreadablePage,
    WordPressPage,
    WordPressPost,
    post_fault,
    post_id_of,
    unreadable_post,
    with_problem,
)
from pipeline.wordpress.post import (
    CLOSED_EN,
    CLOSED_JA,
    POST_ID_START,
    PageContext,
    absolute,
    read_post,
)

_SHORTLINK_ID = re.compile(r"[?&]p=(\d{1,15})\b")
_BODY_KINDS = (
    ("single-post", "single"), ("single", "single"), ("home", "home"), ("blog", "home"),
    ("category", "category"), ("tag", "tag"), ("author", "author"), ("date", "date"),
    ("search", "search"), ("page", "page"),
)  # fmt: skip
"""Classes of `<body>` in the order in which they decide."""

_SIDEBAR = b'<div id="primary"'
"""Twenty Ten's sidebar, which follows the posts and need not be parsed."""
_LINK_OR_TABLE = re.compile(rb"</?(?:[aA](?=[\s>])|[tT][aA][bB][lL][eE])")
_PAGE_END = re.compile(rb"</html", re.IGNORECASE)
_COMMENT = re.compile(r"<!--()")
_POST_TAG = re.compile(
    r'<[a-z][a-z0-9]*+(?:\s++(?!id=)[^\s<>="]++(?:="[^"<>]*+")?+)*+'
    r'\s++(?P<id>id="post-[1-9][0-9]{0,14}")[^<>]*+>'
)


def read_html(page: bytes, url: str = "") -> WordPressPage:
    """The posts of an HTML page, in page order; none where it has no WordPress post.

    Args:
        page: the page, in UTF-8.
        url: where it was fetched; relative links are resolved against it.

    Raises:
        UnreadablePage: it cannot be parsed in reasonable time.
    """
    side = page.find(_SIDEBAR, page.rfind(b'id="post-'))
    main = page if side < 0 else page[:side]
    bare, shared, content, swallows = _around(main, url)
    texts = list(_posts(content))
    reaches = swallows or _is_unbalanced(main[max(0, main.find(b'id="post-')) :])
    if reaches or main.count(b'id="post-') > len(texts):
        posts = _apart(main, texts, shared, reaches=reaches)
    else:
        posts = [_readable_post(*text, shared) for text in texts]
    if posts and _is_cut_off(page):
        posts[-1] = with_problem(posts[-1], "unclosed")
    is_empty = not posts and ("not-found" in content or "no-results" in content)
    return replace(bare, posts=tuple(posts), is_empty=is_empty)


def _is_cut_off(page: bytes) -> bool:
    """Whether a page that begins as a document does not end as one."""
    if b"</html" in page[-64:] or _PAGE_END.search(page):
        return False
    return b"<html" in page[:2048].lower()


def _around(main: bytes, url: str) -> tuple[WordPressPage, PageContext, str, bool]:
    """The same as `_around_posts`; only of what precedes the posts, where they break it."""
    try:
        return _around_posts(main, url)
    except UnreadablePage:
        first = main.rfind(b"<", 0, max(0, main.find(b'id="post-')))
        if first < 0:
            raise
        bare, shared, content, _ = _around_posts(main[:first], url)
        return bare, shared, content, True


def _around_posts(page: bytes, url: str) -> tuple[WordPressPage, PageContext, str, bool]:
    """What a page says beside its posts.

    Its DOM is gone at the end: another is made three times as fast where no large one is in memory.

    Returns:
        The page without posts; what it says of all of them; the HTML that holds them; and whether
        something in it swallows its end.
    """
    tree, swallows = parse_page(page)
    root = tree.css_first("#content") or tree.body
    head = _head_links(tree)
    canonical, rest = head.get("canonical"), head.get("https://api.w.org/")
    listing, day = _kind(tree, root, canonical or url)
    is_single = listing == "single"
    older = _older(root) if root and listing not in {"single", "page"} else None
    content = without_raw_text((root.inner_html if root else None) or "")
    shared = PageContext(
        url,
        is_single,
        _absolute(url, canonical),
        _single_id(tree, head.get("shortlink")) if is_single else None,
        closes=not is_single and (CLOSED_JA in content or CLOSED_EN in content),
    )
    bare = WordPressPage(
        front="html",
        listing=listing,
        posts=(),
        next_url=_absolute(url, older),
        day=day,
        rest_url=_absolute(url, rest),
    )
    return bare, shared, content, swallows


def _absolute(base: str, link: str | None) -> str | None:
    return absolute(base, link) if link else None


def _apart(
    page: bytes, texts: list[tuple[str, str]], shared: PageContext, *, reaches: bool
) -> list[WordPressPost]:
    """The posts of a page on which one reaches into what follows it: each parsed by itself.

    Args:
        page: up to its sidebar.
        texts: opening tag and HTML of its posts, as the whole page has them.
        shared: what the page says of all its posts.
        reaches: whether it is known that one does.
    """
    text = page.decode(errors="replace")
    n_closed = text.rfind("-->") + len("-->")
    text = without(text[:n_closed], _COMMENT) + text[n_closed:]
    tags = [tag for tag in _post_tags(text) if "hentry" in tag[0]]
    if len(tags) < len(texts) or (len(tags) == len(texts) and not reaches):
        return [_readable_post(*found, shared) for found in texts]
    posts: list[WordPressPost] = []
    ends = [*(tag.start() for tag in tags[1:]), len(text)]
    for tag, end in zip(tags, ends, strict=False):
        posts += _alone(tag, text[tag.start() : end], shared)
    return posts


def _alone(tag: re.Match[str], own: str, shared: PageContext) -> list[WordPressPost]:
    """The post that begins with `tag`, parsed by itself from its own HTML."""
    try:
        markup, is_open = well_formed(own)
    except PAGE_FAULTS as error:
        return [unreadable_post(_post_id(tag), None, post_fault(error))]
    shared = shared._replace(unbalanced=_is_unbalanced(own.encode()))
    posts = [_readable_post(*found, shared) for found in _posts(markup)]
    return [with_problem(post, OPEN_MARKUP) for post in posts] if is_open else posts


def _readable_post(opening: str, text: str, shared: PageContext) -> WordPressPost:
    """A post; what breaks in it costs this post alone."""
    try:
        return read_post(opening, text, shared)
    except PAGE_FAULTS as error:
        tag = _POST_TAG.match(opening)
        return unreadable_post(_post_id(tag) if tag else None, None, post_fault(error))


def _post_id(tag: re.Match[str]) -> int | None:
    return post_id_of(tag["id"][len(POST_ID_START) : -1])


def _is_unbalanced(markup: bytes) -> bool:
    """Whether a tag of a link or table is missing."""
    tags = _LINK_OR_TABLE.findall(markup)
    for opening, closing in ((b"<a", b"</a"), (b"<table", b"</table")):
        if tags.count(opening) != tags.count(closing):
            lower = [tag.lower() for tag in tags]
            if lower.count(opening) != lower.count(closing):
                return True
    return False


def _posts(content: str) -> Iterator[tuple[str, str]]:
    """The opening tag of each post, and the HTML from there to the next post's."""
    tags = _post_tags(content)
    starts = [*(tag.start() for tag in tags), len(content)]
    for tag, end in zip(tags, starts[1:], strict=True):
        if "hentry" in tag[0]:
            yield tag[0], content[tag.end() : end]


def _post_tags(content: str) -> list[re.Match[str]]:
    """The opening tags with a post's id."""
    tags: list[re.Match[str]] = []
    before, place = 0, content.find(POST_ID_START)
    while place >= 0:
        start = content.rfind("<", before, place)
        tag = _POST_TAG.match(content, start) if start >= 0 else None
        if tag and tag.start("id") == place:
            tags.append(tag)
        before, place = place, content.find(POST_ID_START, place + 1)
    return tags


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
