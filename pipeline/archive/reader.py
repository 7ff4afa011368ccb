"""Reading WARC files of the archive: record by record, up to the last whole one."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipeline.archive.foreign import next_member
from pipeline.archive.writer import DigestInfo, payload_digest

_CHUNK = 1 << 18
CONTENT_TYPES = frozenset({"response", "revisit", "resource", "conversion"})
"""Record types that hold (or stand for) something the site published."""
_OTHER_BODY = "the payload is not the one that was written"


class ArchiveError(ValueError):
    """The archive does not hold what was asked for; the message names file and offset."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a WARC file of the archive."""

    offset: int
    end: int
    """Where the next record starts."""
    record_id: str
    """Its WARC-Record-ID, without brackets."""
    kind: str
    """The WARC type: response, revisit, resource, request, metadata, warcinfo."""
    url: str
    captured_at: datetime
    status: int
    content_type: str | None
    digest: str | None
    """Digest of the decoded body; of the body that is referred to, for a revisit."""
    digest_info: DigestInfo | None
    headers: tuple[tuple[str, str], ...]
    """The HTTP headers, where it has some."""
    body: bytes

    @property
    def note(self) -> dict[str, Any]:
        """What a `metadata` record says."""
        note = json.loads(self.body)
        assert isinstance(note, dict)
        return note


class Member(NamedTuple):
    """A whole gzip member: where it starts, where it ends, what it holds."""

    offset: int
    end: int
    content: bytes


class DamagedMember(NamedTuple):
    """Bytes that hold no whole record."""

    offset: int
    reason: str
    is_tail: bool
    """Whether no whole member follows: a run may have been killed while it wrote this one."""


def read_members(file: BinaryIO, offset: int = 0) -> Iterator[Member | DamagedMember]:
    """Every gzip member from `offset` on; reading goes on after one that is damaged."""
    while True:
        file.seek(offset)
        try:
            for member in _whole_members(file, offset):
                yield member
                offset = member.end
            return
        except (zlib.error, EOFError) as error:
            later = next_member(file, offset + 1)
            cut = isinstance(error, EOFError)
            reason = "the file ends within this record" if cut else "damaged gzip data"
            yield DamagedMember(offset, reason, is_tail=later is None)
            if later is None:
                return
            offset = later


def _whole_members(file: BinaryIO, offset: int) -> Iterator[Member]:
    rest = b""
    while True:
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
        parts: list[bytes] = []
        length = 0
        while not unpack.eof:
            chunk = rest or file.read(_CHUNK)
            rest = b""
            if not chunk:
                if length:
                    raise EOFError
                return
            parts.append(unpack.decompress(chunk))
            length += len(chunk)
        rest = unpack.unused_data
        end = offset + length - len(rest)
        yield Member(offset, end, b"".join(parts))
        offset = end


def parse_record(member: Member, *, check_digests: bool = False) -> Record:
    """The record that a gzip member of one of our own files holds.

    Args:
        member: a whole gzip member.
        check_digests: whether its digests have to be those of its content.

    Raises:
        ArchiveError: it is no WARC record.
    """
    try:
        return _record(member, check_digests=check_digests)
    except ArchiveLoadFailed as error:
        reason = str(error) if "digest" in str(error) else "no WARC record"
        raise ArchiveError(f"{reason} at offset {member.offset}") from error
    except (StopIteration, EOFError, KeyError, ValueError) as error:
        raise ArchiveError(f"no WARC record at offset {member.offset}") from error


def _record(member: Member, *, check_digests: bool) -> Record:
    check = "raise" if check_digests else False
    record = next(iter(ArchiveIterator(BytesIO(member.content), check_digests=check)))
    header = dict(record.rec_headers.headers)
    http = record.http_headers
    body = record.content_stream().read()
    content_type = http.get_header("Content-Type") if http else header.get("Content-Type")
    return Record(
        offset=member.offset,
        end=member.end,
        record_id=header["WARC-Record-ID"].strip("<>"),
        kind=record.rec_type,
        url=header.get("WARC-Target-URI", ""),
        captured_at=datetime.fromisoformat(header["WARC-Date"]).astimezone(UTC),
        status=int(http.get_statuscode()) if http and record.rec_type in CONTENT_TYPES else 200,
        content_type=content_type,
        digest=header.get("WARC-Payload-Digest"),
        digest_info=DigestInfo.of(header),
        headers=tuple(http.headers) if http else (),
        body=body,
    )


def _is_whole(record: Record) -> bool:
    """Whether the body is the one that was written, where a record has one of the site's."""
    holds_body = record.kind in CONTENT_TYPES - {"revisit"}
    return not holds_body or record.digest == payload_digest(record.body)


def _without_body(record: Record) -> Record:
    return record if record.kind == "metadata" else replace(record, body=b"", headers=())


def read_records(path: Path) -> Iterator[Record | DamagedMember]:
    """The records of a file of the archive, without bodies, and what is damaged between them.

    Raises:
        ArchiveError: a whole gzip member holds no WARC record: the file is not of the archive.
    """
    with path.open("rb") as file:
        for member in read_members(file):
            if isinstance(member, DamagedMember):
                yield member
                continue
            try:
                record = parse_record(member)
            except ArchiveError as error:
                raise ArchiveError(f"{path.name}: {error}") from error
            if _is_whole(record):
                yield _without_body(record)
            else:
                yield DamagedMember(member.offset, _OTHER_BODY, is_tail=False)


def checked_records(path: Path) -> Iterator[Record | DamagedMember]:
    """The records of a file of the archive, each compared with its digests, its body left out."""
    with path.open("rb") as file:
        for member in read_members(file):
            if isinstance(member, DamagedMember):
                yield member
                continue
            try:
                record = parse_record(member, check_digests=True)
            except ArchiveError as error:
                yield DamagedMember(member.offset, str(error), is_tail=False)
                continue
            yield _without_body(record)


def read_record(path: Path, offset: int) -> Record:
    """The record at `offset`, its body compared with its digest.

    Raises:
        ArchiveError: there is no such file, or no whole record at that offset.
    """
    try:
        with path.open("rb") as file:
            for member in read_members(file, offset):
                if isinstance(member, DamagedMember):
                    break
                record = parse_record(member)
                if _is_whole(record):
                    return record
                raise ArchiveError(f"{path.name}: {_OTHER_BODY} at offset {offset}")
    except FileNotFoundError:
        raise ArchiveError(f"{path.name}: no such file in the archive") from None
    raise ArchiveError(f"{path.name}: no whole record at offset {offset}")
