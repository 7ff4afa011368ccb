"""What a translation kept, measured without a reference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.pair.features import EnglishSentence, JapaneseSentence
from pipeline.pair.measures import Measure, changed
from pipeline.pair.tokens import STOP_WORDS

UNTRANSLATED_RATIO = 0.3
"""A side with a smaller share of kana and kanji among its letters was not translated."""

_ENGLISH_RUN = re.compile(r"\b(?:[A-Za-z0-9.%]{1,60}+[ ,;:'-]++){5,100}[A-Za-z]++")
"""At least six English words; the other bounds, which no prose reaches, keep the search linear."""
_SMALL_WORD = re.compile(r"\b[a-z]{2,}\b")
_ENDS_IN_JAPANESE = re.compile(r"[ぁ-ゖ][。．.!?！？）)\s]*$")
_QUOTED = re.compile(r"「[^「」]{1,400}」|『[^『』]{1,400}』|“[^“”]{1,400}”")


class Kept(NamedTuple):
    """Shares of the English side's tokens that the Japanese side has; None where it has none.

    They are called as the columns of the tables are.
    """

    numbers_kept: float | None
    latin_terms_kept: float | None
    urls_kept: float | None
    latex_kept: float | None
    script_ratio: float | None


NOTHING_KEPT = Kept(*[None] * len(Kept._fields))
"""For a bead with one side."""


def _share(kept: int, of: int) -> float | None:
    return kept / of if of else None


def kept(english: Sequence[EnglishSentence], japanese: Sequence[JapaneseSentence]) -> Kept:
    """What the Japanese sentences keep of the English ones."""
    terms: set[str] = set()
    numbers: set[str] = set()
    urls: set[str] = set()
    formulas: set[str] = set()
    sizes: list[Measure] = []
    letters = native = 0
    for target in japanese:
        terms.update(target.terms)
        numbers.update(target.numbers)
        sizes.extend(target.measures)
        urls.update(target.urls)
        formulas.update(target.formulas)
        letters += target.letters
        native += target.japanese
    n_numbers = n_names = n_urls = n_formulas = 0
    k_numbers = k_names = k_urls = k_formulas = 0
    for sentence in english:
        other_size = dict(changed(sentence.measures, sizes)) if sentence.measures else {}
        for values, start, _ in sentence.numbers:
            n_numbers += 1
            k_numbers += not other_size.get(start, values.isdisjoint(numbers))
        for name, _, _ in sentence.names:
            n_names += 1
            k_names += name in terms or (name[-1] == "s" and name[:-1] in terms)
        n_urls += len(sentence.urls)
        k_urls += sum(url in urls for url in sentence.urls)
        n_formulas += len(sentence.formulas)
        k_formulas += sum(formula in formulas for formula in sentence.formulas)
    return Kept(
        numbers_kept=_share(k_numbers, n_numbers),
        latin_terms_kept=_share(k_names, n_names),
        urls_kept=_share(k_urls, n_urls),
        latex_kept=_share(k_formulas, n_formulas),
        script_ratio=_share(native, letters),
    )


def is_untranslated(target: JapaneseSentence) -> bool:
    """Whether a Japanese sentence is English, or holds a stretch of English prose.

    A list of names is no prose, whatever its share, and what stands in quotation marks is quoted on
    purpose. In a sentence that ends in Japanese, small words must hold the English together.
    """
    prose = _QUOTED.sub(" ", target.prose)
    if target.letters >= 12 and target.japanese < UNTRANSLATED_RATIO * target.letters:
        small = _SMALL_WORD.findall(prose)
        if not _ENDS_IN_JAPANESE.search(prose):
            return len(prose.split()) >= 4 and len(small) >= 2
        glue = len([word for word in small if word in STOP_WORDS])
        if glue and len(small) - glue >= 2:
            return True
    runs = _ENGLISH_RUN.findall(prose)
    return any(len(_SMALL_WORD.findall(run)) >= 5 for run in runs)
