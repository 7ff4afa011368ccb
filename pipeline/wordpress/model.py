"""A WordPress page and the posts on it, whatever kind of document it is."""

from __future__ import annotations

import html
import re
import traceback
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import PurePath
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import urldefrag, urlsplit

from pipeline.settings import SITE_ZONE

_LONG_REFERENCE = re.compile("&#[0-9]{10,};?")
_PROTECTED = re.compile(r"^\s*(?:保護中|Protected)\s*[:：]\s*")

Extent: TypeAlias = Literal["full", "excerpt", "cut", "protected", "unreadable"]
"""How much of a post a page shows: all, an excerpt, up to a break, nothing without a password; or
whether the post cannot be read, for the reason that is the last of its problems.
"""

Front: TypeAlias = Literal["html", "rest", "feed", "text"]
"""What kind of document a page is."""


class UnreadablePage(ValueError):  # noqa: N818 - named for what it is
    """A document in which no posts can be read; the message says why, on one line."""


PARSER_FAILS = "the parser fails"
"""Begins the reason where that is a fault of the parser."""

PAGE_FAULTS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError),
    *(RuntimeError, TypeError, ValueError),
)
"""What a page can do to its reader; what the machine does (memory, files) is none of its doing."""


POST_YEARS = range(1991, 2200)
"""Years in which a post can be posted: since there is arXiv. Other days would never be read."""

OPEN_MARKUP = "open_markup"
"""Problem: the post leaves open what swallows all that follows it."""


class WordPressPost(NamedTuple):
    """One post on a page; what the page does not say is None or empty.

    `content` is well-formed HTML as the DOM serialises it: every element closed, every attribute
    in double quotes, without comments and scripts. It holds nothing of the theme's markup around
    it, save that it may end in the closing tag of the element that held it.
    """

    post_id: int | None
    url: str | None
    posted_at: datetime | None
    """UTC; None where the page names no time of day."""
    posted_day: date | None
    """The site's own day (JST); known wherever a date or a dated permalink is."""
    modified_at: datetime | None
    title: str | None
    """As published, without WordPress's `保護中: `."""
    categories: tuple[str, ...]
    """As the page names them; slugs where it holds only those."""
    content: str
    extent: Extent
    part: int
    """Which part of a post with page breaks this is, from 1."""
    part_urls: tuple[str, ...]
    """Addresses of the post's other parts."""
    more_url: str | None
    """Where the rest of an excerpt or cut post is."""
    problems: tuple[str, ...] = ()
    """What is wrong with the post, by name; see `pipeline.parse.problems`."""


@dataclass(frozen=True, slots=True)
class WordPressPage:
    """A page and its posts, in page order."""

    front: Front
    listing: str | None
    """home, day, month, category, tag, author, search, single, page, rest, feed; or None.

    `date` is an archive of a year, or of a day or month that the page does not name.
    """
    posts: tuple[WordPressPost, ...]
    next_url: str | None = None
    """The next page of the same listing, with older posts."""
    day: date | None = None
    """The day (JST) of a day archive."""
    is_empty: bool = False
    """Whether WordPress itself says that there is nothing here."""
    rest_url: str | None = None
    """The root of the REST API, where the page advertises it."""


def with_problem(post: WordPressPost, name: str) -> WordPressPost:
    """`post` with one more problem, once."""
    return post if name in post.problems else post._replace(problems=(*post.problems, name))


def post_fault(error: Exception) -> str:
    """The reason for which a page or post cannot be read, on one line.

    Of other errors than our own only name and place: their messages may quote the page.
    """
    if isinstance(error, UnreadablePage):
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{PurePath(place.filename).name}:{place.lineno}"
    return f"{PARSER_FAILS}: {type(error).__name__} at {where}"


def unreadable_post(post_id: int | None, url: str | None, reason: str) -> WordPressPost:
    """What stands for a post that cannot be read; its page's other posts are."""
    return WordPressPost(
        *(post_id, url, None, None, None, None, (), "", "unreadable", 1, (), None),
        problems=("unreadable", reason),
    )


def utc(moment: datetime) -> datetime | None:
    """`moment` in UTC; one without zone is the site's own time. None where no UTC time exists."""
    try:
        aware = moment if moment.tzinfo else moment.replace(tzinfo=SITE_ZONE)
        return aware.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def site_day(moment: datetime | None) -> date | None:
    """The day in the site's zone (JST) on which `moment` falls; None where no post can be of it."""
    try:
        day = moment.astimezone(SITE_ZONE).date() if moment else None
    except (OverflowError, ValueError):
        return None
    return day if day and day.year in POST_YEARS else None


def unescape(text: str) -> str:
    """`text` with its character references resolved.

    A number of thousands of digits is no character: Python refuses to read it.
    """
    try:
        return html.unescape(text)
    except ValueError:
        return html.unescape(_LONG_REFERENCE.sub("\ufffd", text))


def bare_url(url: str) -> str:
    """`url` without fragment, comparable: no scheme, no `www.`, no slash at the end."""
    try:
        parts = urlsplit(urldefrag(url).url)
    except ValueError:
        return url
    host = parts.netloc.lower().removeprefix("www.")
    return f"{host}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")


def post_id_of(text: str | None) -> int | None:
    """The post id that a decimal string names, or None."""
    if text and text.isascii() and text.isdigit() and len(text) <= 15:
        return int(text) or None
    return None


def bare_title(text: str) -> str | None:
    """A post's title on one line, without WordPress's mark of a protected post; None if empty."""
    mark = _PROTECTED.match(text)
    return " ".join((text[mark.end() :] if mark else text).split()) or None


def is_protected(text: str) -> bool:
    """Whether a title carries WordPress's mark of a protected post.

    Source: `protected_title_format` in wp-includes/post-template.php and its Japanese translation.
    """
    return _PROTECTED.match(text) is not None
