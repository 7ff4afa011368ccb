"""The documents that a file holds: one for a page, one a record for WARC and WET."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipeline.wordpress.model import UnreadablePage

MAX_DOCUMENT_BYTES = 64 * 2**20
"""No page of the digest comes near it; a larger one is refused before it fills the memory."""

PAGE_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/json",
    ".txt": "text/plain",
    ".xml": "application/rss+xml",
    ".rss": "application/rss+xml",
}
"""Content type by the end of a file's name, for files that are one page."""
_PAGE_TYPE = re.compile(r"html|json|xml|text/plain", re.IGNORECASE)
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it would have come from a server."""

    url: str | None
    """Where it was fetched, as its WARC record says; None for a file that is the page itself."""
    content_type: str | None
    body: bytes
    """Decoded; may be empty."""
    headers: tuple[tuple[str, str], ...] = ()
    """Those of the HTTP answer, where the file holds one."""
    captured_at: datetime | None = None
    """When it was fetched (UTC), where the file says."""


class _ForeignWarc(ArchiveIterator):  # type: ignore[misc] # warcio has no types
    """Reads WARC files of others; damaged bytes of them are not written to stderr."""

    INC_RECORD = ""


def documents_of(path: Path) -> Iterator[Document]:
    """The documents in a file, in order: WARC, WET, HTML, JSON, RSS or text, gzipped or not.

    Raises:
        UnreadablePage: the file cannot be read, or ends in the middle of a record; the documents
            before that have been yielded.
    """
    try:
        with path.open("rb") as file:
            if _content(file).read(5) == b"WARC/":
                file.seek(0)
                yield from (found for found in warc_documents(file) if found is not None)
            else:
                yield page_document(file, path.name)
    except OSError as error:
        raise UnreadablePage(error.strerror or str(error)) from None
    except (EOFError, zlib.error):
        raise UnreadablePage("truncated or damaged gzip data") from None


def page_document(file: BinaryIO, name: str) -> Document:
    """The page that a file is, gzipped or not; its content type by the end of the file's name.

    Raises:
        UnreadablePage: it is too large, or its gzip data are damaged.
    """
    try:
        body = _content(file).read(MAX_DOCUMENT_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise UnreadablePage("truncated or damaged gzip data") from None
    if len(body) > MAX_DOCUMENT_BYTES:
        raise UnreadablePage(f"larger than {MAX_DOCUMENT_BYTES >> 20} MiB")
    plain = PurePath(name.lower().removesuffix(".gz"))
    return Document(None, PAGE_TYPES.get(plain.suffix), body)


def warc_documents(file: BinaryIO) -> Iterator[Document | None]:
    """What each record of a WARC or WET file holds; None where that is no page.

    Pages are what the site answered with status 200 and a type that can be read; requests,
    refusals, images and what is too large are passed over.

    Raises:
        UnreadablePage: it is no WARC file, or ends in the middle of a record; the documents before
            that have been yielded.
    """
    try:
        for record in _ForeignWarc(file):
            yield _document(record)
    except (ArchiveLoadFailed, AttributeError):  # the latter where a record has no address
        raise UnreadablePage("truncated or damaged WARC") from None


def _content(file: BinaryIO) -> BinaryIO | gzip.GzipFile:
    file.seek(0)
    zipped = file.read(2) == _GZIP
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if zipped else file


def _document(record: Any) -> Document | None:
    http = record.http_headers
    body = record.content_stream().read(MAX_DOCUMENT_BYTES + 1)
    left = getattr(record.raw_stream, "limit", None)  # none where the header itself is torn
    if left is None or (left > 0 and len(body) <= MAX_DOCUMENT_BYTES):
        raise UnreadablePage("truncated or damaged WARC")
    if record.rec_type == "response":
        if http is None or http.get_statuscode() != "200":
            return None
    elif record.rec_type not in {"resource", "conversion"}:
        return None
    headers = http or record.rec_headers
    content_type = headers.get_header("Content-Type") or "text/plain"
    if len(body) > MAX_DOCUMENT_BYTES or not _PAGE_TYPE.search(content_type):
        return None
    return Document(
        url=record.rec_headers.get_header("WARC-Target-URI"),
        content_type=content_type,
        body=body,
        headers=tuple(http.headers) if http else (),
        captured_at=_moment(record.rec_headers.get_header("WARC-Date")),
    )


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
