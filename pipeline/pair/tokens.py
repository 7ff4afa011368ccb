"""What can be compared across English and Japanese: numbers, Latin terms, URLs, formulas, words.

No tokeniser: Japanese units are runs of katakana, bigrams of kanji runs, single kanji, and the
hiragana that opens a sentence (しかし, さらに); the lexicon learns which English words they go
with. That is as good as a morphological analyser for alignment, and needs nothing installed.
"""

from __future__ import annotations

import re
from functools import lru_cache

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
_AMOUNT = re.compile(
    r"(?<![A-Za-z\d.,])(\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s?(兆|億|万|千|trillion|billion|million|thousand|[KMBkx](?![A-Za-z])))?"
)
_KANJI_NUMBER = re.compile(r"[〇一二三四五六七八九十百千万億]+")
_SPELLED = re.compile(
    r"\b(?=[bfehmnst])(?<!\d )"  # the letters they begin with, for speed
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    r"fifteen|sixteen|seventeen|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    r"(?:-(?:one|two|three|four|five|six|seven|eight|nine))?|hundred|thousand|million|billion)\b"
    r"(?:\s(hundred|thousand|million|billion)\b)?",
    re.IGNORECASE,
)

_SMALL = dict(
    zip(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split(),
        range(1, 20),
        strict=True,
    )
)
_TENS = dict(
    zip(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),
        range(20, 100, 10),
        strict=True,
    )
)
_MULTIPLES = {
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "千": 10**3,
    "万": 10**4,
    "億": 10**8,
    "兆": 10**12,
    "K": 10**3,
    "k": 10**3,
    "M": 10**6,
    "B": 10**9,
}
_KANJI_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}
_PAIR_WORDS = ("両", "双方", "ペア", "二重", "デュアル")
"""How Japanese says two without a number."""

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
    return found


def _canonical(value: float) -> str:
    return format(value, ".12g")


def _plain(digits: str) -> float:
    return float(digits.replace(",", "")[:30])


def english_numbers(text: str) -> list[tuple[frozenset[str], int, int]]:
    """Numbers that folded English `text` mentions, each as (accepted values, start, end).

    "1.2 million" accepts 1.2 and 1200000, "7B" 7 and 7000000000, "twelve" 12. "one" is left out:
    Japanese seldom counts it.
    """
    found = []
    for match in _AMOUNT.finditer(text):
        value = _plain(match.group(1))
        values = {_canonical(value)}
        multiple = _MULTIPLES.get((match.group(2) or "").lower()) or _MULTIPLES.get(
            match.group(2) or ""
        )
        if multiple:
            values.add(_canonical(value * multiple))
        found.append((frozenset(values), match.start(), match.end()))
    for match in _SPELLED.finditer(text):
        words = re.split(r"[\s-]", match.group().lower())
        value = 0.0
        for word in words:
            if word in _MULTIPLES:
                value = (value or 1) * _MULTIPLES[word]
            else:
                value += _TENS.get(word, 0) + _SMALL.get(word, 0)
        found.append((frozenset({_canonical(value)}), match.start(), match.end()))
    return found


def _kanji_value(run: str) -> float:
    """Value of a number written in kanji: 十二 is 12, 三百 300, 二〇二四 2024."""
    total = section = 0.0
    digits = ""
    for sign in run:
        if sign in _KANJI_DIGITS:
            digits += str(_KANJI_DIGITS[sign])
            continue
        value = float(digits) if digits else 1.0
        digits = ""
        if sign in "十百千":
            section += value * {"十": 10, "百": 100, "千": 1000}[sign]
        else:
            total += (section + (value if digits or not section else 0)) * _MULTIPLES[sign]
            section = 0.0
    return total + section + (float(digits) if digits else 0.0)


def japanese_numbers(text: str) -> frozenset[str]:
    """Values of all numbers in folded Japanese `text`, in digits, with 万 and 億, or in kanji."""
    values = set()
    total, last_end = 0.0, -1
    for match in _AMOUNT.finditer(text):
        value = _plain(match.group(1))
        values.add(_canonical(value))
        multiple = _MULTIPLES.get(match.group(2) or "", 1)
        # 1億2000万 is one number: what follows without a gap is added.
        total = total * (match.start() == last_end) + value * multiple
        last_end = match.end()
        values.update((_canonical(value * multiple), _canonical(total)))
    for run in _KANJI_NUMBER.findall(text):
        values.add(_canonical(_kanji_value(run[:20])))
    if any(word in text for word in _PAIR_WORDS):
        values.add("2")
    return frozenset(values)
