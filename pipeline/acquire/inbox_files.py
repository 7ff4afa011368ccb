"""What a file that was handed in holds: pages, with all that it says about them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipeline.acquire.fetch import MAX_BODY
from pipeline.acquire.framed import FramedPage, UnreadablePage
from pipeline.acquire.reading import frame_of
from pipeline.acquire.warc import Exchange

PAGE_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/json",
    ".txt": "text/plain; charset=UTF-8",
    ".xml": "application/rss+xml",
    ".rss": "application/rss+xml",
}
"""Content type by the end of a file's name, for files that are one page."""
WARC_ENDS = (".warc", ".warc.gz", ".wet", ".wet.gz")
"""How the names of files of many pages end."""


class RejectedFileError(ValueError):
    """Nothing in the file can be used; the message says why."""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page in a file.

    Attributes:
        page: as if it had been fetched; its address is `inbox:NAME` where the file names none.
        http: whether the file holds the HTTP answer; else only text of the page is there.
        days: the days (JST) on which its posts were posted; empty where it does not say.
        undated: whether a post on it, or all of it, is without a day.
        posts: the ids of its posts.
    """

    page: Exchange
    http: bool
    days: frozenset[date]
    undated: bool
    posts: tuple[int, ...]


@dataclass
class InboxFile:
    """A file that was handed in, open; its name is used as a name only, never as a path.

    Attributes:
        name: the last part of its path.
        notes: what is worth telling about it, one line each.
    """

    name: str
    file: BinaryIO
    taken_at: datetime
    notes: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, path: Path) -> InboxFile:
        """Open a regular file.

        Raises:
            RejectedFileError: it is a link, a folder, a device, or cannot be read.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            handle = os.open(path, flags)
        except OSError as error:
            link = path.is_symlink()
            reason = "a symbolic link" if link else (error.strerror or "unreadable").lower()
            raise RejectedFileError(reason) from error
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise RejectedFileError("not a regular file")
        return cls(path.name, os.fdopen(handle, "rb"), datetime.now(UTC))

    def digest(self) -> str:
        """`sha256:` and the hexadecimal digest of the file as it is."""
        sha = hashlib.sha256()
        while chunk := self.file.read(1 << 20):
            sha.update(chunk)
        self.file.seek(0)
        return f"sha256:{sha.hexdigest()}"

    def pages(self) -> Iterator[FoundPage]:
        """The pages of the file, one by one.

        Raises:
            RejectedFileError: the file cannot be used.
        """
        name = self.name.lower()
        if os.fstat(self.file.fileno()).st_size == 0:
            raise RejectedFileError("empty")
        if name.endswith(WARC_ENDS):
            yield from self._warc_pages()
        elif (end := Path(name).suffix) in PAGE_TYPES:
            yield self._only_page(PAGE_TYPES[end])
        else:
            known = ", ".join([*PAGE_TYPES, *WARC_ENDS])
            raise RejectedFileError(f"not a kind of file that is read here ({known})")

    def _only_page(self, content_type: str) -> FoundPage:
        body = self.file.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise RejectedFileError(f"larger than {MAX_BODY >> 20} MB")
        url = f"inbox:{quote(self.name)}"
        page = Exchange(url, 200, (("Content-Type", content_type),), body, self.taken_at)
        try:
            framed = frame_of(page)
        except UnreadablePage as error:
            raise RejectedFileError(str(error)) from error
        if framed.front == "html" and not framed.posts:
            self.notes.append("no post of a WordPress page is recognised in it")
        return _found(page, framed, http=False)

    def _warc_pages(self) -> Iterator[FoundPage]:
        left_out = taken = 0
        try:
            for record in ArchiveIterator(self.file):
                page = self._page_of(record)
                if page is None:
                    left_out += 1
                    continue
                taken += 1
                yield page
        except _CutOffError:
            self.notes.append(f"cut off: the last whole page is its {taken}.")
        except (ArchiveLoadFailed, AttributeError) as error:  # the latter where a record has no URI
            if not taken:
                raise RejectedFileError("not a WARC file") from error
            self.notes.append(f"broken after {taken} pages")
        if not taken:
            raise RejectedFileError("; ".join([*self.notes, "no digest page in it"]))
        if left_out:
            self.notes.append(f"{left_out} records without digest pages left out")

    def _page_of(self, record: Any) -> FoundPage | None:
        """The page that a record holds; None for one that is no page with arXiv entries."""
        http = record.rec_type == "response" and record.http_headers is not None
        if not http and record.rec_type not in {"resource", "conversion"}:
            return None
        if http and record.http_headers.get_statuscode() != "200":
            return None
        body = record.content_stream().read(MAX_BODY + 1)
        left = getattr(record.raw_stream, "limit", None)  # none where the header itself is torn
        if left is None or (left > 0 and len(body) <= MAX_BODY):
            raise _CutOffError
        if len(body) > MAX_BODY or b"arxiv" not in body.lower():
            return None
        headers = record.http_headers if http else record.rec_headers
        content_type = headers.get_header("Content-Type") or "text/plain"
        page = Exchange(
            url=record.rec_headers.get_header("WARC-Target-URI") or f"inbox:{quote(self.name)}",
            status=200,
            headers=tuple(headers.headers) if http else (("Content-Type", content_type),),
            body=body,
            captured_at=self._captured_at(record),
        )
        try:
            framed = frame_of(page)
        except UnreadablePage:
            return None
        if framed.front == "html" and not framed.posts:
            return None
        return _found(page, framed, http=http)

    def _captured_at(self, record: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date") or "")
        except ValueError:
            return self.taken_at
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


class _CutOffError(Exception):
    """The file ends within a record."""


def _found(page: Exchange, framed: FramedPage, *, http: bool) -> FoundPage:
    days = [post.posted_day for post in framed.posts]
    return FoundPage(
        page=page,
        http=http,
        days=frozenset(day for day in days if day is not None),
        undated=not days or None in days,
        posts=tuple(post.post_id for post in framed.posts if post.post_id is not None),
    )
