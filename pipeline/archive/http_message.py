"""Reading an HTTP answer as an archive keeps it: header, transfer coding, content coding.

Lenient as browsers are: names of codings in any case, `x-gzip`, `chunked` named twice, codings
named that were undone before the answer was stored, names of codings that are none.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import brotli

from pipeline.archive.foreign import MAX_DOCUMENT_BYTES, MAX_HEADER_BYTES, decoded

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_STATUS = re.compile(rb"HTTP/[\d.]+ +(\d{3})(?!\d)")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*[<{\[]")


class UndecodableError(ValueError):
    """The answer cannot be read; the message says why, on one line."""


@dataclass(frozen=True, slots=True)
class HttpMessage:
    """An HTTP answer, its body decoded."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    """At most `MAX_DOCUMENT_BYTES` and one."""

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        return _first(self.headers, name)


def parse_response(block: bytes) -> HttpMessage | None:
    """The HTTP answer that a record holds; None where it holds none.

    Raises:
        UndecodableError: its header is too large, or its body is not coded as it says.
    """
    status = _STATUS.match(block)
    if status is None:
        return None
    end = _HEADER_END.search(block, 0, MAX_HEADER_BYTES)
    if end is None and len(block) > MAX_HEADER_BYTES:
        raise UndecodableError(f"its HTTP header is larger than {MAX_HEADER_BYTES >> 10} KiB")
    head, body = (block[: end.start()], block[end.end() :]) if end else (block, b"")
    headers = _headers(head)
    if "chunked" in _codings(headers, "Transfer-Encoding"):
        body = _unchunked(body)
    for name in ("Transfer-Encoding", "Content-Encoding"):
        codings = [coding for coding in _codings(headers, name) if coding in _DECODERS]
        if len(codings) > 1:
            raise UndecodableError(f"its body is coded more than once ({', '.join(codings)})")
        for coding in codings:
            body = _decoded(body, coding)
    return HttpMessage(int(status[1]), headers, body[: MAX_DOCUMENT_BYTES + 1])


def _headers(head: bytes) -> tuple[tuple[str, str], ...]:
    headers: list[tuple[str, str]] = []
    for line in head.split(b"\n")[1:]:
        text = decoded(line.rstrip(b"\r"))
        if text[:1] in {" ", "\t"} and headers:  # folded, as RFC 2616 had it
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {text.strip()}")
            continue
        name, colon, value = text.partition(":")
        if colon and name.strip():
            headers.append((name.strip(), value.strip()))
    return tuple(headers)


def _first(headers: tuple[tuple[str, str], ...], name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name.lower()), None)


def _codings(headers: tuple[tuple[str, str], ...], name: str) -> list[str]:
    values = [value for key, value in headers if key.lower() == name.lower()]
    return [part.strip().lower() for part in ",".join(values).split(",")]


def _unchunked(body: bytes) -> bytes:
    """The body without chunk sizes (RFC 9112, 7.1); as it is where there are none.

    Many archives keep the header of a transfer coding that they have undone.
    """
    parts: list[bytes] = []
    at = 0
    while size := _CHUNK_SIZE.match(body, at):
        length = int(size[1], 16)
        if not length:
            return b"".join(parts)
        parts.append(body[size.end() : size.end() + length])
        at = size.end() + length
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"
    if not parts:
        return body
    if at < len(body):
        raise UndecodableError("its chunks are damaged")
    return b"".join(parts)  # cut off, as the server or the crawler left it


def _decoded(body: bytes, coding: str) -> bytes:
    try:
        return _DECODERS[coding](body)
    except (zlib.error, brotli.error, zstd.ZstdError):
        if _MARKUP.match(body):
            return body  # decoded before it was stored
        raise UndecodableError(f"its body cannot be decoded ({coding})") from None


def _gunzip(body: bytes) -> bytes:
    """The content of gzip members; what follows the last is passed over, as browsers do."""
    parts: list[bytes] = []
    room = MAX_DOCUMENT_BYTES + 1
    while room > 0 and (not parts or body.startswith(b"\x1f\x8b")):
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
        parts.append(unpack.decompress(body, room))
        room -= len(parts[-1])
        body = unpack.unused_data
    return b"".join(parts)


def _inflate(body: bytes) -> bytes:
    """`deflate` is zlib by RFC 9110, and raw deflate by what servers have sent for long."""
    try:
        return zlib.decompressobj().decompress(body, MAX_DOCUMENT_BYTES + 1)
    except zlib.error:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, MAX_DOCUMENT_BYTES + 1)


def _unbrotli(body: bytes) -> bytes:
    content = brotli.Decompressor().process(body, output_buffer_limit=MAX_DOCUMENT_BYTES + 1)
    return bytes(content)


def _unzstd(body: bytes) -> bytes:
    return zstd.ZstdDecompressor().decompress(body, MAX_DOCUMENT_BYTES + 1)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
"""By coding (RFC 9110, 8.4.1; RFC 7932; RFC 8878); another is taken for none, as browsers do."""
