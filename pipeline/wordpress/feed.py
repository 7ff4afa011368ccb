"""The frame of a WordPress RSS feed with full content (`content:encoded`).

The feed's template (wp-includes/feed-rss2.php) writes one `<item>` after the other with fixed
element names, and escapes `]]>` in the content, so an item is read between its own tags: nothing
that is broken in one can reach into the next, and no XML entity is ever expanded.
"""

from __future__ import annotations

import html
import re
from email.utils import parsedate_to_datetime

from pipeline.wordpress.model import (
    UnreadablePage,
    WordPressPage,
    WordPressPost,
    bare_title,
    bare_url,
    is_protected,
    post_id_of,
    site_day,
    utc,
)
from pipeline.wordpress.rest import plain_text, well_formed

_ITEM = re.compile(r"<item(?:\s[^>]*)?>((?:(?!<item[\s>]|</item>).)*+)</item>", re.DOTALL)
_SHORTLINK = re.compile(r"[?&]p=(\d{1,15})\b")
_ONCE = (
    "<title>",
    "</title>",
    "<link>",
    "</link>",
    "<guid",
    "</guid>",
    "<pubDate>",
    "</pubDate>",
    "<description>",
    "</description>",
    "<content:encoded>",
    "</content:encoded>",
    "]]></con",
)
"""What an item has once; twice, it has run into the next one."""
_COMMENTS = re.compile(r"(?:/feed/?|[?&]feed=.*|#.*)$")


def read_feed(text: str) -> WordPressPage:
    """The items of a feed, in its order.

    Raises:
        UnreadablePage: no item is complete.
    """
    posts = tuple(_post(item) for item in _ITEM.findall(text))
    if not posts and ("<item" in text or "<channel" not in text):
        raise UnreadablePage("feed without a complete item")
    return WordPressPage("feed", "feed", posts)


def _texts(item: str, name: str) -> list[str]:
    """What the elements `name` of an item hold: CDATA as it stands, text with entities resolved."""
    pattern = rf"<{name}(?:\s[^>]*)?>\s*(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))\s*</{name}>"
    return [cdata or html.unescape(plain) for cdata, plain in re.findall(pattern, item, re.DOTALL)]


def _post(item: str) -> WordPressPost:
    def one(name: str) -> str:
        return next(iter(_texts(item, name)), "")

    url = one("link").strip()
    identity = _SHORTLINK.search(one("guid")) or _SHORTLINK.search(url)
    try:
        posted_at = utc(parsedate_to_datetime(one("pubDate")))
    except (ValueError, OverflowError):
        posted_at = None
    title = plain_text(one("title"))
    content = one("content:encoded")
    protected = is_protected(title)
    comments = [_COMMENTS.sub("", link) for link in _texts(item, "wfw:commentRss")]
    mixed = any(bare_url(link) != bare_url(url) for link in comments)
    broken = any(item.count(tag) > 1 for tag in _ONCE)
    return WordPressPost(
        post_id=post_id_of(identity[1]) if identity else None,
        url=url or None,
        posted_at=posted_at,
        posted_day=site_day(posted_at),
        modified_at=None,
        title=bare_title(title),
        categories=tuple(name.strip() for name in _texts(item, "category") if name.strip()),
        content="" if protected else well_formed(content or one("description")),
        extent="protected" if protected else "full" if content else "excerpt",
        part=1,
        part_urls=(),
        more_url=None if content or protected else url or None,
        problems=("mixed_frame",) * mixed + ("broken_frame",) * broken,
    )
