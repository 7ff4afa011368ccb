"""Excerpts that no markup names: many themes show them where a post's content would stand.

WordPress's `the_excerpt` takes all markup out of a text and sets what is left of its beginning in
one paragraph; some themes add a link to the post. So a short text without structure, on a listing,
is no whole post where other things speak against it: its end, a link to its own post, its first
word, or that none of several posts on the listing has more.

Sources: `wp_trim_excerpt` in wp-includes/formatting.php (55 words) and the plugin WP Multibyte
Patch, which makes that 110 characters in Japanese; an excerpt written by hand may be longer.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace

from pipeline.wordpress.model import WordPressPage, WordPressPost, bare_url

_LISTINGS = frozenset({"home", "day", "month", "date", "category", "tag", "author", "search"})
_LONGEST = 600
"""Characters of an excerpt's text."""
_TAG = re.compile(r"</?([a-z][a-z0-9-]*)[^<>]*>")
_HREF = re.compile(r'\bhref="([^"]*)"')
_FLAT = frozenset("a b br div em i img p small span strong".split())
"""Elements that an excerpt may hold; a post has headings, tables or lists."""
_END = re.compile(r"/abs/|arxiv\s*(?:情報|サイト)|発行日|提供元", re.IGNORECASE)
"""What stands at the end of a digest entry: a text that has it is no beginning."""
_CUT = re.compile(
    r"(?:…|\.\.\.)[\s\])）］]*(?:続きを読む|もっと読む|Read more|Continue reading)?\W*$",
    re.IGNORECASE,
)
"""How an excerpt ends, with the text of a link or without."""
_BEGINS = re.compile(r"\W*(?:要約|Abstract\b)", re.IGNORECASE)
"""The first word of a digest entry."""


def with_excerpts(page: WordPressPage) -> WordPressPage:
    """`page` with those of its posts as excerpts of which a listing shows the beginning only."""
    if page.listing not in _LISTINGS or not page.posts:
        return page
    texts = [_flat_text(post) for post in page.posts]
    if not any(texts):
        return page
    all_flat = len(texts) > 1 and all(text is not None for text in texts)
    posts = tuple(
        _as_excerpt(post) if text and (all_flat or _is_beginning(post, text)) else post
        for post, text in zip(page.posts, texts, strict=True)
    )
    return replace(page, posts=posts)


def _flat_text(post: WordPressPost) -> str | None:
    """The text of a post that may be an excerpt; None where it is none, "" where none is shown."""
    if post.extent in {"cut", "excerpt", "protected"}:
        return ""
    content = post.content
    if post.extent != "full" or post.url is None or post.part_urls or len(content) > 8 * _LONGEST:
        return None
    if _END.search(content) or not _FLAT.issuperset(_TAG.findall(content)):
        return None
    text = html.unescape(_TAG.sub("", content)).strip()
    return text if 0 < len(text) <= _LONGEST else None


def _is_beginning(post: WordPressPost, text: str) -> bool:
    """Whether a text that may be an excerpt is none of the whole posts beside it."""
    if _CUT.search(text) or _BEGINS.match(text):
        return True
    links = (bare_url(html.unescape(link)) for link in _HREF.findall(post.content))
    return bare_url(post.url or "") in links


def _as_excerpt(post: WordPressPost) -> WordPressPost:
    return post._replace(extent="excerpt", more_url=post.url)
