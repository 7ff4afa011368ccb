r"""Formulas of a text: what stands between `$…$`, `$$…$$`, `\(…\)` and `\[…\]`.

A dollar sign may also be money, or a variable of a shell. A pair of single ones is told apart as
pandoc does (User's Guide, `tex_math_dollars`): the opening one has a character that is no space
after it, the closing one has one before it and no digit after it, and nothing but the next dollar
sign closes. arXiv's authors write `$ x = 1 $` too: with spaces inside, a pair is a formula where
it holds what only formulas hold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

LONGEST = 400
"""Characters between two delimiters; what is longer is taken for a slip."""


class Formula(NamedTuple):
    r"""Where a formula stands.

    Attributes:
        start: where its opening delimiter starts.
        end: where its closing delimiter ends.
        body: what is between them.
        display: whether it stands on a line of its own, as `$$…$$` and `\[…\]` do.
    """

    start: int
    end: int
    body: str
    display: bool


_DELIMITER = re.compile(r"\\[\\$()\[\]]|[$＄]{1,2}")
"""A delimiter, or a backslash or dollar sign that is written as such."""
_CLOSING = {r"\(": r"\)", r"\[": r"\]", "$": "$", "$$": "$$"}
_OF_A_FORMULA = re.compile(r"[\\^_=<>{}|+]|^\s*[A-Za-zα-ωΑ-Ω](?:\s*[,(/*-].*)?\s*$")
_PROSE = re.compile(r"(?<![\\A-Za-z{])[a-z]{3,}\s")


def formulas(text: str) -> list[Formula]:
    r"""The formulas of `text`, in order.

    >>> [formula.body for formula in formulas(r"It costs $5 or $6, and $x^2$ grows.")]
    ['x^2']
    """
    if "$" not in text and "\\" not in text and "＄" not in text:
        return []
    found: list[Formula] = []
    opening, start, inner = "", 0, 0
    for match in _DELIMITER.finditer(text):
        mark, (at, end) = match.group().replace("＄", "$"), match.span()
        if opening == "$" and mark == "$$":  # `$a$$b$`: one ends, another begins
            if formula := _between(text, opening, start, inner, at, at + 1):
                found.append(formula)
                opening, start, inner = "$", at + 1, end
                continue
        elif mark == _CLOSING.get(opening):
            formula = _between(text, opening, start, inner, at, end)
            if formula:
                found.append(formula)
                opening = ""
                continue
        elif opening and (opening[0] == "$") != (mark[0] == "$") and at - inner <= LONGEST:
            continue  # of the formula, or of the text around it: not what is waited for
        if mark in _CLOSING:
            opening, start, inner = mark, at, end
    return found


def _between(
    text: str, opening: str, start: int, inner: int, stop: int, end: int
) -> Formula | None:
    body = text[inner:stop]
    if len(body) > LONGEST or not body.strip():
        return None
    if opening == "$" and not _is_formula(body, text[end : end + 1]):
        return None
    return Formula(start, end, body, opening in {"$$", r"\["})


def _is_formula(body: str, following: str) -> bool:
    """Whether what stands between two single dollar signs is one."""
    tight = not body[0].isspace() and not body[-1].isspace()
    if following.isdigit() and not _OF_A_FORMULA.search(body):
        return False
    if tight and not following.isdigit():
        return True
    return bool(_OF_A_FORMULA.search(body)) and not _PROSE.search(body)


def blanked(text: str, found: Sequence[Formula]) -> str:
    """`text` with spaces in the place of its formulas, same length, same offsets."""
    pieces, at = [], 0
    for start, end, _, _ in found:
        pieces += [text[at:start], " " * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])


_INVISIBLE = re.compile(r"\\(?:left|right|displaystyle|quad|qquad)(?![A-Za-z])|\\[,;:! ]|[\s{}~]")


def comparable(body: str) -> str:
    r"""A formula as it is compared: without braces, space, and commands that only place things.

    >>> comparable(r"\left( x^{2} \right)") == comparable(r"(x^2)")
    True
    """
    return _INVISIBLE.sub("", body)
