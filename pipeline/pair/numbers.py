"""Numbers of both languages by their values: in digits, in words, in kanji, with 万 and million."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable

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
_LARGE = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_TIMES = {"hundred": 100.0, "dozen": 12.0}
_LETTERS = {"K": 10**3, "k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
"""What a letter right after a number multiplies it by; `7B` parameters."""
_KANJI_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}
_KANJI_UNITS = {"十": 10, "百": 100, "千": 1000}
_KANJI_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12, "京": 10**16}
_PAIR_WORDS = ("両", "双方", "ペア", "二重", "デュアル")
"""How Japanese says two without a number."""

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")

_DIGITS = (
    r"\d{1,3}(?:,\d{3})++(?!,?\d)(?:\.\d+)?"  # 1,234,567.8
    r"|\d{1,3}(?:[\u00a0\u2009\u202f]\d{3})+(?!\d)"  # thin and fixed spaces
    r"|(?<!\d )\d{1,3}(?: \d{3})*(?: 000)(?!\d)"  # 1 000 000, with plain spaces
    r"|\d+(?:\.\d+)?"
)
_POWER = (
    r"[eE](?P<exp>[-+]?\d{1,3})(?![\dA-Za-z.])"  # 1e-3
    r"|(?:\s?x\s?10)?(?P<ten>\^\{?[-+]?\d{1,3}\}?|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})"  # 5x10^3, 10⁵
)
_AMOUNT = re.compile(
    rf"(?<![A-Za-z\d.])(?<!\d,)(?P<digits>{_DIGITS})(?:{_POWER})?"
    r"(?:[\s-]?(?P<word>trillion|billion|million|thousand)\b|(?P<letter>[KMBTk])(?![A-Za-z]))?",
)
_LISTED = re.compile(rf"(?<=\d,)(?<![A-Za-z]\d,)(?P<digits>{_DIGITS})")
"""A member of an enumeration without spaces, `8,16,32`, but the first."""
_ATTACHED = re.compile(r"(?<=[A-Za-z])\d+(?:\.\d+)?")
"""A number that a name ends with: GPT4, ResNet50."""

_NUMBER_WORDS = "|".join(sorted([*_SMALL, *_TENS, *_LARGE, *_TIMES], key=len, reverse=True))
_SPELLED = re.compile(
    rf"\b(?=[bdefhmnost])(?<!\d )(?<!\d-)(?:{_NUMBER_WORDS})"
    rf"(?:(?:[\s-]|\sand\s)(?:{_NUMBER_WORDS}))*+\b",
    re.IGNORECASE,
)
_A_WORD = re.compile(_NUMBER_WORDS, re.IGNORECASE)
_JAPANESE = re.compile(
    rf"(?:(?<![A-Za-z\d.])(?<!\d,)(?:{_DIGITS})|[〇一二三四五六七八九十百千万億兆京])"
    r"(?:\d+(?:,\d{3})*(?:\.\d+)?|[〇一二三四五六七八九十百千万億兆京])*"
)
_PARTS = re.compile(rf"{_DIGITS}|.")
_TENTHS = re.compile(
    r"(?<![\d一二三四五六七八九十])(\d{1,3}|[一二三四五六七八九十]{1,3})割"
    r"(?:([\d一二三四五六七八九])分)?(?:([\d一二三四五六七八九])厘)?"
)
"""Tenths, hundredths and thousandths: 3割5分 is 35 per cent."""
_HALF = re.compile(r"(?<!-)\bhalf\b(?!-)", re.IGNORECASE)
_HALF_VALUES = frozenset({"0.5", "50"})
_HALVES = ("半", "ハーフ", "二分の一", "2分の1")


def _canonical(value: float) -> str:
    return format(value, ".12g")


def _plain(digits: str) -> float:
    return float(re.sub(r"[,\s]", "", digits[:30]))


def _powered(match: re.Match[str]) -> float | None:
    """The value of 1e-3, 5x10^3 and 10⁵; None where there is no power."""
    base = _plain(match["digits"])
    if match["exp"] is not None:
        exponent, base, ten = int(match["exp"]), base, 10.0
    elif match["ten"] is not None:
        exponent = int(match["ten"].translate(_SUPERSCRIPTS).strip("^{}"))
        times = "x" in match.group()[len(match["digits"]) :]
        base, ten = (base, 10.0) if times else (1.0, base)
    else:
        return None
    if abs(exponent) > 100:
        return None
    try:
        return float(base * ten**exponent)
    except (OverflowError, ZeroDivisionError):
        return None


def _amounts(text: str) -> list[tuple[float, int, int]]:
    """Values of the numbers in digits, with start and end."""
    found = []
    for match in _AMOUNT.finditer(text):
        value = _powered(match)
        if value is None:
            value = _plain(match["digits"])
        multiple = _LARGE.get(match["word"] or "", 1) * _LETTERS.get(match["letter"] or "", 1)
        found.append((value * multiple, match.start(), match.end()))
    if "," in text:
        inside = _Inside((start, end) for _, start, end in found)
        found += [
            (_plain(match["digits"]), *match.span())
            for match in _LISTED.finditer(text)
            if match.start() not in inside
        ]
        found.sort(key=lambda amount: amount[1])
    return found


class _Inside:
    """Whether a position lies in one of some spans, which are in order and do not overlap."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._spans = list(spans)
        self._starts = [start for start, _ in self._spans]

    def __contains__(self, at: int) -> bool:
        index = bisect_right(self._starts, at) - 1
        return index >= 0 and at < self._spans[index][1]


def english_numbers(text: str) -> list[tuple[frozenset[str], int, int]]:
    """Numbers that folded English `text` mentions, each as (accepted values, start, end).

    "1.2 million" is 1200000 and nothing else, "7B" 7000000000, "twelve" 12. A number in tesla may
    look like trillions: "3T" accepts 3 as well. "one" is left out: Japanese seldom counts it.
    """
    found = []
    for value, start, end in _amounts(text):
        values = {_canonical(value)}
        if text[end - 1] == "T":
            values.add(_canonical(value / _LETTERS["T"]))
        found.append((frozenset(values), start, end))
    for match in _SPELLED.finditer(text):
        found += [
            (frozenset({_canonical(value)}), match.start() + start, match.start() + end)
            for value, start, end in _spelled(match.group())
        ]
    found += [(_HALF_VALUES, match.start(), match.end()) for match in _HALF.finditer(text)]
    return found


def _spelled(text: str) -> list[tuple[float, int, int]]:
    """Values of numbers in words, with start and end: "two hundred and fifty" is 250.

    Words that do not make one number ("two three") are several; a lone "one" is left out.
    """
    found: list[tuple[float, int, int]] = []
    total = section = 0.0
    least, first, last = math.inf, 0, 0
    for match in _A_WORD.finditer(text):
        word = match.group().lower()
        value = float(_LARGE.get(word) or _TENS.get(word) or _TIMES.get(word) or _SMALL[word])
        multiplies = word in _LARGE or word in _TIMES
        fits = value < least if not multiplies else last == 0 or 0 < section < value
        if not fits:
            found.append((total + section, first, last))
            total = section = 0.0
            least, first = math.inf, match.start()
        if word in _LARGE:
            total, section, least = total + (section or 1.0) * value, 0.0, math.inf
        elif word in _TIMES:
            section, least = (section or 1.0) * value, value
        else:
            section, least = section + value, 10.0 if word in _TENS else 1.0
        last = match.end()
    found.append((total + section, first, last))
    return [number for number in found if text[number[1] : number[2]].lower() != "one"]


def _mixed_value(run: str) -> float:
    """The value of a Japanese number: 十五万 is 150000, 3百万 3000000, 二〇二四 2024."""
    total = section = 0.0
    current: float | None = None
    for part in _PARTS.findall(run[:40]):
        if part[0].isdigit():
            current = _plain(part)
        elif part in _KANJI_DIGITS:
            current = (current or 0.0) * 10 + _KANJI_DIGITS[part]
        elif part in _KANJI_UNITS:
            section += (1.0 if current is None else current) * _KANJI_UNITS[part]
            current = None
        else:
            section += current or 0.0
            total += (section or 1.0) * _KANJI_LARGE[part]
            section, current = 0.0, None
    return total + section + (current or 0.0)


def japanese_numbers(text: str) -> frozenset[str]:
    """Values of all numbers in folded Japanese `text`, in digits, with 万 and 億, or in kanji.

    What the digits of 3億 say alone is another number, and is left out.
    """
    runs = [match for match in _JAPANESE.finditer(text) if not match.group().isascii()]
    mixed = _Inside(run.span() for run in runs)
    values = {_canonical(value) for value, at, _ in _amounts(text) if at not in mixed}
    values.update(_canonical(_plain(digits)) for digits in _ATTACHED.findall(text))
    values.update(_canonical(_mixed_value(run.group())) for run in runs)
    for match in _TENTHS.finditer(text):
        parts = [_mixed_value(digit or "0") for digit in match.groups()]
        values.add(_canonical(parts[0] * 10 + parts[1] + parts[2] / 10))
    if any(word in text for word in _HALVES):
        values |= _HALF_VALUES
    if any(word in text for word in _PAIR_WORDS):
        values.add("2")
    return frozenset(values)
