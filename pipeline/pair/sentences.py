"""Sentences of scientific English and Japanese, as spans of the text they stand in.

A span is (start, end), in characters, without the white space around the sentence. Spans are in
order, do not overlap, and leave out nothing but white space, so the text can be put together again.

Rules, not a model: an abstract's traps are few and known (LaTeX, URLs, citations, decimals,
abbreviations, brackets, a missing space), and the same text must be split the same way for ever.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection

from pipeline.pair.english_ends import ends_english, named_with_mark, word_before
from pipeline.pair.formulas import Formula, formulas
from pipeline.pair.tokens import JAPANESE

Span = tuple[int, int]

MAX_BRACKET = 400
"""Characters. A bracket that closes later than this is taken for a slip and protects nothing."""

_CITATION = r"(?:\s?\[\d[\d,;\s–-]{0,40}\]|\$\^\{?[\d,*†\s]{1,20}\}?\$)"
_EN_END = re.compile(
    r"""(?<![.!?])[.!?]++ (?:''|["'”’»)\]}]|\$(?!\^))*+ (?:\s?\\[)\]]|\s\$\$)? """
    rf"""{_CITATION}?+ (?=\s+\S) """
    r"""| (?<=[a-z]{3})[.?!](?=[A-Z][a-z]*[ ,]) """  # "challenging.In this", the space forgotten
    r"""| (?<=[a-z]{3}[)\]])\.(?=[A-Z][a-z]*[ ,]) """
    r"""| (?:\$\$|\\\])(?=\s+[A-Z]) """  # a formula on a line of its own
    r"""| \n[ \t]*(?=\n) """,  # an empty line
    re.VERBOSE,
)
_URL = re.compile(r"https?://[!-~]+")

_JA_END = re.compile(
    rf"[。！？｡︒︕︖‼⁇⁈⁉]+|(?<=[{JAPANESE}])[!?]+|(?<![!?])[!?]++(?=\s)"
    rf"|(?<=[{JAPANESE})\]）」])[.．]|(?<=[A-Za-z0-9$%])．(?=[{JAPANESE}A-Z])"
    rf"|(?<=[A-Za-z0-9)\]$%])[.](?=\s+[{JAPANESE}A-Z]|(?![のをがはにでとやもから、])[{JAPANESE}])|\n"
)
_NUMBERED = re.compile(r"(?:図|表|式|節|章|第|項|頁|付録)\Z")
_GOES_ON = re.compile(
    r"\s*(?:[、。，．,.)）」』]|という|と|の|を|が|は|に|で|も|や|から|など|まで|より|へ)"
)
"""What follows a bracket that is part of a sentence."""
_JA_QUOTED = re.compile(r"""(["'])(?<![A-Za-z].)[^"'\n]{1,400}\1(?![A-Za-z])|‘[^‘’\n]{1,400}’""")
_EN_QUOTED = re.compile(
    r"""(["'])(?<!\w.)[^"'\n]{1,200}\1(?=\s+[a-z])|“[^“”\n]{1,200}”(?=\s+[a-z])"""
)
"""A quotation that the sentence goes on after."""

_BRACKET = re.compile(r"(?<!\\)[()\[\]{}（）「」『』【】〔〕［］〈〉《》“”]")
_CLOSING = dict(zip(")]}）」』】〕］〉》”", "([{（「『【〔［〈《“", strict=True))


class _Protected:
    """Ranges of a text in which no sentence ends: brackets, formulas, URLs, quotations.

    Args:
        text: the text.
        found: its formulas; one that ends with an end mark ends a sentence there.
        japanese: whether all quotations are protected, and a mark just before a closing bracket.
    """

    def __init__(self, text: str, found: list[Formula], *, japanese: bool) -> None:
        spans = []
        for formula in found:
            body = formula.body.rstrip()
            inner = formula.end - formula.start - len(formula.body)
            last = formula.start + inner // 2 + len(body) - 1
            spans.append((formula.start, last if body[-1] in ".!?" else formula.end - 1))
        # The last character of a URL may be the sentence's own full stop.
        spans += [(match.start(), match.end() - 1) for match in _URL.finditer(text)]
        quoted = _JA_QUOTED if japanese else _EN_QUOTED
        spans += [match.span() for match in quoted.finditer(text)]
        opened: list[tuple[str, int]] = []
        for match in _BRACKET.finditer(text):
            mark, at = match.group(), match.start()
            opening = _CLOSING.get(mark)
            if opening is None:
                opened.append((mark, at))
                continue
            for depth in range(len(opened) - 1, max(-1, len(opened) - 9), -1):
                if opened[depth][0] == opening:
                    if at - opened[depth][1] <= MAX_BRACKET:
                        spans.append((opened[depth][1], at if japanese else at - 1))
                    del opened[depth:]
                    break
        spans.sort()
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in spans:  # nested ranges are merged into the outermost
            if self._ends and start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def __contains__(self, at: int) -> bool:
        index = bisect_right(self._starts, at) - 1
        return index >= 0 and at < self._ends[index]


def _spans(text: str, ends: list[int]) -> list[Span]:
    """The stretches between `ends`, trimmed; those of white space alone are left out."""
    spans = []
    start = 0
    for end in [*ends, len(text)]:
        piece = text[start:end]
        body = piece.strip()
        if body:
            first = start + len(piece) - len(piece.lstrip())
            spans.append((first, first + len(body)))
        start = end
    return spans


def split_english(text: str) -> list[Span]:
    """Spans of the English sentences of `text`, in order."""
    found = formulas(text)
    displays = {formula.end for formula in found if formula.display}
    protected: _Protected | None = None
    ends: list[int] = []
    start = 0
    for mark in _EN_END.finditer(text):
        if protected is None:
            protected = _Protected(text, found, japanese=False)
        if mark.group()[0] in "$\\":
            if mark.end() not in displays:
                continue
        elif mark.start() in protected:
            continue
        if not ends_english(text, start, mark):
            continue
        ends.append(mark.end())
        start = mark.end()
    return _spans(text, ends)


def split_japanese(text: str) -> list[Span]:
    """Spans of the Japanese sentences of `text`, in order.

    A line feed ends one wherever it is, but beside a formula on a line of its own.
    """
    protected: _Protected | None = None
    ends: list[int] = []
    start = 0
    for mark in _JA_END.finditer(text):
        if protected is None:
            found = formulas(text)
            protected = _Protected(text, found, japanese=True)
            displays = {at for formula in found if formula.display for at in formula[:2]}
        end = _japanese_end(text, start, mark, protected, displays)
        if end is not None:
            ends.append(end)
            start = end
    return _spans(text, ends)


def _japanese_end(
    text: str, start: int, mark: re.Match[str], protected: _Protected, displays: Collection[int]
) -> int | None:
    """Where the sentence from `start` ends, if it does with this mark.

    Args:
        text: the text.
        start: where the sentence begins.
        mark: what may end it.
        protected: where none ends.
        displays: starts and ends of formulas on lines of their own.
    """
    sign, end = mark.group(), mark.end()
    if sign == "\n":
        return None if mark.start() in displays or end in displays else end
    if mark.start() in protected:
        # A bracket that holds a sentence of its own ends one, unless the text goes on.
        closes = text[end : end + 1] in {"）", ")", "］"} and end + 1 < len(text)
        return (
            end + 1
            if closes and end not in protected and not _GOES_ON.match(text, end + 1)
            else None
        )
    if sign in ".．":
        return end if _ends_at_stop(text, start, mark) else None
    return None if sign == "!" and named_with_mark(text, start, mark) else end


def _ends_at_stop(text: str, start: int, mark: re.Match[str]) -> bool:
    """Whether a `．` or `.` ends a Japanese sentence."""
    before, after = text[mark.start() - 1], text[mark.end() : mark.end() + 1]
    if not before.isascii():
        if after.isascii() and after.isdigit():
            return _NUMBERED.search(text, max(0, mark.start() - 2), mark.start()) is None
        # 設定.txt is a file's name.
        return not (mark.group() == "." and "a" <= after <= "z")
    if mark.group() == "．":
        return True
    word, _ = word_before(text, start, mark)
    return (len(word) > 2 or before in ")]$%") and ends_english(text, start, mark)
