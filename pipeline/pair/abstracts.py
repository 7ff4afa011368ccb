"""One abstract and its translation: sentences, beads, signals and flags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.pair.alignment import Bead, align, length_z
from pipeline.pair.evidence import gather
from pipeline.pair.features import (
    EnglishSentence,
    JapaneseSentence,
    english_sentence,
    japanese_sentence,
)
from pipeline.pair.lexicon import Lexicon, shipped_lexicon
from pipeline.pair.omissions import Coverage, at_clause_bounds, cover
from pipeline.pair.scoring import (
    WITH_LEXICON,
    WITHOUT_LEXICON,
    Model,
    aligned_features,
    logistic,
    omission_features,
    unaligned_features,
)
from pipeline.pair.sentences import Span, split_english, split_japanese
from pipeline.pair.signals import Kept, duplicates, is_untranslated, kept, loops, unfinished_end

OMISSION_THRESHOLD = 0.5
"""Chance of dropped words from which a bead is flagged; measured in docs/pairs.md."""

MISALIGNED_BEAD = 0.5
"""A bead with both sides that is likelier wrong than right is flagged."""

MISALIGNED_PAIR = 0.5
"""A pair of abstracts whose beads are on average likelier wrong than right is flagged."""

_SPACE = re.compile(r"\s+")
_BETWEEN_JAPANESE = re.compile(
    r"(?<=[ぁ-ヿ一-鿿々。、！？」）]) ?\s*[\r\n\v\f\x85\u2028\u2029]+\s*"
)


@dataclass(frozen=True, slots=True)
class Omission:
    """English words that the Japanese seems to drop: offsets in the abstract, its sentence."""

    sentence: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ScoredBead:
    """A bead with its score, signals and flags; scores and shares are 0 to 1."""

    bead: Bead
    score: float
    kept: Kept
    lexicon_coverage: float | None
    omission: Omission | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signals:
    """The signals of a pair of abstracts, as in the table `PairSignals`."""

    length_ratio: float
    length_z: float
    numbers_kept: float | None
    latin_terms_kept: float | None
    urls_kept: float | None
    latex_kept: float | None
    lexicon_coverage: float | None
    duplicate_sentences: int
    unfinished_end: bool
    sentence_coverage: float
    script_ratio: float
    alignment_score: float


@dataclass(frozen=True, slots=True)
class PairedAbstract:
    """What the stage finds out about one abstract and its translation."""

    english: list[Span]
    japanese: list[Span]
    beads: list[ScoredBead]
    signals: Signals
    flags: tuple[str, ...]


def one_line(text: str) -> str:
    """`text` on one line: line breaks are spaces, and nothing between Japanese characters."""
    return _SPACE.sub(" ", _BETWEEN_JAPANESE.sub("", text)).strip()


def pair_abstract(en: str, ja: str, lexicon: Lexicon | None = None) -> PairedAbstract:
    """Split, align and judge an abstract and its translation; any two texts get an answer.

    Args:
        en: the English abstract.
        ja: its Japanese translation; a line feed ends a sentence.
        lexicon: the lexicon to use; the project's own by default.
    """
    lexicon = shipped_lexicon() if lexicon is None else lexicon
    model = WITH_LEXICON if lexicon else WITHOUT_LEXICON
    en_spans, ja_spans = split_english(en), split_japanese(ja)
    english = [english_sentence(en[start:end]) for start, end in en_spans]
    japanese = [japanese_sentence(ja[start:end]) for start, end in ja_spans]
    evidence = gather(english, japanese, lexicon)
    repeated = duplicates(english, japanese)
    unfinished = unfinished_end(english, japanese)
    marked = {
        "untranslated": [i for i, target in enumerate(japanese) if is_untranslated(target)],
        "repeated": sorted({*repeated, *[i for i, t in enumerate(japanese) if loops(t.text)]}),
        "truncated": [len(japanese) - 1] if unfinished else [],
    }
    beads = []
    known = found = 0
    for bead in align(english, japanese, evidence):
        covers = [
            cover(sentence, japanese[bead.ja_start : bead.ja_end], lexicon)
            for sentence in english[bead.en_start : bead.en_end]
        ]
        known += sum(coverage.known for coverage in covers)
        found += sum(coverage.found for coverage in covers)
        units = sum(evidence.japanese.expected[bead.ja_start : bead.ja_end])
        beads.append(_scored(bead, covers, units, english, japanese, en_spans, model, marked))
    kept_all = kept(english, japanese)
    aligned = [scored for scored in beads if scored.bead.aligned]
    n_sentences = len(english) + len(japanese)
    n_aligned = sum(
        scored.bead.en_end - scored.bead.en_start + scored.bead.ja_end - scored.bead.ja_start
        for scored in aligned
    )
    en_length = sum(len(sentence.text) for sentence in english)
    ja_length = sum(len(target.text) for target in japanese)
    signals = Signals(
        length_ratio=ja_length / en_length if en_length else 0.0,
        length_z=length_z(en_length, sum(target.expected for target in japanese)),
        numbers_kept=kept_all.numbers,
        latin_terms_kept=kept_all.latin_terms,
        urls_kept=kept_all.urls,
        latex_kept=kept_all.latex,
        lexicon_coverage=found / known if known else None,
        duplicate_sentences=len(repeated),
        unfinished_end=unfinished,
        sentence_coverage=n_aligned / n_sentences if n_sentences else 0.0,
        script_ratio=kept_all.script_ratio or 0.0,
        alignment_score=sum(scored.score for scored in beads) / len(beads) if beads else 0.0,
    )
    flags = {flag for scored in beads for flag in scored.flags if flag != "misaligned"}
    if not any(sentence.words for sentence in english) or not any(t.letters for t in japanese):
        flags.add("no_text")
    elif signals.alignment_score < MISALIGNED_PAIR or signals.sentence_coverage < 0.5:
        flags.add("misaligned")
    if beads and beads[-1].bead.kind == "1-0" and len(beads) > 1:
        flags.add("truncated")
    return PairedAbstract(en_spans, ja_spans, beads, signals, tuple(sorted(flags)))


def _scored(
    bead: Bead,
    covers: list[Coverage],
    units: float,
    english: Sequence[EnglishSentence],
    japanese: Sequence[JapaneseSentence],
    en_spans: list[Span],
    model: Model,
    marked: dict[str, list[int]],
) -> ScoredBead:
    """The bead with score, signals and flags."""
    sources = english[bead.en_start : bead.en_end]
    targets = japanese[bead.ja_start : bead.ja_end]
    flags = [
        flag
        for flag, indexes in marked.items()
        if any(bead.ja_start <= index < bead.ja_end for index in indexes)
    ]
    omission = None
    coverage = None
    if bead.aligned:
        worst = max(range(len(covers)), key=lambda index: covers[index].nats)
        total = Coverage(
            sum(cover.known for cover in covers),
            sum(cover.found for cover in covers),
            covers[worst].start,
            covers[worst].end,
            covers[worst].nats,
        )
        coverage = total.found / total.known if total.known else None
        score = logistic(model.aligned, aligned_features(bead, units, total))
        length = sum(len(source.text) for source in sources)
        if logistic(model.omission, omission_features(bead, total, length)) >= OMISSION_THRESHOLD:
            sentence = bead.en_start + worst
            offset = en_spans[sentence][0]
            text = english[sentence].text
            start, end = (
                at_clause_bounds(text, total.start, total.end)
                if total.end > total.start
                else (0, len(text))
            )
            omission = Omission(sentence, offset + start, offset + end)
        if score < MISALIGNED_BEAD:
            flags.append("misaligned")
    else:
        score = logistic(model.unaligned, unaligned_features(bead))
        if sources:
            omission = Omission(bead.en_start, *en_spans[bead.en_start])
    if omission:
        flags.append("omission_suspected")
    return ScoredBead(bead, score, kept(sources, targets), coverage, omission, tuple(sorted(flags)))
