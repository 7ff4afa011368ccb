"""Lines of an entry, which are all that the grammar reads, and how they make a text again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple


class Line(NamedTuple):
    """One line of an entry."""

    text: str
    """The visible text, without white space at its ends; never empty."""
    links: tuple[str, ...] = ()
    """Addresses that the line links to, as published."""
    weight: int = 0
    """2 in a heading element, 1 where all of it is bold, else 0."""
    soft: bool = False
    """Whether only a line feed inside a paragraph, and no markup, parts it from the line before."""
    odd: bool = False
    """Whether an element that HTML does not know interrupts it."""
    linked: bool = False
    """Whether all of it is the text of links."""


_SENTENCE_END = re.compile(r"[。．.!?！？…:：]['\"”’」』）)\]]*$")
_CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


def lines_of_text(text: str) -> list[Line]:
    """The lines of a plain text that are not empty."""
    rows = (row.strip() for row in text.splitlines())
    return [Line(row) for row in rows if row]


def whole_lines(lines: Sequence[Line]) -> list[str]:
    """The texts of lines, those that only a line feed parts in one."""
    texts: list[str] = []
    for line in lines:
        if line.soft and texts:
            texts[-1] += f" {line.text}"
        else:
            texts.append(line.text)
    return texts


def joined(lines: Sequence[Line]) -> str:
    """Lines as one text. What only a line feed in the HTML parts is one sentence unless it ends."""
    pieces = [lines[0].text]
    for before, line in pairwise(lines):
        if line.soft and not _SENTENCE_END.search(before.text[-8:]):
            cjk = _CJK.match(before.text[-1]) and _CJK.match(line.text)
            pieces.append("" if cjk else " ")
        else:
            pieces.append("\n")
        pieces.append(line.text)
    return "".join(pieces)
