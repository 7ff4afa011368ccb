"""Erasing from WARC files: the one rewrite that the archive knows.

A record keeps its place, its length, its id and its date. Its body is another one, the digest of
the body it had stands in its header as `X-Digest-Redacted`, and a line of `redactions.jsonl` in the
archive says what the file was and what it is, so that verification accepts this rewrite and no
other. The line is written before the file is replaced: a file that a kill left as it was is named
as damaged until the erasure is repeated.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import struct
import zlib
from base64 import b32encode
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.archive.index import Index
from pipeline.archive.reader import ArchiveError, DamagedMember, Member, parse_record, read_members
from pipeline.archive.redactions import LOG, Redaction
from pipeline.archive.writer import payload_digest

REDACTED = "X-Digest-Redacted"
"""The header field with the digest of the body that a record had."""

_EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"
"""A stored block of DEFLATE without content (RFC 1951, 3.2.4); it may stand between any two."""
_END = b"\x01\x00\x00\xff\xff"
_COMMENTED = 0x10
"""The flag of a gzip member's header that a comment follows (RFC 1952, 2.3.1)."""


def redact(folder: Path, name: str, bodies: Mapping[int, bytes]) -> None:
    """Give records of a WARC file other bodies, shorter than those they have.

    Args:
        folder: of the archive.
        name: of the file.
        bodies: the new body of each record, by its offset.

    Raises:
        ArchiveError: a crawl or an import is under way, the file is damaged, a record is not there
            or the new body does not fit into its place. Then nothing is changed.
    """
    path = folder / name
    beside = folder / f".{name}.{secrets.token_hex(4)}"
    with ExitStack() as locks:
        try:
            for lock in ("crawl.lock", "inbox.lock"):
                locks.enter_context(FileLock(folder / lock, timeout=0))
        except Timeout:
            raise ArchiveError(
                "a crawl or an import is under way: erase when it has ended"
            ) from None
        try:
            redacted = _write_beside(path, beside, bodies)
            with (folder / LOG).open("a", encoding="utf-8") as log:
                log.write(json.dumps(asdict(redacted), sort_keys=True) + "\n")
                log.flush()
                os.fsync(log.fileno())
            beside.replace(path)
            _sync(folder)
        finally:
            beside.unlink(missing_ok=True)
        Index(folder).forget(name)


def _write_beside(path: Path, beside: Path, bodies: Mapping[int, bytes]) -> Redaction:
    before, after = hashlib.sha256(), hashlib.sha256()
    digests: dict[str, str] = {}
    left = set(bodies)
    with path.open("rb") as file, path.open("rb") as source, beside.open("xb") as out:
        for member in read_members(file):
            if isinstance(member, DamagedMember):
                raise ArchiveError(f"{path.name}: {member.reason} at byte {member.offset:,}")
            source.seek(member.offset)
            data = source.read(member.end - member.offset)
            before.update(data)
            if member.offset in left:
                left.remove(member.offset)
                old, new, content = _other_body(member, bodies[member.offset])
                digests[old] = new
                data = _gzip_of_length(content, len(data), f"{path.name} at byte {member.offset:,}")
            after.update(data)
            out.write(data)
        out.flush()
        os.fsync(out.fileno())
    if left:
        raise ArchiveError(f"{path.name}: no record at byte {min(left):,}")
    return Redaction(
        file=path.name,
        at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        before=before.hexdigest(),
        after=after.hexdigest(),
        digests=digests,
    )


def _other_body(member: Member, body: bytes) -> tuple[str, str, bytes]:
    """The digests of a record's body and of the new one, and the record with that one."""
    record = parse_record(member)
    if record.kind == "revisit" or record.digest is None:
        raise ArchiveError(f"the record at byte {member.offset:,} has no body to be erased from")
    head, _, block = member.content.partition(b"\r\n\r\n")
    if record.kind == "response":
        http, _, _ = block.partition(b"\r\n\r\n")
        block = _with_field(http, b"Content-Length", b"%d" % len(body)) + b"\r\n\r\n" + body
    else:
        block = body
    digest = payload_digest(body)
    sha1 = b32encode(hashlib.sha1(block, usedforsecurity=False).digest())
    head = _with_field(head, b"Content-Length", b"%d" % len(block))
    head = _with_field(head, b"WARC-Block-Digest", b"sha1:" + sha1)
    head = _with_field(head, b"WARC-Payload-Digest", digest.encode())
    if REDACTED.encode() not in head:
        head += b"\r\n%b: %b" % (REDACTED.encode(), record.digest.encode())
    return record.digest, digest, head + b"\r\n\r\n" + block + b"\r\n\r\n"


def _with_field(head: bytes, name: bytes, value: bytes) -> bytes:
    """A header with another value of a field, where it has that field."""
    field = re.compile(rb"(?im)^(%b:[ \t]*)[^\r\n]*" % re.escape(name))
    return field.sub(lambda match: match[1] + value, head)


def _gzip_of_length(content: bytes, length: int, where: str) -> bytes:
    """A gzip member of `length` bytes: empty blocks and a comment fill what is left.

    Raises:
        ArchiveError: it would be longer.
    """
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    blocks = deflate.compress(content) + deflate.flush(zlib.Z_FULL_FLUSH)
    tail = _END + struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)
    spare = length - len(blocks) - len(tail) - 10
    if spare < 0:
        raise ArchiveError(f"{where}: what is left of the record does not fit into its place")
    filled, rest = divmod(spare, len(_EMPTY_BLOCK))
    header = struct.pack("<HBBIBB", 0x8B1F, 8, _COMMENTED if rest else 0, 0, 2, 255)
    comment = b"-" * (rest - 1) + b"\0" if rest else b""
    return header + comment + blocks + _EMPTY_BLOCK * filled + tail


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
