"""Japanese that says the same again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.pair.alignment import Bead
from pipeline.pair.features import EnglishSentence, JapaneseSentence

SAME_WORDS = 0.75
"""Of the units of the shorter sentence, the share that the other has, where it says the same."""

LEAST_WORDS = 4
"""Units that a sentence must have for its words to tell."""


def duplicates(
    english: Sequence[EnglishSentence], japanese: Sequence[JapaneseSentence]
) -> list[int]:
    """Indexes of Japanese sentences said before, beyond what the English says twice."""
    allowed = len(english) - len({sentence.text for sentence in english})
    seen: set[str] = set()
    repeated = []
    for index, target in enumerate(japanese):
        if len(target.text) < 8:
            continue
        if target.text in seen:
            repeated.append(index)
        seen.add(target.text)
    return repeated[allowed:]


def restated(beads: Sequence[Bead], japanese: Sequence[JapaneseSentence]) -> Iterator[int]:
    """Indexes of Japanese sentences that say again, in other words, what the one before says.

    They stand for the same English sentence, or for none.
    """
    aligned = [bead.aligned for bead in beads]
    for at, bead in enumerate(beads):
        first, last = bead.ja_start + 1, bead.ja_end
        if bead.en_end == bead.en_start:  # with the sentences beside it
            first -= at > 0 and aligned[at - 1]
            last += at + 1 < len(beads) and aligned[at + 1]
        elif bead.en_end - bead.en_start > 1:
            continue
        for index in range(first, last):
            if _same_words(japanese[index - 1], japanese[index]):
                yield index


def _same_words(one: JapaneseSentence, other: JapaneseSentence) -> bool:
    left, right = ({*said.units, *said.terms, *said.numbers} for said in (one, other))
    least = min(len(left), len(right))
    return least >= LEAST_WORDS and len(left & right) >= SAME_WORDS * least
