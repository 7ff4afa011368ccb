"""Every page of the corpus gives exactly the entries that are written down for it."""

from __future__ import annotations

import json

import pytest

from pipeline.cli.parse import as_json
from pipeline.parse.pages import parse_page
from pipeline.parse.problems import UNTRUSTWORTHY
from tests.parse.corpus import GOLDEN, Page, corpus
from tests.parse.invented import PAPERS, Paper

CORPUS = corpus()
EXPECTED = json.loads(GOLDEN.read_text(encoding="utf-8"))
AMBER = PAPERS[0]

SAME_ENTRY = [
    name for name in CORPUS if name.startswith(("heading ", "facts ", "labels ", "sentences by"))
]
"""Pages that differ from each other in markup alone."""


def parsed(page: Page) -> list[dict[str, object]]:
    """A page's entries as they stand in `golden.json`: what is unknown is left out."""
    entries = parse_page(page.body, content_type=page.content_type, url=page.url)
    rows = [{"content": entry.content, **as_json(entry)} for entry in entries]
    for row in rows:
        if len(row["authors"]) > 9:  # type: ignore[arg-type]
            row["authors"] = [*row["authors"][:2], len(row["authors"])]  # type: ignore[index,arg-type]
    return [{name: value for name, value in row.items() if value not in (None, [])} for row in rows]


def test_corpus_is_large_and_written_down() -> None:
    assert len(CORPUS) >= 60
    assert CORPUS.keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", CORPUS)
def test_page_gives_the_entries_written_down(name: str) -> None:
    assert parsed(CORPUS[name]) == EXPECTED[name]


def _facts(paper: Paper) -> dict[str, object]:
    return {
        "title": paper.title,
        "abstract_en": paper.english,
        "authors": list(paper.authors),
        "categories": list(paper.categories),
        "provider": "arxiv.jp",
        "translator": paper.translator,
    }


@pytest.mark.parametrize("name", SAME_ENTRY)
def test_markup_alone_changes_no_field(name: str) -> None:
    [entry] = EXPECTED[name]
    assert {key: entry.get(key) for key in _facts(AMBER)} == _facts(AMBER)
    assert entry["abstract_ja"].replace("\n", "") == "".join(AMBER.japanese)
    assert (entry["arxiv_id"], entry["version"]) == ("2503.90111", 1)
    assert entry["date"] == "2025-03-03T03:41:11+00:00"
    assert set(entry.get("problems", [])) <= {"missing_label_facts"}


KINDS = (
    *("listing of three", "home", "category", "rest list", "feed", "feed escaped"),
    *("text of three", "text without blank lines", "text with CRLF and BOM", "wet"),
)


@pytest.mark.parametrize("name", KINDS)
def test_kind_of_page_changes_no_field(name: str) -> None:
    assert [{key: entry.get(key) for key in _facts(AMBER)} for entry in EXPECTED[name]] == [
        _facts(paper) for paper in PAPERS
    ]


ALIKE = (
    ("nav and aside in a post", "nav and aside in a post, rest"),
    ("links bare, comma", "links bare, semicolon"),
    ("links bare, comma", "links bare, bar"),
    ("links bare, comma", "links bare, wide bar"),
    ("links bare, comma", "links as text, comma"),
)


@pytest.mark.parametrize(("name", "other"), ALIKE)
def test_pages_that_say_the_same_give_the_same(name: str, other: str) -> None:
    assert [entry | {"listing": 1} for entry in EXPECTED[name]] == [
        entry | {"listing": 1} for entry in EXPECTED[other]
    ]
    assert not any("problems" in entry for entry in EXPECTED[name])


def test_no_record_is_made_of_an_entry_whose_title_may_be_anothers_text() -> None:
    names = (
        "two entries in one post, one without facts",
        "two entries, one without facts, in text",
    )
    for name in names:
        assert len(EXPECTED[name]) == 2
        for entry in EXPECTED[name]:
            assert UNTRUSTWORTHY.intersection(entry["problems"])


def test_sidebar_comments_and_neighbours_never_leak() -> None:
    everything = json.dumps(EXPECTED, ensure_ascii=False)
    assert "Never an Entry" not in everything
    assert "sidebar text" not in everything
    assert "cobalt" not in json.dumps(EXPECTED["single with comments"])
