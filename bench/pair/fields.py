"""How right splits, beads, omissions and flags are on invented abstracts of ten fields.

Usage: python -m bench.pair.fields [PART]

Sentences, links and omissions of the set were written by hand, by somebody who had not read the
rules. Nothing is fitted to its part `test`, which is reported; `tune` is for work on the rules.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.pair import ALIGNER_VERSION
from pipeline.pair.abstracts import PairedAbstract, pair_abstract

FIELDS_FILE = Path(__file__).resolve().parents[2] / "tests" / "pair" / "fields.jsonl"

FLAGS = ("untranslated", "truncated", "repeated", "garbled", "misaligned")

Row = dict[str, Any]


@dataclass
class Counts:
    """How many were found, how many there are, and how many of both are the same."""

    both: int = 0
    found: int = 0
    gold: int = 0

    def add(self, found: Iterable[object], gold: Iterable[object]) -> None:
        """Count the members of two sets."""
        left, right = set(found), set(gold)
        self.both += len(left & right)
        self.found += len(left)
        self.gold += len(right)

    @property
    def precision(self) -> float:
        """The share of what was found that is right; 1 where nothing was found."""
        return self.both / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of what there is that was found; 1 where there is nothing."""
        return self.both / self.gold if self.gold else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.both / (self.found + self.gold) if self.found + self.gold else 1.0


@dataclass
class Result:
    """The figures of some abstracts.

    Attributes:
        n: how many abstracts.
        exact: of each side, the abstracts whose sentences are all as they should be.
        beads: strict beads, by field.
        omissions: English sentences of which words are missing.
        words: words of what is missing, in the sentences in which an omission was found.
        flags: abstracts, by flag.
    """

    n: int = 0
    exact: dict[str, int] = field(default_factory=lambda: {"en": 0, "ja": 0})
    beads: defaultdict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    omissions: Counts = field(default_factory=Counts)
    words: Counts = field(default_factory=Counts)
    flags: defaultdict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))

    @property
    def all_beads(self) -> Counts:
        """The beads of all fields."""
        counts = self.beads.values()
        return Counts(*(sum(getattr(c, of) for c in counts) for of in ("both", "found", "gold")))


def rows(part: str) -> list[Row]:
    """The abstracts of a part of the set."""
    lines = FIELDS_FILE.read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["part"] == part]


def measure(part: str, pair: Callable[[str, str], PairedAbstract] = pair_abstract) -> Result:
    """Compare what `pair` finds in the abstracts of a part with what is there."""
    result = Result()
    for row in rows(part):
        paired = pair(row["en"], row["ja"])
        english = [row["en"][start:end] for start, end in paired.english]
        japanese = [row["ja"][start:end] for start, end in paired.japanese]
        result.n += 1
        result.exact["en"] += english == row["en_sentences"]
        result.exact["ja"] += japanese == row["ja_sentences"]
        beads = [scored.bead.of(english, japanese) for scored in paired.beads]
        result.beads[row["field"]].add(
            ((tuple(en), tuple(ja)) for en, ja in beads), _gold_beads(row)
        )
        _compare_omissions(result, row, paired)
        for flag in FLAGS:
            result.flags[flag].add({flag} & set(paired.flags), {flag} & set(row["flags"]))
    return result


def _gold_beads(row: Row) -> Iterable[tuple[tuple[str, ...], tuple[str, ...]]]:
    english, japanese = row["en_sentences"], row["ja_sentences"]
    for en, ja in row["beads"]:
        yield tuple(english[at] for at in en), tuple(japanese[at] for at in ja)


def _compare_omissions(result: Result, row: Row, paired: PairedAbstract) -> None:
    ends = _ends(row["en"], row["en_sentences"])
    quoted = {}
    for scored in paired.beads:
        if omission := scored.omission:
            sentence = sum(end <= omission.start for end in ends)
            quoted[sentence] = row["en"][omission.start : omission.end]
    missing = {omitted["sentence"]: omitted["text"] for omitted in row["omitted"]}
    result.omissions.add(quoted, missing)
    for sentence in quoted.keys() & missing.keys():
        result.words.add(quoted[sentence].split(), missing[sentence].split())


def _ends(text: str, sentences: Iterable[str]) -> list[int]:
    """Where the sentences of a text end."""
    ends, at = [], 0
    for sentence in sentences:
        at = text.index(sentence, at) + len(sentence)
        ends.append(at)
    return ends


def report(part: str) -> str:
    """The figures of a part, as Markdown."""
    result = measure(part)
    lines = [
        f"Aligner {ALIGNER_VERSION}, part `{part}`: {result.n} abstracts, "
        f"{result.all_beads.gold} beads. All sentences right in {result.exact['en']} English and "
        f"{result.exact['ja']} Japanese texts.",
        "",
        "| field | strict bead F1 |",
        "|---|---:|",
        *(f"| {name} | {100 * counts.f1:.1f} |" for name, counts in result.beads.items()),
        f"| all | {100 * result.all_beads.f1:.1f} |",
        "",
        "| what | precision | recall | there are |",
        "|---|---:|---:|---:|",
    ]
    kinds = {
        "sentences with an omission": result.omissions,
        "words of the omissions found": result.words,
        **{f"`{flag}`": counts for flag, counts in result.flags.items()},
    }
    lines += [
        f"| {name} | {counts.precision:.2f} | {counts.recall:.2f} | {counts.gold} |"
        for name, counts in kinds.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(sys.argv[1] if len(sys.argv) > 1 else "test"))
