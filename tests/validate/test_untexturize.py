"""Undoing WordPress's typography, against the site's own and by its table."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sample.texturize import texturize
from pipeline.validate.untexturize import AMBIGUOUS, UNDONE, undo_texturize

BOTH = (UNDONE, AMBIGUOUS)


@pytest.mark.parametrize(
    ("shown", "was", "flags"),
    [
        ("It’s", "It's", (UNDONE,)),
        ("‘so’", "'so'", (UNDONE,)),
        ("5′ 9″", "5' 9\"", (UNDONE,)),
        ("x″", "x″", ()),
        ("and so on…", "and so on...", (UNDONE,)),
        ("Barzilai–Borwein", "Barzilai--Borwein", (UNDONE,)),
        ("this – that", "this - that", (UNDONE,)),
        ("one –two", "one –two", ()),
        ("a—b", "a---b", (UNDONE,)),
        ("this — that", "this — that", (AMBIGUOUS,)),
        ("3×3 and 1024×768", "3x3 and 1024x768", (UNDONE,)),
        ("a × b", "a × b", ()),
        ("“so”", "“so”", (AMBIGUOUS,)),
        ("f” is its derivative", "f” is its derivative", (AMBIGUOUS,)),
        ("It’s “so”", "It's “so”", BOTH),
        ("plain", "plain", ()),
    ],
)
def test_table_of_marks(shown: str, was: str, flags: tuple[str, ...]) -> None:
    assert undo_texturize(shown) == (was, flags)


@pytest.mark.parametrize(
    ("shown", "was"),
    [
        ("彼は…と言う", "彼は…と言う"),
        ("結果——良好", "結果——良好"),
        ("3×3の畳み込み", "3x3の畳み込み"),
        ("LLM’sの", "LLM'sの"),
        ("GPT–4と", "GPT--4と"),
        ("‘引用’", "‘引用’"),
        ("A…B", "A...B"),
    ],
)
def test_japanese_keeps_its_own_marks(shown: str, was: str) -> None:
    assert undo_texturize(shown, japanese=True).text == was


WORDS = st.sampled_from(
    ["LLMs", "model's", "'so-called'", "e.g.", "...", "-", "--", "a--b", "3x3", "top-1", "1990s"]
)


@given(st.lists(WORDS, min_size=1, max_size=12))
def test_what_wordpress_did_for_certain_is_undone(words: list[str]) -> None:
    text = "start " + " ".join(words) + " end"
    shown = html.unescape(texturize(html.escape(text, quote=False)))
    undone = undo_texturize(shown)
    if AMBIGUOUS not in undone.flags:
        assert undone.text == text


@given(st.text(max_size=60))
def test_undoing_twice_changes_nothing_more(text: str) -> None:
    once = undo_texturize(text).text
    assert undo_texturize(once).text == once
