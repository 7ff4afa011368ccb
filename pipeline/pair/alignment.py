"""Beads: which sentences of one side stand for which of the other, by dynamic programming.

After Gale and Church (1993), "A Program for Aligning Sentences in Bilingual Corpora": a bead costs
its kind's prior, plus what its lengths say, minus what its words say (`evidence.gather`). Lengths
are compared in expected English characters, since kanji, hiragana and katakana differ in how much
they carry. The posterior of a bead, over all alignments, comes from the forward-backward sums.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.pair.evidence import Evidence, Witnesses
from pipeline.pair.features import EnglishSentence, JapaneseSentence

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
"""Nats; a bead that dropped a clause must still be cheaper than two unaligned sentences."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much words count against lengths.

    Attributes:
        evidence: what a nat of evidence is worth; witnesses of a sentence are not independent.
        owed: what each witness that could find a counterpart must earn, in nats.
    """

    evidence: float
    owed: float


WITH_LEXICON = Weights(evidence=0.3, owed=1.6)
WITHOUT_LEXICON = Weights(evidence=1.0, owed=0.8)

FULL_SEARCH = 4_000
"""Pairs of sentences (60 x 60) up to which all are searched; beyond, a band around the diagonal."""

BAND_CELLS = 20_000
"""Pairs of sentences in that band, so that ten thousand sentences take seconds, not hours."""


Step = tuple[int, int, float]
"""English and Japanese sentences of a bead, and its cost in nats."""


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


def length_z(english: float, expected: float) -> float:
    """Surplus of the English length over the expected one, in standard errors."""
    mean = (english + expected) / 2
    return (english - expected) / math.sqrt(VARIANCE * mean) if mean else 0.0


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
    en_sums, ja_sums = [0.0], [0.0]
    for sentence in english:
        en_sums.append(en_sums[-1] + len(sentence.text))
    for target in japanese:
        ja_sums.append(ja_sums[-1] + target.expected)
    rows = _band(n, m)
    weights = WITH_LEXICON if evidence.lexical else WITHOUT_LEXICON
    from_en, from_ja = evidence.english, evidence.japanese
    sqrt, exp, log = math.sqrt, math.exp, math.log

    def weigh(j: int, i: int, a: int, b: int) -> tuple[float, float, float]:
        """(cost, net gain, z) of the bead of `a` English before j and `b` Japanese before i."""
        z = net = 0.0
        cost = KINDS[a, b]
        if a and b:
            length = en_sums[j] - en_sums[j - a]
            expected = ja_sums[i] - ja_sums[i - b]
            z = (length - expected) / sqrt(VARIANCE * (length + expected) / 2)
            for row in range(i - b, i):
                net += _said(from_ja, row, j - a, a) - weights.owed * from_ja.expected[row]
            for row in range(j - a, j):
                net += _said(from_en, row, i - b, b) - weights.owed * from_en.expected[row]
            cost += min(LENGTH_WEIGHT * z * z / 2, LENGTH_CAP) - weights.evidence * net
        return cost, net, z

    best: list[dict[int, float]] = [{} for _ in range(m + 1)]
    forward: list[dict[int, float]] = [{} for _ in range(m + 1)]
    steps: list[dict[int, list[Step]]] = [{} for _ in range(m + 1)]
    best[0][0] = forward[0][0] = 0.0
    kinds = list(KINDS)
    for i in range(m + 1):
        for j in rows[i]:
            options = [
                (a, b, weigh(j, i, a, b)[0])
                for a, b in kinds
                if a <= j and b <= i and j - a in best[i - b]
            ]
            if not options:
                continue
            steps[i][j] = options
            best[i][j] = min([best[i - b][j - a] + cost for a, b, cost in options])
            sums = [forward[i - b][j - a] - cost for a, b, cost in options]
            top = max(sums)
            forward[i][j] = top + log(sum([exp(value - top) for value in sums]))
    backward = _backward(steps, rows, n, m)
    beads = []
    i, j = m, n
    while i or j:
        a, b, cost = min(steps[i][j], key=lambda step: best[i - step[1]][j - step[0]] + step[2])
        _, net, z = weigh(j, i, a, b)
        share = forward[i - b][j - a] - cost + backward[i][j] - forward[m][n]
        beads.append(Bead(j - a, j, i - b, i, min(1.0, exp(share)), net, z))
        i, j = i - b, j - a
    return beads[::-1]


def _said(side: Witnesses, row: int, first: int, count: int) -> float:
    """What sentence `row` of a side says about `count` sentences of the other, from `first`."""
    single = side.single[row]
    if count == 1:
        return single.get(first, 0.0)
    total = single.get(first, 0.0) + single.get(first + 1, 0.0)
    if count == 2:
        return total - side.double[row].get(first, 0.0)
    return total + single.get(first + 2, 0.0) - side.triple[row].get(first, 0.0)


def _backward(
    steps: Sequence[Mapping[int, list[Step]]], rows: Sequence[range], n: int, m: int
) -> list[dict[int, float]]:
    """For every cell the logarithm of the sum over all ways from it to the end."""
    incoming: list[dict[int, list[float]]] = [{} for _ in range(m + 1)]
    backward: list[dict[int, float]] = [{} for _ in range(m + 1)]
    incoming[m][n] = [0.0]
    for i in range(m, -1, -1):
        for j in reversed(rows[i]):
            values = incoming[i].get(j)
            if values is None:
                continue
            top = max(values)
            total = top + math.log(sum([math.exp(value - top) for value in values]))
            backward[i][j] = total
            for a, b, cost in steps[i].get(j, ()):
                incoming[i - b].setdefault(j - a, []).append(total - cost)
    return backward
