"""The frame of a WordPress HTML page in the theme Twenty Ten or a child of it.

Sources: Twenty Ten's loop.php, single.php and functions.php; WordPress's `body_class`,
`post_class`, `wp_link_pages`, `the_content` (more link) and `comments_popup_link`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

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
_BODY_KINDS = (
    ("single-post", "single"), ("single", "single"), ("home", "home"), ("blog", "home"),
    ("category", "category"), ("tag", "tag"), ("author", "author"), ("date", "date"),
    ("search", "search"), ("page", "page"),
)  # fmt: skip
"""Classes of `<body>` in the order in which they decide."""

_JA_DATE = re.compile(r"(\d{4})年\s*(\d{1,2})月(?:\s*(\d{1,2})日)?")
_ISO_DATE = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b")
_EN_DATE = re.compile(r"\b([A-Z][a-z]{2})[a-z]* (\d{1,2}), (\d{4})\b")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = re.compile(r"(午前|午後)?\s*(\d{1,2})[:時](\d{2})(?:[:分](\d{2}))?\s*([AaPp]\.?[Mm])?")
_URL_DAY = re.compile(r"/(\d{4})/(\d{2})/(\d{2})(?:/|$)|[?&]m=(\d{4})(\d{2})(\d{2})\b")

_FRAME_MARK = re.compile(
    r'<[a-z0-9]+ [^<]*?(?:id="(?:post-\d+|comments|nav-below|primary|secondary|footer)"'
    r'|class="(?:[^"]* )?(?:hentry|entry-title|entry-utility|entry-meta)[" ])'
)
"""An element of the frame; inside a content it means that the page is broken there."""

_TO_THE_REST = re.compile(
    r'<a [^<]*?class="(?:[^"]* )?more-link[" ].*?</a>'
    r'|<(div|p|nav) class="(?:page-links?|post-nav-links)(?:[" ]).*?</\1>',
    re.DOTALL,
)
"""The more link and the list of a post's parts, which WordPress puts inside the content."""

_CLOSED_COMMENTS = re.compile(
    r"^(?P<ja>.+?)\s*[はへ]\s*コメント(?:を受け付けていません|はまだありません)|"
    r"^Comments Off on (?P<en>.+)$"
)


def frame_html(text: str, url: str = "") -> FramedPage:
    """The posts of an HTML page, in page order; none where it has no WordPress post.

    Args:
        text: the page.
        url: where it was fetched; relative links are resolved against it.
    """
    tree = LexborHTMLParser(text)
    root = tree.css_first("#content") or tree.body
    canonical = _link(tree, 'link[rel="canonical"]', "href", url)
    listing, day = _kind(tree, canonical or url)
    single_id = _single_id(tree) if listing == "single" else None
    nodes = [node for node in root.css(".hentry") if _id_of(node)] if root else []
    posts = tuple(_post(node, url, listing, canonical, single_id) for node in nodes)
    return FramedPage(
        front="html",
        listing=listing,
        posts=posts,
        next_url=None if listing in {"single", "page"} else _next_url(tree, url),
        day=day,
        rest_url=_link(tree, 'link[rel="https://api.w.org/"]', "href", url),
    )


def _link(tree: LexborHTMLParser | LexborNode, selector: str, name: str, base: str) -> str | None:
    node = tree.css_first(selector)
    value = node.attributes.get(name) if node else None
    return _absolute(base, value) if value else None


def _absolute(base: str, link: str) -> str:
    try:
        return urljoin(base, link.strip()) if base.startswith("http") else link.strip()
    except ValueError:
        return link.strip()


def _classes(node: LexborNode | None) -> list[str]:
    return ((node.attributes.get("class") if node else None) or "").split()


def _id_of(node: LexborNode) -> int | None:
    match = _POST_ID.match(node.attributes.get("id") or "")
    return post_id_of(match[1]) if match else None


def _kind(tree: LexborHTMLParser, url: str) -> tuple[str | None, date | None]:
    """The page's kind, and the day if it is a day archive."""
    classes = _classes(tree.body)
    kind = next((kind for name, kind in _BODY_KINDS if name in classes), None)
    if kind not in {"date", None}:
        return kind, None
    heading = tree.css_first(".page-title")
    shown = _JA_DATE.search(heading.text()) if heading else None
    day = _calendar_day(*shown.groups()) if shown and shown[3] else _day_in(url)
    if kind == "date":
        return ("day" if day else "month" if shown else "date"), day
    return None, None


def _single_id(tree: LexborHTMLParser) -> int | None:
    for name in _classes(tree.body):
        if name.startswith("postid-"):
            return post_id_of(name.removeprefix("postid-"))
    shortlink = _link(tree, 'link[rel="shortlink"]', "href", "") or ""
    match = re.search(r"[?&]p=(\d{1,15})\b", shortlink)
    return post_id_of(match[1]) if match else None


def _next_url(tree: LexborHTMLParser, url: str) -> str | None:
    for selector in (".nav-previous a[href]", "a.next.page-numbers[href]", 'link[rel="next"]'):
        if link := _link(tree, selector, "href", url):
            return link
    return None


def _post(
    node: LexborNode, base: str, listing: str | None, canonical: str | None, single_id: int | None
) -> FramedPost:
    post_id = _id_of(node)
    heading = node.css_first(".entry-title")
    shown_title = heading.text() if heading else ""
    body = node.css_first(".entry-content")
    summary = None if body else node.css_first(".entry-summary")
    content, broken = _content(body or summary)
    links = [_absolute(base, link) for link in _permalinks(node)]
    url = next(iter(links), None) or (canonical if listing == "single" else None)
    posted_at, posted_day = _posted(node, url)
    part, part_urls = _parts(node, base)
    more = _link(body or summary or node, "a.more-link[href]", "href", base)
    more_url = urldefrag(more).url if more else url if summary else None
    extent = _extent(node, shown_title, summary is not None, bool(more or part_urls))
    problems = _contradictions(links, bare_title(shown_title), _closing_title(node))
    if listing == "single" and single_id not in {None, post_id}:
        problems.append("mixed_frame")
    if broken or len(node.css(".entry-title")) > 1:
        problems.append("broken_frame")
    return FramedPost(
        post_id=post_id,
        url=urldefrag(url).url if url else None,
        posted_at=posted_at,
        posted_day=posted_day,
        modified_at=None,
        title=bare_title(shown_title),
        categories=_categories(node),
        content="" if extent == "protected" else content,
        extent=extent,
        part=part,
        part_urls=part_urls,
        more_url=None if extent == "protected" else more_url,
        problems=tuple(dict.fromkeys(problems)),
    )


def _content(node: LexborNode | None) -> tuple[str, bool]:
    """The content's HTML without the links to its rest, and whether the frame stands in it."""
    content = _TO_THE_REST.sub("", (node.inner_html if node else None) or "")
    mark = _FRAME_MARK.search(content)
    return (content[: mark.start()], True) if mark else (content, False)


def _extent(node: LexborNode, title: str, summary: bool, cut: bool) -> Extent:
    protected = says_protected(title) or "post-password-required" in _classes(node)
    return "protected" if protected else "excerpt" if summary else "cut" if cut else "full"


def _permalinks(node: LexborNode) -> Iterator[str]:
    """Where the title, the date and the closing line of a post link to."""
    selectors = ".entry-title a[href], .entry-meta a[rel=bookmark], .entry-utility a[rel=bookmark]"
    for link in node.css(selectors):
        if href := link.attributes.get("href"):
            yield href


def _closing_title(node: LexborNode) -> str | None:
    line = node.css_first(".comments-link")
    match = _CLOSED_COMMENTS.match(" ".join(line.text().split())) if line else None
    return bare_title(match["ja"] or match["en"]) if match else None


def _contradictions(links: list[str], title: str | None, closing: str | None) -> list[str]:
    """What shows that the beginning of one post runs into the end of another."""
    mixed = len({bare_url(link) for link in links}) > 1 or closing not in {None, title}
    return ["mixed_frame"] if mixed else []


def _categories(node: LexborNode) -> tuple[str, ...]:
    """The names in the closing line, else the slugs that `post_class` puts on the post."""
    names = [link.text().strip() for link in node.css('.cat-links a, a[rel~="category"]')]
    if any(names):
        return tuple(dict.fromkeys(name for name in names if name))
    prefix = "category-"
    return tuple(c.removeprefix(prefix) for c in _classes(node) if c.startswith(prefix))


def _parts(node: LexborNode, base: str) -> tuple[int, tuple[str, ...]]:
    """Which part of a post with page breaks this is, and where the others are."""
    box = node.css_first(".page-link, .page-links, .post-nav-links")
    if box is None:
        return 1, ()
    links = box.css("a[href]")
    urls = [_absolute(base, link.attributes.get("href") or "") for link in links]
    others = {link.text().strip() for link in links}
    shown = re.findall(r"\d+", box.text())
    current = next((int(number) for number in shown if number not in others), 1)
    return min(current, 10_000), tuple(dict.fromkeys(urls))


def _posted(node: LexborNode, url: str | None) -> tuple[datetime | None, date | None]:
    """When the post was posted: the moment in UTC and the site's day, as far as shown."""
    stamp = node.css_first("time[datetime]")
    if stamp:
        try:
            moment = utc(datetime.fromisoformat(stamp.attributes.get("datetime") or ""))
        except ValueError:
            moment = None
        if moment:
            return moment, site_day(moment)
    shown = node.css_first(".entry-date")
    day = (_day_in_text(shown.text()) if shown else None) or _day_in(url or "")
    link = shown.parent if shown else None
    match = _TIME.search((link.attributes.get("title") if link else None) or "")
    clock = _clock(match) if match else None
    if day and clock:
        return utc(datetime.combine(day, clock)), day
    return None, day


def _clock(match: re.Match[str]) -> time | None:
    before, hour, minute, second, after = match.groups()
    half = {"午前": "am", "午後": "pm"}.get(before or "", (after or "").lower().replace(".", ""))
    hours = int(hour) % 12 + (12 if half == "pm" else 0) if half else int(hour)
    try:
        return time(hours, int(minute), int(second or 0))
    except ValueError:
        return None


def _calendar_day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _day_in_text(text: str) -> date | None:
    if (match := _JA_DATE.search(text)) and match[3]:
        return _calendar_day(match[1], match[2], match[3])
    if match := _ISO_DATE.search(text):
        return _calendar_day(*match.groups())
    if (match := _EN_DATE.search(text)) and match[1] in _MONTHS:
        return _calendar_day(match[3], str(_MONTHS.index(match[1]) + 1), match[2])
    return None


def _day_in(url: str) -> date | None:
    match = _URL_DAY.search(url)
    groups = [group for group in match.groups() if group] if match else []
    return _calendar_day(*groups) if groups else None
