"""The documents that a file holds: one for a page, one a record for WARC and WET."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.acquire.framed import UnreadablePage

MAX_DOCUMENT_BYTES = 64 * 2**20
"""No page of the digest comes near it; a larger one is refused before it fills the memory."""

_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/json",
    ".txt": "text/plain",
    ".xml": "application/rss+xml",
    ".rss": "application/rss+xml",
}
_PAGE_TYPE = re.compile(r"html|json|xml|text/plain", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it would have come from a server."""

    url: str | None
    """Where it was fetched, as its WARC record says; None for a file that is the page itself."""
    content_type: str | None
    body: bytes
    """Decoded; may be empty."""


def documents_of(path: Path) -> Iterator[Document]:
    """The documents in a file, in order: WARC, WET, HTML, JSON, RSS or text, gzipped or not.

    Of WARC and WET these are what the site answered with status 200 and a type that can be read;
    requests, refusals and images are passed over.

    Raises:
        UnreadablePage: the file cannot be read, or ends in the middle of a record; the documents
            before that have been yielded.
    """
    try:
        with path.open("rb") as file:
            start = file.read(2)
        opener = gzip.open if start == b"\x1f\x8b" else Path.open
        with opener(path, "rb") as file:
            start = file.read(5)
        if start == b"WARC/":
            with path.open("rb") as warc:
                yield from _records(warc)
            return
        with opener(path, "rb") as file:
            body = file.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise UnreadablePage(error.strerror or str(error)) from None
    except (EOFError, zlib.error):
        raise UnreadablePage("truncated or damaged gzip data") from None
    if len(body) > MAX_DOCUMENT_BYTES:
        raise UnreadablePage(f"larger than {MAX_DOCUMENT_BYTES >> 20} MiB")
    suffix = (path.with_suffix("") if path.suffix == ".gz" else path).suffix.lower()
    yield Document(None, _TYPES.get(suffix), body)


def _records(file: IO[bytes]) -> Iterator[Document]:
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    try:
        for record in ArchiveIterator(file):
            http = record.http_headers
            headers = http or record.rec_headers
            content_type = headers.get_header("Content-Type") or ""
            body = record.content_stream().read(MAX_DOCUMENT_BYTES)
            left = getattr(record.raw_stream, "limit", None)  # none where the header is torn
            if left is None or (left > 0 and len(body) < MAX_DOCUMENT_BYTES):
                raise UnreadablePage("truncated or damaged WARC")
            holds_page = record.rec_type in {"response", "resource", "conversion"}
            answered = http is None or http.get_statuscode() == "200"
            if holds_page and answered and _PAGE_TYPE.search(content_type):
                url = record.rec_headers.get_header("WARC-Target-URI")
                yield Document(url, content_type, body)
    except ArchiveLoadFailed:
        raise UnreadablePage("truncated or damaged WARC") from None
