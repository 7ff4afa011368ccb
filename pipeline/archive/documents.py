"""The documents that a file holds: one for a page, one a record for WARC and WET."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import BinaryIO

from pipeline.archive.foreign import (
    MAX_DOCUMENT_BYTES,
    ForeignRecord,
    LostRecord,
    is_gzip,
    read_warc,
)
from pipeline.archive.http_message import UndecodableError, parse_response
from pipeline.wordpress.model import UnreadablePage

PAGE_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/json",
    ".txt": "text/plain",
    ".xml": "application/rss+xml",
    ".rss": "application/rss+xml",
}
"""Content type by the end of a file's name, for files that are one page."""
_TOO_LARGE = f"larger than {MAX_DOCUMENT_BYTES >> 20} MiB"
_PAGE_TYPE = re.compile(r"html|json|xml|text/plain", re.IGNORECASE)


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


def documents_of(path: Path) -> Iterator[Document | LostRecord]:
    """The documents in a file, in order: WARC, WET, HTML, JSON, RSS or text, gzipped or not.

    What cannot be read in a WARC file is given as a lost record, and the rest goes on.

    Raises:
        UnreadablePage: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            if _content(file).read(5) == b"WARC/":
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
        raise UnreadablePage(_TOO_LARGE)
    plain = PurePath(name.lower().removesuffix(".gz"))
    return Document(None, PAGE_TYPES.get(plain.suffix), body)


def warc_documents(file: BinaryIO) -> Iterator[Document | LostRecord | None]:
    """What each record of a WARC or WET file holds; None where that is no page.

    Pages are what the site answered with status 200 and a type that can be read; requests,
    refusals and images are passed over.

    Raises:
        UnreadablePage: it is no WARC file.
    """
    for record in read_warc(file):
        yield record if isinstance(record, LostRecord) else _document(record)


def _content(file: BinaryIO) -> BinaryIO | gzip.GzipFile:
    return gzip.GzipFile(fileobj=file) if is_gzip(file) else file


def _document(record: ForeignRecord) -> Document | LostRecord | None:
    kind = record.headers.get("warc-type", "").lower()
    if kind not in {"response", "resource", "conversion"}:
        return None
    http = None
    if kind == "response":
        try:
            http = parse_response(record.block)
        except UndecodableError as error:
            return LostRecord(record.offset, record.url, str(error))
        if http is None or http.status != 200:
            return None
    body = http.body if http else record.block
    content_type = http.header("Content-Type") if http else record.headers.get("content-type")
    content_type = content_type or "text/plain"
    if not _PAGE_TYPE.search(content_type):
        return None
    if len(body) > MAX_DOCUMENT_BYTES:
        return LostRecord(record.offset, record.url, _TOO_LARGE)
    return Document(
        url=record.url,
        content_type=content_type,
        body=body,
        headers=http.headers if http else (),
        captured_at=_moment(record.headers.get("warc-date")),
    )


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
