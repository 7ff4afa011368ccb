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
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain
from operator import add

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

    single: list[dict[int, float]] = field(default_factory=list)
    double: list[dict[int, float]] = field(default_factory=list)
    triple: list[dict[int, float]] = field(default_factory=list)
    expected: list[float] = field(default_factory=list)

    def add(self, hits: Iterable[Mapping[int, float]], expected: float) -> None:
        """Take in the next sentence, by the gains of each of its witnesses."""
        single: dict[int, float] = {}
        double: dict[int, float] = {}
        triple: dict[int, float] = {}
        for gains in hits:
            for j, gain in gains.items():
                single[j] = single[j] + gain if j in single else gain
            if len(gains) < 2:
                continue
            for j, gain in gains.items():
                after = gains.get(j + 1, 0.0)
                later = gains.get(j + 2, 0.0)
                if after:
                    less = after if after < gain else gain
                    double[j] = double[j] + less if j in double else less
                    if j - 1 not in gains:  # the window of three that opens before the first hit
                        triple[j - 1] = triple[j - 1] + less if j - 1 in triple else less
                if after or later:
                    most = gain if gain > after else after
                    most = later if later > most else most
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
    ja_marks = [dict.fromkeys(_japanese_marks(target)) for target in japanese]
    mark_counts = Counter(chain.from_iterable(ja_marks))
    entries = _usable_entries(japanese, lexicon)
    words: dict[str, Word] = {}
    tokens: dict[str, Word] = {}
    en_hits, en_expected = [], []
    for j, sentence in enumerate(english):
        known = _known_stems(sentence, lexicon)
        shared = dict.fromkeys(filter(mark_counts.__contains__, _english_marks(sentence)))
        en_hits.append([*_stand_in(j, known, words), *_stand_in(j, shared, tokens)])
        en_expected.append(
            reduce(add, known.values(), 0.0) + (len(sentence.names) + len(sentence.urls))
        )
    words, tokens = _telling(words, {}), _telling(tokens, mark_counts)
    evidence = Evidence(LexicalEvidence(), LexicalEvidence(), bool(lexicon))
    for i, target in enumerate(japanese):
        marks = [*filter(tokens.__contains__, ja_marks[i])]
        units = [*filter(entries.__contains__, target.units)]
        hits = [
            *[_gains_of_token(i, tokens[mark], mark_counts[mark]) for mark in marks],
            *[_gains_of_unit(i, entries[unit], words) for unit in units],
        ]
        evidence.japanese.add(filter(None, hits), float(len(marks) + len(units)))
    # The gains of English words are complete only now.
    for hits, expected in zip(en_hits, en_expected, strict=True):
        evidence.english.add(hits, expected)
    return evidence


def _usable_entries(
    japanese: Sequence[JapaneseSentence], lexicon: Lexicon
) -> dict[str, tuple[tuple[str, float], ...]]:
    """The lexicon's entries of those units that tell where a sentence belongs."""
    counts = Counter(chain.from_iterable([target.units for target in japanese]))
    by_unit = lexicon.by_unit
    return {
        unit: by_unit[unit]
        for unit, count in counts.items()
        if count <= MAX_PLACES and unit in by_unit
    }


def _telling(words: Mapping[str, Word], counts: Mapping[str, int]) -> dict[str, Word]:
    """Those that stand in few sentences: of the English, and by `counts` of the Japanese."""
    return {
        name: word
        for name, word in words.items()
        if len(word[0]) <= MAX_PLACES and counts.get(name, 0) <= MAX_PLACES
    }


def _known_stems(sentence: EnglishSentence, lexicon: Lexicon) -> dict[str, float]:
    """The sentence's stems that the lexicon knows, each once, with how reliable they are."""
    reliability = lexicon.reliability
    return {stem: reliability[stem] for stem, _, _ in sentence.words if stem in reliability}


def _english_marks(sentence: EnglishSentence) -> tuple[str, ...]:
    """What stands in an English sentence as it may stand in a Japanese one."""
    numbers = [value for values, _, _ in sentence.numbers for value in sorted(values)]
    return (*sentence.terms, *sentence.urls, *sentence.formulas, *numbers)


def _japanese_marks(target: JapaneseSentence) -> tuple[str, ...]:
    """What stands in a Japanese sentence as it may stand in an English one."""
    return (*target.terms, *target.numbers, *target.urls, *target.formulas)


def _stand_in(j: int, names: Iterable[str], words: dict[str, Word]) -> list[dict[int, float]]:
    """Note that these stand in English sentence `j`; returns where the gains of each will be."""
    found = [words.setdefault(name, ([], {})) for name in names]
    for places, _ in found:
        places.append(j)
    return [gains for _, gains in found]


def _gains_of_token(i: int, token: Word, count: int) -> dict[int, float]:
    """What a token of Japanese sentence `i`, in `count` of them, gains from the English ones."""
    places, gains = token
    gains[i] = TOKEN_GAIN / max(len(places), count)
    return dict.fromkeys(places, gains[i])


def _gains_of_unit(
    i: int, entry: Iterable[tuple[str, float]], words: Mapping[str, Word]
) -> dict[int, float]:
    """What a unit of Japanese sentence `i` gains from the English ones by its lexicon entry."""
    own: dict[int, float] = {}
    for stem, gain in entry:
        if stem not in words:
            continue
        places, gains = words[stem]
        if gain > gains.get(i, 0.0):
            gains[i] = gain
        for j in places:
            if gain > own.get(j, 0.0):
                own[j] = gain
    return own
