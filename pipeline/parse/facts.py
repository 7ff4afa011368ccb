"""The lines of facts: where they begin without a heading, and what follows their values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile

from pipeline.parse.fields import are_names, read_provider
from pipeline.parse.labels import Label, label_of
from pipeline.parse.lines import Line

_FACTS = frozenset({Label.AUTHORS, Label.DATE, Label.LINK})
_UNHEADED = 3
"""Lines between the first fact's label and the time stamp: 著者, its value, 発行日.

Where 著者 has more lines than one, they are names.
"""
_SERVICE = re.compile(
    r"(?:DeepL|Google|Microsoft|Bing|Azure|Amazon|Yandex|Papago|ChatGPT|GPT-?\d\S*|Claude|Gemini"
    r"|みらい翻訳|TexTra)(?: ?(?:翻訳|Translat(?:e|or|ion)|API|Pro)){0,2}",
    re.IGNORECASE,
)
"""Services that are believed also on a line of their own, where buttons to share may stand."""
_WORD = re.compile("[A-Za-z]+")
"""Alone on a line it is no author's name: `Submitted`, `Share`."""
_GOES_ON = re.compile(r"(?:[,;、，；&]|\band)$")
_HEADING = 2
"""The weight of a line in a heading element."""


def facts_at_end(held: Sequence[Line]) -> int:
    """How many of an abstract's last lines are facts: those from the first fact's label on."""
    n_facts = 0
    for number, line in enumerate(reversed(held), 1):
        label = label_of(line.text)
        if label and label.label in _FACTS:
            n_facts = number
        elif number > _UNHEADED and not are_names(line.text):
            break
    return n_facts


def take_more(sections: Mapping[Label, list[Line]], fact: Label, left: Sequence[Line]) -> bool:
    """Add to a fact the lines left over after its value, as far as they are of it.

    Under 著者 these are all lines up to the first that is not names alone, or is a single word.
    Under 提供元, 利用サービス, where a line names the provider alone, it is the one that follows,
    if it names a service that is known: any other may be a button to share the post.

    Args:
        sections: lines by label; changed.
        fact: whose value the lines follow.
        left: the lines, up to the next label.

    Returns:
        Whether nothing is left that may be of the fact and is not understood.
    """
    held = sections.get(fact)
    if not held:
        return True
    if fact is Label.AUTHORS:
        for line in left:
            if not _is_of_authors(line, held[-1]):
                return False
            held.append(line)
        return True
    if fact is not Label.PROVIDER or read_provider(tuple([line.text for line in held]))[1]:
        return True
    lines = list(takewhile(lambda line: not _is_heading(line), left))
    if lines and _SERVICE.fullmatch(lines[0].text):
        held.append(lines.pop(0))
    return not lines


def _is_of_authors(line: Line, before: Line) -> bool:
    is_word = _WORD.fullmatch(line.text) and not _GOES_ON.search(before.text)
    return not is_word and are_names(line.text)


def _is_heading(line: Line) -> bool:
    return line.weight == _HEADING or line.text.endswith((":", "："))
