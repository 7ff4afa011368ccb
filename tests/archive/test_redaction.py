"""Erasing from WARC files keeps everything else where it is, and is the only rewrite accepted."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from pipeline.archive.archive import Archive, ArchiveError
from pipeline.archive.redaction import _gzip_of_length, redact
from pipeline.archive.redactions import LOG
from pipeline.archive.verification import verify_archive
from pipeline.archive.writer import DigestInfo, Exchange, payload_digest

DAY = date(2025, 3, 3)
SECRET = b"<p>what is to be erased: " + os.urandom(300).hex().encode() + b"</p>"
BODY = b"<html>" + SECRET + b"<p>what stays</p></html>"
LEFT = b"<html><p>what stays</p></html>"


def exchange(number: int, body: bytes, url: str = "") -> Exchange:
    return Exchange(
        url=url or f"http://site/{number}",
        status=200,
        headers=(("Content-Type", "text/html"), ("Content-Encoding", "gzip")),
        body=body,
        captured_at=datetime(2025, 3, 4, tzinfo=UTC) + timedelta(minutes=number),
        request_headers=(("User-Agent", "test"),),
    )


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Five responses; the third holds what is to be erased, the fourth is a revisit of it."""
    info = DigestInfo("listing", frozenset({DAY}), (1, 2))
    made = Archive(tmp_path / "archive")
    with made.writer("crawl", {}) as writer:
        for number in range(3):
            body = BODY if number == 2 else b"<html>other</html>"
            writer.add_exchange(exchange(number, body), info)
        assert writer.add_exchange(exchange(3, BODY, "http://site/2"), info) == "revisit"
        writer.add_exchange(exchange(4, b"<html>last</html>"), info)
        writer.add_file("urn:file", BODY + b"!", "text/html", exchange(5, b"").captured_at, info)
    return made


def offsets(archive: Archive, kind: str, url: str) -> list[int]:
    rows = archive.records()
    return rows.filter((rows["record_type"] == kind) & (rows["url"] == url))[
        "record_offset"
    ].to_list()


def erase(archive: Archive) -> str:
    (path,) = archive.files()
    bodies = dict.fromkeys(offsets(archive, "response", "http://site/2"), LEFT)
    bodies |= dict.fromkeys(offsets(archive, "resource", "urn:file"), LEFT + b"!")
    assert len(bodies) == 2
    redact(archive.folder, path.name, bodies)
    return path.name


def everything(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def test_what_is_erased_is_in_no_file_of_the_archive(archive: Archive) -> None:
    name = erase(archive)
    for path in archive.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert SECRET not in data
    assert SECRET not in everything(archive.folder / name)


def test_all_else_stays_where_it_was(archive: Archive) -> None:
    before = archive.records()
    erase(archive)
    after = Archive(archive.folder).records()
    places = ["archive_file", "record_offset", "record_end", "record_type", "url", "days"]
    assert after.select(places).equals(before.select(places))
    changed = before["payload_digest"] != after["payload_digest"]
    assert after.filter(changed)["record_type"].to_list() == ["response", "revisit", "resource"]


def test_captures_have_what_is_left_a_revisit_too(archive: Archive) -> None:
    erase(archive)
    again = Archive(archive.folder)
    found = [*again.captures(again.index())]
    assert [capture.payload for capture in found] == [
        *[b"<html>other</html>"] * 2, LEFT, LEFT, b"<html>last</html>", LEFT + b"!"
    ]  # fmt: skip
    for capture in found:
        assert capture.payload_digest == payload_digest(capture.payload)


def test_another_reader_finds_standard_records(archive: Archive) -> None:
    name = erase(archive)
    with (archive.folder / name).open("rb") as file:
        records = [
            (record.rec_type, record.rec_headers.get_header("X-Digest-Redacted"))
            for record in ArchiveIterator(file, check_digests="raise")
            if record.content_stream().read() is not None
        ]
    assert [kind for kind, old in records if old] == ["response", "resource"]
    assert records[-1] == ("resource", payload_digest(BODY + b"!"))


def test_verification_accepts_it_and_nothing_else(archive: Archive) -> None:
    name = erase(archive)
    assert verify_archive(archive.folder).damages == []
    assert Archive(archive.folder).damages() == []
    path = archive.folder / name
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    assert verify_archive(archive.folder).damages


def test_an_older_copy_that_is_put_back_is_named(archive: Archive, tmp_path: Path) -> None:
    (path,) = archive.files()
    shutil.copy(path, tmp_path / "copy")
    erase(archive)
    shutil.copy(tmp_path / "copy", path)
    (damage,) = verify_archive(archive.folder).damages
    assert "it holds what was erased" in str(damage)
    assert str(damage).endswith("arxiv-ja-en erase PAPER_ID --yes")
    erase(Archive(archive.folder))
    assert verify_archive(archive.folder).damages == []


def test_what_was_erased_from_can_be_erased_from_again(archive: Archive) -> None:
    name = erase(archive)
    again = Archive(archive.folder)
    (offset,) = offsets(again, "response", "http://site/2")
    redact(archive.folder, name, {offset: b"<html>"})
    assert verify_archive(archive.folder).damages == []
    last = Archive(archive.folder)
    assert [capture.payload for capture in last.captures(last.index())][2:4] == [b"<html>"] * 2
    assert len((archive.folder / LOG).read_text().splitlines()) == 2


def test_a_kill_between_the_note_and_the_file_is_named_and_mended(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.records()  # its index is written by renaming too
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        erase(archive)
    monkeypatch.undo()
    (damage,) = verify_archive(archive.folder).damages
    assert "an erasure that was cut off" in str(damage)
    erase(Archive(archive.folder))
    assert verify_archive(archive.folder).damages == []


def test_nothing_is_changed_where_it_cannot_be_done(archive: Archive) -> None:
    (path,) = archive.files()
    before = path.read_bytes()
    (offset,) = offsets(archive, "response", "http://site/2")
    with pytest.raises(ArchiveError, match="does not fit"):
        redact(archive.folder, path.name, {offset: os.urandom(5000)})
    with pytest.raises(ArchiveError, match="no record at byte 7"):
        redact(archive.folder, path.name, {7: b""})
    with (
        FileLock(archive.folder / "crawl.lock"),
        pytest.raises(ArchiveError, match="a crawl or an import is under way"),
    ):
        redact(archive.folder, path.name, {offset: LEFT})
    assert path.read_bytes() == before
    assert not (archive.folder / LOG).exists()
    assert not [*archive.folder.glob(".*.warc.gz.*")]


def test_a_torn_line_of_the_log_costs_nothing_else(archive: Archive) -> None:
    erase(archive)
    with (archive.folder / LOG).open("a") as log:
        log.write('{"file": "x')
    assert verify_archive(archive.folder).damages == []
    assert json.loads((archive.folder / LOG).read_text().splitlines()[0])["digests"]


@given(st.binary(max_size=300), st.integers(0, 30))
def test_a_member_can_have_any_length_that_is_enough(content: bytes, more: int) -> None:
    least = len(_gzip_of_length(content, 10_000, "")) - 10_000 + 400
    member = _gzip_of_length(content, least + len(content) + more, "")
    assert len(member) == least + len(content) + more
    assert gzip.decompress(member) == content
