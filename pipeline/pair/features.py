"""What is read off a sentence once and used by alignment, signals and flags alike.

Everything that is later iterated is a tuple in a fixed order, never a set: sums of floats must come
out the same in every process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.pair.formulas import blanked, comparable, formulas
from pipeline.pair.loops import loops, said_once
from pipeline.pair.measures import Measure, measures
from pipeline.pair.numbers import english_numbers, japanese_numbers
from pipeline.pair.tokens import content_words, fold, units

KANJI, HIRAGANA, KATAKANA, OTHER = 4.25, 1.40, 1.63, 1.07
"""English characters that one Japanese character of the script stands for, fitted on abstracts."""

_KANJI = re.compile(r"[一-鿿々]")
_HIRAGANA = re.compile(r"[ぁ-ゖ]")
_KATAKANA = re.compile(r"[ァ-ヺー]")
_LETTER = re.compile(r"[A-Za-zÀ-ɏͰ-ӿ]")
_URL = re.compile(r"https?://[!-~]+")
_TERM = re.compile(r"(?<![A-Za-z0-9])[0-9]*+[A-Za-z][A-Za-z0-9]*+")
_SECOND_CAPITAL = re.compile(r".+[A-Z]|\d+[A-Za-z]|[A-Za-z]+\d")


@dataclass(frozen=True, slots=True)
class EnglishSentence:
    """An English sentence as compared; offsets are into `text`.

    Attributes:
        text: the sentence, folded.
        words: content words as (stem, start, end).
        numbers: numbers as (accepted values, start, end).
        measures: those of them that have a unit.
        names: acronyms, names with inner capitals, terms with digits, as (small letters, start,
            end); these survive translation.
        terms: every Latin term, in small letters.
        urls: keys of its URLs.
        formulas: its formulas, as `formulas.comparable` gives them.
    """

    text: str
    words: list[tuple[str, int, int]]
    numbers: list[tuple[frozenset[str], int, int]]
    measures: tuple[Measure, ...]
    names: list[tuple[str, int, int]]
    terms: tuple[str, ...]
    urls: tuple[str, ...]
    formulas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JapaneseSentence:
    """A Japanese sentence as compared.

    Attributes:
        text: the sentence, folded.
        expected: English characters that its translation would have.
        units: its units for the lexicon, each once.
        numbers: values of its numbers.
        measures: those of them that have a unit.
        terms: every Latin term, in small letters.
        urls: keys of its URLs.
        formulas: its formulas, as `formulas.comparable` gives them.
        japanese: kana and kanji in it.
        letters: letters of any script in it, URLs and formulas apart.
        prose: its text with URLs and formulas blanked.
        loops: whether a stretch of it stands several times in a row; it counts once in `expected`.
    """

    text: str
    expected: float
    units: tuple[str, ...]
    numbers: tuple[str, ...]
    measures: tuple[Measure, ...]
    terms: tuple[str, ...]
    urls: tuple[str, ...]
    formulas: tuple[str, ...]
    japanese: int
    letters: int
    prose: str
    loops: bool


def _url_key(url: str) -> str:
    """A URL for comparison: no scheme, no closing punctuation, small letters."""
    return url.split("://", 1)[-1].rstrip(".,;:!?)]}'\"/").lower()


def _set_apart(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """`text` with URLs and formulas blanked, and those as they are compared."""
    urls: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    if "://" in text:
        urls = tuple(_url_key(url) for url in _URL.findall(text))
        text = _URL.sub(_blank, text)
    if found := formulas(text):
        bodies = tuple(comparable(formula.body) for formula in found)
        text = blanked(text, found)
    return text, urls, bodies


def _blank(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())


def _with_singulars(terms: Iterable[str]) -> tuple[str, ...]:
    """`terms` in small letters, and those that end in s without it: LLMs is LLM."""
    small = dict.fromkeys([term.lower() for term in terms])
    singular = dict.fromkeys([term[:-1] for term in small if term[-1] == "s" and len(term) > 2])
    return tuple(small | singular)


def english_sentence(text: str) -> EnglishSentence:
    """What is to be known of an English sentence."""
    text = fold(text)
    prose, urls, bodies = _set_apart(text)
    found = [(match.group(), match.start(), match.end()) for match in _TERM.finditer(prose)]
    return EnglishSentence(
        text=text,
        words=content_words(prose),
        numbers=english_numbers(prose),
        measures=measures(prose),
        names=[
            (term.lower(), start, end)
            for term, start, end in found
            if end - start > 1 and _SECOND_CAPITAL.match(term)
        ],
        terms=_with_singulars([term for term, _, _ in found]),
        urls=urls,
        formulas=bodies,
    )


def japanese_sentence(text: str) -> JapaneseSentence:
    """What is to be known of a Japanese sentence."""
    text = fold(text)
    prose, urls, bodies = _set_apart(text)
    kanji = len(_KANJI.findall(prose))
    hiragana = len(_HIRAGANA.findall(prose))
    katakana = len(_KATAKANA.findall(prose))
    japanese = kanji + hiragana + katakana
    other = len(text) - japanese
    expected = KANJI * kanji + HIRAGANA * hiragana + KATAKANA * katakana + OTHER * other
    looped = loops(text)
    if looped:
        expected *= len(said_once(text)) / len(text)
    return JapaneseSentence(
        text=text,
        expected=expected,
        units=tuple(dict.fromkeys(units(prose))),
        numbers=tuple(sorted(japanese_numbers(prose))),
        measures=measures(prose),
        terms=_with_singulars(_TERM.findall(prose)),
        urls=urls,
        formulas=bodies,
        japanese=japanese,
        letters=japanese + len(_LETTER.findall(prose)),
        prose=prose,
        loops=looped,
    )
