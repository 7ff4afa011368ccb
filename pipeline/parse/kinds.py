"""What the Japanese of an entry is: a translation, or a language model's summary.

In spring 2023 the text under 要約 was a summary, in one of two templates:

    【タイトル】 a Japanese title            タイトル： a Japanese title
    【要約】                               要約：
    ・ a point                             - a point
    【要点】
    ・ a point

Nothing but these labels, alone on their lines, and the bullets says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

Kind = Literal["translation", "summary"]

_OPEN, _CLOSE = r"[\s*#■◆●]*[【\[［〔<＜]?\s*", r"\s*[】\]］〕>＞]?[\s*]*"
_TITLE = re.compile(
    r"[\s*#■◆●]*(?:[【\[［〔]\s*(?:日本語)?(?:タイトル|題名|表題)\s*[】\]］〕]\s*[:：]?"
    r"|(?:日本語)?(?:タイトル|題名|表題)(?:\s*[(（]\s*(?:日本語|和訳)\s*[)）])?\s*[:：])[\s*]*(?P<title>.*)",
)
"""The line of the Japanese title, or the label above it; a sentence that begins so has no colon."""

_SECTION = re.compile(
    rf"{_OPEN}(?:要約|要点|概要|ポイント|まとめ|結論|Summary|Key ?points)(?:文|一覧)?{_CLOSE}"
    r"[:：]?[\s*]*$",
    re.IGNORECASE,
)
_SECTION_WITH_TEXT = re.compile(
    r"[\s*#■◆●]*(?:[【\[［〔]\s*(?:要約|要点|概要|ポイント|まとめ)\s*[】\]］〕]\s*[:：]?"
    r"|(?:要約|要点|概要|ポイント)\s*[:：])\s*(?P<text>\S.*)"
)
"""A label of a part of the summary, alone on its line, or with the text after it."""

_BULLET = re.compile(r"\s*(?:[・･•‣◦▪●○◆■*＊–—‐‑-]|\d{1,2}\s*[.)．）])\s*(?=\S)")
_MARKED = re.compile(r"[:：】\]］〕]\s*$")
"""How the label of a summary's part ends, and a heading does not."""

_FEW = 2
"""Bullets from which lines are a list."""


class Japanese(NamedTuple):
    """The text under 要約, and what it is."""

    kind: Kind | None
    """None where lines stand as a list without a template: a summary, or a translated list."""
    title_ja: str | None
    """The paper's title in Japanese, where a summary or translation has one."""
    text: str | None
    """The text without the lines of the title and the label that opens it; None if none is left."""


def is_title_line(line: str) -> bool:
    """Whether a line opens a summary: the Japanese title, by its label.

    >>> is_title_line("【タイトル】灯台問題"), is_title_line("タイトルを読む手法を提案する。")
    (True, False)
    """
    return _TITLE.match(line) is not None


def is_section_line(line: str) -> bool:
    """Whether a line is the label of a part of a summary, and no more.

    >>> is_section_line("【要点】"), is_section_line("要点を述べる。")
    (True, False)
    """
    return _SECTION.match(line) is not None


def goes_on(held: Sequence[str], line: str, before: str) -> bool:
    """Whether the label 要約 is a summary's own, and opens no entry.

    Args:
        held: the lines of the section 要約 so far.
        line: the line with the label alone.
        before: the line before it: where nothing is held yet, the label of the section.
    """
    if held:
        return is_title_line(held[0]) and not any(map(_SECTION.match, held))
    return _MARKED.search(line) is not None and _MARKED.search(before) is None


def read_japanese(text: str | None) -> Japanese:
    r"""The kind of a Japanese abstract by its template, its title, and the text without them.

    >>> read_japanese("タイトル：灯台問題の調査\n要約：\n- 灯台は光る。\n- 船は進む。")
    Japanese(kind='summary', title_ja='灯台問題の調査', text='- 灯台は光る。\n- 船は進む。')
    >>> read_japanese("灯台問題を解く。").kind
    'translation'
    """
    if text is None:
        return Japanese(None, None, None)
    lines = text.split("\n")
    title, rest = _title(lines)
    places = [place for place, line in enumerate(rest) if _SECTION.match(line)]
    opened = _SECTION_WITH_TEXT.match(rest[0]) if rest else None
    is_list = sum(map(_is_bullet, rest)) >= _FEW
    in_template = bool(places or opened) and (title is not None or is_list)
    if in_template or (title is not None and is_list):
        kind: Kind | None = "summary"
    elif is_list and 2 * sum(map(_is_bullet, rest)) > len(rest):
        kind = None
    else:
        kind = "translation"
    if kind == "summary" and places[:1] == [0]:
        del rest[0]
    elif kind == "summary" and opened:
        rest[0] = opened["text"]
    return Japanese(kind, title, "\n".join(rest).strip() or None)


def points(text: str) -> list[str]:
    r"""The points of a summary, without bullets and labels; a line without a bullet is a point too.

    >>> points("・灯台は光る。\n【要点】\n1. 船は進む。")
    ['灯台は光る。', '船は進む。']
    """
    lines = (line for line in text.split("\n") if not _SECTION.match(line))
    return [point for line in lines if (point := _BULLET.sub("", line, count=1).strip())]


def _title(lines: Sequence[str]) -> tuple[str | None, list[str]]:
    """The Japanese title and the lines after it; the label may stand above the title."""
    found = _TITLE.match(lines[0])
    if found is None:
        return None, list(lines)
    if title := found["title"].strip():
        return title, list(lines[1:])
    if len(lines) > 1 and not _SECTION.match(lines[1]):
        return lines[1].strip() or None, list(lines[2:])
    return None, list(lines[1:])


def _is_bullet(line: str) -> bool:
    return _BULLET.match(line) is not None
