"""From what is known of a bead to chances: that it is right, that its Japanese dropped words.

Both are logistic functions of a few features. The weights are fitted by `bench/pair/fit.py` on the
fitting part of the test sets, and measured by `bench/pair_quality.py` on the other part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.pair.alignment import Bead, align
from pipeline.pair.evidence import gather
from pipeline.pair.features import EnglishSentence, JapaneseSentence
from pipeline.pair.lexicon import Lexicon
from pipeline.pair.omissions import Coverage, cover

Coefficients = tuple[float, ...]
"""Intercept first, then one for each feature."""


@dataclass(frozen=True, slots=True)
class Model:
    """Coefficients of the logistic functions.

    Attributes:
        aligned: that a bead with both sides is right, of `aligned_features`.
        unaligned: that a bead with one side is right, of `unaligned_features`.
        dropped: that a 1-1 bead dropped words, of `omission_features`.
        dropped_other: that another bead with both sides did, of the same.
    """

    aligned: Coefficients
    unaligned: Coefficients
    dropped: Coefficients
    dropped_other: Coefficients


SCORE_MODEL = Model(
    aligned=(0.374, 0.369, 1.007, -2.314),
    unaligned=(1.872, 0.242),
    dropped=(-6.748, 0.542, 10.439, 7.556),
    dropped_other=(-5.684, 0.068, -1.117, 11.168),
)
SCORE_MODEL_WITHOUT_LEXICON = Model(
    aligned=(-0.368, 0.850, 0.330, -0.073),
    unaligned=(0.155, 0.502),
    dropped=(-4.519, -0.296, 16.403, 3.540),
    dropped_other=(-2.667, -0.183, -4.178, 3.431),
)


@dataclass(frozen=True, slots=True)
class BeadFacts:
    """A bead and what its features are made of.

    Attributes:
        bead: the bead.
        null_penalty: weight of the terms of both sides that could have found a counterpart.
        missing: characters of English that the Japanese does not account for.
        surplus: the same as a share of the longer side.
        covers: how each of its English sentences is covered; empty without Japanese.
    """

    bead: Bead
    null_penalty: float
    missing: float
    surplus: float
    covers: tuple[Coverage, ...]

    @property
    def known(self) -> int:
        """English words, names and numbers that can be looked for in the Japanese."""
        return sum(cover.known for cover in self.covers)

    @property
    def found(self) -> int:
        """Those of them that were found."""
        return sum(cover.found for cover in self.covers)

    @property
    def worst(self) -> int:
        """Which of its English sentences has the stretch that is most likely dropped, from 0."""
        return max(range(len(self.covers)), key=lambda index: self.covers[index].nats)


def bead_facts(
    english: Sequence[EnglishSentence], japanese: Sequence[JapaneseSentence], lexicon: Lexicon
) -> list[BeadFacts]:
    """The likeliest beads of two texts, in order, and what is known of them."""
    evidence = gather(english, japanese, lexicon)
    facts = []
    for bead in align(english, japanese, evidence):
        sources, targets = bead.of(english, japanese)
        length = sum([len(source.text) for source in sources])
        expected = sum([target.expected for target in targets])
        facts.append(
            BeadFacts(
                bead,
                sum(evidence.japanese.expected[bead.ja_start : bead.ja_end])
                + sum(evidence.english.expected[bead.en_start : bead.en_end]),
                length - expected,
                (length - expected) / max(length, expected, 1.0),
                tuple([cover(source, targets, lexicon) for source in sources]) if targets else (),
            )
        )
    return facts


def _log_odds(share: float) -> float:
    share = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))


def aligned_features(facts: BeadFacts) -> list[float]:
    """What speaks for a bead with both sides being right."""
    return [
        _log_odds(facts.bead.posterior),
        facts.bead.gain / (facts.null_penalty + 3.0),
        0.0 if facts.bead.kind == "1-1" else 1.0,
    ]


def unaligned_features(facts: BeadFacts) -> list[float]:
    """What speaks for a sentence having no counterpart."""
    return [_log_odds(facts.bead.posterior)]


def omission_features(facts: BeadFacts) -> list[float]:
    """What speaks for the Japanese of a bead having dropped words of the English."""
    nats = min(facts.covers[facts.worst].nats, 12.0)
    return [
        max(-4.0, min(facts.bead.z, 8.0)),
        facts.surplus,
        nats / (facts.known + 3.0),
    ]


def _logistic(coefficients: Coefficients, features: Sequence[float]) -> float:
    total = coefficients[0]
    for coefficient, feature in zip(coefficients[1:], features, strict=True):
        total += coefficient * feature
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def score(facts: BeadFacts, model: Model) -> float:
    """The chance, 0 to 1, that the bead joins just the sentences that belong together."""
    if facts.bead.aligned:
        return _logistic(model.aligned, aligned_features(facts))
    return _logistic(model.unaligned, unaligned_features(facts))


def omission_chance(facts: BeadFacts, model: Model) -> float:
    """The chance, 0 to 1, that the Japanese of a bead with both sides dropped a clause."""
    coefficients = model.dropped if facts.bead.kind == "1-1" else model.dropped_other
    return _logistic(coefficients, omission_features(facts))
