"""`arxiv-ja-en parse`: its output is a contract, its failures are named."""

from __future__ import annotations

import gzip
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.cli import main
from tests.parse.invented import (
    PAPERS,
    PageItem,
    feed,
    listing_page,
    rest_answer,
    shown,
    single_page,
    text_page,
    wet_page,
)

AMBER, COBALT, SEPIA = PAPERS
KEYS = [
    *("source", "post_id", "post_url", "posted_at", "listing", "title", "abstract_ja"),
    *("abstract_en", "authors", "date", "arxiv_id", "version", "abs_url", "pdf_url", "provider"),
    *("translator", "categories", "problems", "kind", "title_ja", "removed_lines"),
]


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["parse", *map(str, args)])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def warc(path: Path, *records: tuple[str, str, bytes, str], zipped: bool = True) -> Path:
    """Write records: WARC type, URL, body, status."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=zipped)
        for kind, url, body, status in records:
            header = StatusAndHeaders(
                status, [("Content-Type", "text/html; charset=UTF-8")], protocol="HTTP/1.1"
            )
            if kind == "response":
                record = writer.create_warc_record(
                    url, kind, payload=BytesIO(body), http_headers=header
                )
            else:
                record = writer.create_warc_record(
                    url, kind, payload=BytesIO(body), warc_content_type="text/plain"
                )
            writer.write_record(record)
    return path


def test_a_line_holds_every_field_in_order(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(single_page(shown(AMBER)))
    result = run(page)
    assert (result.exit_code, result.stderr) == (0, "")
    [entry] = lines(result)
    assert list(entry) == KEYS
    assert entry == {
        "source": str(page),
        "post_id": 118001,
        "post_url": "https://jarxiv.example/2025/03/04/amber-lanterns",
        "posted_at": "2025-03-04T01:15:00+00:00",
        "listing": "single",
        "title": AMBER.title,
        "abstract_ja": "".join(AMBER.japanese),
        "abstract_en": AMBER.english,
        "authors": ["Ada Amber", "Émile O'Amber", "Wei-Lun Zhang"],
        "date": "2025-03-03T03:41:11+00:00",
        "arxiv_id": "2503.90111",
        "version": 1,
        "abs_url": "http://arxiv.org/abs/2503.90111v1",
        "pdf_url": "http://arxiv.org/pdf/2503.90111v1",
        "provider": "arxiv.jp",
        "translator": "DeepL",
        "categories": ["cs.AI", "cs.CL"],
        "problems": [],
        "kind": "translation",
        "title_ja": None,
        "removed_lines": [],
    }


def test_unknown_is_null_and_lists_are_lists(tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("A Title\n要約\n和文。\n", encoding="utf-8")
    [entry] = lines(run(page))
    assert entry["post_id"] is None
    assert entry["abstract_en"] is None
    assert entry["authors"] == []
    assert "missing_abstract_en" in entry["problems"]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("listing.html", listing_page([shown(paper) for paper in PAPERS])),
        ("posts.json", rest_answer([shown(paper) for paper in PAPERS])),
        ("feed.xml", feed([shown(paper) for paper in PAPERS])),
        ("page.txt", text_page(PAPERS)),
        ("page.txt.gz", gzip.compress(text_page(PAPERS))),
        ("no-extension", listing_page([shown(paper) for paper in PAPERS])),
    ],
)
def test_every_kind_of_file_is_read(tmp_path: Path, name: str, body: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    result = run(path)
    assert result.exit_code == 0
    assert [entry["title"] for entry in lines(result)] == [paper.title for paper in PAPERS]


@pytest.mark.parametrize("zipped", [True, False])
def test_warc_and_wet_are_read_record_by_record(tmp_path: Path, zipped: bool) -> None:
    path = warc(
        tmp_path / "pages.warc",
        ("response", AMBER.link, single_page(shown(AMBER)), "200 OK"),
        ("response", "https://jarxiv.example/none", b"<html>not here</html>", "404 Not Found"),
        ("response", "https://jarxiv.example/about", b"<html>about us</html>", "200 OK"),
        ("conversion", "https://jarxiv.example/page/2", wet_page(PAPERS[1:]), ""),
        zipped=zipped,
    )
    result = run(path)
    assert result.exit_code == 0
    assert [entry["title"] for entry in lines(result)] == [paper.title for paper in PAPERS]
    assert lines(result)[0]["source"] == AMBER.link
    assert result.stderr.count("\n") == 1
    assert "https://jarxiv.example/about: no digest page" in result.stderr


@pytest.mark.parametrize("zipped", [True, False])
def test_truncated_warc_gives_what_is_whole(tmp_path: Path, zipped: bool) -> None:
    path = warc(
        tmp_path / "pages.warc",
        ("response", AMBER.link, single_page(shown(AMBER)), "200 OK"),
        ("response", COBALT.link, single_page(shown(COBALT)), "200 OK"),
        zipped=zipped,
    )
    path.write_bytes(path.read_bytes()[:-100])
    result = run(path)
    assert result.exit_code == 1
    assert [entry["title"] for entry in lines(result)] == [AMBER.title]
    assert "truncated" in result.stderr


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("empty.html", b"", "empty"),
        ("blank.txt", b" \n\n", "empty"),
        ("binary.txt", bytes(range(256)) * 4, "binary"),
        ("other.html", b"<html><body><p>Hello</p></body></html>", "no digest page"),
        ("other.txt", b"Hello\n", "no digest page"),
        ("bad.json", b'[{"id": 1,', "not valid JSON"),
        ("error.json", b'{"code":"rest_forbidden","message":"no"}', "rest_forbidden"),
        ("other.json", b'{"a": 1}', "without WordPress posts"),
        ("nothing.json", b"[]", "no digest page"),
        ("bad.warc", b"WARC/1.0\r\nbroken\r\n\r\n", "record at byte 0"),
        ("bad.txt.gz", gzip.compress(text_page(PAPERS))[:-40], "gzip"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_goes_on(
    tmp_path: Path, name: str, body: bytes, reason: str
) -> None:
    bad, good = tmp_path / name, tmp_path / "good.html"
    bad.write_bytes(body)
    good.write_bytes(single_page(shown(SEPIA)))
    result = run(bad, good)
    assert result.exit_code == 1
    assert [entry["title"] for entry in lines(result)] == [SEPIA.title]
    [message] = result.stderr.splitlines()
    assert message.startswith(f"{bad}: ")
    assert reason in message


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    result = run(tmp_path / "nowhere.html", tmp_path)
    assert result.exit_code == 1
    assert "No such file" in result.stderr
    assert "directory" in result.stderr


def test_posts_that_are_no_entries_are_told_apart(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    notice = PageItem(COBALT, "<p>本日は休みます。</p>", "お知らせ")
    page.write_bytes(listing_page([notice, shown(AMBER)]))
    result = run(page)
    assert result.exit_code == 0
    assert [entry["title"] for entry in lines(result)] == [AMBER.title]
    assert result.stderr == f"{page}: post 118023 is not a paper\n"


def test_hostile_names_are_shown_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\nb.txt"
    path.write_bytes(b"nothing")
    assert run(path).stderr.count("\n") == 1
    assert "\x1b" not in run(path).stderr


@pytest.mark.parametrize("args", [[], ["--nonsense"]])
def test_wrong_usage_exits_with_2(args: list[str]) -> None:
    assert run(*args).exit_code == 2


def test_real_text_gives_ten_complete_entries(shared_dir: Path) -> None:
    result = run(shared_dir / "digest" / "cs-cl.txt")
    entries = lines(result)
    assert (result.exit_code, len(entries)) == (0, 10)
    for entry in entries:
        assert entry["problems"] == []
        assert entry["arxiv_id"] is None
        assert entry["provider"] == "arxiv.jp"
        assert entry["translator"] == "DeepL"
        assert str(entry["date"]).startswith("2025-03-03T0")
        assert "cs.CL" in entry["categories"]
        assert len(entry["authors"]) >= 2
        for name in ("title", "abstract_ja", "abstract_en"):
            assert len(str(entry[name])) > 20
    assert len({str(entry["title"]) for entry in entries}) == 10
