"""Ten thousand broken pages: nothing is raised, and no record ever mixes two entries.

A page is cut, spliced into another, loses tags, or has bytes flipped, at random but reproducibly.
Every text of a paper holds the paper's own mark, so a mixture shows.

What cannot be told is left out: a feed's item repeats nothing of its head after its content, so
two halves of two items are as good as a whole one, and feeds are not spliced. Nor is a page that
was spliced once spliced again: the middle of one entry between the ends of another contradicts
nothing around it.
"""

from __future__ import annotations

import random
import re

import pytest

from pipeline.parse.pages import Entry, UnreadablePage, parse_page
from pipeline.parse.problems import PROBLEMS, UNTRUSTWORTHY
from tests.parse.invented import (
    PAPERS,
    Markup,
    feed,
    listing_page,
    rest_answer,
    shown,
    single_page,
    text_page,
    wet_page,
)

N_PAGES = 10_000
MARKS = [paper.mark for paper in PAPERS]
BY_LINES = Markup(heading="strong", facts="br", sentences="br")
PAGES = {
    "listing": (listing_page([shown(paper) for paper in PAPERS]), "text/html"),
    "listing by lines": (listing_page([shown(p, BY_LINES) for p in PAPERS]), "text/html"),
    "single": (single_page(shown(PAPERS[0])), "text/html"),
    "rest": (rest_answer([shown(paper) for paper in PAPERS]), "application/json"),
    "feed": (feed([shown(paper) for paper in PAPERS]), "text/xml"),
    "text": (text_page(PAPERS), "text/plain"),
    "wet": (wet_page(PAPERS), "text/plain"),
}
OTHER_HALF = {
    "listing": listing_page([shown(paper) for paper in reversed(PAPERS)]),
    "listing by lines": listing_page([shown(paper, BY_LINES) for paper in reversed(PAPERS)]),
    "single": single_page(shown(PAPERS[1])),
    "rest": rest_answer([shown(paper) for paper in reversed(PAPERS)]),
    "text": text_page(PAPERS[::-1]),
    "wet": wet_page(PAPERS[::-1]),
}
TAG = re.compile(rb"</?[a-z][^>]*>")


def _ended(body: bytes, chance: random.Random) -> bytes:
    """Without everything after a place."""
    return body[: chance.randrange(len(body))]


def _cut(body: bytes, chance: random.Random) -> bytes:
    """Without a stretch in the middle."""
    start = chance.randrange(len(body))
    return body[:start] + body[start + int(chance.expovariate(1 / 400)) :]


def _dropped(body: bytes, chance: random.Random) -> bytes:
    """Without some of its tags."""
    share = chance.choice([0.01, 0.03, 0.1, 0.5])
    return TAG.sub(lambda tag: b"" if chance.random() < share else tag[0], body)


def _flipped(body: bytes, chance: random.Random) -> bytes:
    """With some bits turned."""
    changed = bytearray(body)
    for _ in range(chance.choice([1, 3, 10, 50])):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _spliced(body: bytes, other: bytes, chance: random.Random) -> bytes:
    """The beginning of one page and the end of another."""
    return body[: chance.randrange(len(body))] + other[chance.randrange(len(other)) :]


def mutated(name: str, chance: random.Random) -> bytes:
    """The page called `name`, broken in one way; HTML and REST now and then worn as well."""
    body, content_type = PAGES[name]
    if name in OTHER_HALF and chance.random() < 0.35:
        body = _spliced(body, OTHER_HALF[name], chance)
    else:
        ways = (
            [_ended, _dropped, _flipped] if name == "feed" else [_ended, _cut, _dropped, _flipped]
        )
        body = chance.choice(ways)(body, chance)
    if body and content_type in {"text/html", "application/json"} and chance.random() < 0.2:
        body = chance.choice([_dropped, _flipped])(body, chance)
    return body


def is_record(entry: Entry) -> bool:
    """Whether validation would let the entry pass."""
    texts = (entry.title, entry.abstract_ja, entry.abstract_en, entry.date)
    return (
        entry.content == "entry" and all(texts) and not UNTRUSTWORTHY.intersection(entry.problems)
    )


def marks_in(entry: Entry) -> set[str]:
    """Whose texts an entry holds."""
    said = (entry.title, entry.abstract_ja, entry.abstract_en, *entry.authors, entry.abs_url)
    text = " ".join(part or "" for part in said).lower()
    ids = {paper.mark for paper in PAPERS if paper.arxiv.startswith(entry.arxiv_id or "none")}
    return {mark for mark in MARKS if mark in text} | ids


@pytest.mark.parametrize("name", PAGES)
def test_broken_pages_raise_nothing_and_never_mix_two_entries(name: str) -> None:
    chance = random.Random(f"{name} 1")
    body_type = PAGES[name][1]
    n_records = 0
    for number in range(N_PAGES // len(PAGES) + 1):
        body = mutated(name, chance)
        try:
            entries = parse_page(body, content_type=body_type, url="https://jarxiv.example/")
        except UnreadablePage:
            continue
        for entry in entries:
            assert set(entry.problems) <= PROBLEMS.keys(), (number, entry.problems)
            if is_record(entry):
                n_records += 1
                assert len(marks_in(entry)) <= 1, (number, entry)
    assert n_records > N_PAGES / len(PAGES) / 8
