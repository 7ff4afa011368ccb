"""The lines of facts: where they begin without a heading, and what follows their values."""

from __future__ import annotations

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
_LONGEST_SERVICE = 40
"""Characters, on a line of its own."""
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

    Under 著者 these are all lines up to the first that is not names alone. Under 提供元,
    利用サービス, where a line names the provider alone, it is the one that follows, if it is the
    only one: buttons to share the post and the like come in several, or under a heading.

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
        names = list(takewhile(lambda line: are_names(line.text), left))
        held += names
        return len(names) == len(left)
    if fact is not Label.PROVIDER or read_provider(tuple([line.text for line in held]))[1]:
        return True
    lines = list(takewhile(lambda line: not _is_heading(line), left))
    if len(lines) == 1 and len(lines[0].text) <= _LONGEST_SERVICE and are_names(lines[0].text):
        held += lines
        return True
    return not lines


def _is_heading(line: Line) -> bool:
    return line.weight == _HEADING or line.text.endswith((":", "："))
