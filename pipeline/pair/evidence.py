"""What speaks for a Japanese sentence being the translation of an English one.

Each side's words (Japanese units and English stems by the lexicon; Latin terms, numbers, URLs,
formulas as they are) are witnesses: each finds the sentences of the other side that hold a
counterpart, with a gain in nats. What a bead gains is, over its witnesses, the best gain among its
sentences on the other side, so a word that stands in two merged sentences counts once; what it
owes is a fixed amount for every witness that could have found something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.pair.features import EnglishSentence, JapaneseSentence
from pipeline.pair.lexicon import Lexicon

MAX_PLACES = 64
"""A word that stands in more sentences than this says nothing about where one belongs."""

TOKEN_GAIN = 3.0
"""Nats for a Latin term, number or URL that stands in one sentence on each side."""


Word = tuple[list[int], dict[int, float]]
"""The English sentences in which a word stands, and its gains towards the Japanese ones."""


@dataclass(frozen=True, slots=True)
class LexicalEvidence:
    """What the sentences of one side say about those of the other, by index.

    Attributes:
        single: single[i][j], the sum of gains in nats of sentence i towards the other side's j.
        double: what single[i][j] + single[i][j + 1] counts twice.
        triple: what single[i][j] + single[i][j + 1] + single[i][j + 2] counts more than once.
        expected: per sentence, the weight of its witnesses: how many could find a counterpart.
    """

    single: list[dict[int, float]]
    double: list[dict[int, float]]
    triple: list[dict[int, float]]
    expected: list[float]

    def add(self, hits: Iterable[Mapping[int, float]], expected: float) -> None:
        """Take in the next sentence, by the gains of each of its witnesses."""
        single: dict[int, float] = {}
        double: dict[int, float] = {}
        triple: dict[int, float] = {}
        for gains in hits:
            for j, gain in gains.items():
                single[j] = single.get(j, 0.0) + gain
            if len(gains) < 2:
                continue
            for j, gain in gains.items():
                after = gains.get(j + 1, 0.0)
                later = gains.get(j + 2, 0.0)
                if after:
                    double[j] = double.get(j, 0.0) + min(gain, after)
                    if j - 1 not in gains:  # the window of three that opens before the first hit
                        triple[j - 1] = triple.get(j - 1, 0.0) + min(gain, after)
                if after or later:
                    most = max(gain, after, later)
                    triple[j] = triple.get(j, 0.0) + gain + after + later - most
        self.single.append(single)
        self.double.append(double)
        self.triple.append(triple)
        self.expected.append(expected)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence between the sentences of two texts: what each side says about the other.

    Attributes:
        english: what the English sentences say about the Japanese ones.
        japanese: what the Japanese sentences say about the English ones.
        lexical: whether a lexicon took part, or only tokens that stand on both sides.
    """

    english: LexicalEvidence
    japanese: LexicalEvidence
    lexical: bool


def gather(
    english: Sequence[EnglishSentence], japanese: Sequence[JapaneseSentence], lexicon: Lexicon
) -> Evidence:
    """The evidence between the sentences of both sides."""
    common = {mark for target in japanese for mark in _marks(target)}
    words: dict[str, Word] = {}
    tokens: dict[str, Word] = {}
    en_hits: list[list[dict[int, float]]] = []
    en_expected = []
    for j, sentence in enumerate(english):
        hits: list[dict[int, float]] = []
        weight = 0.0
        for stem in dict.fromkeys([stem for stem, _, _ in sentence.words]):
            reliability = lexicon.reliability.get(stem)
            if reliability is not None:
                weight += reliability
                places, gains = words.setdefault(stem, ([], {}))
                places.append(j)
                hits.append(gains)
        marks = [*sentence.terms, *sentence.urls, *sentence.formulas]
        for values, _, _ in sentence.numbers:
            marks.extend(sorted(values))
        for mark in dict.fromkeys([mark for mark in marks if mark in common]):
            places, gains = tokens.setdefault(mark, ([], {}))
            places.append(j)
            hits.append(gains)
        weight += len(sentence.names) + len(sentence.urls)
        en_hits.append(hits)
        en_expected.append(weight)
    ja_hits: list[list[dict[int, float]]] = []
    ja_expected = []
    by_unit = lexicon.by_unit
    shared = [
        list(dict.fromkeys([mark for mark in _marks(target) if mark in tokens]))
        for target in japanese
    ]
    seen = Counter(mark for marks in shared for mark in marks)
    unit_seen = Counter(unit for target in japanese for unit in target.units)
    for i, target in enumerate(japanese):
        hits = []
        for mark in shared[i]:
            places, gains = tokens[mark]
            most = max(len(places), seen[mark])
            if most <= MAX_PLACES:
                gains[i] = TOKEN_GAIN / most
                hits.append(dict.fromkeys(places, gains[i]))
        known = len(hits)
        for unit in target.units:
            entry = by_unit.get(unit)
            if entry is None or unit_seen[unit] > MAX_PLACES:
                continue
            known += 1
            own: dict[int, float] = {}
            for stem, gain in entry:
                word = words.get(stem)
                if word is None or len(word[0]) > MAX_PLACES:
                    continue
                places, gains = word
                if gain > gains.get(i, 0.0):
                    gains[i] = gain
                for j in places:
                    if gain > own.get(j, 0.0):
                        own[j] = gain
            if own:
                hits.append(own)
        ja_hits.append(hits)
        ja_expected.append(float(known))
    evidence = Evidence(
        LexicalEvidence([], [], [], []), LexicalEvidence([], [], [], []), bool(lexicon)
    )
    for hits, expected in zip(en_hits, en_expected, strict=True):
        evidence.english.add(hits, expected)
    for hits, expected in zip(ja_hits, ja_expected, strict=True):
        evidence.japanese.add(hits, expected)
    return evidence


def _marks(target: JapaneseSentence) -> tuple[str, ...]:
    """What stands in a Japanese sentence as it may stand in an English one."""
    return (*target.terms, *target.numbers, *target.urls, *target.formulas)
