"""Fit the weights of `pipeline/pair/scoring.py` on the fitting part of the ACL abstracts.

Usage: python -m bench.pair.fit

Prints both models as they stand in the source. Facts about an abstract are gathered with a lexicon
that was trained on the other abstracts only (five folds), as it will be on unseen text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.pair.testsets import Abstract, Case, abstracts, is_test, mismatched, perturbed
from pipeline.pair.features import english_sentence, japanese_sentence
from pipeline.pair.lexicon import Lexicon
from pipeline.pair.scoring import (
    BeadFacts,
    aligned_features,
    bead_facts,
    omission_features,
    unaligned_features,
)
from pipeline.pair.training import as_lexicon, read_terms, train

FOLDS = 5
RIDGE = 10.0
"""Strength of the penalty on standardised weights; keeps near-collinear features sane."""
SEEDS = (101, 102, 103)
Example = tuple[Case, BeadFacts]


def fold(row: Abstract) -> int:
    """Which fold an abstract is in."""
    return hashlib.sha256(row.id.encode()).digest()[5] % FOLDS


def examples(cases: Sequence[Case], lexicon: Lexicon) -> list[Example]:
    """Every bead that the aligner finds in `cases`."""
    found = []
    for case in cases:
        english = [english_sentence(text) for text in case.english]
        japanese = [japanese_sentence(text) for text in case.japanese]
        found += [(case, facts) for facts in bead_facts(english, japanese, lexicon)]
    return found


def is_right(example: Example) -> bool:
    """Whether the bead is one of the case's."""
    case, facts = example
    bead = facts.bead
    en, ja = range(bead.en_start, bead.en_end), range(bead.ja_start, bead.ja_end)
    return (tuple(en), tuple(ja)) in case.beads


def is_dropped(example: Example) -> bool:
    """Whether one of the bead's English sentences lost a clause."""
    case, facts = example
    bead = facts.bead
    return not case.dropped_english.isdisjoint(range(bead.en_start, bead.en_end))


def fit(
    chosen: Sequence[Example],
    features: Callable[[BeadFacts], list[float]],
    label: Callable[[Example], bool],
) -> str:
    """Weights of a logistic regression, intercept first, as Python source (Newton's method)."""
    rows = np.array([features(facts) for _, facts in chosen])
    labels = np.array([label(example) for example in chosen], dtype=float)
    centre, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    design = np.c_[np.ones(len(rows)), (rows - centre) / scale]
    ridge = np.diag([0.0] + [RIDGE] * rows.shape[1])
    weights: NDArray[np.float64] = np.zeros(design.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ weights))
        slope = design.T @ (chance - labels) + ridge @ weights
        curve = (design.T * (chance * (1 - chance))) @ design + ridge
        weights -= np.linalg.solve(curve, slope)
    by_feature = weights[1:] / scale
    values = [weights[0] - by_feature @ centre, *by_feature]
    return "(" + ", ".join(f"{value:.3f}" for value in values) + ")"


def report(name: str, lexicons: Sequence[Lexicon], rows: Sequence[Abstract]) -> None:
    """Fit one model and print it."""
    right: list[Example] = []
    dropped: list[Example] = []
    for number, lexicon in enumerate(lexicons):
        part = [row for row in rows if fold(row) == number]
        for seed in SEEDS:
            mixed = examples(perturbed(part, seed, clauses=0.15), lexicon)
            right += mixed + examples(mismatched(part, seed), lexicon)
            dropped += mixed + examples(perturbed(part, seed, clauses=0.15, sentences=0), lexicon)
    both = [example for example in right if example[1].bead.aligned]
    # Where nothing matches, one-sided beads are right by default and teach nothing.
    one = [
        example
        for example in right
        if not example[1].bead.aligned and "mismatched" not in example[0].done
    ]
    dropped = [example for example in dropped if example[1].bead.aligned]
    single = [example for example in dropped if example[1].bead.kind == "1-1"]
    other = [example for example in dropped if example[1].bead.kind != "1-1"]
    print(f"{name} = Model(")
    print(f"    aligned={fit(both, aligned_features, is_right)},")
    print(f"    unaligned={fit(one, unaligned_features, is_right)},")
    print(f"    dropped={fit(single, omission_features, is_dropped)},")
    print(f"    dropped_other={fit(other, omission_features, is_dropped)},")
    print(")")


def main() -> None:
    """Fit both models."""
    rows = [row for row in abstracts() if not is_test(row)]
    lexicons = [
        as_lexicon(train(((r.en, r.ja) for r in rows if fold(r) != number), read_terms()))
        for number in range(FOLDS)
    ]
    report("SCORE_MODEL", lexicons, rows)
    report("SCORE_MODEL_WITHOUT_LEXICON", [Lexicon()] * FOLDS, rows)


if __name__ == "__main__":
    main()
