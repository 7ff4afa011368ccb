"""From captures to the table `posts`: what every page of a day holds, as it stood."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from pipeline.parse.pages import Entry, page_entries, post_entries
from pipeline.parse.repeats import cut_repeated
from pipeline.schema import Posts, rows_to_frame
from pipeline.wordpress.model import PAGE_FAULTS, PARSER_FAILS, WordPressPost, post_fault
from pipeline.wordpress.page import read_page
from pipeline.wordpress.time_budget import PAGE_SECONDS, time_budget

if TYPE_CHECKING:
    from pipeline.archive.archive import ArchiveError, Capture

PARSER_VERSION = "7"
"""Changes whenever the same page may give other rows; days are then parsed again."""

logger = logging.getLogger(__name__)


_ENTRY_COLUMNS = [name for name in Entry._fields if name != "posted_day"]


class _Part(NamedTuple):
    """A part of a post with page breaks, and where its rows stand."""

    place: int
    capture: Capture
    post: WordPressPost


def posts_of(captures: Iterable[Capture]) -> pl.DataFrame:
    """What captures hold, as rows of `schema.Posts` in the order of the captures.

    A page may show posts of several days: of those that say their day, only the capture's are
    taken; the others come with the captures of their own day. A capture that cannot be read, or
    at which the parser fails, is one row with content `unreadable` and the reason among its
    problems. The parts of a post with
    page breaks are read as one where the first is; each further part alone is an `excerpt`.
    Lines that many of the papers share are the site's, and cut (see `repeats`).
    """
    rows: list[list[dict[str, object]]] = []
    parts: dict[tuple[date, int | None], dict[int, _Part]] = {}
    for place, capture in enumerate(captures):
        entries, divided = _read(capture)
        rows.append(_rows(capture, entries))
        for post in divided:
            known = parts.setdefault((capture.day, post.post_id), {})
            if post.part == 1:
                known.clear()
            known[post.part] = _Part(place, capture, post)
            if len(known) == len(post.part_urls) + 1 and 1 in known:
                first = known[1]
                whole = _joined([part.post for _, part in sorted(known.items())])
                try:
                    with time_budget(PAGE_SECONDS):
                        entries = post_entries([whole], "single", first.capture.url)
                except PAGE_FAULTS as error:
                    entries = [_unreadable(first.capture, error)]
                rows[first.place] = _rows(first.capture, entries)
    found = [row for of_capture in rows for row in of_capture]
    cut_repeated(found)
    return rows_to_frame(Posts, found)


def _read(capture: Capture) -> tuple[list[Entry], list[WordPressPost]]:
    """A capture's entries, and its posts that are one part of several."""
    kind, url = capture.content_type, capture.url
    try:
        with time_budget(PAGE_SECONDS):
            page = read_page(capture.payload, content_type=kind, url=url)
            entries = page_entries(page, capture.payload, content_type=kind, url=url)
    except PAGE_FAULTS as error:
        return [_unreadable(capture, error)], []
    single = page.listing == "single"
    return entries, [post for post in page.posts if single and post.part_urls]


def _unreadable(capture: Capture, error: Exception) -> Entry:
    """What stands for a capture that cannot be read; one page never stops the others."""
    return Entry(capture.url, "unreadable", problems=("unreadable", post_fault(error)))


def _log_faults(capture: Capture, entries: Iterable[Entry]) -> None:
    """One line for each entry that cannot be read by a fault of the parser."""
    for entry in entries:
        if entry.content == "unreadable" and entry.problems[-1].startswith(PARSER_FAILS):
            post = f", post {entry.post_id}," if entry.post_id else ""
            logger.error(
                "%s at %d%s cannot be read, %s",
                *(capture.archive_file, capture.record_offset, post, entry.problems[-1]),
            )


def _joined(parts: list[WordPressPost]) -> WordPressPost:
    """The whole post, of all its parts in order."""
    problems = dict.fromkeys(problem for part in parts for problem in part.problems)
    return parts[0]._replace(
        content="<br>".join(part.content for part in parts),
        extent="full",
        part_urls=(),
        problems=tuple(problems),
    )


def _rows(capture: Capture, entries: Sequence[Entry]) -> list[dict[str, object]]:
    _log_faults(capture, entries)
    seen: dict[str, object] = {
        "day": capture.day,
        "captured_at": capture.captured_at,
        "archive_file": capture.archive_file,
        "record_offset": capture.record_offset,
        "record_id": capture.record_id,
        "payload_digest": capture.payload_digest,
        "announced": capture.announced,
        "parser_version": PARSER_VERSION,
    }
    return [
        {
            **{name: getattr(entry, name) for name in _ENTRY_COLUMNS},
            "removed_lines": [removed._asdict() for removed in entry.removed_lines],
            "entry_index": index,
            **seen,
        }
        for index, entry in enumerate(entries)
        if entry.posted_day in {None, capture.day}
    ]


def posts_of_days(
    archive_dir: Path,
    captures: pl.DataFrame,
    *,
    processes: int | None = None,
    on_damage: Callable[[date, ArchiveError], object] | None = None,
) -> Iterator[tuple[date, pl.DataFrame]]:
    """`posts_of` for every day in `captures`, on all cores; the earliest day first.

    The order and the tables do not depend on the number of processes. At most two days for each
    process are in memory.

    Args:
        archive_dir: the folder of the archive.
        captures: rows of `schema.Captures`.
        processes: how many to use; all cores by default. One does the work in this process, save
            outside of its main thread, where a page's time could not be limited.
        on_damage: is called with a day of which a capture is damaged or missing; the day is left
            out.

    Raises:
        ArchiveError: a capture is damaged or missing, and there is no `on_damage`.
    """
    for day, posts in _outcomes(archive_dir, captures, processes):
        if isinstance(posts, pl.DataFrame):
            yield day, posts
        elif on_damage is None:
            raise posts
        else:
            on_damage(day, posts)


def _outcomes(
    archive_dir: Path, captures: pl.DataFrame, processes: int | None
) -> Iterator[tuple[date, pl.DataFrame | ArchiveError]]:
    by_day = captures.sort("day", maintain_order=True).partition_by(
        "day", as_dict=True, maintain_order=True
    )
    days = [(key[0], rows) for key, rows in by_day.items()]
    n_processes = min(processes or os.cpu_count() or 1, max(1, len(days)))
    if n_processes <= 1 and threading.current_thread() is threading.main_thread():
        yield from ((day, _posts_of_day(archive_dir, rows)) for day, rows in days)
        return
    context = get_context("spawn")  # polars' threads do not survive a fork
    with ProcessPoolExecutor(n_processes, mp_context=context) as pool:
        waiting: deque[tuple[date, Future[pl.DataFrame | ArchiveError]]] = deque()
        for day, rows in days:
            waiting.append((day, pool.submit(_posts_of_day, archive_dir, rows)))
            if len(waiting) >= 2 * n_processes:
                first, done = waiting.popleft()
                yield first, done.result()
        for day, done in waiting:
            yield day, done.result()


def _posts_of_day(archive_dir: Path, rows: pl.DataFrame) -> pl.DataFrame | ArchiveError:
    from pipeline.archive.archive import Archive, ArchiveError

    try:
        return posts_of(Archive(archive_dir).captures(rows))
    except ArchiveError as error:
        return error


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
