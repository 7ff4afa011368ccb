"""Reads a WordPress RSS feed with full content (`content:encoded`).

The feed's template (wp-includes/feed-rss2.php) writes one `<item>` after the other with fixed
element names, and escapes `]]>` in the content, so an item is read between its own tags: nothing
that is broken in one can reach into the next, and no XML entity is ever expanded.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from pipeline.wordpress.dom import well_formed
from pipeline.wordpress.emails import show_emails
from pipeline.wordpress.model import (
    OPEN_MARKUP,
    PAGE_FAULTS,
    Extent,
    UnreadablePage,
    WordPressPage,
    WordPressPost,
    bare_title,
    bare_url,
    is_protected,
    post_fault,
    post_id_of,
    site_day,
    unescape,
    unreadable_post,
    utc,
)
from pipeline.wordpress.rest import plain_text

ITEM = re.compile(r"<item(?:\s[^<>]*+)?>((?:[^<]++|<(?!item[\s>]|/item>))*+)</item>")
"""An item of a feed; its only group is what stands in it."""
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
_COMMENTS = re.compile(r"/feed/?$|[?&]feed=|#")
_LONGEST_DATE, _LONGEST_LINK = 100, 4096
"""Characters; nothing longer is either."""


def read_feed(text: str) -> WordPressPage:
    """The items of a feed, in its order.

    Raises:
        UnreadablePage: no item is complete.
    """
    posts = tuple(_readable_post(item) for item in ITEM.findall(text))
    if not posts and ("<item" in text or "<channel" not in text):
        raise UnreadablePage("feed without a complete item")
    return WordPressPage("feed", "feed", posts)


def _texts(item: str, name: str) -> list[str]:
    """What the elements `name` of an item hold: CDATA as it stands, text with entities resolved."""
    texts = []
    opening = re.compile(rf"<{name}(?:\s[^<>]*+)?>(?:\s*+(<!\[CDATA\[)|([^<]*+)</{name}>)")
    end = re.compile(rf"\]\]>\s*+</{name}>")
    place, all_closed = 0, True
    while match := opening.search(item, place):
        place = match.end()
        if not match[1]:
            texts.append(unescape(match[2].lstrip()))
        elif all_closed and (closing := end.search(item, place)):
            texts.append(item[place : closing.start()])
            place = closing.end()
        else:
            all_closed = False
    return texts


def _readable_post(item: str) -> WordPressPost:
    """The post of an item; what breaks in it costs this post alone."""
    try:
        return _post(item)
    except PAGE_FAULTS as error:
        url = _one(item, "link").strip()[:_LONGEST_LINK]
        return unreadable_post(_post_id(item, url), url or None, post_fault(error))


def _post_id(item: str, url: str) -> int | None:
    found = _SHORTLINK.search(_one(item, "guid")) or _SHORTLINK.search(url)
    return post_id_of(found[1]) if found else None


def _one(item: str, name: str) -> str:
    return show_emails(next(iter(_texts(item, name)), ""))


def _link(item: str) -> str:
    link = _one(item, "link").strip()
    return link if len(link) <= _LONGEST_LINK else ""


def _post(item: str) -> WordPressPost:
    url = _link(item)
    date = _one(item, "pubDate")
    posted_at = _moment(date)
    title = plain_text(_one(item, "title"))
    content = _one(item, "content:encoded")
    protected = is_protected(title)
    markup, is_open = (
        ("", False) if protected else well_formed(content or _one(item, "description"))
    )
    posted_day = site_day(posted_at)
    extent: Extent = "protected" if protected else "full" if content else "excerpt"
    return WordPressPost(
        post_id=_post_id(item, url),
        url=url or None,
        posted_at=posted_at,
        posted_day=posted_day,
        modified_at=None,
        title=bare_title(title),
        categories=tuple(filter(None, map(str.strip, _texts(item, "category")))),
        content=markup,
        extent=extent,
        part=1,
        part_urls=(),
        more_url=url or None if extent == "excerpt" else None,
        problems=("mixed_frame",) * _is_mixed(item, url)
        + ("broken_frame",) * any(item.count(tag) > 1 for tag in _ONCE)
        + (OPEN_MARKUP,) * is_open
        + ("bad_posted_date",) * bool(date.strip() and not posted_day),
    )


def _is_mixed(item: str, url: str) -> bool:
    """Whether the comments of an item are another post's."""
    links = (link[:_LONGEST_LINK] for link in _texts(item, "wfw:commentRss"))
    return any(bare_url(_COMMENTS.split(link)[0]) != bare_url(url) for link in links)


def _moment(text: str) -> datetime | None:
    if len(text) > _LONGEST_DATE:
        return None
    try:
        return utc(parsedate_to_datetime(text))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
