"""What the lexicon knows, and how the flags and scores are spread, by archive of arXiv.

Usage: python -m bench.pair.coverage

The invented abstracts of `tests/pair/fields.jsonl` and of the sample's posts; the share of content
words that the lexicon knows counts each word as often as it stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from bench.pair.fields import rows
from bench.pair.testsets import SAMPLE_POSTS, abstracts
from pipeline.pair.abstracts import pair_abstract
from pipeline.pair.features import english_sentence
from pipeline.pair.lexicon import shipped_lexicon


class Looked(NamedTuple):
    """What was found of one abstract: words, those the lexicon knows, score, an omission."""

    words: int
    known: int
    score: float
    omission: bool


def look(en: str, ja: str) -> Looked:
    """What the lexicon knows of an abstract, and what the stage says of it."""
    paired = pair_abstract(en, ja)
    reliability = shipped_lexicon().reliability
    stems = [
        stem
        for start, end in paired.english
        for stem, _, _ in english_sentence(en[start:end]).words
    ]
    return Looked(
        len(stems),
        sum(stem in reliability for stem in stems),
        paired.signals.alignment_score,
        "omission_suspected" in paired.flags,
    )


def _abstracts() -> Iterator[tuple[str, str, str]]:
    for part in ("tune", "test"):
        for row in rows(part):
            yield row["field"], row["en"], row["ja"]
    for abstract in abstracts(SAMPLE_POSTS / "none"):
        yield "the sample", abstract.en, abstract.ja


def main() -> None:
    """Measure and print a table."""
    found: defaultdict[str, list[Looked]] = defaultdict(list)
    for name, en, ja in _abstracts():
        found[name].append(look(en, ja))
    print("| field | abstracts | words known | mean score | `omission_suspected` |")
    print("|---|---:|---:|---:|---:|")
    for name, each in found.items():
        known = sum(of.known for of in each) / sum(of.words for of in each)
        score = sum(of.score for of in each) / len(each)
        omissions = sum(of.omission for of in each)
        print(f"| {name} | {len(each)} | {known:.2f} | {score:.3f} | {omissions} |")


if __name__ == "__main__":
    main()
