"""The labels of a digest entry: the one thing in its markup that can be relied on."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

MAX_LABEL = 40
"""A line that is nothing but a label is never longer, decoration and brackets included."""


class Label(Enum):
    """What a label opens."""

    ABSTRACT_JA = "要約"
    ABSTRACT_EN = "要約(オリジナル)"
    FACTS = "arxiv情報"
    AUTHORS = "著者"
    DATE = "発行日"
    LINK = "arxivサイト"
    PROVIDER = "提供元, 利用サービス"
    SERVICE = "利用サービス"
    CATEGORIES = "カテゴリー"
    ABSTRACT = "Abstract"
    """Stands for 要約(オリジナル) where that is not there; else it is text of an abstract."""

    __hash__ = object.__hash__  # an enum's own hash is slow, and labels are keys on every line


_SECTIONS = frozenset({Label.ABSTRACT_JA, Label.ABSTRACT_EN, Label.ABSTRACT, Label.FACTS})
"""Labels after which only a colon or a bar makes the rest of the line their value."""


class Labelled(NamedTuple):
    """A line that begins with a label."""

    label: Label
    value: str
    """What follows it on the line; empty where it stands alone."""


_FOLD = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys("\u00a0\u3000\t\u2002\u2003\u2009\u202f", " ")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", " ")
    | dict.fromkeys("〔【［「『〈《", "[")
    | dict.fromkeys("〕】］」』〉》", "]")
    | {"、": ",", "・": ",", "│": "|", "∶": ":"}
)
"""One character to one: full-width ASCII, invisible characters, spaces and brackets as plain."""

_START = re.compile(
    r"[\W\d_]{0,8}?(?:要約|[aAａＡ](?:[rRｒＲ][xXｘＸ]|[bBｂＢ][sSｓＳ][tTｔＴ])"
    r"|著者|発行日|提供元|利用サービス|カテゴリ|ｶﾃｺﾞﾘ)"
)
"""What every label begins with; lets ordinary lines pass at once."""

_PATTERN = re.compile(
    r"""
    [\W_]{0,6}? (?: \d{1,2} [.)] \W{0,3} )?
    (?:
      (?P<ABSTRACT_EN> 要約 \s*+
        (?: [(\[:-]?+ \s*+ (?:オリジナル|ｵﾘｼﾞﾅﾙ|原文|original) \s* [)\]]?
        | [(\[] \s* (?:英語|英文|english) \s* [)\]] ) )
    | (?P<ABSTRACT_JA> 要約 (?: \s* [(\[] \s* (?:日本語|和訳|翻訳|機械翻訳) \s* [)\]] )? )
    | (?P<ABSTRACT> abstract (?: \s* [(\[] \s* (?:original|english|原文|英語|英文) \s* [)\]] )? )
    | (?P<FACTS> arxiv \s* 情報 )
    | (?P<LINK> arxiv \s* (?:サイト|ｻｲﾄ) )
    | (?P<AUTHORS> 著者 )
    | (?P<DATE> 発行日 )
    | (?P<PROVIDER> 提供元 (?: \s*+ [,/&と]?+ \s*+ 利用サービス )? )
    | (?P<SERVICE> 利用サービス )
    | (?P<CATEGORIES> カテゴリー? | ｶﾃｺﾞﾘｰ? )
    )
    (?P<tail> [\s)\]*_>]*+ (?P<mark> [:|=] \s* )? )
    """,
    re.VERBOSE | re.IGNORECASE,
)

_BARE_VALUE = {Label.DATE: re.compile(r"\d"), Label.AUTHORS: re.compile(r"[A-Z]")}
"""What may follow a fact's label without anything between them."""


def label_of(text: str) -> Labelled | None:
    """The label with which a line begins, or None.

    Brackets, colons and spaces may be full-width or half-width, decoration (■, 【】, ##, 1.) may
    surround the label, and arXiv may be written in any case.

    >>> label_of("【要約（オリジナル）】").label.name
    'ABSTRACT_EN'
    >>> label_of("著者｜A. Author").value
    'A. Author'
    >>> label_of("著者らは新しい手法を提案する。") is None
    True
    """
    return _short_label(text) if len(text) <= MAX_LABEL else _label(text)


def _label(text: str) -> Labelled | None:
    if not _START.match(text):
        return None
    folded = text.translate(_FOLD)
    match = _PATTERN.match(folded)
    if match is None:
        return None
    label = next(label for label in Label if match[label.name])
    rest = folded[match.end() :]
    if not re.search(r"\w", rest):
        return Labelled(label, "")
    if not _is_parted(label, match, rest):
        return None
    return Labelled(label, text[match.end() :].strip())


def _is_parted(label: Label, match: re.Match[str], rest: str) -> bool:
    """Whether what follows a label is its value, and no text that begins with the same word."""
    if match["mark"] is not None:
        return True
    bare = _BARE_VALUE.get(label)
    if bare and bare.match(rest):
        return True
    return label not in _SECTIONS and any(map(str.isspace, match["tail"]))


_short_label = lru_cache(maxsize=4096)(_label)
