"""What a file that was handed in holds: pages, with all that it says about them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import BufferedReader
from pathlib import Path
from urllib.parse import quote

from pipeline.acquire.reading import read_response
from pipeline.archive.documents import PAGE_TYPES, Document, page_document, warc_documents
from pipeline.archive.foreign import LostRecord
from pipeline.archive.writer import Exchange
from pipeline.wordpress.model import UnreadablePage, WordPressPage

READER_VERSION = "2"
"""Raise it when files may be read differently: what another version took is then read again."""

WARC_ENDS = (".warc", ".warc.gz", ".wet", ".wet.gz")
"""How the names of files of many pages end."""

_MOST_NOTES = 5


class RejectedFileError(ValueError):
    """Nothing in the file can be used; the message says why."""


def name_of(path: Path) -> str:
    """The last part of a path as text; what is not UTF-8 in it becomes U+FFFD."""
    return os.fsencode(path.name).decode("utf-8", "replace")


def _reason(error: OSError) -> str:
    return (error.strerror or "unreadable").lower()


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
    file: BufferedReader
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
            raise RejectedFileError("a symbolic link" if link else _reason(error)) from error
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise RejectedFileError("not a regular file")
        return cls(name_of(path), os.fdopen(handle, "rb"), datetime.now(UTC))

    def size(self) -> int:
        """Bytes of the file, now."""
        return os.fstat(self.file.fileno()).st_size

    def digest(self) -> str:
        """`sha256:` and the hexadecimal digest of the file as it is.

        Raises:
            RejectedFileError: it cannot be read.
        """
        try:
            sha = hashlib.file_digest(self.file, "sha256")
            self.file.seek(0)
        except OSError as error:
            raise RejectedFileError(_reason(error)) from error
        return f"sha256:{sha.hexdigest()}"

    @property
    def note(self) -> str | None:
        """The first notes, and how many more there are, on one line."""
        more = len(self.notes) - _MOST_NOTES
        shown = [*self.notes[:_MOST_NOTES], *([f"and {more:,} more"] if more > 0 else [])]
        return "; ".join(shown) or None

    def pages(self) -> Iterator[FoundPage]:
        """The pages of the file, one by one.

        Raises:
            RejectedFileError: the file cannot be used.
        """
        try:
            yield from self._pages()
        except UnreadablePage as error:
            raise RejectedFileError(str(error)) from error
        except OSError as error:
            raise RejectedFileError(_reason(error)) from error

    def _pages(self) -> Iterator[FoundPage]:
        name = self.name.lower()
        if not self.size():
            raise RejectedFileError("empty")
        if name.endswith(WARC_ENDS):
            yield from self._warc_pages()
        elif Path(name.removesuffix(".gz")).suffix in PAGE_TYPES:
            yield self._only_page()
        else:
            known = ", ".join([*PAGE_TYPES, *WARC_ENDS])
            raise RejectedFileError(f"not a kind of file that is read here ({known})")

    def _only_page(self) -> FoundPage:
        exchange = self._exchange(page_document(self.file, self.name))
        page = read_response(exchange)
        if page.front == "html" and not page.posts:
            self.notes.append("no post of a WordPress page is recognised in it")
        return _found(exchange, page, http=False)

    def _warc_pages(self) -> Iterator[FoundPage]:
        left_out = taken = 0
        for document in warc_documents(self.file):
            if isinstance(document, LostRecord):
                self.notes.append(str(document))
                continue
            page = self._digest_page(document) if document else None
            if page is None:
                left_out += 1
                continue
            taken += 1
            yield page
        if not taken:
            raise RejectedFileError("; ".join(filter(None, ["no digest page in it", self.note])))
        if left_out:
            self.notes.append(f"left out, as they hold no digest page: {left_out} of its records")

    def _digest_page(self, document: Document) -> FoundPage | None:
        """The page that a record holds; None for one without arXiv entries."""
        if b"arxiv" not in document.body.lower():
            return None
        exchange = self._exchange(document)
        try:
            page = read_response(exchange)
        except UnreadablePage as error:
            self.notes.append(f"{exchange.url}: {error}")
            return None
        if page.front == "html" and not page.posts:
            return None
        # Only what has an address of the web can be kept as an answer to a request.
        answered = bool(document.headers) and exchange.url.startswith(("http://", "https://"))
        return _found(exchange, page, http=answered)

    def _exchange(self, document: Document) -> Exchange:
        """The document as if it had been fetched."""
        content_type = document.content_type or "text/plain"
        if document.url is None and content_type == "text/plain":
            content_type += "; charset=UTF-8"
        return Exchange(
            url=document.url or f"inbox:{quote(self.name)}",
            status=200,
            headers=document.headers or (("Content-Type", content_type),),
            body=document.body,
            captured_at=document.captured_at or self.taken_at,
        )


def _found(exchange: Exchange, page: WordPressPage, *, http: bool) -> FoundPage:
    days = [post.posted_day for post in page.posts]
    return FoundPage(
        page=exchange,
        http=http,
        days=frozenset(day for day in days if day is not None),
        undated=not days or None in days,
        posts=tuple(post.post_id for post in page.posts if post.post_id is not None),
    )
