"""One abstract and its translation: sentences, beads, signals and flags."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.pair.alignment import Bead
from pipeline.pair.bead_costs import length_z
from pipeline.pair.endings import may_end, unfinished_end
from pipeline.pair.features import (
    EnglishSentence,
    JapaneseSentence,
    english_sentence,
    japanese_sentence,
)
from pipeline.pair.garbled import is_garbled
from pipeline.pair.lexicon import Lexicon, shipped_lexicon
from pipeline.pair.loops import loops
from pipeline.pair.omissions import at_word_bounds
from pipeline.pair.repeats import duplicates, restated
from pipeline.pair.scoring import (
    SCORE_MODEL,
    SCORE_MODEL_WITHOUT_LEXICON,
    BeadFacts,
    Model,
    bead_facts,
    omission_chance,
    score,
)
from pipeline.pair.sentences import Span, split_english, split_japanese
from pipeline.pair.signals import (
    NOTHING_KEPT,
    Kept,
    is_untranslated,
    kept,
)

OMISSION_THRESHOLD = 0.3
"""Chance of dropped words from which a bead is flagged; measured in docs/pairs.md."""

LEAST_MISSING = 22.0
"""Characters of English, three or four words, that must be without Japanese in such a bead; fewer
are lost wherever an idiom is translated."""

MISALIGNED_BEAD = 0.5
"""A bead with both sides that is likelier wrong than right is flagged."""

MISALIGNED_PAIR = 0.5
"""A pair of abstracts whose beads are on average likelier wrong than right is flagged ..."""

LEAST_COVERAGE = 0.5
"""... and one in which fewer of the sentences have a counterpart."""

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


class Signals(NamedTuple):
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


def line_ends(text: str) -> list[int]:
    r"""Where the lines of `text` end in `one_line(text)`, in characters; not the last line.

    >>> line_ends("一行目。\n二行目。")
    [4]
    """
    breaks = re.finditer(r"\s*[\r\n]\s*", text.strip())
    return [len(one_line(text.strip()[: found.start()])) for found in breaks]


def pair_abstract(en: str, ja: str, lexicon: Lexicon | None = None) -> PairedAbstract:
    """Split, align and judge an abstract and its translation; any two texts get an answer.

    Args:
        en: the English abstract.
        ja: its Japanese translation; a line feed ends a sentence.
        lexicon: the lexicon to use; the project's own by default.
    """
    lexicon = shipped_lexicon() if lexicon is None else lexicon
    model = SCORE_MODEL if lexicon else SCORE_MODEL_WITHOUT_LEXICON
    en_spans, ja_spans = split_english(en), split_japanese(ja)
    english = [english_sentence(en[start:end]) for start, end in en_spans]
    japanese = [japanese_sentence(ja[start:end]) for start, end in ja_spans]
    repeated = duplicates(english, japanese)
    unfinished = unfinished_end(english, japanese)
    all_facts = bead_facts(english, japanese, lexicon)
    again = {*repeated, *restated([facts.bead for facts in all_facts], japanese)}
    marked = _marked(english, japanese, again)
    marked += [
        (n, "garbled") for n, span in enumerate(ja_spans) if is_garbled(ja[slice(*span)], en)
    ]
    if unfinished and _is_cut_off(all_facts[-1], japanese[-1], model):
        marked.append((len(japanese) - 1, "truncated"))
    beads = []
    for facts in all_facts:
        sides = facts.bead.of(english, japanese)
        shares = kept(*sides) if facts.bead.aligned else NOTHING_KEPT
        beads.append(_scored(facts, shares, en, en_spans, model, _flags_within(facts.bead, marked)))
    signals = _signals(english, japanese, all_facts, beads, len(repeated), unfinished)
    has_text = any(source.words for source in english) and any(t.letters for t in japanese)
    return PairedAbstract(en_spans, ja_spans, beads, signals, _pair_flags(beads, signals, has_text))


def _flags_within(bead: Bead, marked: Sequence[tuple[int, str]]) -> list[str]:
    return [flag for index, flag in marked if bead.ja_start <= index < bead.ja_end]


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _signals(
    english: Sequence[EnglishSentence],
    japanese: Sequence[JapaneseSentence],
    all_facts: Sequence[BeadFacts],
    beads: Sequence[ScoredBead],
    n_repeated: int,
    unfinished: bool,
) -> Signals:
    """What the beads and the whole of both texts show."""
    whole = kept(english, japanese)
    joined = [scored.bead for scored in beads if scored.bead.aligned]
    n_joined = sum(bead.en_end - bead.en_start + bead.ja_end - bead.ja_start for bead in joined)
    en_length = sum(len(sentence.text) for sentence in english)
    ja_length = sum(len(target.text) for target in japanese)
    found, known = (sum(getattr(facts, of) for facts in all_facts) for of in ("found", "known"))
    return Signals(
        length_ratio=_ratio(ja_length, en_length) or 0.0,
        length_z=length_z(en_length, sum(target.expected for target in japanese)),
        numbers_kept=whole.numbers_kept,
        latin_terms_kept=whole.latin_terms_kept,
        urls_kept=whole.urls_kept,
        latex_kept=whole.latex_kept,
        lexicon_coverage=_ratio(found, known),
        duplicate_sentences=n_repeated,
        unfinished_end=unfinished,
        sentence_coverage=_ratio(n_joined, len(english) + len(japanese)) or 0.0,
        script_ratio=whole.script_ratio or 0.0,
        alignment_score=_ratio(sum(scored.score for scored in beads), len(beads)) or 0.0,
    )


def _marked(
    english: Sequence[EnglishSentence],
    japanese: Sequence[JapaneseSentence],
    said_before: Collection[int],
) -> list[tuple[int, str]]:
    """(index, flag) of the Japanese sentences that are doubtful by themselves."""
    marked = [
        (index, "untranslated") for index, target in enumerate(japanese) if is_untranslated(target)
    ]
    again = {index for index, target in enumerate(japanese) if target.loops}
    if again and any(loops(sentence.text) for sentence in english):
        again = set()  # the English says it again as well
    marked += [(index, "repeated") for index in sorted(again | set(said_before))]
    return marked


def _is_cut_off(last: BeadFacts, target: JapaneseSentence, model: Model) -> bool:
    """Whether a text that ends with `target`, without an end mark, lacks the rest.

    Not where the English has nothing for the end, as of an advertisement below a text.
    """
    if last.bead.kind == "0-1":
        return False
    return not may_end(target.text) or (last.bead.aligned and _drops_words(last, model))


def _drops_words(facts: BeadFacts, model: Model) -> bool:
    """Whether the Japanese of a bead with both sides seems to drop words of the English."""
    return facts.missing >= LEAST_MISSING and omission_chance(facts, model) >= OMISSION_THRESHOLD


def _scored(
    facts: BeadFacts,
    shares: Kept,
    en: str,
    en_spans: Sequence[Span],
    model: Model,
    found_flags: Sequence[str],
) -> ScoredBead:
    """The bead with score, signals and flags."""
    bead = facts.bead
    chance = score(facts, model)
    flags = set(found_flags)
    omission = None
    if bead.aligned:
        if _drops_words(facts, model):
            omission = _dropped_words(facts, en, en_spans)
        if chance < MISALIGNED_BEAD:
            flags.add("misaligned")
    elif bead.en_end > bead.en_start:
        omission = Omission(bead.en_start, *en_spans[bead.en_start])
    if omission:
        flags.add("omission_suspected")
    coverage = _ratio(facts.found, facts.known)
    return ScoredBead(bead, chance, shares, coverage, omission, tuple(sorted(flags)))


def _dropped_words(facts: BeadFacts, en: str, en_spans: Sequence[Span]) -> Omission:
    """Where the words stand that seem dropped; the whole sentence where nothing points at some."""
    sentence = facts.bead.en_start + facts.worst
    stretch = facts.covers[facts.worst]
    start, end = en_spans[sentence]
    if stretch.end > stretch.start:
        start, end = at_word_bounds(en, start + stretch.start, start + stretch.end)
    return Omission(sentence, start, end)


def _pair_flags(beads: Sequence[ScoredBead], signals: Signals, has_text: bool) -> tuple[str, ...]:
    """The flags of a pair of abstracts: those of its beads, and what only the whole shows."""
    flags = {flag for scored in beads for flag in scored.flags if flag != "misaligned"}
    if not has_text:  # nothing can be said of what was dropped
        return tuple(sorted(flags & {"garbled", "repeated", "untranslated"} | {"no_text"}))
    if signals.alignment_score < MISALIGNED_PAIR or signals.sentence_coverage < LEAST_COVERAGE:
        flags.add("misaligned")
    if len(beads) > 1 and beads[-1].bead.kind == "1-0":
        flags.add("truncated")
    return tuple(sorted(flags))
