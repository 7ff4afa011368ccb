"""Learning a lexicon from abstracts: IBM Model 1 between English stems and Japanese units.

After Brown et al. (1993), "The Mathematics of Statistical Machine Translation", model 1, trained on
the 1-1 beads of a first pass, then once more on those of a second pass with what was learnt.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pipeline.pair.alignment import align
from pipeline.pair.evidence import gather
from pipeline.pair.features import english_sentence, japanese_sentence
from pipeline.pair.lexicon import Lexicon
from pipeline.pair.sentences import split_english, split_japanese

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
        english = [english_sentence(en[start:end]) for start, end in split_english(en)]
        japanese = [japanese_sentence(ja[start:end]) for start, end in split_japanese(ja)]
        for bead in align(english, japanese, gather(english, japanese, lexicon)):
            if bead.kind == "1-1" and bead.posterior >= 0.9 and abs(bead.z) < 3:
                stems = {word for word, _, _ in english[bead.en_start].words}
                found = japanese[bead.ja_start].units
                if stems and found:
                    beads.append((tuple(sorted(stems)[:MAX_SIDE]), tuple(sorted(found)[:MAX_SIDE])))
    return beads


def learn(beads: Sequence[Bead]) -> Words:
    """The words of `beads` with their reliability and the gains of their units."""
    import numpy as np

    word_counts = Counter(word for stems, _ in beads for word in stems)
    unit_counts = Counter(unit for _, found in beads for unit in found)
    words = sorted(word for word, count in word_counts.items() if count >= MIN_COUNT)
    found_units = sorted(unit for unit, count in unit_counts.items() if count >= MIN_COUNT)
    if not words or not found_units:
        return {}
    word_ids = {word: number for number, word in enumerate(words, 1)}  # 0 is the empty word
    unit_ids = {unit: number for number, unit in enumerate(found_units)}
    width = len(found_units)
    codes, groups, size = [], [], 0
    for stems, found in beads:
        left = np.array([0, *[word_ids[word] for word in stems if word in word_ids]])
        right = np.array([unit_ids[unit] for unit in found if unit in unit_ids], dtype=np.int64)
        if not len(right):
            continue
        codes.append((left[None, :] * width + right[:, None]).ravel())
        groups.append(np.repeat(np.arange(size, size + len(right)), len(left)))
        size += len(right)
    pairs, places = np.unique(np.concatenate(codes), return_inverse=True)
    share = _expect(pairs // width, places, np.concatenate(groups), size)
    return _select(words, found_units, pairs, share, beads, unit_counts)


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


def _select(
    words: list[str],
    found_units: list[str],
    pairs: NDArray[np.int64],
    share: NDArray[np.float64],
    beads: Sequence[Bead],
    unit_counts: Counter[str],
) -> Words:
    """The pairs worth keeping, with gains, and how reliably each word shows one of its units."""
    import numpy as np

    total = sum(unit_counts[unit] for unit in found_units)
    frequency = np.array([unit_counts[unit] / total for unit in found_units])
    width = len(found_units)
    gain = np.log(share / frequency[pairs % width])
    seen = Counter(word for stems, _ in beads for word in stems)
    found_pairs = []  # expected count, gain, word, unit
    for index in np.flatnonzero((share >= MIN_SHARE) & (gain >= MIN_GAIN) & (pairs >= width)):
        word = words[pairs[index] // width - 1]
        unit = found_units[pairs[index] % width]
        expected = float(share[index]) * seen[word]
        found_pairs.append((expected, min(float(gain[index]), MAX_GAIN), word, unit))
    chosen: dict[str, dict[str, float]] = {}
    of_unit: Counter[str] = Counter()
    for _, gain_of, word, unit in sorted(found_pairs, key=lambda pair: (-pair[0], *pair[2:])):
        units_of = chosen.setdefault(word, {})
        if len(units_of) < MAX_UNITS and of_unit[unit] < MAX_WORDS:
            units_of[unit] = gain_of
            of_unit[unit] += 1
    chosen = {word: units_of for word, units_of in chosen.items() if units_of}
    shown: Counter[str] = Counter()
    for stems, found in beads:
        present = set(found)
        for word in stems:
            if word in chosen:
                shown[word] += not present.isdisjoint(chosen[word])
    # Add one to both outcomes: three observations are no proof of certainty.
    return {word: ((shown[word] + 1) / (seen[word] + 2), chosen[word]) for word in chosen}


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


def train(abstracts: Iterable[tuple[str, str]]) -> Words:
    """Learn from pairs of abstracts (English, Japanese); the order does not matter."""
    chosen = sample(abstracts)
    first = learn(sure_beads(chosen, Lexicon()))
    return learn(sure_beads(chosen, as_lexicon(first)))
