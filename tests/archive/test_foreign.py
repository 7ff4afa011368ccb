"""WARC files of others: what is damaged costs one record, and is named."""

from __future__ import annotations

import gzip
import random
import tracemalloc
from io import BytesIO

import pytest

from pipeline.archive.foreign import ForeignRecord, LostRecord, read_warc
from pipeline.wordpress.model import UnreadablePage

BODY = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>An invented page.</p>"


def record(
    number: int,
    *,
    length: object = None,
    fields: bytes = b"",
    body: bytes = BODY,
    end: str = "\r\n",
) -> bytes:
    nl = end.encode()
    head = [
        b"WARC/1.0",
        b"WARC-Type: response",
        b"WARC-Target-URI: http://d.example/%d" % number,
        b"Content-Length: " + str(len(BODY) if length is None else length).encode(),
    ]
    return nl.join(head) + nl + fields + nl + BODY + nl + nl


def repr_of(value: object) -> str:
    """A test's name: not the compressed bytes, which hold the time."""
    return str(len(value)) if isinstance(value, bytes) else str(value)


def members(*records: bytes) -> bytes:
    return b"".join(gzip.compress(part) for part in records)


def read(data: bytes) -> tuple[list[str], list[LostRecord]]:
    """The numbers of the records that are read, and what is lost."""
    found = list(read_warc(BytesIO(data)))
    good = [r for r in found if isinstance(r, ForeignRecord)]
    assert all(len(r.block) >= len(BODY) or r.block == BODY[: len(r.block)] for r in good)
    return [str(r.url)[-1] for r in good], [r for r in found if isinstance(r, LostRecord)]


def damaged(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


ZIPPED = members(record(1), record(2), record(3))
SECOND = len(members(record(1)))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (damaged(ZIPPED, SECOND + 90), "damaged gzip data"),
        (members(record(1), record(2, length=len(BODY) + 80), record(3)), "its length is wrong"),
        (record(1) + record(2, length=len(BODY) + 80) + record(3), "its length is wrong"),
        (record(1) + record(2, length=len(BODY) + 7) + record(3), "its length is wrong"),
        (members(record(1), record(2, length=len(BODY) + 7), record(3)), "its length is wrong"),
        (record(1) + record(2, length=-1) + record(3), "it does not say how long it is"),
        (record(1) + record(2, length="9" * 30) + record(3), "it does not say how long it is"),
        (record(1) + record(2, length="x") + record(3), "it does not say how long it is"),
        (
            record(1) + record(2, fields=b"X: " + b"a" * 300_000 + b"\r\n") + record(3),
            "its header is larger than 256 KiB",
        ),
        (
            members(record(1), record(2, fields=b"X: a\r\n" * 60_000), record(3)),
            "its header is larger than 256 KiB",
        ),
        (record(1) + b"rubbish\r\nmore\r\n" + record(3), "15 bytes that belong to no record"),
        (
            gzip.compress(record(1) + record(2, length=-1) + record(3)),
            "it does not say how long it is",
        ),
    ],
    ids=repr_of,
)
def test_one_record_is_lost_and_named(data: bytes, reason: str) -> None:
    good, lost = read(data)
    assert good == ["1", "3"]
    assert [one.reason for one in lost] == [reason]
    assert reason in str(lost[0])
    assert not lost[0].at_end


@pytest.mark.parametrize(
    "data",
    [
        record(1) + record(2) + record(3),
        record(1, end="\n") + record(2, end="\n") + record(3),
        ZIPPED,
        gzip.compress(record(1) + record(2) + record(3)),
        gzip.compress(b"")
        + members(record(1), record(2))
        + gzip.compress(b"")
        + members(record(3)),
        ZIPPED[:SECOND] + b"\0" * 100 + ZIPPED[SECOND:],
        members(record(1), record(2)[:120], record(2)[120:], record(3)),
        members(record(1) + record(2), record(3)),
        record(1).rstrip() + record(2).rstrip() + record(3),
        record(1, fields="X-Contént: é\r\n".encode())
        + record(2, fields=b"\xff\xfe: x\r\n")
        + record(3),
        record(1, fields=b"X: folded\r\n  value\r\n") + record(2) + record(3),
    ],
    ids=repr_of,
)
def test_what_writers_write_is_read_whole(data: bytes) -> None:
    assert read(data) == (["1", "2", "3"], [])


@pytest.mark.parametrize(
    "whole", [record(1) + record(2), members(record(1), record(2))], ids=repr_of
)
def test_a_file_that_ends_within_a_record_says_so(whole: bytes) -> None:
    first = len(record(1)) if whole.startswith(b"WARC") else SECOND
    assert read(whole[:first]) == (["1"], [])
    for size in range(first + 130, len(whole) - 8, 7):
        good, lost = read(whole[:size])
        assert good in (["1"], ["1", "2"]), "the second, where only its gzip member lacks its end"
        assert [one.at_end for one in lost] == [True]
        assert lost[0].url == (None if "2" in good else "http://d.example/2")


def test_a_flipped_byte_anywhere_costs_one_record_and_never_the_next() -> None:
    rng = random.Random(0)
    for _ in range(300):
        at = rng.randrange(SECOND, 2 * SECOND - 1)
        good, _ = read(damaged(ZIPPED, at))
        assert {"1", "3"} <= set(good)


def test_a_length_that_is_too_short_is_told_with_what_it_leaves_out() -> None:
    whole = record(1) + record(2, length=len(BODY) - 9) + record(3)
    good, (lost,) = read(whole)
    assert good == ["1", "2", "3"]
    assert lost.reason == "13 bytes that belong to no record"
    assert lost.offset == len(record(1) + record(2)) - 13


def test_a_file_without_a_record_is_none_of_warc() -> None:
    for data in (b"", b"hello", gzip.compress(b"hello"), b"\x1f\x8bhello", b"WARC/1.0\r\n"):
        with pytest.raises(UnreadablePage, match="not a WARC file"):
            list(read_warc(BytesIO(data)))


def test_headers_without_end_take_no_memory() -> None:
    line = record(1) + record(2, fields=b"X: " + b"a" * 20_000_000 + b"\r\n") + record(3)
    data = BytesIO(gzip.compress(line, 1))
    tracemalloc.start()
    found = list(read_warc(data))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 3
    assert peak < 5_000_000


def test_the_address_is_one_that_can_be_written() -> None:
    fields = b"WARC-Type: response\r\nWARC-Target-URI: <http://d.example/a b\rc>\r\n"
    data = b"WARC/1.0\r\n" + fields + b"Content-Length: 0\r\n\r\n\r\n\r\n"
    (found,) = read_warc(BytesIO(data))
    assert isinstance(found, ForeignRecord)
    assert found.url == "http://d.example/a%20b%0Dc"
