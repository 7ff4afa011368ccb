"""Files that people hand in: each once, moved to where it belongs, never half."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import random
import zlib
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.acquire import inbox, inbox_files, inbox_ready
from pipeline.acquire.inbox import ImportedFile, import_files, take_inbox
from pipeline.acquire.inbox_files import InboxFile, RejectedFileError
from pipeline.acquire.reading import read_response
from pipeline.archive.archive import Archive, Capture
from pipeline.archive.documents import Document, documents_of
from pipeline.archive.writer import Exchange, WarcWriter
from pipeline.cli import main
from pipeline.sample import Blog, Quirks
from pipeline.sample.site import respond
from pipeline.schema import Captures
from pipeline.settings import ENV_PREFIX, Settings, load_settings
from pipeline.wordpress.model import UnreadablePage, WordPressPage
from tests.acquire.blogs import FIRST_DAY, contents, invented_posts

TODAY = date(2026, 1, 2)
POSTS = invented_posts([2, 1])
HOST = "http://digest.example"
WARC_DATE = "2025-03-05T01:02:03Z"


def page(target: str) -> bytes:
    posts = [
        post.__class__(**{**vars(post), "content": post.content + "<p>https://arxiv.org/abs/x</p>"})
        for post in POSTS
    ]
    return respond(Blog(posts), Quirks(), target, HOST).body


def warc(*pages: tuple[str, bytes], kind: str = "response", status: str = "200 OK") -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, gzip=True)
    for url, body in pages:
        packed = gzip.compress(body)
        headers = StatusAndHeaders(
            status,
            [("Content-Type", "text/html; charset=UTF-8"), ("Content-Encoding", "gzip")],
            "HTTP/1.1",
        )
        writer.write_record(
            writer.create_warc_record(
                url,
                kind,
                payload=BytesIO(packed if kind == "response" else body),
                length=len(packed if kind == "response" else body),
                http_headers=headers if kind == "response" else None,
                warc_content_type="text/plain" if kind == "conversion" else "",
                warc_headers_dict={"WARC-Date": WARC_DATE},
            )
        )
    return out.getvalue()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(inbox_ready, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(inbox_ready, "UNFINISHED_SECONDS", 0.0)
    settings = load_settings(data_dir=tmp_path / "data")
    settings.inbox_dir.mkdir(parents=True)
    return settings


def take(settings: Settings) -> dict[str, ImportedFile]:
    return {file.name: file for file in take_inbox(settings, TODAY).files}


def captures(settings: Settings) -> list[Capture]:
    archive = Archive(settings.archive_dir)
    return list(archive.captures(archive.index()))


read_pages = InboxFile.pages


def drop(settings: Settings, **files: bytes) -> None:
    for name, body in files.items():
        (settings.inbox_dir / name.replace("__", ".")).write_bytes(body)


def test_each_kind_of_file_goes_to_the_days_that_it_names(settings: Settings) -> None:
    day, next_day = FIRST_DAY, date(2025, 3, 4)
    rest = page("/wp-json/wp/v2/posts")
    drop(
        settings,
        saved__html=page("/2025/03/03/"),
        posts__json=rest,
        feed__xml=page("/feed/"),
        text__txt="要約\n架空の本文".encode(),
        crawl__warc__gz=warc((f"{HOST}/2025/03/04/", page("/2025/03/04/"))),
        text__wet=gzip.decompress(warc(("http://d.example/1", b"arXiv text"), kind="conversion")),
    )
    files = take(settings)
    assert {file.state for file in files.values()} == {"taken"}
    assert {name: list(file.days) for name, file in files.items()} == {
        "saved.html": [day],
        "posts.json": [day, next_day],
        "feed.xml": [day, next_day],
        "text.txt": [TODAY],
        "crawl.warc.gz": [next_day],
        "text.wet": [TODAY],
    }
    index = Captures.validate(Archive(settings.archive_dir).index())
    assert set(index["kind"]) == {"inbox"}
    assert index.filter(url="inbox:text.txt")["content_type"].item() == "text/plain; charset=UTF-8"
    from_warc = index.filter(url=f"{HOST}/2025/03/04/").row(0, named=True)
    assert from_warc["captured_at"] == datetime(2025, 3, 5, 1, 2, 3, tzinfo=UTC)
    assert len(Archive(settings.archive_dir).files()) == 1
    assert set(contents(Archive(settings.archive_dir))) == {post.post_id for post in POSTS}
    left = [path.name for path in settings.inbox_dir.iterdir()]
    assert left == ["done"]


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n ", "empty"),
        ("binary.txt", bytes(range(256)) * 8, "binary, not text"),
        ("error.json", b'{"code": "rest_no_route", "message": "x"}', "REST error rest_no_route"),
        ("broken.json", b'[{"id": 1', "not valid JSON"),
        ("paper.pdf", b"%PDF-1.7", "not a kind of file that is read here"),
        ("no.warc", b"hello", "not a WARC file"),
        ("no.warc.gz", b"\x1f\x8bhello", "not a WARC file"),
        ("other.warc.gz", warc((HOST, b"<html>nothing of ours</html>")), "no digest page in it"),
        ("404.warc.gz", warc((HOST, page("/")), status="404 Not Found"), "no digest page in it"),
    ],
)
def test_what_cannot_be_used_is_put_aside_with_its_reason(
    settings: Settings, name: str, body: bytes, reason: str
) -> None:
    (settings.inbox_dir / name).write_bytes(body)
    drop(settings, good__txt="架空".encode())
    files = take(settings)
    assert files[name].state == "rejected"
    assert reason in (files[name].note or "")
    assert files["good.txt"].state == "taken"
    assert (settings.inbox_dir / "rejected" / name).read_bytes() == body
    told = (settings.inbox_dir / "rejected" / f"{name}.reason.txt").read_text()
    assert told.startswith(f"{name}: ")
    assert Archive(settings.archive_dir).index()["url"].to_list() == ["inbox:good.txt"]


def test_a_warc_that_ends_within_a_record_gives_what_is_whole(settings: Settings) -> None:
    whole = warc((f"{HOST}/2025/03/03/", page("/2025/03/03/")))
    both = whole + warc((f"{HOST}/2025/03/04/", page("/2025/03/04/")))
    drop(settings, torn__warc__gz=both[:-300])
    (file,) = take(settings).values()
    assert (file.state, file.pages, list(file.days)) == ("taken", 1, [FIRST_DAY])
    assert "the file ends within it" in (file.note or "")
    assert f"{HOST}/2025/03/04/" in (file.note or "")


def test_damage_anywhere_in_a_warc_costs_pages_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = {n: page(f"/2025/03/0{n}/") for n in (3, 4)}
    packed = warc(*((f"{HOST}/2025/03/0{n}/", body) for n, body in pages.items()))
    rng = random.Random(0)
    for name, data in {"x.warc.gz": packed, "x.warc": gzip.decompress(packed)}.items():
        path = tmp_path / name
        for _ in range(60):
            damaged = bytearray(data[: rng.randrange(1, len(data) - 200)])
            for _ in range(rng.randrange(3)):
                damaged[rng.randrange(min(len(damaged), 1500))] = rng.randrange(256)
            path.write_bytes(damaged)
            opened = InboxFile.open(path)
            with opened.file, contextlib.suppress(RejectedFileError):
                assert len(list(opened.pages())) < 2
            with contextlib.suppress(UnreadablePage):
                assert len([d for d in documents_of(path) if isinstance(d, Document)]) < 2
    assert "Remainder" not in capsys.readouterr().err


def test_the_same_bytes_are_taken_once(settings: Settings) -> None:
    drop(settings, one__txt="架空".encode())
    take(settings)
    drop(settings, one__txt="架空".encode(), two__txt="架空".encode())
    assert {file.state for file in take(settings).values()} == {"known"}
    assert Archive(settings.archive_dir).index().height == 1
    done = sorted(path.name for path in (settings.inbox_dir / "done").iterdir())
    assert done == ["2-one.txt", "one.txt", "two.txt"]


def test_links_folders_and_hidden_files(settings: Settings, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (settings.inbox_dir / "link.txt").symlink_to(secret)
    (settings.inbox_dir / "folder").mkdir()
    (settings.inbox_dir / ".hidden.txt").write_text("x")
    os.mkfifo(settings.inbox_dir / "pipe.txt")
    files = take(settings)
    assert {name: file.note for name, file in files.items()} == {
        "link.txt": "a symbolic link",
        "pipe.txt": "not a regular file",
    }
    assert secret.read_text() == "secret"
    assert Archive(settings.archive_dir).index().is_empty()
    assert (settings.inbox_dir / ".hidden.txt").exists()


def test_a_name_is_only_a_name(settings: Settings) -> None:
    name = "a%2F..\n<script>.txt"
    (settings.inbox_dir / name).write_text("架空")
    (file,) = take(settings).values()
    assert file.state == "taken"
    (url,) = Archive(settings.archive_dir).index()["url"]
    assert url == "inbox:a%252F..%0A%3Cscript%3E.txt"
    assert (settings.inbox_dir / "done" / name).exists()


def test_names_that_are_too_long_or_not_utf_8(settings: Settings) -> None:
    long = "長" * 83 + ".html"
    bytes_name = os.fsdecode("論文.txt".encode("shift_jis"))
    drop(settings, **{long: b"", bytes_name: "架空".encode()})
    files = take(settings)
    assert files[long].state == "rejected"
    assert files["�_��.txt"].state == "taken"
    assert (settings.inbox_dir / "done" / bytes_name).exists()
    moved, reason = sorted((settings.inbox_dir / "rejected").iterdir(), key=lambda p: p.suffix)
    assert reason.read_text() == f"{long}: empty\n"
    assert reason.name == f"{moved.name}.reason.txt"
    assert moved.name.startswith("長" * 70)
    assert take(settings) == {}


class Killed(BaseException):
    """Stands for kill -9 at one place of the program."""


@pytest.mark.parametrize("after", ["page", "note", "move"])
def test_a_killed_import_is_taken_up_without_repeating(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    pages = [(f"{HOST}/2025/03/0{n}/", page(f"/2025/03/0{n}/")) for n in (3, 4)]
    drop(settings, two__warc__gz=warc(*pages))
    place = {
        "page": (WarcWriter, "add_note"),
        "note": (Path, "rename"),
        "move": (inbox, "ImportReport"),
    }[after]

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(*place, killed)
        with pytest.raises(Killed):
            take_inbox(settings, TODAY)
    take_inbox(settings, TODAY)
    assert Archive(settings.archive_dir).index().height == 2
    assert len(Archive(settings.archive_dir).notes("inbox")) == 1
    assert [path.name for path in (settings.inbox_dir / "done").iterdir()] == ["two.warc.gz"]


def test_a_file_that_is_moved_away_meanwhile_stops_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(settings, here__txt="架空".encode())
    gone = settings.inbox_dir / "gone.txt"
    found = inbox_ready.waiting(settings.inbox_dir)
    monkeypatch.setattr(inbox_ready, "waiting", lambda _: [gone, *found])
    assert {name: file.state for name, file in take(settings).items()} == {"here.txt": "taken"}


def test_a_name_cannot_forge_lines_or_steer_a_terminal(settings: Settings) -> None:
    (settings.inbox_dir / "a\n\x1b[31mb\u2028\u202ec\u3000d.bin").write_bytes(b"x")
    (file,) = take_inbox(settings, TODAY).files
    assert (file.state, file.shown_name) == (
        "rejected",
        "a\ufffd\ufffd[31mb\ufffd\ufffdc\u3000d.bin",
    )
    (reason,) = (settings.inbox_dir / "rejected").glob("*.reason.txt")
    assert reason.read_text("utf-8").count("\n") == 1


def test_a_file_that_still_grows_waits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(settings, growing__txt="架空".encode())
    monkeypatch.setattr(inbox_ready, "UNFINISHED_SECONDS", 600.0)

    def someone_writes(_seconds: float) -> None:
        with (settings.inbox_dir / "growing.txt").open("ab") as file:
            file.write("の続き".encode())

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.acquire.inbox_ready.time.sleep", someone_writes)
        assert take(settings)["growing.txt"].state == "waiting"
    assert take(settings)["growing.txt"].state == "taken"


@pytest.mark.parametrize(
    ("name", "whole", "cut", "reason"),
    [
        ("p.html", page("/2025/03/03/"), 300, "</html>"),
        ("p.html.gz", gzip.compress(page("/2025/03/03/")), 9, "truncated"),
        ("p.xml", page("/feed/"), 9, "</rss>"),
        ("p.json", page("/wp-json/wp/v2/posts"), 9, "JSON does not close"),
        ("p.warc.gz", warc((f"{HOST}/2025/03/03/", page("/2025/03/03/"))), 9, "last record"),
        ("p.warc", gzip.decompress(warc((HOST, page("/2025/03/03/")))), 90, "last record"),
        ("p.html", b"", 0, "it is empty"),
    ],
    ids=["html", "html.gz", "xml", "json", "warc.gz", "warc", "empty"],
)
def test_a_file_without_its_end_waits_for_it_and_not_for_ever(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    whole: bytes,
    cut: int,
    reason: str,
) -> None:
    monkeypatch.setattr(inbox_ready, "UNFINISHED_SECONDS", 600.0)
    path = settings.inbox_dir / name
    path.write_bytes(whole[:-cut])
    waits = take(settings)[name]
    assert waits.state == "waiting"
    assert reason in (waits.note or "")
    assert inbox_ready.why_not_yet(path)
    assert Archive(settings.archive_dir).index().is_empty()
    path.write_bytes(whole)
    if cut:
        assert FIRST_DAY in take(settings)[name].days
    path.write_bytes(whole[:-cut])
    hour_ago = path.stat().st_mtime - 3600
    os.utime(path, (hour_ago, hour_ago))
    assert take(settings)[name].state in {"taken", "rejected"}
    assert not path.exists()


def test_what_is_written_on_in_done_is_taken_as_new(settings: Settings) -> None:
    first, second = (warc((f"{HOST}/2025/03/0{n}/", page(f"/2025/03/0{n}/"))) for n in (3, 4))
    drop(settings, crawl__warc__gz=first)
    with (settings.inbox_dir / "crawl.warc.gz").open("ab") as still_open:
        assert take(settings)["crawl.warc.gz"].days == (FIRST_DAY,)
        still_open.write(second)
    longer = take(settings)["crawl.warc.gz"]
    assert (longer.state, longer.days) == ("taken", (FIRST_DAY, date(2025, 3, 4)))
    assert [path.name for path in (settings.inbox_dir / "done").iterdir()] == ["crawl.warc.gz"]
    assert take(settings) == {}


def test_a_file_that_grows_while_it_is_read_stays(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(settings, text__txt="架空の本文".encode())
    path = settings.inbox_dir / "text.txt"
    write = inbox._write

    def grows(*args: Any) -> None:
        with path.open("ab") as file:
            file.write("の続き".encode())
        write(*args)

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "_write", grows)
        assert take(settings)["text.txt"].state == "waiting"
    assert take(settings)["text.txt"].state == "taken"
    texts = {c.payload.decode() for c in captures(settings)}
    assert texts == {"架空の本文", "架空の本文の続き"}


@pytest.mark.parametrize("end", ["part", "crdownload", "open", "TMP"])
def test_a_name_that_says_unfinished_is_left_alone(settings: Settings, end: str) -> None:
    path = settings.inbox_dir / f"crawl.warc.gz.{end}"
    path.write_bytes(b"x")
    assert take(settings) == {}
    assert path.exists()


def test_what_another_version_took_in_part_is_taken_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = warc(*((f"{HOST}/2025/03/0{n}/", page(f"/2025/03/0{n}/")) for n in (3, 4)))
    drop(settings, two__warc__gz=two)
    with monkeypatch.context() as old:
        old.setattr(inbox, "READER_VERSION", "1")
        old.setattr(InboxFile, "pages", lambda self: list(read_pages(self))[:1])
        assert take(settings)["two.warc.gz"].pages == 1
        drop(settings, two__warc__gz=two)
        assert take(settings)["two.warc.gz"].state == "known"
    drop(settings, two__warc__gz=two)
    again = take(settings)["two.warc.gz"]
    assert (again.state, again.pages) == ("taken", 2)
    assert Archive(settings.archive_dir).index().height == 2
    drop(settings, two__warc__gz=two)
    assert take(settings)["two.warc.gz"].state == "known"


def test_what_the_first_version_noted_of_a_file_does_not_keep_it_out(settings: Settings) -> None:
    whole = warc((f"{HOST}/2025/03/03/", page("/2025/03/03/")))
    with Archive(settings.archive_dir).writer("inbox", {}) as writer:
        digest = f"sha256:{hashlib.sha256(whole).hexdigest()}"
        note = {"name": "a.warc.gz", "digest": digest, "pages": 0, "note": "cut off or damaged"}
        writer.add_note("inbox", note)
    drop(settings, a__warc__gz=whole)
    assert take(settings)["a.warc.gz"].days == (FIRST_DAY,)


def http_record(url: str, headers: bytes, body: bytes) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + headers + b"\r\n" + body
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\n"
    length = f"WARC-Date: {WARC_DATE}\r\nContent-Length: {len(block)}\r\n\r\n"
    return (head + length).encode() + block + b"\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    ["X-Contént: é\r\n".encode(), b"\xe9: \xe9\r\n", b"A B\x00\x01: \x85\r\n", b":\r\n"],
)
def test_odd_header_names_are_kept_and_stop_nothing(settings: Settings, headers: bytes) -> None:
    odd = http_record(f"{HOST}/2025/03/03/", headers, page("/2025/03/03/"))
    drop(settings, a__warc=odd, b__txt="架空".encode())
    assert {name: file.state for name, file in take(settings).items()} == {
        "a.warc": "taken",
        "b.txt": "taken",
    }
    names = {row["url"] for row in Archive(settings.archive_dir).index().iter_rows(named=True)}
    assert names == {f"{HOST}/2025/03/03/", "inbox:b.txt"}


def test_a_page_that_cannot_be_read_is_named_and_the_rest_is_taken(settings: Settings) -> None:
    urls = [f"{HOST}/2025/03/0{n}/" for n in (3, 4)]
    good, bad = (page(f"/2025/03/0{n}/") for n in (3, 4))
    records = [
        http_record(urls[0], b"", good),
        http_record(urls[1], b"Content-Encoding: br\r\n", b"\0\1 no brotli " + bad),
        http_record("", b"", good),
    ]
    drop(settings, some__warc=b"".join(records))
    (file,) = take(settings).values()
    assert (file.state, file.pages, file.days) == ("taken", 2, (FIRST_DAY,))
    assert f"({urls[1]}): its body cannot be decoded (br)" in (file.note or "")
    assert [c.payload for c in captures(settings)] == [good, good]


@pytest.mark.parametrize("error", [ValueError, RecursionError, MemoryError, zlib.error, EOFError])
def test_whatever_a_file_raises_it_is_rejected_and_the_next_is_taken(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    drop(settings, a__txt="壊".encode(), b__txt="架空".encode())
    read = read_response

    def fails(exchange: Exchange) -> WordPressPage:
        if exchange.url.endswith("a.txt"):
            raise error("x")
        return read(exchange)

    monkeypatch.setattr(inbox_files, "read_response", fails)
    files = take(settings)
    assert files["a.txt"].note == f"its reader fails ({error.__name__})"
    assert files["b.txt"].state == "taken"
    assert (settings.inbox_dir / "rejected" / "a.txt.reason.txt").exists()
    assert take(settings) == {}


def test_a_file_that_cannot_be_moved_stops_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(settings, a__txt="架空".encode(), b__txt="別の架空".encode())
    rename = Path.rename

    def refused(path: Path, target: Path) -> Path:
        if path.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refused)
    files = take(settings)
    assert "cannot be moved out of the inbox (Permission denied)" in (files["a.txt"].note or "")
    assert files["b.txt"].state == "taken"
    assert take(settings)["a.txt"].state == "known"


def test_that_the_archive_cannot_be_written_is_no_fault_of_the_file(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(settings, a__txt="架空".encode())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "_write", full)
        with pytest.raises(OSError, match="No space left"):
            take(settings)
    assert take(settings)["a.txt"].state == "taken"


@pytest.mark.parametrize("name", ["brotli_middle.warc", "nonascii_header_name_poison.warc"])
def test_hostile_files_are_taken_whole(settings: Settings, shared_dir: Path, name: str) -> None:
    hostile = shared_dir / "cases" / "hostile" / name
    archive = Archive(settings.archive_dir)
    pages = hostile.read_bytes().count(b"WARC-Type: response")
    (file,) = import_files([hostile], archive=archive, import_day=TODAY).files
    assert (file.state, file.pages, file.note) == ("taken", pages, None)
    assert len(captures(settings)) == pages


def test_real_text_is_a_page_of_the_day_of_its_import(settings: Settings, shared_dir: Path) -> None:
    text = shared_dir / "digest" / "cs-cl.txt"
    report = import_files([text], archive=Archive(settings.archive_dir), import_day=TODAY)
    assert (report.days, report.rejected) == ((TODAY,), ())
    (capture,) = Archive(settings.archive_dir).captures(Archive(settings.archive_dir).index())
    assert capture.payload == text.read_bytes()


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{ENV_PREFIX}DATA_DIR", str(tmp_path / "data"))
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("A Title\n要約\n架空の文。\n")
    bad.write_bytes(b"")
    run = CliRunner().invoke(main, ["import", "--day", "2025-03-03", str(good)])
    assert (run.exit_code, run.stdout) == (0, f"{good}: 1 page for 2025-03-03\n")
    run = CliRunner().invoke(main, ["import", str(good), str(bad), str(tmp_path / "none.txt")])
    assert run.exit_code == 1
    assert run.stdout == f"{good}: nothing new (the same file was taken before)\n"
    assert run.stderr == f"{bad}: empty\n{tmp_path / 'none.txt'}: no such file or directory\n"
    assert CliRunner().invoke(main, ["import", "--day", "gestern", str(good)]).exit_code == 2
    assert good.exists()
    good.write_text("no entry")
    run = CliRunner().invoke(main, ["import", "--day", "2025-03-03", str(good)])
    told = "1 page for 2025-03-03 (archived, but nothing of the digest is read in it)"
    assert (run.exit_code, run.stdout) == (0, f"{good}: {told}\n")
