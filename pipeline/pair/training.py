"""Learning a lexicon from abstracts: IBM Model 1 between English stems and Japanese units.

After Brown et al. (1993), "The Mathematics of Statistical Machine Translation", model 1, trained on
the 1-1 beads of a first pass, then once more on those of a second pass with what was learnt.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.pair.alignment import align
from pipeline.pair.evidence import gather
from pipeline.pair.features import (
    EnglishSentence,
    JapaneseSentence,
    english_sentence,
    japanese_sentence,
)
from pipeline.pair.lexicon import Lexicon
from pipeline.pair.sentences import split_english, split_japanese
from pipeline.pair.tokens import stem, units
from pipeline.settings import BUNDLED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_ABSTRACTS = 5_000
"""Abstracts learnt from. A hundred already align as well as more; the rest serve coverage."""

ROUNDS = 4
"""Rounds of expectation-maximisation; model 1 has one optimum and nears it in a few."""

MIN_COUNT = 3
"""A word or unit in fewer beads than this says nothing reliable."""

MIN_SHARE = 0.02
"""Least t(unit | word) that is kept ..."""

MIN_GAIN = 1.5
"""... with at least this gain over the unit's own frequency, in nats ..."""

MAX_UNITS = 12
"""... and for at most so many units a word ..."""

MAX_WORDS = 8
"""... and words a unit, those that occur most often together."""

MAX_GAIN = 5.0
"""Nats; rare pairs are not worth more than this."""

MAX_SIDE = 120
"""Different stems or units of a bead that are looked at."""

TERMS_FILE = BUNDLED / "data" / "reference" / "terms.tsv"
"""Common words of abstracts in all fields with their Japanese, written for this project."""

TERM_GAIN = 3.0
"""Nats that a unit of a listed rendering says for its word ..."""

LONE_TERM_GAIN = 1.5
"""... and a single character, which stands in other words as well."""

PRIOR = 0.7
"""Reliability of a listed word that was not seen ..."""

PRIOR_WEIGHT = 3.0
"""... and how many observations that counts for."""

Terms = dict[str, dict[str, float]]
"""Stem to the gains of the units of its renderings."""

Bead = tuple[tuple[str, ...], tuple[str, ...]]
"""The stems and the units of a bead, each once, sorted."""

Words = dict[str, tuple[float, dict[str, float]]]
"""Stem to its reliability and the gains of its units."""


def sample(
    abstracts: Iterable[tuple[str, str]], size: int = MAX_ABSTRACTS
) -> list[tuple[str, str]]:
    """`size` different pairs of (English, Japanese), by their hash: the same whatever the order."""
    import heapq

    def key(pair: tuple[str, str]) -> bytes:
        return hashlib.sha256("\0".join(pair).encode()).digest()

    kept: list[tuple[int, tuple[str, str]]] = []  # a heap of the smallest hashes, negated
    members: set[int] = set()
    for pair in abstracts:
        rank = -int.from_bytes(key(pair)[:16], "big")
        if rank in members:
            continue
        if len(kept) < size:
            heapq.heappush(kept, (rank, pair))
        elif rank > kept[0][0]:
            members.discard(heapq.heappushpop(kept, (rank, pair))[0])
        else:
            continue
        members.add(rank)
    return [pair for _, pair in sorted(kept, reverse=True)]


def sure_beads(abstracts: Iterable[tuple[str, str]], lexicon: Lexicon) -> list[Bead]:
    """The 1-1 beads of which the aligner with `lexicon` is sure, as stems and units."""
    beads = []
    for en, ja in abstracts:
        for english, japanese in _sure_sentences(en, ja, lexicon):
            stems = {word for word, _, _ in english.words}
            if stems and japanese.units:
                found = sorted(japanese.units)[:MAX_SIDE]
                beads.append((tuple(sorted(stems)[:MAX_SIDE]), tuple(found)))
    return beads


def _sure_sentences(
    en: str, ja: str, lexicon: Lexicon
) -> Iterator[tuple[EnglishSentence, JapaneseSentence]]:
    english = [english_sentence(en[start:end]) for start, end in split_english(en)]
    japanese = [japanese_sentence(ja[start:end]) for start, end in split_japanese(ja)]
    for bead in align(english, japanese, gather(english, japanese, lexicon)):
        if bead.kind == "1-1" and bead.posterior >= 0.9 and abs(bead.z) < 3:
            yield english[bead.en_start], japanese[bead.ja_start]


def learn(beads: Sequence[Bead]) -> Words:
    """The words of `beads` with their reliability and the gains of their units."""
    import numpy as np

    word_counts = Counter(word for stems, _ in beads for word in stems)
    unit_counts = Counter(unit for _, found in beads for unit in found)
    words, units = _frequent(word_counts), _frequent(unit_counts)
    if not words or not units:
        return {}
    codes, groups, size = _occurrences(beads, words, units)
    pairs, places = np.unique(codes, return_inverse=True)
    share = _expect(pairs // len(units), places, groups, size)
    total = sum(unit_counts[unit] for unit in units)
    frequency = np.array([unit_counts[unit] / total for unit in units])
    gain = np.log(share / frequency[pairs % len(units)])
    kept = np.flatnonzero((share >= MIN_SHARE) & (gain >= MIN_GAIN) & (pairs >= len(units)))
    likely = []
    for index in kept:
        word = words[pairs[index] // len(units) - 1]
        together = float(share[index]) * word_counts[word]
        unit = units[pairs[index] % len(units)]
        likely.append((together, min(float(gain[index]), MAX_GAIN), word, unit))
    return _with_reliability(_most_frequent(likely), beads, word_counts)


def _frequent(counts: Counter[str]) -> list[str]:
    return sorted(name for name, count in counts.items() if count >= MIN_COUNT)


def _occurrences(
    beads: Sequence[Bead], words: Sequence[str], units: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Every pair of a word and a unit that occurs in a bead.

    Returns:
        For every occurrence the pair, as the word's number times the number of units, plus the
        unit's number; for every occurrence, which occurrence of a unit it explains; how many
        occurrences of units there are.
    """
    import numpy as np

    word_ids = {word: number for number, word in enumerate(words, 1)}  # 0 is the empty word
    unit_ids = {unit: number for number, unit in enumerate(units)}
    codes, groups, size = [], [], 0
    for stems, found in beads:
        left = np.array([0, *[word_ids[word] for word in stems if word in word_ids]])
        right = np.array([unit_ids[unit] for unit in found if unit in unit_ids], dtype=np.int64)
        codes.append((left[None, :] * len(units) + right[:, None]).ravel())
        groups.append(np.repeat(np.arange(size, size + len(right)), len(left)))
        size += len(right)
    return np.concatenate(codes), np.concatenate(groups), size


def _expect(
    pair_words: NDArray[np.int64], places: NDArray[np.int64], groups: NDArray[np.int64], size: int
) -> NDArray[np.float64]:
    """t(unit | word) for every pair that occurs, by expectation-maximisation.

    Args:
        pair_words: the word of each distinct pair.
        places: for every occurrence of a pair in a bead, which distinct pair it is.
        groups: for every occurrence, which occurrence of a unit it explains.
        size: how many occurrences of units there are.
    """
    import numpy as np

    share = np.ones(len(pair_words))
    for _ in range(ROUNDS):
        weight = share[places]
        weight /= np.bincount(groups, weight, size)[groups]
        counts = np.bincount(places, weight, len(pair_words))
        share = counts / np.bincount(pair_words, counts)[pair_words]
    return share


def _most_frequent(likely: Iterable[tuple[float, float, str, str]]) -> dict[str, dict[str, float]]:
    """By word the gains of its units, of the pairs that occur most often together.

    Args:
        likely: expected count, gain, word and unit of each pair.
    """
    chosen: dict[str, dict[str, float]] = {}
    words_of: Counter[str] = Counter()
    for _, gain, word, unit in sorted(likely, key=lambda pair: (-pair[0], *pair[2:])):
        if len(chosen.get(word, ())) < MAX_UNITS and words_of[unit] < MAX_WORDS:
            chosen.setdefault(word, {})[unit] = gain
            words_of[unit] += 1
    return chosen


def _with_reliability(
    chosen: Mapping[str, dict[str, float]], beads: Sequence[Bead], word_counts: Counter[str]
) -> Words:
    """The words with how reliably each shows one of its units."""
    shown: Counter[str] = Counter()
    for stems, found in beads:
        present = set(found)
        for word in filter(chosen.__contains__, stems):
            shown[word] += not present.isdisjoint(chosen[word])
    # Add one to both outcomes: three observations are no proof of certainty.
    return {
        word: ((shown[word] + 1) / (word_counts[word] + 2), gains) for word, gains in chosen.items()
    }


def as_lexicon(words: Words) -> Lexicon:
    """`words` as a lexicon that is used at once, under the version `unsaved`."""
    by_unit: dict[str, list[tuple[str, float]]] = {}
    for word in sorted(words):
        for unit, gain in words[word][1].items():
            by_unit.setdefault(unit, []).append((word, gain))
    return Lexicon(
        "unsaved",
        {unit: tuple(entries) for unit, entries in by_unit.items()},
        {word: reliability for word, (reliability, _) in words.items()},
    )


def read_terms(file: Path = TERMS_FILE) -> Terms:
    """Each stem's renderings in a list of lines `word`, a tab, Japanese divided by slashes."""
    terms: dict[str, dict[str, float]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        word, renderings = line.split("\t")
        gains = terms.setdefault(stem(word), {})
        for rendering in renderings.split("/"):
            for unit in units(rendering):
                if not "ぁ" <= unit[0] <= "ゖ":  # hiragana is a unit only where a sentence begins
                    gains[unit] = TERM_GAIN if len(unit) > 1 else LONE_TERM_GAIN
    return {word: gains for word, gains in terms.items() if gains}


def with_terms(words: Words, terms: Terms, beads: Sequence[Bead]) -> Words:
    """`words` and the units of `terms` that nothing was learnt about, reliabilities counted anew.

    Args:
        words: what was learnt from `beads`.
        terms: as from `read_terms`.
        beads: what reliabilities are counted on; of a word that they lack, it is the prior.
    """
    gains = {word: dict(units_of) for word, (_, units_of) in words.items()}
    for word, units_of in terms.items():
        gains[word] = units_of | gains.get(word, {})
    seen: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for stems, found in beads:
        present = set(found)
        for word in stems:
            if word in gains:
                seen[word] += 1
                shown[word] += not present.isdisjoint(gains[word])
    return {
        word: (
            (shown[word] + PRIOR_WEIGHT * PRIOR) / (seen[word] + PRIOR_WEIGHT),
            units_of,
        )
        for word, units_of in gains.items()
    }


def train(abstracts: Iterable[tuple[str, str]], terms: Terms | None = None) -> Words:
    """Learn from pairs of abstracts (English, Japanese), in any order, and from a list of terms."""
    chosen = sample(abstracts)
    first = learn(sure_beads(chosen, Lexicon()))
    beads = sure_beads(chosen, as_lexicon(first))
    words = learn(beads)
    return with_terms(words, terms, beads) if words and terms else words
