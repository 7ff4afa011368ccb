"""The text policy: what changes, what must not, and that it is done once."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.validate.text import (
    normalise_author,
    normalise_en,
    normalise_ja,
    normalise_title,
    text_flags,
    title_key,
)


@pytest.mark.parametrize(
    ("published", "normal"),
    [
        ("a  b\u00a0c\u2003d\te", "a b c d e"),
        ("one\ntwo\r\nthree\u2028four", "one two three four"),
        ("&amp;lt; &lt; &#955; &eacute;", "< < λ é"),
        ("&amp;amp;amp;amp;lt;", "<"),
        ("AT&T; &c. &notanentity; a&b", "AT&T; &c. &notanentity; a&b"),
        ("e\u0301 n\u0303", "é ñ"),
        ("zero\u200bwidth\ufeff soft\u00adhyphen \u202eflip", "zerowidth softhyphen flip"),
        ("a\x00b\x1fc\x7fd", "abcd"),
        ("10² ℝ ½ ﬁ Ⅳ ｘ ①", "10² ℝ ½ ﬁ Ⅳ ｘ ①"),
        ("family 👨\u200d👩\u200d👧 ❤\ufe0f a\u200db", "family 👨\u200d👩\u200d👧 ❤\ufe0f ab"),
        (r"$\alpha_{i}$ \textbf{x} 50\%", r"$\alpha_{i}$ \textbf{x} 50\%"),
        ("  edges  ", "edges"),
        ("", ""),
    ],
)
def test_english(published: str, normal: str) -> None:
    assert normalise_en(published) == normal
    assert normalise_title(published) == normal


@pytest.mark.parametrize(
    ("published", "normal"),
    [
        ("ＬＬＭ（ＢＥＲＴ）：９９％！", "LLM(BERT):99%!"),
        ("ﾓﾃﾞﾙとﾃﾞｰﾀ｡", "モデルとデータ。"),
        ("文。\n次の文。", "文。\n次の文。"),
        ("文。 \r\n \n 次の文。", "文。\n次の文。"),
        ("全角\u3000空白", "全角 空白"),
        ("10²と½とℝ", "10²と½とℝ"),
        ("カ\u3099とは\u309a", "ガとぱ"),
        ("そして…と—と「“引用”」", "そして…と—と「“引用”」"),
        ("GPT’s と 3×3 と a—b", "GPT's と 3x3 と a---b"),
        ("〜と～と、。・", "〜と~と、。・"),
    ],
)
def test_japanese(published: str, normal: str) -> None:
    assert normalise_ja(published) == normal


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_policy_is_idempotent(text: str) -> None:
    for policy in (normalise_en, normalise_ja):
        once = policy(text)
        assert policy(once) == once
        assert unicodedata.is_normalized("NFC", once)
        assert once == once.strip()


@given(st.text(alphabet="abc XYZ019.,:-()\n", max_size=60))
def test_plain_ascii_keeps_its_words(text: str) -> None:
    assert normalise_en(text).split() == text.split()


def test_flags_say_what_was_done_and_what_was_left() -> None:
    assert text_flags("plain", None) == []
    assert text_flags("It’s") == ["texturize_undone"]
    assert text_flags("plain", "“so”") == ["texturize_ambiguous"]
    assert text_flags("It’s — “so”") == ["texturize_ambiguous", "texturize_undone"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A Study: of LLMs", "a study of llms"),
        ("It’s 3×3", "It's 3x3"),
        ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"),
        ("L² norms", "L2 norms"),
        ("Straße", "STRASSE"),
        ("a &amp;amp; b", "a & b"),
    ],
)
def test_titles_that_are_the_same(one: str, other: str) -> None:
    assert title_key(one) == title_key(other) != ""


def test_titles_without_letters_differ() -> None:
    assert len({title_key("!?"), title_key("??"), title_key("…")}) == 3


@pytest.mark.parametrize(
    ("published", "normal"),
    [
        (r"Bj{\"o}rn {\O}st", "Björn Øst"),
        (r"\'{E}mile Fran\c{c}ois", "Émile François"),
        (r"{\v S}ime \v{C}ech", "Šime Čech"),
        (r"Gar\c con M\"uller", "Garçon Müller"),
        (r"Na\"{\i}ve Stra{\ss}e", "Naïve Straße"),
        (r"Pawe{\l} {\'A}k{\aa}", "Paweł Ákå"),
        (r"\.Zak \=Ari \^o \`a \~n", "Żak Āri ô à ñ"),
        ("J.  O’Neil,\u00a0Jr.", "J. O'Neil, Jr."),
        (r"Plain \LaTeX\ Name", r"Plain \LaTeX\ Name"),
        ("山田　太郎", "山田 太郎"),
    ],
)
def test_authors(published: str, normal: str) -> None:
    assert normalise_author(published) == normal
