"""How a Japanese text ends: with a mark, as a sentence may without one, or cut off."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.pair.features import EnglishSentence, JapaneseSentence

END_MARKS = "。．.!?！？｡"
_CLOSING = "」』）)]】”’\"'}〉》 \t\n"

_MAY_END = re.compile(
    r"(?:[A-Za-z0-9$%」』）)\]】”\"'}〉》]"
    r"|(?<!ま)た|[うくすつぬむるぐぶだいずかよね]|なし|あり|のみ|ため|など|こと|もの|済み|ちら|まで|ら"
    r"|可能?|不可|予定|中|済|等|必要|未定|的|枚|件|編|頁|ページ|公開|掲載|採択|投稿|参照|以[上下]"
    r"|困難|不明|完了|同様)\s*$"
)
"""Ends of sentences without a mark: predicates, nouns that serve as such, and what is no Japanese
word. A particle, a comma, or half a word is none."""


def ends_with_mark(text: str) -> bool:
    """Whether a sentence of either language has its end mark, within brackets or not."""
    return text.rstrip(_CLOSING)[-1:] in tuple(END_MARKS) or not text.strip()


def unfinished_end(
    english: Sequence[EnglishSentence], japanese: Sequence[JapaneseSentence]
) -> bool:
    """Whether the Japanese stops without an end mark although the English has one.

    A translation whose sentences mostly do without end marks, one a line, is not unfinished.
    """
    if not japanese or not english or ends_with_mark(japanese[-1].text):
        return False
    if not ends_with_mark(english[-1].text):
        return False
    before = japanese[:-1]
    return not before or 2 * sum(ends_with_mark(target.text) for target in before) >= len(before)


def may_end(text: str) -> bool:
    """Whether a Japanese sentence may end as `text` does, its end mark left out."""
    return _MAY_END.search(text[-8:]) is not None
