"""How good sentence pairs, scores and flags are, on abstracts that nothing was fitted on.

Usage: python -m bench.pair_quality [PLOT.svg]

Prints tables in Markdown, as they stand in docs/pairs.md, and draws the calibration of the scores.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from nltk.translate.gale_church import align_blocks

from bench.pair.calibration import Bin, bins, draw
from bench.pair.testsets import (
    ACL_FILE,
    Abstract,
    Case,
    GoldBead,
    abstracts,
    is_test,
    mismatched,
    one_to_one,
    perturbed,
)
from pipeline.pair.abstracts import PairedAbstract, pair_abstract
from pipeline.pair.features import english_sentence, japanese_sentence
from pipeline.pair.lexicon import Lexicon, shipped_lexicon
from pipeline.pair.scoring import SCORE_MODEL, bead_facts, score
from pipeline.pair.stage import ALIGNER_VERSION

SEEDS = (1, 2, 3)
Aligner = Callable[[Case], list[GoldBead]]


def ours(lexicon: Lexicon) -> Aligner:
    """The stage's aligner."""

    def run(case: Case) -> list[GoldBead]:
        english = [english_sentence(text) for text in case.english]
        japanese = [japanese_sentence(text) for text in case.japanese]
        return [
            (
                tuple(range(facts.bead.en_start, facts.bead.en_end)),
                tuple(range(facts.bead.ja_start, facts.bead.ja_end)),
            )
            for facts in bead_facts(english, japanese, lexicon)
        ]

    return run


def gale_church(case: Case) -> list[GoldBead]:
    """NLTK's Gale-Church on lengths in characters; its links are joined into beads."""
    links = align_blocks(
        [len(text) for text in case.english], [len(text) for text in case.japanese]
    )
    groups: list[tuple[set[int], set[int]]] = []
    for en, ja in sorted(links):
        if groups and (en in groups[-1][0] or ja in groups[-1][1]):
            groups[-1][0].add(en)
            groups[-1][1].add(ja)
        else:
            groups.append(({en}, {ja}))
    beads: list[GoldBead] = [(tuple(sorted(en)), tuple(sorted(ja))) for en, ja in groups]
    linked_en = {index for en, _ in groups for index in en}
    linked_ja = {index for _, ja in groups for index in ja}
    beads += [((index,), ()) for index in range(len(case.english)) if index not in linked_en]
    beads += [((), (index,)) for index in range(len(case.japanese)) if index not in linked_ja]
    return beads


def diagonal(case: Case) -> list[GoldBead]:
    """The first with the first, the second with the second; what is left over is unaligned."""
    n, m = len(case.english), len(case.japanese)
    beads: list[GoldBead] = [((index,), (index,)) for index in range(min(n, m))]
    beads += [((index,), ()) for index in range(m, n)]
    beads += [((), (index,)) for index in range(n, m)]
    return beads


def _f1(found: set[tuple[int, GoldBead]], gold: set[tuple[int, GoldBead]]) -> float:
    total = len(found) + len(gold)
    return 200 * len(found & gold) / total if total else 100.0


def alignment_row(name: str, aligner: Aligner, cases: Sequence[Case]) -> str:
    """A table row: strict F1 of beads, F1 of unaligned sentences, milliseconds an abstract."""
    found: set[tuple[int, GoldBead]] = set()
    gold: set[tuple[int, GoldBead]] = set()
    started = time.process_time()
    results = [aligner(case) for case in cases]
    spent = (time.process_time() - started) / len(cases) * 1000
    for number, (case, beads) in enumerate(zip(cases, results, strict=True)):
        found |= {(number, bead) for bead in beads}
        gold |= {(number, bead) for bead in case.beads}
    strict = _f1(found, gold)
    unaligned = _f1(*[{(n, b) for n, b in some if not b[0] or not b[1]} for some in (found, gold)])
    return f"| {name} | {strict:.1f} | {unaligned:.1f} | {spent:.2f} |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "–"


def flag_row(name: str, done: str, marks: Sequence[tuple[bool, bool]]) -> str:
    """A table row from (flagged, truly so): precision, recall, sizes."""
    flagged = sum(is_flagged for is_flagged, _ in marks)
    true = sum(is_true for _, is_true in marks)
    both = sum(is_flagged and is_true for is_flagged, is_true in marks)
    return (
        f"| `{name}` | {done} | {_share(both, flagged)} | {_share(both, true)} "
        f"| {true} of {len(marks)} |"
    )


def omission_marks(cases: Sequence[Case]) -> list[tuple[bool, bool]]:
    """For every English sentence whether an omission is suspected in it, and whether there is one.

    Sentences whose whole translation was dropped count as omissions as well.
    """
    marks = []
    for case in cases:
        paired = pair_abstract(case.en, case.ja)
        if len(paired.english) != len(case.english):
            continue
        suspected = suspected_sentences(paired)
        gone = {index for en, ja in case.beads if not ja for index in en}
        true = case.dropped_english | gone
        marks += [(index in suspected, index in true) for index in range(len(case.english))]
    return marks


def suspected_sentences(paired: PairedAbstract) -> set[int]:
    """English sentences in which an omission is suspected."""
    return {scored.omission.sentence for scored in paired.beads if scored.omission}


Damage = Callable[[random.Random, list[str], list[str]], str | None]
"""The Japanese text after something was done to it; None where it cannot be done."""


def untranslated(draw_: random.Random, english: list[str], japanese: list[str]) -> str | None:
    """One sentence left in English."""
    at = draw_.randrange(len(japanese))
    return "".join([*japanese[:at], english[at], *japanese[at + 1 :]])


def cut_off(draw_: random.Random, english: list[str], japanese: list[str]) -> str | None:
    """The text stops within a sentence of its second half."""
    del english
    text = "".join(japanese)
    return text[: draw_.randrange(len(text) // 2, len(text) - 1)]


def ends_dropped(draw_: random.Random, english: list[str], japanese: list[str]) -> str | None:
    """The last one or two sentences are missing."""
    del english
    return "".join(japanese[: -draw_.choice((1, 2))])


def said_twice(draw_: random.Random, english: list[str], japanese: list[str]) -> str | None:
    """One sentence stands twice."""
    del english
    at = draw_.randrange(len(japanese))
    return "".join([*japanese[: at + 1], *japanese[at:]])


def looped(draw_: random.Random, english: list[str], japanese: list[str]) -> str | None:
    """A stretch of a sentence stands four times in a row."""
    del english
    at = draw_.randrange(len(japanese))
    sentence = japanese[at]
    width = draw_.randint(5, 20)
    if len(sentence) < 2 * width:
        return None
    start = draw_.randrange(len(sentence) - width)
    piece = sentence[start : start + width]
    return "".join(
        [
            *japanese[:at],
            sentence[:start] + piece * 4 + sentence[start + width :],
            *japanese[at + 1 :],
        ]
    )


def pair_marks(rows: Sequence[Abstract], flag: str, damage: Damage) -> list[tuple[bool, bool]]:
    """For abstracts as they are and damaged, one in five, whether flagged and whether damaged."""
    marks = []
    for row, english, japanese in one_to_one(rows):
        for seed in SEEDS:
            draw_ = random.Random(f"{flag} {seed} {row.id}")
            ja, damaged = "".join(japanese), draw_.random() < 0.2
            if damaged:
                changed = damage(draw_, english, japanese)
                damaged = changed is not None
                ja = changed or ja
            marks.append((flag in pair_abstract(row.en, ja).flags, damaged))
    return marks


def misaligned_marks(rows: Sequence[Abstract]) -> list[tuple[bool, bool]]:
    """For abstracts with their own Japanese and with another's."""
    marks = [("misaligned" in pair_abstract(row.en, row.ja).flags, False) for row in rows]
    marks += [
        ("misaligned" in pair_abstract(case.en, case.ja).flags, True)
        for case in mismatched(rows, 1, share=0.3)
    ]
    return marks


def score_bins(cases: Sequence[Case]) -> list[Bin]:
    """Beads by score, with the share that is right."""
    scored = []
    lexicon = shipped_lexicon()
    for case in cases:
        english = [english_sentence(text) for text in case.english]
        japanese = [japanese_sentence(text) for text in case.japanese]
        gold = set(case.beads)
        for facts in bead_facts(english, japanese, lexicon):
            bead = facts.bead
            sides = (
                tuple(range(bead.en_start, bead.en_end)),
                tuple(range(bead.ja_start, bead.ja_end)),
            )
            scored.append((score(facts, SCORE_MODEL), sides in gold))
    return bins(scored)


def main() -> None:
    """Measure and print."""
    rows = [row for row in abstracts() if is_test(row)]
    cases = [case for seed in SEEDS for case in perturbed(rows, seed)]
    source = "ACL 2022 development set" if ACL_FILE.exists() else "the sample"
    print(f"{datetime.now(UTC):%Y-%m-%d}, aligner {ALIGNER_VERSION}, test part of {source}:")
    print(
        f"{len(rows)} abstracts, {len(cases)} perturbed, {sum(len(c.beads) for c in cases)} beads\n"
    )
    print("| aligner | strict F1 | unaligned F1 | ms an abstract |\n|---|---:|---:|---:|")
    for name, aligner in (
        ("this one", ours(shipped_lexicon())),
        ("this one, no lexicon", ours(Lexicon())),
        ("NLTK's Gale-Church", gale_church),
        ("diagonal", diagonal),
    ):
        print(alignment_row(name, aligner, cases))
    clauses = [c for seed in SEEDS for c in perturbed(rows, seed, clauses=0.15, sentences=0)]
    mixed = [c for seed in SEEDS for c in perturbed(rows, seed, clauses=0.15)]
    print("\n| flag | what was done | precision | recall | damaged |\n|---|---|---:|---:|---:|")
    print(flag_row("omission_suspected", "clauses dropped", omission_marks(clauses)))
    print(flag_row("omission_suspected", "clauses and sentences dropped", omission_marks(mixed)))
    for flag, damage in (
        ("untranslated", untranslated),
        ("truncated", cut_off),
        ("truncated", ends_dropped),
        ("repeated", said_twice),
        ("repeated", looped),
    ):
        done = (damage.__doc__ or "").rstrip(".").lower()
        print(flag_row(flag, done, pair_marks(rows, flag, damage)))
    print(flag_row("misaligned", "the japanese of another abstract", misaligned_marks(rows)))
    table = score_bins(cases)
    print("\n| score | beads | mean score | right |\n|---|---:|---:|---:|")
    for low, high, count, mean, right in table:
        print(f"| {low:.2f}–{high:.2f} | {count} | {mean:.3f} | {right:.3f} |")
    print("\n| keep beads with score at least | kept | of them right | of all right ones kept |")
    print("|---:|---:|---:|---:|")
    total = sum(count for *_, count, _, _ in table)
    all_right = sum(count * right for _, _, count, _, right in table)
    for least in (0.5, 0.8, 0.9, 0.95):
        kept = [row for row in table if row[0] >= least - 1e-9]
        count = sum(row[2] for row in kept)
        right = sum(row[2] * row[4] for row in kept)
        print(
            f"| {least:.2f} | {count / total:.3f} | {right / count:.3f} | {right / all_right:.3f} |"
        )
    if len(sys.argv) > 1:
        draw(table, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
