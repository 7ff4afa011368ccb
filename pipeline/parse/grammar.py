"""The grammar of a digest entry, over lines.

    title
    要約                    one or more lines of Japanese
    要約(オリジナル)         one or more lines of English
    arxiv情報               著者, 発行日, arxivサイト, each with its value
    提供元, 利用サービス      one line
    カテゴリー: …            only where the lines hold it; a page's frame says it otherwise

Sections come in this order, each once an entry. A section out of order opens the next entry, so
that nothing of one entry is ever taken for another's; what is doubtful is said in `problems`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.parse.labels import HEADINGS, Label, Labelled, label_of
from pipeline.parse.lines import Line

_ORDER = (Label.ABSTRACT_JA, Label.ABSTRACT_EN, Label.FACTS, Label.PROVIDER, Label.CATEGORIES)
_RANK = {label: rank for rank, label in enumerate(_ORDER)}
_FACTS = frozenset({Label.AUTHORS, Label.DATE, Label.LINK})

_POSTED = re.compile(r"^(?:投稿日|Posted on)\s*[:：]?|^\d{4}年\d{1,2}月\d{1,2}日")
"""The frame's line between title and content, where a page was turned into text."""

_CLOSED = re.compile(r"\s*は\s*コメントを受け付けていません$")
_TIME_STAMP = re.compile(r"^\D{0,3}\d{4}\D\d{1,2}\D\d{1,2}\D+\d{1,2}:\d{2}")
_CODES = re.compile(r"^[\w.-]+(?:\s*[,、/]\s*[\w.-]+)*$", re.ASCII)


@dataclass(slots=True)
class Draft:
    """An entry's lines by section, before its fields are read."""

    title: str | None = None
    sections: dict[Label, list[Line]] = field(default_factory=dict)
    categories: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    def text(self, label: Label) -> str | None:
        """The lines of a section, joined by line feeds; None where there are none."""
        return "\n".join(line.text for line in self.sections.get(label, ())) or None


def read_drafts(lines: Sequence[Line], *, title: str | None, framed: bool) -> list[Draft]:
    """The entries that `lines` hold, in order; empty where no label of an entry is in them.

    Args:
        lines: a post's content, or a whole page of plain text.
        title: the post's title as the frame has it; it is the first entry's.
        framed: whether the lines are one post's content. Otherwise each entry's title is the
            line before it, and a line of categories closes it.
    """
    reader = _Reader(_strongest(lines))
    for line in lines:
        reader.take(line)
    drafts = reader.drafts
    if framed and drafts and (len(drafts) == 1 or drafts[0].title is None):
        drafts[0].title = title
    return drafts


def _strongest(lines: Sequence[Line]) -> dict[Label, int]:
    """For each label that stands alone, the heaviest weight in which it does.

    Where a label is a heading element, the same word on a plain line is text of the abstract.
    """
    weights: dict[Label, int] = {}
    for line in lines:
        if line.weight and (found := label_of(line.text)) and not found.value:
            weights[found.label] = max(weights.get(found.label, 0), line.weight)
    return weights


class _Reader:
    """Reads one line after the other; `drafts` are the entries so far."""

    def __init__(self, weights: dict[Label, int]) -> None:
        self.drafts: list[Draft] = []
        self._weights = weights
        self._section: Label | None = None
        self._fact: Label | None = None
        self._stray: list[Line] = []
        """Lines of no section since the last one: a title, or what stands around entries."""

    def take(self, line: Line) -> None:
        """Read the next line."""
        found = label_of(line.text)
        if found and not found.value and line.weight < self._weights.get(found.label, 0):
            found = None
        if found is None or not self._take_label(found, line):
            self._take_text(line)

    def _take_label(self, found: Labelled, line: Line) -> bool:
        """Whether the line is a label where it stands; if so it is read."""
        label = found.label
        in_abstract = self._section in {Label.ABSTRACT_JA, Label.ABSTRACT_EN}
        if label is Label.CATEGORIES:
            return self._take_categories(found, line)
        if label is Label.SERVICE or (label is Label.PROVIDER and found.value):
            if in_abstract or self._section is None:
                return False
        elif label in HEADINGS:
            if found.value and self._section in {Label.ABSTRACT_JA, label}:
                return label is Label.ABSTRACT_EN and self._open(label, found, line)
        elif in_abstract:
            return self._take_unheaded_facts(found, line)
        elif self._section not in {Label.FACTS, Label.PROVIDER}:
            return False
        return self._open(label, found, line)

    def _open(self, label: Label, found: Labelled, line: Line) -> bool:
        if label in HEADINGS:
            self._open_section(label)
        else:
            self._open_fact(label)
        self._draft.raw.append(line.text)
        if found.value:
            self._add(line._replace(text=found.value))
        return True

    @property
    def _draft(self) -> Draft:
        return self.drafts[-1]

    def _open_section(self, label: Label) -> None:
        section = self._section
        if section is None or _RANK[label] <= _RANK[section]:
            empty = section is not None and label is section and not self._draft.sections[section]
            if not (empty and label is Label.PROVIDER):
                self._next_entry(label)
        self._section, self._fact = label, None
        self._draft.sections.setdefault(label, [])
        self._stray.clear()

    def _next_entry(self, label: Label) -> None:
        """A section that the entry already has, or is past, belongs to the next entry."""
        draft = Draft()
        section = self._section
        if section in {Label.ABSTRACT_JA, Label.ABSTRACT_EN}:
            previous = self._draft
            if label is section:
                previous.problems.append("repeated_label")
                draft.problems.append("repeated_label")
            self._stray = previous.sections[section][-1:]
            del previous.sections[section][-1:]
            if not previous.sections[section] and len(previous.sections) == 1:
                # The label was the line before: an entry whose title is 要約.
                self._stray = [Line(previous.raw[0])] if not self._stray else self._stray
        draft.title = self._title()
        self.drafts.append(draft)

    def _title(self) -> str | None:
        words: list[str] = []
        for line in reversed(self._stray):
            words.insert(0, line.text)
            if not line.soft:
                break
        return " ".join(words) or None

    def _open_fact(self, label: Label) -> None:
        target = Label.PROVIDER if label is Label.SERVICE else Label.FACTS
        if target is Label.FACTS and label in self._draft.sections:
            self._draft.problems.append("repeated_label")
        self._section = target
        self._fact = label
        self._draft.sections.setdefault(target, [])
        self._draft.sections.setdefault(label, [])
        self._stray.clear()

    def _take_unheaded_facts(self, found: Labelled, line: Line) -> bool:
        """Facts whose heading is missing: known by a label with a time stamp."""
        if found.label is not Label.DATE or not _TIME_STAMP.match(found.value):
            return False
        draft = self._draft
        assert self._section is not None
        section = draft.sections[self._section]
        before = label_of(section[-1].text) if section else None
        draft.problems.append("missing_label_facts")
        self._section = Label.FACTS
        draft.sections[Label.FACTS] = []
        if before and before.label is Label.AUTHORS and before.value:
            authors = section.pop()
            draft.sections[Label.AUTHORS] = [authors._replace(text=before.value)]
        return self._open(Label.DATE, found, line)

    def _take_categories(self, found: Labelled, line: Line) -> bool:
        """The line that closes an entry: its categories, and often its title once more."""
        codes, bar, closing = found.value.replace("｜", "|").partition("|")
        closes = bool(bar and _CLOSED.search(closing))
        if self._section is None:
            return False
        if self._section in {Label.ABSTRACT_JA, Label.ABSTRACT_EN} and not closes:
            return False
        if found.value and not _CODES.match(codes.strip()):
            return False
        draft = self._draft
        draft.raw.append(line.text)
        draft.categories.extend(re.split(r"\s*[,、/]\s*", codes.strip()) if codes.strip() else ())
        if closes and draft.title is not None and not _same(_CLOSED.sub("", closing), draft.title):
            draft.problems.append("mixed_frame")
        self._section = Label.CATEGORIES if found.value else self._section
        self._fact = None if found.value else Label.CATEGORIES
        self._stray.clear()
        return True

    def _take_text(self, line: Line) -> None:
        if self._section in {None, Label.CATEGORIES}:
            if not _POSTED.match(line.text):
                self._stray.append(line)
            return
        self._draft.raw.append(line.text)
        self._add(line)

    def _add(self, line: Line) -> None:
        draft, section, fact = self._draft, self._section, self._fact
        assert section is not None
        if section in {Label.ABSTRACT_JA, Label.ABSTRACT_EN}:
            draft.sections[section].append(line)
        elif fact is Label.CATEGORIES:
            if _CODES.match(line.text):
                draft.categories.extend(re.split(r"\s*[,、/]\s*", line.text))
            self._fact = None
        elif section is Label.FACTS and fact is not None and self._takes(fact, line):
            draft.sections[fact].append(line)
        elif section is Label.PROVIDER and self._takes(fact or section, line):
            draft.sections[fact or section].append(line)
        else:
            self._stray.append(line)

    def _takes(self, label: Label, line: Line) -> bool:
        """Whether a line still belongs to a fact: its first does, and what only line feeds part."""
        held = self._draft.sections[label]
        return not held or line.soft or (label is Label.LINK and bool(line.links))


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())
