"""The grammar of a digest entry, over lines.

    title
    要約                    one or more lines of Japanese
    要約(オリジナル)         one or more lines of English
    arxiv情報               著者, 発行日, arxivサイト, each with its value
    提供元, 利用サービス      one line
    カテゴリー: …            only where the lines hold it; a WordPress page names them elsewhere

Sections come in this order, each once an entry. A section out of order opens the next entry, so
that nothing of one entry is ever taken for another's; what is doubtful is said in `problems`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.parse.drafts import Draft, flag_inconsistent
from pipeline.parse.facts import facts_at_end, take_more
from pipeline.parse.kinds import goes_on
from pipeline.parse.labels import Label, Labelled, label_of
from pipeline.parse.lines import Line

_RANK = {
    Label.ABSTRACT_JA: 0,
    Label.ABSTRACT_EN: 1,
    Label.FACTS: 2,
    Label.PROVIDER: 3,
    Label.CATEGORIES: 4,
}
"""The sections in their order; the other labels are facts, which stand inside one."""
_ABSTRACTS = frozenset({Label.ABSTRACT_JA, Label.ABSTRACT_EN})
_HOLDS_FACTS = frozenset({Label.FACTS, Label.PROVIDER})
_NO_ENTRY = frozenset({None, Label.CATEGORIES})
_JA_TO_EN = (Label.ABSTRACT_EN, Label.ABSTRACT_JA)
_DATE_ALONE = Labelled(Label.DATE, "")

_POSTED = re.compile(r"(?:投稿日|Posted on)\s*[:：]?|\d{4}年\d{1,2}月\d{1,2}日")
"""The theme's line between title and content, where a page was turned into text."""

_CLOSED = re.compile(r"(?<!\s)\s*+は\s*コメントを受け付けていません$")
_TIME_STAMP = re.compile(r"\D{0,3}\d{4}\D\d{1,2}\D\d{1,2}\D+\d{1,2}:\d{2}")
_CODES = re.compile(r"[\w.-]+(?:\s*[,、/]\s*[\w.-]+)*$", re.ASCII)
_SEPARATORS = ":：|｜ \u3000"
_BETWEEN_CODES = re.compile("[,、/]")


def read_drafts(lines: Sequence[Line], *, title: str | None, is_post: bool) -> list[Draft]:
    """The entries that `lines` hold, in order; empty where no label of an entry is in them.

    Args:
        lines: a post's content, or a whole page of plain text.
        title: the post's title as its page has it; it is the first entry's.
        is_post: whether the lines are one post's content. Otherwise each entry's title is the
            line before it, and a line of categories closes it.
    """
    labels = _labels(lines)
    weights = _heaviest(lines, labels)
    reader = _Reader()
    is_label_text = False
    for line, found in zip(lines, labels, strict=True):
        if found and not found.value and line.weight < weights[found.label]:
            found = None
            is_label_text = True
        reader.take(found, line)
    reader.settle()
    drafts = reader.drafts
    if is_post and drafts and (len(drafts) == 1 or drafts[0].title is None):
        drafts[0].title = title
    flag_inconsistent(drafts, is_label_text=is_label_text)
    return drafts


def _labels(lines: Sequence[Line]) -> list[Labelled | None]:
    """The lines' labels; `Abstract` counts as 要約(オリジナル), or as none where that is."""
    labels = [label_of(line.text) for line in lines]
    named = {found.label for found in labels if found}
    if Label.ABSTRACT not in named:
        return labels
    is_label = Label.ABSTRACT_JA in named and Label.ABSTRACT_EN not in named
    for place, found in enumerate(labels):
        if found and found.label is Label.ABSTRACT:
            labels[place] = Labelled(Label.ABSTRACT_EN, found.value) if is_label else None
    return labels


def _heaviest(lines: Sequence[Line], labels: Sequence[Labelled | None]) -> dict[Label, int]:
    """For each label that stands alone, the greatest weight with which it does.

    Where a label is a heading element, the same word on a plain line is text of the abstract.
    """
    weights: dict[Label, int] = {}
    for line, found in zip(lines, labels, strict=True):
        if found and not found.value and line.weight >= weights.get(found.label, 0):
            weights[found.label] = line.weight
    return weights


def _codes(text: str) -> list[str]:
    return [code for code in map(str.strip, _BETWEEN_CODES.split(text)) if code]


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


class _Reader:
    """Reads one line after the other; `drafts` are the entries so far."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._draft = Draft()
        """The entry that is being read: the last of them, once there is any; blank before."""
        self._section: Label | None = None
        self._fact: Label | None = None
        self._stray: list[Line] = []
        """Lines of no section since the last one: a title, or what stands around entries."""

    def take(self, found: Labelled | None, line: Line) -> None:
        """Read the next line.

        Args:
            found: the label with which it begins, if any; where that cannot stand, it is text.
            line: the line.
        """
        if found is not None and self._take_label(found, line):
            return
        if self._section in _ABSTRACTS and self._take_unheaded_facts(found, line):
            return
        if self._section not in _NO_ENTRY:
            self._draft.raw.append(line.text)
            self._add(line)
        elif not _POSTED.match(line.text):
            self._stray.append(line)

    def _take_label(self, found: Labelled, line: Line) -> bool:
        """Whether the label can stand where it does; if so it is read."""
        label = found.label
        if label is Label.CATEGORIES:
            return self._take_categories(found, line)
        if label is self._section is Label.ABSTRACT_JA and self._goes_on_in_summary(line):
            return False
        if label in _RANK and not (found.value and label is Label.PROVIDER):
            in_abstract = self._section in {label, Label.ABSTRACT_JA}
            if found.value and in_abstract and (label, self._section) != _JA_TO_EN:
                return False
            self._open_section(label)
        elif self._section in _HOLDS_FACTS:
            self._open_fact(label)
        else:
            return False
        self._draft.raw.append(line.text)
        if found.value:
            self._add(Line(found.value, line.links, line.weight, line.soft, line.odd))
        return True

    def _goes_on_in_summary(self, line: Line) -> bool:
        held = [held.text for held in self._draft.sections[Label.ABSTRACT_JA]]
        return goes_on(held, line.text, self._draft.raw[-1])

    def _open_section(self, label: Label) -> None:
        is_next = self._section is None or _RANK[label] <= _RANK[self._section]
        self.settle(titled=is_next)
        if self._section is None or is_next:
            self._next_entry(label)
        self._section, self._fact = label, None
        self._draft.sections.setdefault(label, [])
        self._stray.clear()

    def _next_entry(self, label: Label) -> None:
        """A section that the entry already has, or is past, belongs to the next entry."""
        draft = Draft() if self.drafts else self._draft
        if self._section in _ABSTRACTS:
            previous = self._draft
            held = previous.sections[self._section]
            if not held and len(previous.sections) == 1 and label is self._section:
                # 要約 was no label but the title.
                self.drafts.pop()
                held = [Line(previous.raw[0])]
            elif label is self._section:
                previous.problems.append("repeated_label")
                draft.problems.append("repeated_label")
            self._stray = held[-1:]
            del held[-1:]
        draft.title = self._title()
        self.drafts.append(draft)
        self._draft = draft

    def _title(self) -> str | None:
        return " ".join([line.text for line in self._stray[self._title_start() :]]) or None

    def _title_start(self) -> int:
        """Where in `_stray` the title begins: at the last line that no mere line feed begins."""
        starts = [place for place, line in enumerate(self._stray) if not line.soft]
        return starts[-1] if starts else 0

    def settle(self, *, titled: bool = False) -> None:
        """Give the lines after a fact's value to the fact, as far as they are of it.

        Args:
            titled: whether the last of the lines are the next entry's title.
        """
        if not self._stray or self._section not in _HOLDS_FACTS:
            return
        under = self._fact or self._section
        assert under is not None
        left = self._stray[: self._title_start()] if titled else self._stray
        self._draft.loose |= bool(left) and self._section is Label.FACTS
        if not take_more(self._draft.sections, under, left):
            self._draft.problems.append("unread_lines")

    def _open_fact(self, label: Label) -> None:
        """A fact's label: its value stands on the line or on the next."""
        self.settle()
        sections = self._draft.sections
        if label is Label.PROVIDER or label is Label.SERVICE:
            self._section = Label.PROVIDER
        elif label in sections:
            self._draft.problems.append("repeated_label")
        self._fact = label
        sections.setdefault(label, [])
        self._stray.clear()

    def _take_unheaded_facts(self, found: Labelled | None, line: Line) -> bool:
        """Whether an abstract ends here in facts that have no heading.

        A time stamp after 発行日 shows it.
        """
        assert self._section is not None
        draft = self._draft
        held = draft.sections[self._section]
        if found:
            dated = found.label is Label.DATE and _TIME_STAMP.match(found.value) is not None
        else:
            stamped = bool(held) and _TIME_STAMP.match(line.text) is not None
            dated = stamped and label_of(held[-1].text) == _DATE_ALONE
        if not dated:
            return False
        n_facts = facts_at_end(held)
        taken = held[len(held) - n_facts :]
        del held[len(held) - n_facts :]
        del draft.raw[len(draft.raw) - n_facts :]
        draft.problems.append("missing_label_facts")
        self._open_section(Label.FACTS)
        for earlier in [*taken, line]:
            self.take(label_of(earlier.text), earlier)
        return True

    def _take_categories(self, found: Labelled, line: Line) -> bool:
        """Whether the line closes an entry: its categories, and often its title once more."""
        codes, _, closing = found.value.replace("｜", "|").partition("|")
        closes = _CLOSED.search(closing) is not None
        if self._section in _NO_ENTRY or (self._section in _ABSTRACTS and not closes):
            return False
        if found.value and not _CODES.match(codes.strip()):
            return False
        self.settle()
        draft = self._draft
        draft.raw.append(line.text)
        draft.categories.extend(_codes(codes))
        draft.closed = closes
        if closes and draft.title is not None and not _same(_CLOSED.sub("", closing), draft.title):
            draft.problems.append("mixed_frame")
        if found.value:
            self._section, self._fact = Label.CATEGORIES, None
        else:
            self._fact = Label.CATEGORIES
        self._stray.clear()
        return True

    def _add(self, line: Line) -> None:
        """A line of the open section, or of the fact in it."""
        draft, section, fact = self._draft, self._section, self._fact
        assert section is not None
        held = draft.sections.get(fact or section)
        if line.odd:
            draft.problems.append("unexpected_element")
        if section in _ABSTRACTS:
            draft.sections[section].append(line)
        elif fact is Label.CATEGORIES:
            draft.categories.extend(_codes(line.text) if _CODES.match(line.text) else ())
            self._fact = None
        elif held is not None and self._goes_on(held, line):
            if not held and line.text[0] in _SEPARATORS:
                line = line._replace(text=line.text.lstrip(_SEPARATORS))
            held.append(line)
        else:
            self._stray.append(line)

    def _goes_on(self, held: Sequence[Line], line: Line) -> bool:
        """Whether a line is of the open fact, or section, that holds the lines `held` so far."""
        if not held:
            return self._fact is not None or self._section is Label.PROVIDER
        return line.soft or (self._fact is Label.LINK and bool(line.links))
