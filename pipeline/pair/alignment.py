"""Beads: which sentences of one side stand for which of the other, by dynamic programming.

After Gale and Church (1993), "A Program for Aligning Sentences in Bilingual Corpora": a bead costs
its kind's prior, plus what its lengths say, minus what its words say (`bead_costs`). Lengths
are compared in expected English characters, since kanji, hiragana and katakana differ in how much
they carry. The posterior of a bead, over all alignments, comes from the forward-backward sums.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from pipeline.pair.bead_costs import KINDS, Kind, Row, length_z, weigh
from pipeline.pair.evidence import Evidence
from pipeline.pair.features import EnglishSentence, JapaneseSentence

FULL_SEARCH = 4_000
"""Pairs of sentences (60 x 60) up to which all are searched; beyond, a band around the diagonal."""

BAND_CELLS = 20_000
"""Pairs of sentences in that band, so that ten thousand sentences take seconds, not hours."""


BACKWARDS = sorted(KINDS, key=lambda kind: (kind[1], kind[0]), reverse=True)
"""Kinds by how far they reach; a sum in another order would have other last digits."""


@dataclass(frozen=True, slots=True)
class Bead:
    """Neighbouring sentences that stand for each other: [en_start, en_end) and [ja_start, ja_end).

    Attributes:
        posterior: share of this bead in all alignments the model can think of, 0 to 1.
        gain: what its words say, in nats, net of what its units must earn.
        z: surplus of English length over what the Japanese predicts, in standard errors.
    """

    en_start: int
    en_end: int
    ja_start: int
    ja_end: int
    posterior: float
    gain: float
    z: float

    @property
    def kind(self) -> str:
        """Its kind as `1-1`, English first."""
        return f"{self.en_end - self.en_start}-{self.ja_end - self.ja_start}"

    @property
    def aligned(self) -> bool:
        """Whether it has both sides."""
        return self.en_end > self.en_start and self.ja_end > self.ja_start

    def of(
        self, english: Sequence[EnglishSentence], japanese: Sequence[JapaneseSentence]
    ) -> tuple[Sequence[EnglishSentence], Sequence[JapaneseSentence]]:
        """Its sentences of both sides."""
        return english[self.en_start : self.en_end], japanese[self.ja_start : self.ja_end]


def _band(n: int, m: int) -> list[range]:
    """For every number of Japanese sentences read, the numbers of English ones to look at."""
    if n * m <= FULL_SEARCH:
        return [range(n + 1)] * (m + 1)
    half = max(6, BAND_CELLS // (2 * max(n, m)))
    slope = n / max(m, 1)
    half = max(half, math.ceil(slope) + 3)
    rows = []
    for i in range(m + 1):
        middle = round(i * slope)
        rows.append(range(max(0, middle - half), min(n, middle + half) + 1))
    rows[0] = range(rows[0].stop)
    rows[m] = range(rows[m].start, n + 1)
    return rows


def align(
    english: Sequence[EnglishSentence], japanese: Sequence[JapaneseSentence], evidence: Evidence
) -> list[Bead]:
    """The likeliest beads of two lists of sentences, in order; every sentence is in one."""
    n, m = len(english), len(japanese)
    en_sums = [0, *accumulate([len(sentence.text) for sentence in english])]
    ja_sums = [0.0, *accumulate([target.expected for target in japanese])]
    rows = _band(n, m)
    table = weigh(en_sums, ja_sums, evidence, rows)
    forward, chosen = _forward(table, rows)
    backward = _backward(table, rows)
    beads = []
    i, j = m, n
    while i or j:
        a, b = kind = chosen[i][j]
        first, costs, nets = table[i][kind]
        share = forward[i - b][j - a] - costs[j - first] + backward[i][j] - forward[m][n]
        z = length_z(en_sums[j] - en_sums[j - a], ja_sums[i] - ja_sums[i - b]) if a and b else 0.0
        beads.append(Bead(j - a, j, i - b, i, min(1.0, math.exp(share)), nets[j - first], z))
        i, j = i - b, j - a
    return beads[::-1]


def _forward(
    table: Sequence[Row], rows: Sequence[range]
) -> tuple[list[dict[int, float]], list[dict[int, Kind]]]:
    """For every cell the logarithm of the sum over all ways to it, and the cheapest way's bead."""
    exp, log = math.exp, math.log
    best: list[dict[int, float]] = [{} for _ in rows]
    forward: list[dict[int, float]] = [{} for _ in rows]
    chosen: list[dict[int, Kind]] = [{} for _ in rows]
    best[0][0] = forward[0][0] = 0.0
    for i, row in enumerate(rows):
        kinds = [
            (kind, kind[0], first, costs, best[i - kind[1]], forward[i - kind[1]])
            for kind, (first, costs, _) in table[i].items()
        ]
        for j in row:
            values = []
            least = math.inf
            for kind, a, first, costs, best_before, forward_before in kinds:
                before = best_before.get(j - a)
                if before is None:
                    continue
                cost = costs[j - first]
                values.append(forward_before[j - a] - cost)
                if before + cost < least:
                    least = before + cost
                    chosen[i][j] = kind
            if values:
                best[i][j] = least
                top = max(values)
                forward[i][j] = top + log(sum([exp(value - top) for value in values]))
    return forward, chosen


def _backward(table: Sequence[Row], rows: Sequence[range]) -> list[dict[int, float]]:
    """For every cell the logarithm of the sum over all ways from it to the end."""
    exp, log = math.exp, math.log
    last = len(rows) - 1
    backward: list[dict[int, float]] = [{} for _ in rows]
    backward[last][rows[last].stop - 1] = 0.0
    for i in range(last, -1, -1):
        kinds = [
            (a, a - table[i + b][a, b].first, table[i + b][a, b].costs, backward[i + b])
            for a, b in BACKWARDS
            if i + b <= last and (a, b) in table[i + b]
        ]
        here = backward[i]
        for j in reversed(rows[i]):
            values = [
                after[j + a] - costs[j + shift]
                for a, shift, costs, after in kinds
                if j + a in after
            ]
            if values:
                top = max(values)
                here[j] = top + log(sum([exp(value - top) for value in values]))
    return backward
