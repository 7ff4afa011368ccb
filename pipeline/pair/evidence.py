"""What speaks for a Japanese sentence being the translation of an English one.

Japanese units (and Latin terms, numbers, URLs, formulas) each find the English sentences that
hold a counterpart, with a gain in nats. A bead's evidence is, over its Japanese units, the best
gain among its English sentences: a word that stands in two merged sentences counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.pair.features import EnglishSentence, JapaneseSentence
from pipeline.pair.lexicon import Lexicon

TOKEN_GAIN = 4.0
"""Nats for a Latin term, number or URL that stands in one sentence on each side."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence between the sentences of two texts.

    Attributes:
        gain: gain[i][j] in nats, Japanese sentence i against English sentence j.
        double: what gain[i][j] + gain[i][j + 1] counts twice.
        triple: what gain[i][j] + gain[i][j + 1] + gain[i][j + 2] counts more than once.
        known: per Japanese sentence, how many of its units could have found a counterpart.
    """

    gain: list[dict[int, float]]
    double: list[dict[int, float]]
    triple: list[dict[int, float]]
    known: list[int]


def gather(
    english: Sequence[EnglishSentence], japanese: Sequence[JapaneseSentence], lexicon: Lexicon
) -> Evidence:
    """The evidence between the sentences of both sides."""
    evidence = Evidence([], [], [], [])
    words: dict[str, list[int]] = {}
    tokens: dict[str, list[int]] = {}
    for j, sentence in enumerate(english):
        for word in {word for word, _, _ in sentence.words}:
            words.setdefault(word, []).append(j)
        marked = set(sentence.terms)  # only looked up, so its order does not matter
        marked.update(
            sentence.urls, sentence.formulas, *[values for values, _, _ in sentence.numbers]
        )
        for mark in marked:
            tokens.setdefault(mark, []).append(j)
    shared = [
        dict.fromkeys(
            [
                mark
                for marks in (target.terms, target.numbers, target.urls, target.formulas)
                for mark in marks
                if mark in tokens
            ]
        )
        for target in japanese
    ]
    seen: dict[str, int] = {}
    for marks in shared:
        for mark in marks:
            seen[mark] = seen.get(mark, 0) + 1
    for target, marks in zip(japanese, shared, strict=True):
        hits = [
            dict.fromkeys(tokens[mark], TOKEN_GAIN / max(len(tokens[mark]), seen[mark]))
            for mark in marks
        ]
        known = len(hits)
        for unit in target.units:
            entry = lexicon.by_unit.get(unit)
            if entry is None:
                continue
            known += 1
            gains: dict[int, float] = {}
            for word, gain in entry:
                for j in words.get(word, ()):
                    if gain > gains.get(j, 0.0):
                        gains[j] = gain
            if gains:
                hits.append(gains)
        evidence.known.append(known)
        _add(hits, evidence)
    return evidence


def _add(hits: list[dict[int, float]], evidence: Evidence) -> None:
    """Sum the gains of one Japanese sentence's units, and what neighbours count twice."""
    single: dict[int, float] = {}
    double: dict[int, float] = {}
    triple: dict[int, float] = {}
    for gains in hits:
        for j, gain in gains.items():
            single[j] = single.get(j, 0.0) + gain
        if len(gains) == 1:
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
    evidence.gain.append(single)
    evidence.double.append(double)
    evidence.triple.append(triple)
