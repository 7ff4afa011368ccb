"""Reading what `hf_xet` left in a `local://` store: the shards that say which files there are.

The layout of a shard is that of Xet's specification (huggingface.co/docs/xet/en/shard): a header
of 48 bytes, then for each file a header, its segments, their verification and its SHA-256, all in
entries of 48 bytes, up to one whose hash is all ones.
"""

from __future__ import annotations

import struct
from pathlib import Path

_ENTRY = 48
_VERIFIED, _WITH_SHA256 = 1 << 31, 1 << 30
_LAST = b"\xff" * 32


def _hex(raw: bytes) -> str:
    """A hash as Xet writes it: four numbers of 64 bits, the lowest byte first."""
    return "".join(raw[i : i + 8][::-1].hex() for i in range(0, 32, 8))


def _files(shard: bytes) -> dict[str, str]:
    found, at = {}, _ENTRY
    while (name := shard[at : at + 32]) != _LAST:
        flags, segments = struct.unpack_from("<II", shard, at + 32)
        at += _ENTRY * (1 + segments * (2 if flags & _VERIFIED else 1))
        if flags & _WITH_SHA256:
            found[_hex(shard[at : at + 32])] = _hex(name)
            at += _ENTRY
    return found


def file_hashes(cas: Path) -> dict[str, str]:
    """Xet's hash of every file in the store, by the file's SHA-256."""
    found: dict[str, str] = {}
    for shard in (cas / "xet" / "xorbs" / "shards").glob("*.mdb"):
        found |= _files(shard.read_bytes())
    return found


def stored_bytes(cas: Path) -> int:
    """Bytes of content and of shards in the store: what was sent to it."""
    kept = cas / "xet" / "xorbs"
    files = [*kept.glob("xorbs/default.*"), *kept.glob("shards/*.mdb")]
    return sum(file.stat().st_size for file in files if file.suffix != ".tagset")
