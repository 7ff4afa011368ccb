"""Captures become rows: whole days, posts in parts, unreadable pages, other days' posts."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipeline.archive.archive import Archive, Capture
from pipeline.parse import pages
from pipeline.parse.fields import read_date
from pipeline.parse.posts import PARSER_VERSION, parse_key, posts_of, posts_of_days
from pipeline.sample import serve_sample
from pipeline.schema import Captures, Posts, empty_frame
from tests.parse.invented import (
    PAPERS,
    PageItem,
    content_html,
    listing_page,
    shown,
    single_page,
    text_page,
)

AMBER, COBALT, SEPIA = PAPERS
DAY = date(2025, 3, 4)


def capture(payload: bytes, offset: int = 0, **changes: object) -> Capture:
    base = Capture(
        day=DAY,
        url=AMBER.link,
        kind="single",
        status=200,
        content_type="text/html",
        announced=None,
        captured_at=datetime(2025, 3, 5, tzinfo=UTC),
        archive_file="run.warc.gz",
        record_offset=offset,
        record_id=f"urn:uuid:00000000-0000-4000-8000-{offset:012}",
        payload_digest="sha256:" + f"{offset:064x}",
        payload=payload,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_rows_keep_the_model_and_where_they_come_from() -> None:
    posts = posts_of([capture(listing_page([shown(paper) for paper in PAPERS]), 7)])
    Posts.validate(posts)
    assert posts["entry_index"].to_list() == [0, 1, 2]
    assert posts["title"].to_list() == [paper.title for paper in PAPERS]
    assert set(posts["record_offset"]) == {7}
    assert set(posts["parser_version"]) == {PARSER_VERSION}
    assert posts.row(0, named=True)["raw"].startswith("要約\n本研究では、amber")


def test_no_captures_give_an_empty_table() -> None:
    assert posts_of([]).equals(empty_frame(Posts))


def test_unreadable_capture_is_a_row_and_stops_nothing() -> None:
    posts = posts_of([capture(b"\x00\x01\x02" * 9, 1), capture(single_page(shown(AMBER)), 2)])
    assert posts["content"].to_list() == ["unreadable", "entry"]
    assert posts["problems"].to_list()[0] == ["unreadable", "binary, not text"]


@pytest.mark.parametrize("error", [ValueError, KeyError, AttributeError, RecursionError])
def test_a_fault_of_the_parser_costs_one_page(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(text: str) -> datetime | None:
        if "SECRET" in text:
            raise error(text)
        return read_date(text)

    monkeypatch.setattr(pages, "read_date", failing)
    hostile = content_html(AMBER).replace(AMBER.stamp, "SECRET")
    captures = [
        capture(single_page(PageItem(AMBER, hostile)), 1),
        capture(single_page(shown(COBALT)), 2),
        *(capture(page, 3 + n) for n, page in enumerate(parts_of(hostile, 2))),
    ]
    posts = posts_of(captures)
    assert posts["content"].to_list() == ["unreadable", "entry", "unreadable", "excerpt"]
    assert posts["post_id"].to_list()[0] == 118001
    problem, reason = posts["problems"].to_list()[0]
    assert problem == "unreadable"
    assert reason.startswith(f"the parser fails: {error.__name__} at {Path(__file__).name}:")
    assert f"run.warc.gz at 1, post 118001, cannot be read, {reason}" in caplog.text
    assert "SECRET" not in caplog.text


def test_only_posts_of_the_captures_day_are_taken() -> None:
    page = listing_page([shown(paper) for paper in PAPERS])
    other = page.replace("2025年3月4日".encode(), "2025年3月3日".encode(), 2)
    posts = posts_of([capture(other)])
    assert posts["title"].to_list() == [COBALT.title, SEPIA.title]
    assert posts["entry_index"].to_list() == [1, 2]


def test_page_without_a_day_belongs_to_its_capture() -> None:
    assert len(posts_of([capture(text_page(PAPERS), content_type="text/plain")])) == 3


def parts_of(paper_content: str, n_parts: int) -> list[bytes]:
    """The pages of a post with page breaks, cut at headings."""
    pieces = paper_content.replace("\n<h2>", "\0<h2>").split("\0")
    joined = [*pieces[: n_parts - 1], "\n".join(pieces[n_parts - 1 :])]
    pages = []
    for number, piece in enumerate(joined, 1):
        links = " ".join(
            f'<span class="post-page-numbers current">{n}</span>'
            if n == number
            else f'<a href="{AMBER.link}/{n}/" class="post-page-numbers">{n}</a>'
            for n in range(1, n_parts + 1)
        )
        pages.append(
            single_page(PageItem(AMBER, f'{piece}<div class="page-link">ページ: {links}</div>'))
        )
    return pages


@pytest.mark.parametrize("n_parts", [2, 3, 4])
def test_parts_of_a_post_are_read_as_one(n_parts: int) -> None:
    pages = parts_of(content_html(AMBER), n_parts)
    whole = posts_of([capture(single_page(shown(AMBER)))])
    posts = posts_of([capture(page, n) for n, page in enumerate(pages)])
    assert posts["content"].to_list() == ["entry"] + ["excerpt"] * (n_parts - 1)
    said = ["title", "abstract_ja", "abstract_en", "authors", "date", "arxiv_id", "problems"]
    assert posts.head(1).select(said).equals(whole.select(said))


def test_a_missing_part_leaves_an_excerpt() -> None:
    pages = parts_of(content_html(AMBER), 3)
    posts = posts_of([capture(pages[0], 0), capture(pages[2], 2)])
    assert posts["content"].to_list() == ["excerpt", "excerpt"]


def test_key_changes_with_captures_and_not_with_their_order() -> None:
    def rows(*digests: str) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "archive_file": ["a"] * len(digests),
                "record_offset": range(len(digests)),
                "payload_digest": digests,
            }
        )

    two = rows("x", "y")
    assert parse_key(two) == parse_key(two.reverse())
    assert len({parse_key(frame) for frame in (two, rows("x"), rows("x", "z"), rows())}) == 4


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the sample's days, captured from its real server."""
    import urllib.request

    from pipeline.acquire.inbox import import_files

    root = tmp_path_factory.mktemp("parse")
    with serve_sample() as site:
        for number in (1, 2, 3):
            with urllib.request.urlopen(f"{site.base_url}/page/{number}/") as answer:
                (root / f"page{number}.html").write_bytes(answer.read())
    import_files(sorted(root.glob("*.html")), archive=Archive(root / "archive"), import_day=DAY)
    return root / "archive"


@pytest.mark.slow
def test_days_in_parallel_are_the_days_one_by_one(archive: Path) -> None:
    captures = Archive(archive).index()
    Captures.validate(captures)
    one_by_one = dict(posts_of_days(archive, captures, processes=1))
    parallel = dict(posts_of_days(archive, captures, processes=2))
    assert list(parallel) == sorted(one_by_one)
    assert len(parallel) > 1
    assert sum(map(len, parallel.values())) > 20
    for day, posts in parallel.items():
        assert posts.equals(one_by_one[day])
        assert set(posts["day"]) <= {day}


def rest_post(number: int, content: str) -> dict[str, object]:
    return {
        "id": number,
        "date": "2025-03-04T12:00:00",
        "link": f"https://digest.example/{number}/",
        "title": {"rendered": AMBER.title},
        "content": {"rendered": content},
    }


@pytest.mark.parametrize(
    "broken", ["<plaintext><!--", "<!-- all of it", "<textarea>", "<div>" * 20_000]
)
def test_one_post_that_breaks_is_lost_and_named_and_the_others_are_read(broken: str) -> None:
    contents = [content_html(AMBER), broken, content_html(AMBER)]
    answer = json.dumps([rest_post(n, text) for n, text in enumerate(contents, 1)])
    posts = posts_of([capture(answer.encode(), content_type="application/json")])
    assert posts["content"].to_list() == ["entry", "unreadable", "entry"]
    lost = posts.row(1, named=True)
    assert (lost["post_id"], lost["post_url"]) == (2, "https://digest.example/2/")
    assert "unreadable" in lost["problems"]
    assert len(lost["problems"][-1]) > len("unreadable")


def test_a_fault_of_the_parser_at_one_post_costs_that_post(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(text: str) -> datetime | None:
        if COBALT.stamp in text:
            raise KeyError(text)
        return read_date(text)

    monkeypatch.setattr(pages, "read_date", failing)
    posts = posts_of([capture(listing_page([shown(paper) for paper in PAPERS]))])
    assert posts["content"].to_list() == ["entry", "unreadable", "entry"]
    assert posts["title"].to_list() == [paper.title for paper in PAPERS]


def endless(text: str) -> datetime | None:
    """Read a date; take for ever where another paper's is in it, in Python's own engine."""
    if COBALT.stamp in text:
        re.match(r"(?:a|a)*$", "a" * 60 + "b")
    return read_date(text)


def test_a_page_that_takes_too_long_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "read_date", endless)
    monkeypatch.setattr("pipeline.parse.posts.PAGE_SECONDS", 0.2)
    captures = [capture(single_page(shown(paper)), n) for n, paper in enumerate(PAPERS)]
    posts = posts_of(captures)
    assert posts["content"].to_list() == ["entry", "unreadable", "entry"]
    assert posts["problems"].to_list()[1] == ["unreadable", "reading it takes more than 0.2 s"]


def test_days_are_parsed_within_limits_outside_of_the_main_thread(archive: Path) -> None:
    captures = Archive(archive).index()
    one_by_one = dict(posts_of_days(archive, captures, processes=1))
    with ThreadPoolExecutor(1) as pool:
        days = pool.submit(lambda: dict(posts_of_days(archive, captures, processes=1))).result()
    assert days.keys() == one_by_one.keys()
    assert all(posts.equals(one_by_one[day]) for day, posts in days.items())


def sharing(papers: int, *, of: int, line: str = "灯台新聞は毎日更新中") -> pl.DataFrame:
    """A day of posts, some of which hold the same line under their Japanese."""
    items = []
    for number in range(of):
        paper = replace(
            AMBER, mark=f"amber{number}", post_id=100 + number, arxiv=f"2503.9{number:04}v1"
        )
        own = f"<p>{line}</p><h2>要約(" if number < papers else "<h2>要約("
        markup = content_html(paper).replace("<h2>要約(", own, 1)
        assert (line in markup) == (number < papers)
        items.append(PageItem(paper, markup))
    return posts_of([capture(listing_page(items))])


@pytest.mark.parametrize(("papers", "of"), [(3, 4), (3, 12), (5, 20)])
def test_a_line_that_many_papers_of_a_day_share_is_the_sites(papers: int, of: int) -> None:
    posts = sharing(papers, of=of)
    assert not posts["abstract_ja"].str.contains("灯台新聞").any()
    removed = posts["removed_lines"].to_list()
    assert removed[:papers] == [[{"reason": "repeated", "text": "灯台新聞は毎日更新中"}]] * papers
    assert removed[papers:] == [[]] * (of - papers)


@pytest.mark.parametrize(("papers", "of"), [(2, 2), (2, 12), (4, 20)])
def test_a_line_that_few_papers_share_stays(papers: int, of: int) -> None:
    posts = sharing(papers, of=of)
    assert posts["abstract_ja"].str.contains("灯台新聞").sum() == papers


def test_the_same_paper_seen_often_shares_nothing() -> None:
    posts = posts_of([capture(single_page(shown(AMBER)), number) for number in range(5)])
    assert posts["abstract_ja"].n_unique() == 1
    assert posts["removed_lines"].list.len().sum() == 0


def test_a_whole_abstract_that_papers_share_stays() -> None:
    page = listing_page([shown(replace(paper, mark="amber")) for paper in PAPERS])
    posts = posts_of([capture(page)])
    assert posts["abstract_ja"].n_unique() == 1
    assert posts["abstract_ja"].null_count() == 0
