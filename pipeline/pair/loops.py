"""A stretch of text that stands several times in a row, as translation systems write at times."""

from __future__ import annotations

import re

_LOOP = re.compile(r"(.{4,40}?)\1{2,}", re.DOTALL)


def loops(text: str) -> bool:
    """Whether a stretch of at least four characters stands three times in a row."""
    grams = [text[at : at + 4] for at in range(len(text) - 3)]
    # Looking for a loop is slow; a text whose stretches are nearly all different has none.
    return len(grams) - len(set(grams)) >= 8 and bool(_LOOP.search(text[:20_000]))


def said_once(text: str) -> str:
    """`text` with each such stretch once."""
    return _LOOP.sub(r"\1", text[:20_000]) + text[20_000:]
