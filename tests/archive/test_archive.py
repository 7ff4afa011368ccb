"""The archive: standard WARC, an index rebuilt from the files alone, torn tails."""

from __future__ import annotations

import gzip
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import polars as pl
import pytest
from fastwarc.warc import ArchiveIterator

from pipeline.archive.archive import Archive, ArchiveError
from pipeline.archive.writer import DigestInfo, Exchange, payload_digest
from pipeline.schema import Captures

DAY, NEXT = date(2025, 3, 3), date(2025, 3, 4)
MOMENT = datetime(2025, 3, 5, 1, 2, 3, 456789, tzinfo=UTC)


def exchange(url: str = "http://site/2025/03/03/", body: bytes = b"<html>1</html>") -> Exchange:
    headers = (
        ("Content-Type", "text/html; charset=UTF-8"),
        ("Content-Length", "9"),
        ("X-Odd", "a\r\n b: ü"),
    )
    asked = (("User-Agent", "arxiv-ja-en/0"), ("Accept-Encoding", "gzip"))
    return Exchange(url, 200, headers, body, MOMENT, asked)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "archive")
    with archive.writer("crawl", {"base_url": "http://site"}) as writer:
        both = DigestInfo("listing", frozenset({DAY, NEXT}), (7, 8), 2)
        assert writer.add_exchange(exchange(), both) == "response"
        assert writer.add_exchange(exchange(), both) == "revisit"
        assert writer.add_exchange(exchange(body=b"<html>2</html>"), both) == "response"
        writer.add_exchange(exchange("http://site/robots.txt"), DigestInfo("listing"))
        writer.add_note("day", {"day": "2025-03-03", "state": "complete"})
    return archive


def test_a_capture_a_day_comes_back_as_it_was_received(archive: Archive) -> None:
    index = Captures.validate(archive.index())
    assert index["day"].to_list() == [DAY, NEXT] * 3
    assert index["announced"].to_list() == [2] * 6
    captures = list(archive.captures(index.filter(day=NEXT)))
    assert [c.payload for c in captures] == [b"<html>1</html>"] * 2 + [b"<html>2</html>"]
    first = captures[0]
    assert (first.url, first.status, first.kind) == ("http://site/2025/03/03/", 200, "listing")
    assert first.content_type == "text/html; charset=UTF-8"
    assert first.captured_at == MOMENT
    assert first.payload_digest == payload_digest(b"<html>1</html>")
    assert archive.read(first.archive_file, first.record_offset).day == DAY
    assert archive.notes("day") == [{"day": "2025-03-03", "state": "complete"}]


def test_the_index_leads_from_a_post_to_its_record(archive: Archive) -> None:
    of_post = archive.records().filter(pl.col("post_ids").list.contains(8))
    assert of_post.select("archive_file", "record_offset").n_unique() == 3


def test_another_reader_finds_standard_records(archive: Archive) -> None:
    (path,) = archive.files()
    with path.open("rb") as file:
        kinds = []
        for record in ArchiveIterator(file, parse_http=False):
            kind = record.headers["WARC-Type"]
            kinds.append(kind)
            assert record.verify_block_digest()
            if kind == "response":
                record.parse_http()
                assert record.verify_payload_digest()
                assert record.headers["X-Digest-Kind"] == "listing"
            if kind == "warcinfo":
                assert b"software: arxiv-ja-en/" in record.reader.read()
            if kind == "revisit":
                assert record.headers["WARC-Refers-To-Target-URI"] == "http://site/2025/03/03/"
                assert record.headers["WARC-Refers-To-Date"] == "2025-03-05T01:02:03.456789Z"
    pairs = ["request", "response", "request", "revisit"] + ["request", "response"] * 2
    assert kinds == ["warcinfo", *pairs, "metadata"]


def test_an_unchanged_page_costs_less_than_2_kb(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    page = exchange(body=bytes(range(256)) * 300)
    digest_info = DigestInfo("rest", frozenset({DAY}), tuple(range(100_000, 100_100)), 100)
    with archive.writer("crawl", {}) as writer:
        writer.add_exchange(page, digest_info)
        before = writer.path.stat().st_size
        writer.add_exchange(page, digest_info)
        assert writer.path.stat().st_size - before < 2000


def test_the_index_is_rebuilt_from_the_files_alone(archive: Archive, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(archive.folder, copy, ignore=shutil.ignore_patterns("index"))
    assert Archive(copy).index().equals(archive.index())
    archive.index()
    for path in (archive.folder / "index").rglob("*.parquet"):
        assert Archive(archive.folder).records().equals(Archive(copy).records())
        path.unlink()
    assert Archive(archive.folder).index().equals(Archive(copy).index())


def test_a_damaged_index_is_made_anew(archive: Archive) -> None:
    before = archive.index()
    for path in (archive.folder / "index").rglob("*.parquet"):
        path.write_bytes(b"")
        assert Archive(archive.folder).index().equals(before)
        assert path.stat().st_size > 0


def test_what_a_running_crawl_wrote_is_seen_at_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    assert archive.index().is_empty()
    with archive.writer("crawl", {}) as writer:
        for number in range(3):
            body = b"<html>%d</html>" % number
            writer.add_exchange(exchange(body=body), DigestInfo("single", frozenset({DAY})))
            assert archive.index().height == number + 1
            (last,) = archive.captures(archive.index().tail(1))
            assert last.payload == body
    assert len(list((tmp_path / "index").rglob("*.parquet"))) == 1


def test_a_run_that_keeps_nothing_leaves_no_file(tmp_path: Path) -> None:
    with Archive(tmp_path).writer("crawl", {}):
        pass
    assert Archive(tmp_path).files() == []


def test_a_torn_file_is_read_up_to_its_last_whole_record(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.writer("crawl", {}) as writer:
        for number in range(3):
            page = exchange(f"http://site/{number}", b"<html>%d</html>" % number)
            writer.add_exchange(page, DigestInfo("single", frozenset({DAY})))
    data = writer.path.read_bytes()
    records = [
        (record.stream_pos, record.headers["WARC-Type"])
        for record in ArchiveIterator(BytesIO(data))
    ]
    starts = [start for start, _ in records] + [len(data)]
    for size in sorted({*range(1, len(data), 97), *starts[1:]}):
        writer.path.write_bytes(data[:size])
        whole = [kind for (_, kind), end in zip(records, starts[1:], strict=True) if end <= size]
        captures = list(archive.captures(archive.index()))
        assert len(captures) == whole.count("response")
        assert [capture.payload[6:7] for capture in captures] == [b"0", b"1", b"2"][: len(captures)]
        if whole and whole[-1] == "request":
            whole.pop()
        torn = size - starts[len(whole)]
        assert archive.torn() == ({writer.path.name: torn} if torn else {})
        assert writer.path.read_bytes() == data[:size]
    with archive.writer("crawl", {}) as after:
        after.add_exchange(exchange("http://site/4"), DigestInfo("single", frozenset({DAY})))
    assert archive.index().height == 4


@pytest.mark.parametrize("damage", [b"\0" * 40, b"\x1f\x8b\x08\0" + b"\xff" * 40, b"WARC/1.1\r\n"])
def test_rubbish_after_the_last_record_is_passed_over(archive: Archive, damage: bytes) -> None:
    (path,) = archive.files()
    before = archive.index()
    with path.open("ab") as file:
        file.write(damage)
    assert archive.index().equals(before)
    assert archive.torn() == {path.name: len(damage)}


def test_what_is_not_there_is_said(archive: Archive) -> None:
    name = archive.files()[0].name
    with pytest.raises(ArchiveError, match="no whole record at offset 999999"):
        archive.read(name, 999_999)
    with pytest.raises(ArchiveError, match="no capture at offset 0"):
        archive.read(name, 0)
    with pytest.raises(ArchiveError, match="no such file"):
        archive.read("20250101T000000Z-00000000-crawl.warc.gz", 0)
    with pytest.raises(ArchiveError, match="no file name of the archive"):
        archive.read("../secret.warc.gz", 0)


def test_a_foreign_file_is_named(archive: Archive) -> None:
    undated = b"WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
    for content in (b"hello", undated):
        (archive.folder / "foreign.warc.gz").write_bytes(gzip.compress(content))
        with pytest.raises(ArchiveError, match=r"foreign\.warc\.gz: no WARC record at offset 0"):
            archive.index()


@pytest.mark.parametrize("value", ["ü", "ü; é", "<ü>; rel=next", "a=é; b", "\x00漢;=", "100%; ü=1"])
def test_headers_of_any_text_are_kept(value: str, tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    with archive.writer("crawl", {}) as writer:
        page = replace(exchange(), headers=(("Content-Type", "text/html"), ("Link", value)))
        writer.add_exchange(page, DigestInfo("listing", frozenset({DAY})))
    (place,) = archive.index().select("archive_file", "record_offset").iter_rows()
    kept = archive.exchange(*place).header("Link")
    assert kept is not None
    assert unquote(kept) == value
