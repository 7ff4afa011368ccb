"""Ten thousand broken pages: nothing is raised, and no record ever mixes two entries.

A page is cut, spliced into another, loses tags, or has bytes flipped, at random but reproducibly.
Every text of a paper holds the paper's own mark, so a mixture shows.

What cannot be told is left out: a feed's item repeats nothing of its head after its content, so
two halves of two items are as good as a whole one, and feeds are not spliced. Nor is a page that
was spliced once spliced again: the middle of one entry between the ends of another contradicts
nothing around it.

Of a post that holds several entries one kind of cut cannot be told: that from inside a section of
one entry (its title, an abstract, a fact, up to the next label) into the same section of another.
What it leaves has every label once and in order, as an entry has, and such a post says nothing of
its entries elsewhere. Nor can such a splice of two posts be told where, besides, what names the
post once more after its content is worn away. These pages may mix two entries, and only so: one
record, with the texts of one paper up to a field and those of another from there on.

Where such a cut leads from the first entry into the last, one is left, and none beside it shows
what is missing. Then it cannot be told either where it leads into a neighbouring section with
the label between them lost or torn (as of any entry that is alone in its post, whose texts may
hold what they want and whose facts need no heading), nor where it spares all of the last entry
but its title, for which it is given the post's. Two damages may hide each other: a label that is
broken by a flipped bit says nothing about a cut beside it.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from itertools import combinations, count, groupby, pairwise, takewhile

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
    together,
    wet_page,
)

N_PAGES = 10_000
MARK = re.compile("|".join(paper.mark for paper in PAPERS))
BY_LINES = Markup(heading="strong", facts="br", sentences="br")
IN_ONE_POST = {
    "single of several": (single_page(together(PAPERS)), "text/html"),
    "rest of several": (rest_answer([together(PAPERS)]), "application/json"),
}
PAGES = {
    **IN_ONE_POST,
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
    "single of several": single_page(together(PAPERS[::-1])),
    "rest of several": rest_answer([together(PAPERS[::-1])]),
    "single": single_page(shown(PAPERS[1])),
    "rest": rest_answer([shown(paper) for paper in reversed(PAPERS)]),
    "text": text_page(PAPERS[::-1]),
    "wet": wet_page(PAPERS[::-1]),
}
TAG = re.compile(rb"</?[a-z][^>]*>")
SECTIONS = (
    "要約",
    "要約(オリジナル)",
    "arxiv情報",
    "著者",
    "発行日",
    "arxivサイト",
    "提供元, 利用サービス",
)
SECTION = re.compile(
    "|".join(
        [re.escape(paper.title) for paper in PAPERS]
        + [f">{re.escape(name)}(?=<)" for name in SECTIONS]
    ).encode()
)
"""Where a section of an entry begins: its title, or the label."""
NEAR = {0, 1, len(SECTIONS), len(SECTIONS) - 1}
"""Sections apart: the same or a neighbour; from 要約 back to what stands before the title."""


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


def _sections_apart(page: bytes, other: bytes, joined: bytes) -> set[int]:
    """How many sections on the end of a page takes up where the beginning of another stops.

    Modulo the sections of an entry: 0 where it is the same section of another entry. Inside a
    label is both before and after it. Empty where nothing of an entry lies between.
    """
    alike = (ours == theirs for ours, theirs in zip(page, joined, strict=False))
    start = sum(1 for _ in takewhile(bool, alike))
    end = start + len(other) - len(joined)
    apart = set()
    for edge in (re.Match.start, re.Match.end):
        before, after = (
            bisect_right([edge(section) for section in SECTION.finditer(body)], place)
            for body, place in ((page, start), (other, end))
        )
        if (page, before) != (other, after):
            apart.add((after - before) % (1 + len(SECTIONS)))
    return apart


def mutated(name: str, chance: random.Random) -> tuple[bytes, bool]:
    """The page called `name`, broken in one way; HTML and REST now and then worn as well.

    Returns:
        The page, and whether it is one whose mixture cannot be told.
    """
    whole, content_type = PAGES[name]
    other, joined, spliced = whole, False, False
    if name in OTHER_HALF and chance.random() < 0.35:
        other, joined, spliced = OTHER_HALF[name], True, True
        body = _spliced(whole, other, chance)
    else:
        ways = (
            [_ended, _dropped, _flipped] if name == "feed" else [_ended, _cut, _dropped, _flipped]
        )
        way = chance.choice(ways)
        joined = way is _cut
        body = way(whole, chance)
    cannot_tell = name in IN_ONE_POST and joined and 0 in _sections_apart(whole, other, body)
    if body and content_type in {"text/html", "application/json"} and chance.random() < 0.2:
        body = chance.choice([_dropped, _flipped])(body, chance)
    elif spliced:
        cannot_tell = False
    return body, cannot_tell


def is_record(entry: Entry) -> bool:
    """Whether validation would let the entry pass."""
    texts = (entry.title, entry.abstract_ja, entry.abstract_en, entry.date)
    return (
        entry.content == "entry" and all(texts) and not UNTRUSTWORTHY.intersection(entry.problems)
    )


def marks_of(entry: Entry) -> list[str]:
    """Whose texts an entry holds, in the order of the page; each name as often as they change."""
    said = (entry.title, entry.abstract_ja, entry.abstract_en, *entry.authors, entry.abs_url)
    marks = [mark for text in said for mark in MARK.findall((text or "").lower())]
    ids = [paper.mark for paper in PAPERS if paper.arxiv.startswith(entry.arxiv_id or "none")]
    return [mark for mark, _ in groupby(marks + ids)]


@pytest.mark.parametrize("name", PAGES)
def test_broken_pages_raise_nothing_and_never_mix_two_entries(name: str) -> None:
    chance = random.Random(f"{name} 1")
    body_type = PAGES[name][1]
    n_records = 0
    for number in range(N_PAGES // len(PAGES) + 1):
        body, cannot_tell = mutated(name, chance)
        try:
            entries = parse_page(body, content_type=body_type, url="https://jarxiv.example/")
        except UnreadablePage:
            continue
        for entry in entries:
            named = entry.problems[:-1] if entry.content == "unreadable" else entry.problems
            assert set(named) <= PROBLEMS.keys(), (number, entry.problems)
        records = [entry for entry in entries if is_record(entry)]
        n_records += len(records)
        mixed = [entry for entry in records if len(marks_of(entry)) > 1]
        if cannot_tell:
            assert [len(marks_of(entry)) for entry in mixed] in ([], [2]), (number, mixed)
        else:
            assert not mixed, (number, mixed)
    assert n_records > N_PAGES / len(PAGES) / 8


@pytest.mark.parametrize("name", IN_ONE_POST)
def test_of_several_entries_in_a_post_only_a_cut_between_like_sections_mixes_two(name: str) -> None:
    whole, content_type = IN_ONE_POST[name]
    places = [
        # Not inside a character: what is left of it would be told.
        next(at for at in count(place) if whole[at] & 0xC0 != 0x80)
        for section, following in pairwise(SECTION.finditer(whole))
        for place in (section.start() + 4, section.end(), (section.end() + following.start()) // 2)
    ]
    n_mixed = 0
    for start, end in combinations(places, 2):
        body = whole[:start] + whole[end:]
        try:
            entries = parse_page(body, content_type=content_type)
        except UnreadablePage:
            continue
        marks = [marks_of(entry) for entry in entries if is_record(entry)]
        if max(map(len, marks), default=0) > 1:
            n_mixed += 1
            excused = {0} if len(entries) > 1 else NEAR
            assert _sections_apart(whole, whole, body) & excused, (start, end, entries)
            assert sorted(map(len, marks))[-2:] in ([2], [1, 2]), (start, end, entries)
    assert n_mixed > len(SECTIONS)
