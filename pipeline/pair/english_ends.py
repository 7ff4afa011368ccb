"""Whether a mark ends an English sentence, by the words around it."""

from __future__ import annotations

import re

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
from pipeline.pair.tokens import JAPANESE

_NEXT_WORD = re.compile(r"\s*[\"'“‘(\[`]*([^\s,;:]*)")
_WORD_BEFORE = re.compile(r"(\S+)\s*$")
_INITIALS = re.compile(r"(?:[A-Z]\.-?)*[A-Z]")
_STYLED = re.compile(r"[a-z]{1,3}-?[A-Z]|[a-z]-[a-z]+ |\((?:[ivx]{1,4}|[a-h])\) ")
"""A first word that is written small on purpose: mBERT, iOS, k-means, (ii)."""
_INNER_CAPITAL = re.compile(r"[a-z][A-Z]")
"""In a name that abbreviates nothing: GitHub, PyPI."""
_LAST_WORD = re.compile(rf"[^\s()\[\]{{}}\"'“”‘’,;:~$、。（）「」{JAPANESE}]*$")


def ends_english(text: str, start: int, mark: re.Match[str]) -> bool:
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
    last, lead = word_before(text, start, mark)
    if sign == "!" and last.lower() in NAMES_WITH_MARK:
        return opens and not _is_small(word)
    if _is_small(word):
        opening = following.start(1) - (text[following.start(1) - 1] == "(")
        styled = _STYLED.match(text, opening) is not None
        return _ends_before_small(last, opens, styled=styled)
    if sign != "." or mark.group().startswith(".."):
        return True
    return _ends_after(last, lead, word, opens, in_list=_is_list_mark(text, start, mark, last))


def word_before(text: str, start: int, mark: re.Match[str]) -> tuple[str, str]:
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
    named = _INNER_CAPITAL.search(last) is not None
    return (
        styled
        or decimal
        or named
        or (opens and len(last) > 5 and last.isalpha() and last.islower())
    )


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
        return opens or (len(last) == 1 and _letters(_noun_before(lead)))
    return True


def _letters(noun: str) -> bool:
    """Whether a single capital after `noun` is its letter, not an initial: type E, Phys. Rev. D."""
    return noun in LETTERED or (len(noun) > 1 and noun in JOURNALS)


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


def named_with_mark(text: str, start: int, mark: re.Match[str]) -> bool:
    """Whether an exclamation mark is part of the name before it."""
    return word_before(text, start, mark)[0].lower() in NAMES_WITH_MARK
