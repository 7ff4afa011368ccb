"""Entries before their fields are read, and whether they can be trusted to be whole.

Where lines that repeat the title close the entries, each corroborates its own. Several entries
without such lines, as in one post, corroborate each other: if one lacks a label or a value, holds
one in its texts or is otherwise doubtful, all are. What no grammar can tell: that between two
such entries a stretch is lost that leads from inside a section of one into the same section of
the other, for what is left has every label once and in order; and, where of several entries one
is left, that it led into a neighbouring section, or that the post's title was another entry's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.parse.labels import Label
from pipeline.parse.lines import Line, joined

_VALUES = frozenset(
    {
        *(Label.ABSTRACT_JA, Label.ABSTRACT_EN, Label.AUTHORS, Label.DATE, Label.LINK),
        Label.PROVIDER,
    }
)
"""The labels that have a value in every entry."""
_ONCE = ("オリジナル", "arxiv情報", "発行日", "arxivサイト", "提供元")
"""Labels that are hardly words of abstracts: once more in a line, they are another entry's."""


@dataclass(slots=True)
class Draft:
    """An entry's lines by section, before its fields are read."""

    title: str | None = None
    sections: dict[Label, list[Line]] = field(default_factory=dict)
    categories: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    closed: bool = False
    """Whether the line that closes an entry was there."""
    loose: bool = False
    """Whether lines stand among the facts that are of none."""

    def text(self, label: Label) -> str | None:
        """The lines of a section, joined by line feeds; None where there are none."""
        lines = self.sections.get(label)
        if not lines:
            return None
        return lines[0].text if len(lines) == 1 else joined(lines)


def flag_inconsistent(drafts: Sequence[Draft], *, is_label_text: bool) -> None:
    """Add to the problems of a page's entries what shows that one may run into another.

    Args:
        drafts: all of the page or post; changed.
        is_label_text: whether a line that is nothing but a label counts as text among them.
    """
    if any(draft.closed for draft in drafts):
        for draft in drafts:
            if not draft.closed:
                draft.problems.append("unclosed")
    elif (len(drafts) > 1 or is_label_text) and not _are_even(drafts, is_label_text):
        for draft in drafts:
            draft.problems.append("uneven_entries")


def _are_even(drafts: Sequence[Draft], is_label_text: bool) -> bool:
    """Whether every entry is whole and, where there are several, no label is in their texts."""
    if not all(map(_is_whole, drafts)):
        return False
    texts = ["\n".join(draft.raw).lower() for draft in drafts]
    return len(drafts) == 1 or not (
        is_label_text or any(text.count(word) > 1 for text in texts for word in _ONCE)
    )


def _is_whole(draft: Draft) -> bool:
    """Whether an entry has a title, every label with its value, and no problem."""
    return (
        bool(draft.title)
        and not draft.problems
        and not draft.loose
        and Label.FACTS in draft.sections
        and {label for label, lines in draft.sections.items() if lines} >= _VALUES
    )
