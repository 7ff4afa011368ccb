"""Test sets for the pair stage, made from abstracts whose sentences match one to one.

Gold comes from doing: an abstract whose sides split into equally many sentences is taken as
one-to-one, then sentences are merged, cut and dropped and clauses taken out, and what was done is
what the aligner must find. Which abstracts are for fitting and which for testing is decided by a
hash of the abstract's id.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from pipeline.pair.sentences import split_english, split_japanese
from pipeline.settings import PROJECT_ROOT

ACL_FILE = PROJECT_ROOT.parent / "shared" / "align" / "acl-2022-dev.jsonl"
"""749 abstracts of ACL 2022 with machine-made Japanese; read where it stands, never copied."""

SAMPLE_POSTS = PROJECT_ROOT / "data" / "sample" / "posts"
"""Invented abstracts, used where the others are absent."""

TEST_SHARE = 0.4
MIN_CLAUSE = 0.2
"""A clause is taken out only where it is at least this share of its Japanese sentence ..."""
MAX_CLAUSE = 0.6
"""... at most this share ..."""
MIN_CLAUSE_CHARACTERS = 12
"""... and at least this long."""


@dataclass(frozen=True, slots=True)
class Abstract:
    """An abstract and its translation, as found."""

    id: str
    en: str
    ja: str


GoldBead = tuple[tuple[int, ...], tuple[int, ...]]
"""English and Japanese indexes of a bead."""


@dataclass(frozen=True, slots=True)
class Case:
    """Sentences after something was done to them, and the beads that are right.

    Attributes:
        beads: (English indexes, Japanese indexes) of every bead.
        dropped_english: indexes of the English sentences whose Japanese lost a clause.
        done: names of what was done.
    """

    id: str
    english: tuple[str, ...]
    japanese: tuple[str, ...]
    beads: tuple[GoldBead, ...]
    dropped_english: frozenset[int]
    done: frozenset[str]

    @property
    def en(self) -> str:
        """The English text."""
        return " ".join(self.english)

    @property
    def ja(self) -> str:
        """The Japanese text."""
        return "".join(self.japanese)


def _posts(file: Path) -> list[dict[str, Any]]:
    posts: list[dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return posts


def abstracts(file: Path = ACL_FILE) -> list[Abstract]:
    """The abstracts of a file of JSON lines with id, en and ja; the sample's where it is absent."""
    if not file.exists():
        posts = [post for day in sorted(SAMPLE_POSTS.glob("*.yaml")) for post in _posts(day)]
        return [
            Abstract(str(post["title"]), post["entry"]["abstract_en"], post["entry"]["abstract_ja"])
            for post in posts
            if {"abstract_en", "abstract_ja"} <= set(post.get("entry", ()))
        ]
    with file.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Abstract(row["id"], row["en"], row["ja"]) for row in rows]


def is_test(abstract: Abstract) -> bool:
    """Whether the abstract is for testing; the others are for fitting."""
    digest = hashlib.sha256(abstract.id.encode()).digest()
    return int.from_bytes(digest[:4], "big") < TEST_SHARE * 2**32


def sides(abstract: Abstract) -> tuple[list[str], list[str]]:
    """Its sentences, English and Japanese."""
    en, ja = abstract.en, abstract.ja
    return (
        [en[start:end] for start, end in split_english(en)],
        [ja[start:end] for start, end in split_japanese(ja)],
    )


_COMMA = re.compile(r"、")


def _clauses(sentence: str) -> list[tuple[int, int]]:
    """Stretches up to a comma that could be dropped; never the last, which holds the predicate."""
    cuts = [0, *[match.end() for match in _COMMA.finditer(sentence)]]
    return [
        (start, end)
        for start, end in pairwise(cuts)
        if end - start >= MIN_CLAUSE_CHARACTERS
        and MIN_CLAUSE <= (end - start) / len(sentence) <= MAX_CLAUSE
        and _balanced(sentence[start:end])
    ]


def _balanced(piece: str) -> bool:
    return all(piece.count(left) == piece.count(right) for left, right in ("()", "（）", "「」"))


def one_to_one(rows: Sequence[Abstract]) -> Iterator[tuple[Abstract, list[str], list[str]]]:
    """Abstracts of at least three sentences with as many on the other side."""
    for row in rows:
        english, japanese = sides(row)
        if len(english) == len(japanese) >= 3:
            yield row, english, japanese


def perturbed(
    rows: Sequence[Abstract], seed: int, *, clauses: float = 0.0, sentences: float = 1.0
) -> list[Case]:
    """One case an abstract.

    Args:
        rows: the abstracts to use; only those that are one-to-one serve.
        seed: of what is drawn.
        clauses: chance for each untouched sentence to lose a clause of its Japanese.
        sentences: factor on the chances of merging, cutting and dropping sentences.
    """
    cases = []
    for row, english, japanese in one_to_one(rows):
        draw = random.Random(f"{seed} {row.id}")
        cases.append(_perturb(row.id, english, japanese, draw, clauses, sentences))
    return cases


def _perturb(
    name: str,
    english: list[str],
    japanese: list[str],
    draw: random.Random,
    clauses: float,
    sentences: float,
) -> Case:
    en: list[str] = []
    ja: list[str] = []
    beads: list[GoldBead] = []
    dropped: set[int] = set()
    done: set[str] = set()

    def add(left: list[str], right: list[str]) -> None:
        beads.append(
            (
                tuple(range(len(en), len(en) + len(left))),
                tuple(range(len(ja), len(ja) + len(right))),
            )
        )
        en.extend(left)
        ja.extend(right)

    at = 0
    while at < len(english):
        left, right = english[at], japanese[at]
        chance = draw.random() / sentences if sentences else 1.0
        following = at + 1 < len(english)
        if chance < 0.06 and following:
            done.add("merged_ja")
            add([left, english[at + 1]], [right.rstrip("。") + "、" + japanese[at + 1]])
            at += 2
            continue
        if chance < 0.12 and following:
            done.add("merged_en")
            after = english[at + 1]
            add(
                [left.rstrip(".") + ", and " + after[0].lower() + after[1:]],
                [right, japanese[at + 1]],
            )
            at += 2
            continue
        cuts = [
            match.end()
            for match in _COMMA.finditer(right)
            if match.end() >= 12 and len(right) - match.end() >= 12
        ]
        if chance < 0.17 and cuts:
            done.add("cut_ja")
            cut = draw.choice(cuts)
            add([left], [right[: cut - 1] + "。", right[cut:]])
        elif chance < 0.22:
            done.add("dropped_ja")
            add([left], [])
        elif chance < 0.27:
            done.add("dropped_en")
            add([], [right])
        else:
            removable = _clauses(right)
            if clauses and removable and draw.random() < clauses:
                start, end = draw.choice(removable)
                done.add("clause")
                dropped.add(len(en))
                right = right[:start] + right[end:]
            add([left], [right])
        at += 1
    return Case(name, tuple(en), tuple(ja), tuple(beads), frozenset(dropped), frozenset(done))


MISMATCHED = 0.1
"""Share of abstracts that are also given the Japanese of another one."""


def mismatched(rows: Sequence[Abstract], seed: int, share: float = MISMATCHED) -> list[Case]:
    """Abstracts with the Japanese of another one: no sentence has a counterpart."""
    matched = list(one_to_one(rows))
    draw = random.Random(f"mismatched {seed}")
    cases = []
    for row, english, _ in matched:
        if draw.random() >= share:
            continue
        other, _, japanese = draw.choice(matched)
        if other.id == row.id:
            continue
        beads: list[GoldBead] = [((index,), ()) for index in range(len(english))]
        beads += [((), (index,)) for index in range(len(japanese))]
        cases.append(
            Case(
                row.id,
                tuple(english),
                tuple(japanese),
                tuple(beads),
                frozenset(),
                frozenset({"mismatched"}),
            )
        )
    return cases
