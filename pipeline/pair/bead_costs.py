"""What a bead costs, in nats: the prior of its kind, and what its lengths and its words say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import add, sub
from typing import NamedTuple

from pipeline.pair.evidence import Evidence, LexicalEvidence

KINDS = {
    (1, 1): 0.1,
    (2, 1): 3.2,
    (1, 2): 2.5,
    (3, 1): 6.5,
    (1, 3): 6.0,
    (2, 2): 16.0,
    (1, 0): 2.7,
    (0, 1): 3.5,
}
"""Cost in nats of a bead of (English, Japanese) sentences, before anything is known of them."""

VARIANCE = 2.7
"""Variance of the difference in length per character of mean length."""

LENGTH_WEIGHT = 1.5
"""What half the square of z counts in the cost; beads of abstracts vary less than VARIANCE."""

LENGTH_CAP = 10.0
"""Nats that lengths may cost at most."""

DROPPED_CAP = 3.5
"""The same, of a 1-1 bead whose Japanese is the shorter side. A translation that drops half of a
sentence is likelier than one that drops it all and says something else in its place."""

RESTATED_CAP = 7.0
"""The same, of a 1-2 bead whose Japanese is the longer side: its second sentence may say again what
the first one said."""


@dataclass(frozen=True, slots=True)
class AlignWeights:
    """How much words count against lengths.

    Attributes:
        evidence: what a nat of evidence is worth; witnesses of a sentence are not independent.
        null_penalty: what each witness that could find a counterpart must earn, in nats.
    """

    evidence: float
    null_penalty: float


ALIGN_WEIGHTS = AlignWeights(evidence=0.3, null_penalty=2.0)
ALIGN_WEIGHTS_WITHOUT_LEXICON = AlignWeights(evidence=1.0, null_penalty=0.8)

Kind = tuple[int, int]
"""English and Japanese sentences of a bead."""


class Weighed(NamedTuple):
    """The beads of one kind that end with the same Japanese sentence, by where their English ends.

    Attributes:
        first: where the English of the first of them ends, in sentences; the others follow.
        costs: their costs in nats.
        nets: what their words say, in nats, net of the null penalty.
    """

    first: int
    costs: Sequence[float]
    nets: Sequence[float]


Row = dict[Kind, Weighed]
"""All beads that end with the same Japanese sentence."""


def length_z(english: float, expected: float) -> float:
    """Surplus of the English length over the expected one, in standard errors."""
    mean = (english + expected) / 2
    return (english - expected) / math.sqrt(VARIANCE * mean) if mean else 0.0


def weigh(
    en_sums: Sequence[int], ja_sums: Sequence[float], evidence: Evidence, rows: Sequence[range]
) -> list[Row]:
    """The costs of all beads.

    Args:
        en_sums: characters of the English up to each sentence.
        ja_sums: characters that the Japanese up to each sentence makes expect.
        evidence: what the words say.
        rows: the cells to look at.
    """
    weights = ALIGN_WEIGHTS if evidence.lexical else ALIGN_WEIGHTS_WITHOUT_LEXICON
    from_en, from_ja = evidence.english, evidence.japanese
    en_penalty = [weights.null_penalty * expected for expected in from_en.expected]
    ja_penalty = [weights.null_penalty * expected for expected in from_ja.expected]
    lengths = {a: list(map(sub, en_sums[a:], en_sums)) for a in (1, 2, 3)}
    sqrt, variance, half = math.sqrt, VARIANCE, LENGTH_WEIGHT
    caps = {(1, 1, True): DROPPED_CAP, (1, 2, False): RESTATED_CAP}
    worth = weights.evidence
    gains_ja: dict[tuple[int, int], list[float]] = {}
    table = []
    for i, row in enumerate(rows):
        if i and row != rows[i - 1]:
            gains_ja.clear()
        low = max(0, row.start - 3)  # the first English sentence that a bead ending here can hold
        near = slice(low, row.stop - 1)
        gains_en = {
            b: _gains_to(from_en, near, i - b, b, en_penalty[near]) for b in (1, 2, 3) if b <= i
        }
        here: Row = {}
        for (a, b), prior in KINDS.items():
            first = max(0, row.start - a)
            if b > i or first + a >= row.stop:
                continue
            if not (a and b):
                count = row.stop - a - first
                here[a, b] = Weighed(first + a, [prior] * count, [0.0] * count)
                continue
            for target in range(i - b, i):
                if (target, a) not in gains_ja:
                    firsts = range(low, row.stop - a)
                    gains_ja[target, a] = _gains_from(
                        from_ja, target, firsts, a, ja_penalty[target]
                    )
            nets = gains_ja[i - b, a][first - low :]
            for target in range(i - b + 1, i):
                nets = list(map(add, nets, gains_ja[target, a][first - low :]))
            for source in range(a):
                nets = list(map(add, nets, gains_en[b][first - low + source :]))
            expected = ja_sums[i] - ja_sums[i - b]
            costs = []
            for length, net in zip(lengths[a][first:], nets, strict=False):
                z = (length - expected) / sqrt(variance * (length + expected) / 2)
                apart = half * z * z / 2
                most = caps.get((a, b, z > 0), LENGTH_CAP)
                costs.append(prior + ((apart if apart < most else most) - worth * net))
            here[a, b] = Weighed(first + a, costs, nets)
        table.append(here)
    return table


def _gains_from(
    side: LexicalEvidence, index: int, firsts: range, count: int, penalty: float
) -> list[float]:
    """The gain of sentence `index` with `count` of the other side from each first, net."""
    single = side.single[index].get
    if count == 1:
        return [single(k, 0.0) - penalty for k in firsts]
    if count == 2:
        twice = side.double[index].get
        return [single(k, 0.0) + single(k + 1, 0.0) - twice(k, 0.0) - penalty for k in firsts]
    more = side.triple[index].get
    return [
        single(k, 0.0) + single(k + 1, 0.0) + single(k + 2, 0.0) - more(k, 0.0) - penalty
        for k in firsts
    ]


def _gains_to(
    side: LexicalEvidence, near: slice, first: int, count: int, penalty: Sequence[float]
) -> list[float]:
    """The gain of each sentence in `near` with `count` of the other side from `first`, net."""
    second, third = first + 1, first + 2
    single = side.single[near]
    if count == 1:
        return [gains.get(first, 0.0) - due for gains, due in zip(single, penalty, strict=True)]
    if count == 2:
        return [
            gains.get(first, 0.0) + gains.get(second, 0.0) - twice.get(first, 0.0) - due
            for gains, twice, due in zip(single, side.double[near], penalty, strict=True)
        ]
    return [
        gains.get(first, 0.0)
        + gains.get(second, 0.0)
        + gains.get(third, 0.0)
        - more.get(first, 0.0)
        - due
        for gains, more, due in zip(single, side.triple[near], penalty, strict=True)
    ]
