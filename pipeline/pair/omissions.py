"""The English words of a bead that the Japanese seems to drop.

A dropped clause is a stretch of English whose words find no counterpart although such words
reliably do. Each content word says how much: a word that is nearly always translated says much by
missing, a word that is seldom found says little; a word that is found speaks against. The best
stretch is the one with the largest sum (Kadane's maximum subarray).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.pair.features import EnglishSentence, JapaneseSentence
from pipeline.pair.lexicon import Lexicon

CHANCE = 0.3
"""Chance that a dropped word finds a counterpart all the same, in the rest of the sentence."""

SURE = 0.97
"""A word is never counted as more reliable than this."""

TOKEN_RELIABILITY = 0.9
"""How reliably acronyms and numbers are found in a faithful translation."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How an English sentence is covered by its bead's Japanese.

    Attributes:
        known: words, names and numbers that can be looked for.
        found: those of them that were found.
        start: where the stretch of missing words starts in the sentence; `start == end` for none.
        end: its end.
        nats: what its missing words say, in nats.
    """

    known: int
    found: int
    start: int
    end: int
    nats: float


_Trace = tuple[int, int, float, bool]
"""Start, end, reliability and whether it was found, of what can be looked for."""


def _traces(
    sentence: EnglishSentence, japanese: Sequence[JapaneseSentence], lexicon: Lexicon
) -> list[_Trace]:
    """All that can be looked for, in order."""
    terms = {term for target in japanese for term in target.terms}
    return sorted(
        [
            *_token_traces(sentence, japanese, terms),
            *_word_traces(sentence, japanese, terms, lexicon),
        ]
    )


def _token_traces(
    sentence: EnglishSentence, japanese: Sequence[JapaneseSentence], terms: set[str]
) -> Iterator[_Trace]:
    """Names and numbers."""
    for name, start, end in sentence.names:
        yield start, end, TOKEN_RELIABILITY, name in terms or name.rstrip("s") in terms
    numbers = {number for target in japanese for number in target.numbers}
    for values, start, end in sentence.numbers:
        yield start, end, TOKEN_RELIABILITY, not values.isdisjoint(numbers)


def _word_traces(
    sentence: EnglishSentence,
    japanese: Sequence[JapaneseSentence],
    terms: set[str],
    lexicon: Lexicon,
) -> Iterator[_Trace]:
    """Words that the lexicon knows, and those that the Japanese holds as they are."""
    units = {unit for target in japanese for unit in target.units}
    named = {start for _, start, _ in sentence.names}
    for word, start, end in sentence.words:
        if start in named:
            continue
        reliability = lexicon.reliability.get(word)
        as_it_is = sentence.text[start:end].lower() in terms
        if reliability is not None:
            yield (
                start,
                end,
                min(reliability, SURE),
                not units.isdisjoint(lexicon.units_of(word)) or as_it_is,
            )
        elif as_it_is:
            yield start, end, TOKEN_RELIABILITY, True


def cover(
    sentence: EnglishSentence, japanese: Sequence[JapaneseSentence], lexicon: Lexicon
) -> Coverage:
    """How `sentence` is covered by the Japanese sentences of its bead."""
    traces = _traces(sentence, japanese, lexicon)
    best = (0.0, 0, 0)
    total, opened = 0.0, 0
    for start, end, reliability, found in traces:
        if total <= 0.0:
            total, opened = 0.0, start
        total += math.log(CHANCE / reliability) if found else -math.log(1 - reliability)
        if total > best[0]:
            best = (total, opened, end)
    nats, start, end = best
    return Coverage(len(traces), sum(found for *_, found in traces), start, end, nats)


def at_word_bounds(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch of `text` widened to white space on both sides."""
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end
