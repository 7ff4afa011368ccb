"""The glossary finds how terms are rendered, counts it, and depends on nothing but the beads."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from pipeline.pair.glossary import MIN_PAPERS, Bead, Entry, Rendering, make_glossary

PACKAGE = Path(__file__).parents[2] / "pipeline" / "pair"

LAMPS = [
    Bead("a", "We study the light house in a storm.", "嵐の中の灯台を研究する。"),
    Bead("b", "The old lighthouses are dark.", "古い灯台は暗い。"),
    Bead("c", "A keeper left the lighthouse.", "灯台守は灯台を去った。"),
    Bead("d", "Ships see each lighthouse.", "船は各ライトハウスを見る。"),
    Bead("e", "This lighthouse is new.", "このライトハウスは新しい。"),
    Bead("f", "The lighthouse was sold.", "そのライトハウスは売られた。"),
    Bead("f", "Nobody knows why.", "理由は誰も知らない。"),
]
CATEGORIES = {"a": ["cs.CL", "physics.ao-ph"], "b": ["cs.CL"]}


def entry(beads: list[Bead], term: str) -> Entry | None:
    return next((entry for entry in make_glossary(beads, CATEGORIES) if entry.term == term), None)


def test_a_term_has_its_renderings_with_counts_and_shares() -> None:
    assert entry(LAMPS, "lighthouse") == Entry(
        term="lighthouse",
        renderings=[Rendering("ライトハウス", 3, 0.5), Rendering("灯台", 3, 0.5)],
        n_papers=6,
        variants=["light house"],
        categories=["cs.CL", "physics.ao-ph"],
    )


def test_what_too_few_papers_say_is_left_out() -> None:
    assert MIN_PAPERS == 3
    two = LAMPS[:2]
    assert entry(two, "lighthouse") is None
    assert entry([*two, Bead("b", *LAMPS[2][1:])], "lighthouse") is None
    assert entry(LAMPS[:3], "lighthouse") is not None


def test_the_order_of_beads_does_not_matter_and_none_counts_twice() -> None:
    made = make_glossary(LAMPS, CATEGORIES)
    shuffled = [*LAMPS, *LAMPS[:4]]
    random.Random(7).shuffle(shuffled)
    assert make_glossary(shuffled, CATEGORIES) == made


def test_an_abbreviation_belongs_to_its_full_form() -> None:
    beads = [
        Bead(
            paper,
            f"We train large language models (LLMs) with {what}.",
            f"大規模言語モデル（LLM）を{ja}で学習する。",
        )
        for paper, what, ja in (
            ("a", "care", "注意"),
            ("b", "speech", "音声"),
            ("c", "noise", "雑音"),
        )
    ]
    found = entry(beads, "large language model")
    assert found is not None
    assert found.renderings == [Rendering("大規模言語モデル", 3, 1.0)]
    assert found.variants == ["LLM"]
    assert entry(beads, "language model") is None, "it is always part of the longer term"


@pytest.mark.parametrize(
    ("en", "ja"),
    [
        ("We {} the flow.", "流れを計算する。"),  # a verb
        ("The flow is {}.", "流れは計算的である。"),  # an adjective
        ("It ends with $x {} y$.", "計算で終わる。"),  # in a formula
    ],
)
def test_only_nouns_are_terms(en: str, ja: str) -> None:
    beads = [Bead(paper, en.format("compute"), ja) for paper in "abcd"]
    assert entry(beads, "compute") is None
    nouns = [Bead(paper, "We need the compute.", "計算が要る。") for paper in "abcd"]
    assert entry(nouns, "compute") is not None


def test_nothing_that_judges_texts_uses_it() -> None:
    for path in PACKAGE.glob("*.py"):
        named = {
            name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
            for name in [node.module]
        }
        assert "pipeline.pair.glossary" not in named, path.name
