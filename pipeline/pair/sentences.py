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

from pipeline.pair.abbreviations import (
    BEFORE_NUMBERS,
    FIRST_WORDS,
    JOURNALS,
    LETTERED,
    NAMES_WITH_MARK,
    NEVER_LAST,
    SELDOM_LAST,
    TITLES,
    UNITS,
)
from pipeline.pair.formulas import Formula, formulas

Span = tuple[int, int]

MAX_BRACKET = 400
"""Characters. A bracket that closes later than this is taken for a slip and protects nothing."""

_JAPANESE = "ぁ-ゖァ-ヺー一-鿿々〆"
_CITATION = r"(?:\s?\[\d[\d,;\s–-]{0,40}\]|\$\^\{?[\d,*†\s]{1,20}\}?\$)"
_EN_END = re.compile(
    r"""(?<![.!?])[.!?]++ (?:''|["'”’»)\]}]|\$)*+ (?:\s?\\[)\]]|\s\$\$)? """
    rf"""{_CITATION}?+ (?=\s+\S) """
    r"""| (?<=[a-z]{3})[.?!](?=[A-Z][a-z]*[ ,]) """  # "challenging.In this", the space forgotten
    r"""| (?<=[a-z]{3}[)\]])\.(?=[A-Z][a-z]*[ ,]) """
    r"""| (?:\$\$|\\\])(?=\s+[A-Z]) """  # a formula on a line of its own
    r"""| \n[ \t]*(?=\n) """,  # an empty line
    re.VERBOSE,
)
_URL = re.compile(r"https?://[!-~]+")
_LAST_WORD = re.compile(rf"[^\s()\[\]{{}}\"'“”‘’,;:~$、。（）「」{_JAPANESE}]*$")
_NEXT_WORD = re.compile(r"\s*[\"'“‘(\[`]*([^\s,;:]*)")
_WORD_BEFORE = re.compile(r"(\S+)\s*$")
_INITIALS = re.compile(r"(?:[A-Z]\.-?)*[A-Z]")
_STYLED = re.compile(r"[a-z]{1,3}-?[A-Z]|[a-z]-[a-z]+ ")
"""A first word that is written small on purpose: mBERT, iOS, k-means."""

_JA_END = re.compile(
    rf"[。！？｡︒︕︖‼⁇⁈⁉]+|(?<=[{_JAPANESE}])[!?]+|(?<![!?])[!?]++(?=\s)"
    rf"|(?<=[{_JAPANESE})\]）」])[.．]|(?<=[A-Za-z0-9$%])．(?=[{_JAPANESE}A-Z])"
    rf"|(?<=[A-Za-z0-9)\]$%])[.](?=\s+[{_JAPANESE}A-Z]|(?![のをがはにでとやもから、])[{_JAPANESE}])|\n"
)
_NUMBERED = re.compile(r"(?:図|表|式|節|章|第|項|頁|付録)\Z")
_GOES_ON = re.compile(
    r"\s*(?:[、。，．,.)）」』]|という|と|の|を|が|は|に|で|も|や|から|など|まで|より|へ)"
)
"""What follows a bracket that is part of a sentence."""
_JA_QUOTED = re.compile(r'"[^"\n]{1,400}"|‘[^‘’\n]{1,400}’')

_BRACKET = re.compile(r"(?<!\\)[()\[\]{}（）「」『』【】〔〕［］〈〉《》“”]")
_CLOSING = dict(zip(")]}）」』】〕］〉》”", "([{（「『【〔［〈《“", strict=True))


class _Protected:
    """Ranges of a text in which no sentence ends: brackets, formulas, URLs, quotations.

    Args:
        text: the text.
        found: its formulas; one that ends with an end mark ends a sentence there.
        japanese: whether quotations are protected, and a mark just before a closing bracket.
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
        if japanese:
            spans += [match.span() for match in _JA_QUOTED.finditer(text)]
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


def _ends_english(text: str, start: int, mark: re.Match[str]) -> bool:
    """Whether the sentence that began at `start` ends with the mark that was found."""
    sign = mark.group()[0]
    if sign == "\n":
        return True
    following = _NEXT_WORD.match(text, mark.end())
    assert following is not None, "both of its parts may be empty"
    word = following[1]
    opens = word.lower().rstrip(".!?)") in FIRST_WORDS
    if sign in "$\\":
        return opens
    last, lead = _before(text, start, mark)
    if sign == "!" and last.lower() in NAMES_WITH_MARK:
        return opens and not _is_small(word)
    if _is_small(word):
        styled = _STYLED.match(text, following.start(1)) is not None
        return _ends_before_small(last, opens, styled=styled)
    if sign != "." or mark.group().startswith(".."):
        return True
    return _ends_after(last, lead, word, opens, in_list=_is_list_mark(text, start, mark, last))


def _before(text: str, start: int, mark: re.Match[str]) -> tuple[str, str]:
    """The word before a mark, and what stands before that word."""
    found = _LAST_WORD.search(text, max(start, mark.start() - 40), mark.start())
    last = found.group() if found else ""
    at = mark.start() - len(last)
    return last, text[max(start, at - 20) : at]


def _is_small(word: str) -> bool:
    """Whether a word begins with a small Latin letter; Greek ones open names of compounds."""
    return "a" <= word[:1] <= "z"


def _ends_before_small(last: str, opens: bool, *, styled: bool) -> bool:
    """Whether a sentence ends although a small letter follows, which few sentences begin with."""
    if last.lower() in NEVER_LAST | SELDOM_LAST | BEFORE_NUMBERS or last in {"etc", "etc."}:
        return False
    decimal = re.fullmatch(r"\d+\.\d+%?", last) is not None
    return styled or decimal or (opens and len(last) > 5 and last.isalpha() and last.islower())


def _is_list_mark(text: str, start: int, mark: re.Match[str], last: str) -> bool:
    """Whether the full stop stands after the number of a list's item: `1. Speed`."""
    if not (last.isdigit() and len(last) <= 2 and mark.group() == "."):
        return False
    lead = text[start : mark.start() - len(last)].rstrip()
    return not lead or lead[-1] in ":;" or (lead[-1] == "," and not lead[-2:-1].isdigit())


def _ends_after(last: str, lead: str, word: str, opens: bool, *, in_list: bool) -> bool:
    """Whether a full stop after `last` ends a sentence, by what stands around it.

    Args:
        last: the word before the full stop.
        lead: what stands before that word.
        word: the word after the full stop; not with a small letter.
        opens: whether it is one that opens sentences.
        in_list: whether `last` is the number of a list's item.
    """
    if in_list:
        return False
    if _is_unit(last, lead) or _is_acronym(last):
        return True
    lowered, capital = last.lower(), last[:1].isupper()
    if lowered in BEFORE_NUMBERS and not (lowered in TITLES and capital):
        if _is_number(word) and (not opens or capital):
            return False
        return lowered not in SELDOM_LAST or opens
    if lowered in NEVER_LAST:
        return False
    if lowered in SELDOM_LAST or (capital and lowered in TITLES | JOURNALS):
        return opens
    if _INITIALS.fullmatch(last):
        return opens or (len(last) == 1 and _noun_before(lead) in LETTERED | JOURNALS)
    return True


def _is_unit(last: str, lead: str) -> bool:
    """Whether `last` is the unit of an amount before it: 43 ms, 1.4 Å, $B=4$ T."""
    amount = lead.rstrip(" ~\u00a0\u2009\u202f")[-1:]
    if not (amount.isdigit() or amount in {"$", "%"}):
        return False
    return last.lower() in UNITS or (len(last) == 1 and last.isupper())


def _is_acronym(last: str) -> bool:
    """Whether `last` is a name in capitals: "Fig", "fig" and "U.S" abbreviate; "ST" does not."""
    return len(last) > 1 and last.isupper() and "." not in last


def _is_number(word: str) -> bool:
    """Whether a word is what a part of a paper is called: 3, (3), [3], A, B."""
    return word[:1].isdigit() or word[:1] in {"[", "("} or len(word.rstrip(".,;:)")) == 1


def _noun_before(lead: str) -> str:
    """The word before the last one, in small letters."""
    before = _WORD_BEFORE.search(lead)
    return before[1].lower().rstrip(".") if before else ""


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
        if not _ends_english(text, start, mark):
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
    return None if sign == "!" and _named_with_mark(text, start, mark) else end


def _named_with_mark(text: str, start: int, mark: re.Match[str]) -> bool:
    return _before(text, start, mark)[0].lower() in NAMES_WITH_MARK


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
    word, _ = _before(text, start, mark)
    return (len(word) > 2 or before in ")]$%") and _ends_english(text, start, mark)
