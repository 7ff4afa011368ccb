"""Words and units that can be compared across English and Japanese.

No tokeniser: Japanese units are runs of katakana, bigrams of kanji runs, single kanji, and the
hiragana that opens a sentence (しかし, さらに); the lexicon learns which English words they go
with. That is as good as a morphological analyser for alignment, and needs nothing installed.
"""

from __future__ import annotations

import re
from functools import lru_cache

JAPANESE = "ぁ-ゖァ-ヺー一-鿿々〆"
"""Kana and kanji, for a class of characters in a pattern."""

_FOLDED = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    ord("’"): "'",
    ord("‘"): "'",
    ord("−"): "-",
    ord("‐"): "-",
    ord("‑"): "-",
    ord("–"): "-",
    ord("×"): "x",
}
"""Full-width ASCII and typographic marks to their ASCII forms, one character to one."""

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_UNIT = re.compile(r"^[ぁ-ゖ]{2,}|[ァ-ヴヵヶー]{2,}|[一-鿿々]+")
STOP_WORDS = frozenset(
    "a about above again all along already also always am an and another any are as at be been "
    "being below but by can cannot could did do does doing done down due either else ever every "
    "for from had has have having he her here hers him his i if in indeed into is it its itself "
    "just let like may me might must my nor not now of off on one or other others ought out over "
    "rather s she should since so still t than that the their theirs them there they this those "
    "through to too toward towards under until up upon us use used using very was we well were "
    "what where whereas which who whom whose why will with within would yet you".split()
)
"""Words that say nothing about which sentence translates which; "however" and "finally" do."""


def fold(text: str) -> str:
    """`text` with full-width ASCII and typographic marks as ASCII; same length, same offsets."""
    return text if text.isascii() else text.translate(_FOLDED)


def stem(word: str) -> str:
    """The form under which an English word is looked up: small letters, no common ending."""
    word = word.lower().split("'")[0]
    for ending, kept, put in (
        ("ies", 3, "y"),
        ("sses", 2, "ss"),
        ("ing", 4, ""),
        ("ed", 4, ""),
        ("es", 4, ""),
        ("s", 3, ""),
        ("ly", 4, ""),
        ("e", 3, ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= kept and not word.endswith("ss"):
            return word[: -len(ending)] + put
    return word


@lru_cache(maxsize=65536)
def _content_stem(word: str) -> str | None:
    """The stem of a word, or None where it says nothing."""
    return None if len(word) < 2 or word.lower() in STOP_WORDS else stem(word)


def content_words(text: str) -> list[tuple[str, int, int]]:
    """Content words of English `text` with start and end: (stem, start, end), in order."""
    return [
        (found, *match.span())
        for match in _WORD.finditer(text)
        if (found := _content_stem(match[0])) is not None
    ]


def units(text: str) -> list[str]:
    """Units of Japanese `text`: katakana runs, bigrams of kanji runs, kanji that stand alone."""
    found = []
    for run in _UNIT.findall(text):
        if len(run) <= 2 or run[0] < "一":
            found.append(run)
        else:
            found.extend([run[at : at + 2] for at in range(len(run) - 1)])
            found.append(run[-1])
    return found
