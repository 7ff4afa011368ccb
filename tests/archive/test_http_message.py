"""HTTP answers in archives, coded in all the ways that browsers and Wget read."""

from __future__ import annotations

import gzip
import sys
import zlib

import brotli
import pytest

from pipeline.archive import http_message
from pipeline.archive.http_message import UndecodableError, parse_response

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PAGE = "<html>架空の本文です。</html>".encode() * 20


def chunked(body: bytes, end: bytes = b"0\r\n\r\n", nl: bytes = b"\r\n") -> bytes:
    parts = [body[at : at + 100] for at in range(0, len(body), 100)]
    return b"".join(b"%x;x=1" % len(part) + nl + part + nl for part in parts) + end


def answer(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode() + body


def repr_of(value: object) -> str:
    """A test's name: not the compressed bytes, which hold the time."""
    return str(len(value)) if isinstance(value, bytes) else str(value)[:60]


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (PAGE, []),
        (brotli.compress(PAGE), ["Content-Encoding: br"]),
        (brotli.compress(PAGE), ["content-encoding: BR"]),
        (zstd.compress(PAGE), ["Content-Encoding: zstd"]),
        (gzip.compress(PAGE), ["Content-Encoding: gzip"]),
        (gzip.compress(PAGE), ["Content-Encoding: X-GZIP"]),
        (gzip.compress(PAGE[:99]) + gzip.compress(PAGE[99:]), ["Content-Encoding: gzip"]),
        (gzip.compress(PAGE) + b"\r\n", ["Content-Encoding: gzip"]),
        (zlib.compress(PAGE), ["Content-Encoding: deflate"]),
        (raw_deflate(PAGE), ["Content-Encoding: deflate"]),
        (chunked(PAGE), ["Transfer-Encoding: Chunked"]),
        (chunked(PAGE), ["transfer-encoding: chunked, chunked"]),
        (chunked(PAGE), ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"]),
        (chunked(PAGE, nl=b"\n"), ["Transfer-Encoding: chunked"]),
        (chunked(PAGE, end=b""), ["Transfer-Encoding: chunked"]),
        (chunked(gzip.compress(PAGE)), ["Transfer-Encoding: gzip, chunked"]),
        (chunked(brotli.compress(PAGE)), ["Content-Encoding: br", "Transfer-Encoding: chunked"]),
        (PAGE, ["Content-Encoding: UTF-8"]),
        (PAGE, ["Content-Encoding: identity"]),
        (PAGE, ["Content-Encoding:"]),
        # Many archives keep the header of a coding that they have undone.
        (PAGE, ["Content-Encoding: gzip"]),
        (PAGE, ["Content-Encoding: br"]),
        (PAGE, ["Content-Encoding: zstd"]),
        (PAGE, ["Transfer-Encoding: chunked"]),
    ],
    ids=repr_of,
)
def test_the_page_is_decoded(body: bytes, headers: list[str]) -> None:
    message = parse_response(answer(body, *headers))
    assert message is not None
    assert message.body == PAGE
    assert message.status == 200


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (b"\x00\x01nothing", ["Content-Encoding: br"], r"cannot be decoded \(br\)"),
        (b"\x00\x01nothing", ["Content-Encoding: zstd"], r"cannot be decoded \(zstd\)"),
        (gzip.compress(PAGE)[:-30] + b"\0" * 30, ["Content-Encoding: gzip"], r"\(gzip\)"),
        (
            gzip.compress(gzip.compress(PAGE)),
            ["Content-Encoding: gzip, gzip"],
            r"more than once \(gzip, gzip\)",
        ),
        (b"3\r\nabc\r\nxyz\r\n", ["Transfer-Encoding: chunked"], "its chunks are damaged"),
        (b"", ["X: " + "a" * 300_000], "its HTTP header is larger than 256 KiB"),
    ],
    ids=repr_of,
)
def test_what_cannot_be_decoded_says_why(body: bytes, headers: list[str], reason: str) -> None:
    with pytest.raises(UndecodableError, match=reason):
        parse_response(answer(body, *headers))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_not_unpacked(coding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_message, "MAX_DOCUMENT_BYTES", 100_000)
    pack = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstd.compress,
    }[coding]
    message = parse_response(answer(pack(b"\0" * 10_000_000), f"Content-Encoding: {coding}"))
    assert message is not None
    assert len(message.body) == 100_001


def test_header_lines_as_they_come() -> None:
    block = b"HTTP/2 200\nA: 1\n  2\n\xe9: \xe9\nno colon\nB:\xc3\xa9\n\nbody"
    message = parse_response(block)
    assert message is not None
    assert message.headers == (("A", "1 2"), ("é", "é"), ("B", "é"))
    assert message.header("b") == "é"
    assert message.body == b"body"


def test_what_is_no_answer_is_none() -> None:
    assert parse_response(b"<html>") is None
    assert parse_response(b"HTTP/1.1 OK\r\n\r\n") is None
