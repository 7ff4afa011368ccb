"""Reading WARC files of others: what is damaged costs one record, and is named.

Our own code, because neither reader of the field goes on after such a record: warcio 1.8 ends at a
damaged gzip member or refuses a file that is gzipped as a whole, fastwarc 2.0 ends at a header that
is too long and takes an empty member for the end of the file.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from typing import BinaryIO
from urllib.parse import quote

from pipeline.wordpress.model import UnreadablePage

MAX_HEADER_BYTES = 1 << 18
"""Longest header of a record or of an HTTP answer; Chromium reads HTTP headers of so many bytes."""

MAX_DOCUMENT_BYTES = 64 * 2**20
"""No page of the digest comes near it; a larger one is refused before it fills the memory."""

GZIP_MAGIC = b"\x1f\x8b\x08"
"""How a gzip member begins (RFC 1952): its two magic bytes, and deflate, the only method."""

_CHUNK = 1 << 16
_RECORD = b"WARC/"
_RECORD_LINE = len("WARC/1.0")
_LATER_RECORD = re.compile(rb"\n(?=WARC/[01]\.\d)")


@dataclass(frozen=True, slots=True)
class ForeignRecord:
    """A record of a WARC file as it is, nothing decoded."""

    offset: int
    """Where it begins in the file: for gzip, where its first gzip member does."""
    headers: dict[str, str]
    """By lower-case name; of several of one name, the first."""
    block: bytes
    """Its content; cut where it is longer than `MAX_HEADER_BYTES + MAX_DOCUMENT_BYTES`."""

    @property
    def url(self) -> str | None:
        """Its address, without the angle brackets of Wget 1.19; spaces and controls are encoded."""
        return _url(self.headers)


@dataclass(frozen=True, slots=True)
class LostRecord:
    """A record that cannot be read."""

    offset: int
    url: str | None
    reason: str
    at_end: bool = False
    """Whether the file ends within it: more of it may be still to come."""

    def __str__(self) -> str:
        where = f"the record at byte {self.offset:,}"
        return f"{where} ({self.url}): {self.reason}" if self.url else f"{where}: {self.reason}"


def is_gzip(file: BinaryIO) -> bool:
    """Whether a file is gzipped; its position is its start afterwards."""
    file.seek(0)
    magic = file.read(2)
    file.seek(0)
    return magic == GZIP_MAGIC[:2]


def read_warc(file: BinaryIO) -> Iterator[ForeignRecord | LostRecord]:
    """The records of a WARC file, in order: gzipped record by record, as a whole, or not at all.

    Reading goes on after a record that cannot be read, at the next that can.

    Raises:
        UnreadablePage: there is no record in it.
    """
    scan = _Scan(file, zipped=is_gzip(file))
    start: int | None = 0
    while start is not None:
        try:
            yield from scan.records(start)
            start = None
        except _WrongLength as error:
            yield scan.lost("its length is wrong")
            start = error.next_record
        except EOFError:
            start = scan.next_member()
            yield scan.lost("the file ends within it", at_end=start is None)
        except zlib.error:
            start = scan.next_member()
            yield scan.lost("damaged gzip data" + (", to the end" if start is None else ""))
    if not scan.found:
        raise UnreadablePage("not a WARC file")


def next_member(file: BinaryIO, start: int, last: int | None = None) -> int | None:
    """Where the next gzip member begins that holds the start of a record, from `start` on.

    Args:
        file: of gzip members.
        start: where to begin.
        last: where the member has to begin at latest.
    """
    position, window = start, b""
    file.seek(position)
    while (last is None or position <= last) and (chunk := file.read(_CHUNK)):
        window += chunk
        at = window.find(GZIP_MAGIC)
        while at >= 0:
            if last is not None and position + at > last:
                return None
            if _record_begins(file, position + at):
                return position + at
            at = window.find(GZIP_MAGIC, at + 1)
        kept = window[1 - len(GZIP_MAGIC) :]
        position, window = position + len(window) - len(kept), kept
    return None


def _record_begins(file: BinaryIO, member: int) -> bool:
    here = file.tell()
    file.seek(member)
    try:
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return unpack.decompress(file.read(_CHUNK), len(_RECORD)) == _RECORD
    except zlib.error:
        return False
    finally:
        file.seek(here)


class _WrongLength(Exception):  # noqa: N818 - a turn of the reading, not an error to report
    """A record says that it is longer than it is; reading goes on at the next."""

    def __init__(self, next_record: int) -> None:
        self.next_record = next_record


class _Gunzipped(RawIOBase):
    """The content of gzip members from an offset on; what a call reads is of one member."""

    def __init__(self, file: BinaryIO, offset: int) -> None:
        file.seek(offset)
        self._file = file
        self._rest = b""
        self._position = offset
        self._unpack: zlib._Decompress | None = None
        self.member = offset
        """Where the member begins of which the last bytes were."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # only BufferedReader
        while True:
            if self._unpack is None:
                if not self._at_member():
                    return 0
                self.member = self._position
                self._unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
            unpack = self._unpack
            data = unpack.decompress(self._rest, len(buffer))
            rest = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
            self._position += len(self._rest) - len(rest)
            self._rest = rest
            if unpack.eof:
                self._unpack = None
            if data:
                buffer[: len(data)] = data
                return len(data)
            if not unpack.eof and not self._rest:
                self._rest = self._file.read(_CHUNK)
                if not self._rest:
                    raise EOFError

    def _at_member(self) -> bool:
        """Whether there is another member; zeros between members are padding, as for gzip."""
        while True:
            rest = self._rest.lstrip(b"\0")
            self._position += len(self._rest) - len(rest)
            self._rest = rest
            if rest:
                return True
            self._rest = self._file.read(_CHUNK)
            if not self._rest:
                return False


class _Scan:
    """One reading of a file, and which record it is at."""

    def __init__(self, file: BinaryIO, *, zipped: bool) -> None:
        self._file = file
        self._raw: _Gunzipped | None = None
        self._reader: BufferedReader | BinaryIO = file
        self._zipped = zipped
        self._offset = 0
        self._url: str | None = None
        self.found = False
        """Whether there was a record yet."""

    def lost(self, reason: str, *, at_end: bool = False) -> LostRecord:
        """The record that the reading is at, as one that cannot be read."""
        return LostRecord(self._offset, self._url, reason, at_end)

    def records(self, start: int) -> Iterator[ForeignRecord | LostRecord]:
        """The records from an offset on, to the end or to damage after which it begins anew."""
        self._file.seek(start)
        if self._zipped:
            self._raw = _Gunzipped(self._file, start)
            self._reader = BufferedReader(self._raw, _CHUNK)
        line = self._next_line()
        reported = False
        while line:
            if line.startswith(_RECORD):
                record = self._record()
                yield record
                reported = isinstance(record, LostRecord)
                line = self._next_line()
            elif not line.strip():
                line = self._next_line()
            else:
                skipped, whole = 0, True
                while line and not (whole and line.startswith(_RECORD)):
                    skipped, whole = skipped + len(line), line.endswith(b"\n")
                    line = self._reader.readline(_CHUNK)
                if not reported:
                    yield self.lost(f"{skipped:,} bytes that belong to no record")
                self._mark(back=len(line))

    def next_member(self, last: int | None = None) -> int | None:
        """Where the next gzip member begins that holds the start of a record; `last` at latest."""
        return next_member(self._file, self._offset + 1, last) if self._zipped else None

    def _mark(self, back: int = 0) -> None:
        """Note where the next record begins; `back` bytes of it were read."""
        self._url = None
        if self._raw is None:
            self._offset = self._file.tell() - back
            return
        try:
            if not back:
                self._reader.peek(1)  # type: ignore[union-attr] # is a BufferedReader here
        finally:
            self._offset = self._raw.member

    def _next_line(self) -> bytes:
        self._mark()
        return self._reader.readline(_CHUNK)

    def _record(self) -> ForeignRecord | LostRecord:
        """The record whose first line was read.

        Raises:
            _WrongLength: its length reaches into the next record.
            EOFError: the file ends within it.
        """
        headers = self._headers()
        if headers is None:
            return self.lost(f"its header is larger than {MAX_HEADER_BYTES >> 10} KiB")
        self._url = _url(headers)
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 19):
            return self.lost("it does not say how long it is")
        self.found = True
        begin = self._file.tell()
        block = self._reader.read(min(int(length), MAX_HEADER_BYTES + MAX_DOCUMENT_BYTES))
        left = int(length) - len(block)
        while left and (more := self._reader.read(min(left, _CHUNK))):
            left -= len(more)
        if (later := self._swallowed(begin, block, whole=not left)) is not None:
            raise _WrongLength(later)
        if left:
            raise EOFError
        return ForeignRecord(self._offset, headers, block)

    def _swallowed(self, begin: int, block: bytes, *, whole: bool) -> int | None:
        """Where in a block that begins at `begin` the next record does."""
        if self._raw is not None:
            last = self._raw.member
            return self.next_member(last) if last != self._offset else None
        if whole and self._ends_here():
            return None
        here = self._file.tell()
        match = _LATER_RECORD.search(block + self._file.read(_RECORD_LINE))
        self._file.seek(here)
        return begin + match.end() if match else None

    def _ends_here(self) -> bool:
        """Whether an empty line, another record or the end of the file follows."""
        here = self._file.tell()
        line = self._file.readline(_CHUNK)
        self._file.seek(here)
        return line.startswith(_RECORD) or not line.strip()

    def _headers(self) -> dict[str, str] | None:
        """The header fields up to the empty line; None where they are too large."""
        headers: dict[str, str] = {}
        name, size = "", 0
        while (line := self._reader.readline(MAX_HEADER_BYTES)).strip():
            size += len(line)
            if size > MAX_HEADER_BYTES:
                return None
            text = decoded(line)
            if text[0] in " \t" and name:  # a folded line
                headers[name] += f" {text.strip()}"
                continue
            name, _, value = text.partition(":")
            name = name.strip().lower()
            headers.setdefault(name, value.strip())
        return headers


def decoded(line: bytes) -> str:
    """A header line as text: UTF-8 as WARC has it, else Latin-1 as HTTP once had."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _url(headers: dict[str, str]) -> str | None:
    url = headers.get("warc-target-uri") or None
    if url and url.startswith("<") and url.endswith(">"):
        url = url[1:-1]
    return re.sub(r"[\s\x00-\x1f\x7f]", lambda found: quote(found[0]), url) if url else None
