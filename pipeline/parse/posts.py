"""From captures to the table `posts`: what every page of a day holds, as it stood."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from pipeline.parse.pages import Entry, UnreadablePage, parse_page
from pipeline.schema import Posts, frame_of

if TYPE_CHECKING:
    from pipeline.acquire.archive import Capture

PARSER_VERSION = "1"
"""Changes whenever the same page may give other rows; days are then parsed again."""

_ENTRY_COLUMNS = [name for name in Entry._fields if name != "posted_day"]


def posts_of(captures: Iterable[Capture]) -> pl.DataFrame:
    """What captures hold, as rows of `schema.Posts` in the order of the captures.

    A page may show posts of several days: of those that say their day, only the capture's are
    taken; the others come with the captures of their own day. A capture that cannot be read is
    one row with content `unreadable` and the reason among its problems.
    """
    return frame_of(Posts, [row for capture in captures for row in _rows(capture)])


def _rows(capture: Capture) -> list[dict[str, object]]:
    try:
        entries = parse_page(capture.payload, content_type=capture.content_type, url=capture.url)
    except UnreadablePage as error:
        entries = [Entry(capture.url, "unreadable", problems=("unreadable", str(error)))]
    seen: Mapping[str, object] = {
        "day": capture.day,
        "captured_at": capture.captured_at,
        "archive_file": capture.archive_file,
        "record_offset": capture.record_offset,
        "payload_digest": capture.payload_digest,
        "announced": capture.announced,
        "parser_version": PARSER_VERSION,
    }
    return [
        {**{name: getattr(entry, name) for name in _ENTRY_COLUMNS}, "entry_index": index, **seen}
        for index, entry in enumerate(entries)
        if entry.posted_day in {None, capture.day}
    ]


def parse_key(captures: pl.DataFrame) -> str:
    """What the posts of a day depend on: the parser's version and the day's captures.

    A day whose key has not changed need not be parsed again.

    Args:
        captures: rows of `schema.Captures`, of one day; their order does not matter.

    Returns:
        64 hexadecimal digits.
    """
    names = ["archive_file", "record_offset", "payload_digest"]
    digest = hashlib.sha256(PARSER_VERSION.encode())
    for row in captures.select(names).sort(names).iter_rows():
        digest.update("\n".join(("", *map(str, row))).encode())
    return digest.hexdigest()
