"""From what is known of a bead to chances: that it is right, that its Japanese dropped words.

Both are logistic functions of a few features. The weights are fitted by `bench/pair_fit.py` on the
fitting part of the test sets, and measured by `bench/pair_quality.py` on the other part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.pair.alignment import Bead
from pipeline.pair.omissions import Coverage

Weights = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """Weights, intercept first, of the three logistic functions.

    Attributes:
        aligned: for beads with both sides, of `aligned_features`.
        unaligned: for beads with one side, of `unaligned_features`.
        omission: for beads with both sides, of `omission_features`.
    """

    aligned: Weights
    unaligned: Weights
    omission: Weights


WITH_LEXICON = Model(
    aligned=(0.0, 0.5, 0.1, -0.1, 0.0, 0.0),
    unaligned=(0.0, 0.5),
    omission=(-5.0, 1.0, 0.4, 0.0, 0.0),
)
WITHOUT_LEXICON = Model(
    aligned=(0.0, 0.5, 0.1, -0.1, 0.0, 0.0),
    unaligned=(0.0, 0.5),
    omission=(-5.0, 1.0, 0.4, 0.0, 0.0),
)


def logistic(weights: Weights, features: Sequence[float]) -> float:
    """The chance that `weights` give to `features`, 0 to 1."""
    total = weights[0] + sum(map(float.__mul__, weights[1:], features))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _log_odds(share: float) -> float:
    share = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))


def aligned_features(bead: Bead, known: float, covered: Coverage) -> list[float]:
    """What speaks for a bead with both sides.

    Args:
        bead: the bead.
        known: units of its Japanese that could have found a counterpart.
        covered: how its English is covered.
    """
    return [
        _log_odds(bead.posterior),
        bead.gain / (known + 3.0),
        min(abs(bead.z), 8.0),
        0.0 if bead.kind == "1-1" else 1.0,
        covered.found / (covered.known + 3.0),
    ]


def unaligned_features(bead: Bead) -> list[float]:
    """What speaks for a sentence having no counterpart."""
    return [_log_odds(bead.posterior)]


def omission_features(bead: Bead, covered: Coverage, length: int) -> list[float]:
    """What speaks for the Japanese of a bead having dropped words of the English.

    Args:
        bead: the bead, with both sides.
        covered: how its English is covered.
        length: characters of its English.
    """
    return [
        max(-4.0, min(bead.z, 8.0)),
        min(covered.nats, 12.0),
        (covered.end - covered.start) / max(length, 1),
        0.0 if bead.kind == "1-1" else 1.0,
    ]
