"""Undoing WordPress's typography where it is certain what stood there before.

The source of every rule is `wptexturize` in WordPress's wp-includes/formatting.php, which runs on
titles and contents alike. What it wrote, and what that says about the text before it:

    shown                     was                       undone?
    ’ ‘ ′                     '                         yes: all three come from the apostrophe
    ″                         "  after a digit          yes
    …                         ...                       yes
    – without spaces          --                        yes
    – between spaces          -                         yes
    — without spaces          ---                       yes
    × between digits          x                         yes
    “ ”                       " or `` and ''            no: one cannot tell which
    — between spaces          -- or ---                 no
    ™ after a space           (tm), or ™ itself         no

An author may have typed the mark on the left himself. Then undoing it changes how the text looks,
not what it says; that is why the text as published is kept in `posts`, and the change recorded.
"""

from __future__ import annotations

import re
from typing import NamedTuple

UNDONE = "texturize_undone"
"""Flag: marks were put back to what they certainly were."""
AMBIGUOUS = "texturize_ambiguous"
"""Flag: marks were left that may have been something else."""

_MARKS = re.compile("[‘’′″…–—×“”]")
_SAFE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("[‘’′]"), "'"),
    (re.compile("(?<=[0-9])″"), '"'),
    (re.compile("…"), "..."),
    (re.compile(r"(?<=\s)–(?=\s)"), "-"),
    (re.compile(r"(?<!\s)–(?!\s)"), "--"),
    (re.compile(r"(?<!\s)—(?!\s)"), "---"),
    (re.compile("(?<=[0-9])×(?=[0-9])"), "x"),
)
_IN_LATIN = re.compile(
    "(?<=[!-~])[‘’′″…–—×]+|(?<![‘’′″…–—×])[‘’′″…–—×]++(?=[!-~])|(?<=[!-~] )–(?= [!-~])"
)
_LEFT = re.compile(r"[“”]|(?<=\s)—(?=\s)")


class Untexturized(NamedTuple):
    """A text without what WordPress certainly did to it."""

    text: str
    flags: tuple[str, ...]
    """`UNDONE` where something was put back, `AMBIGUOUS` where something doubtful was left."""


def undo_texturize(text: str, *, japanese: bool = False) -> Untexturized:
    """`text` with the certain marks put back; see the table in the module's docstring.

    In Japanese, marks are put back only next to ASCII: elsewhere `…` and `—` are the language's
    own, and the translator's.

    >>> undone = undo_texturize("It’s 3×3 – “so” – e.g. a—b…")
    >>> undone.text
    "It's 3x3 - “so” - e.g. a---b..."
    >>> undone.flags
    ('texturize_undone', 'texturize_ambiguous')
    """
    if not _MARKS.search(text):
        return Untexturized(text, ())
    before = text
    if japanese:
        text = _IN_LATIN.sub(_put_back_in_context, text)
    else:
        for pattern, original in _SAFE:
            text = pattern.sub(original, text)
    doubts = (UNDONE,) if text != before else ()
    return Untexturized(text, doubts + ((AMBIGUOUS,) if _LEFT.search(text) else ()))


def _put_back_in_context(match: re.Match[str]) -> str:
    """The marks of a match put back, each judged by what stands around it."""
    start, end = match.span()
    around = match.string[max(0, start - 1) : end + 1]
    for pattern, original in _SAFE:
        around = pattern.sub(original, around)
    return around[1 if start else 0 : len(around) - (1 if end < len(match.string) else 0)]
