"""The small texturize against what WordPress's own gives."""

from __future__ import annotations

import html

import pytest

from pipeline.sample import texturize


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("the authors' own, isn't it", "the authors’ own, isn’t it"),
        ('a "quoted" word', "a “quoted” word"),
        ('("inside")', "(“inside”)"),
        ("``skimmed'' its", "“skimmed” its"),
        ("'single' quotes", "‘single’ quotes"),
        ("in the '90s", "in the ’90s"),
        ("wait...", "wait…"),
        ("Cayley--Bacharach", "Cayley–Bacharach"),
        ("one - two", "one – two"),
        ("a -- b", "a — b"),
        ("a---b", "a—b"),
        ("cross-lingual", "cross-lingual"),
        ("a 3x3 grid", "a 3×3 grid"),
        ("0x1F", "0x1F"),
        ("x2", "x2"),
        ("5' and 6\"", "5′ and 6″"),
        ("R&D", "R&D"),
        ("「引用」...である", "「引用」…である"),
        ("$n$-th", "$n$-th"),
    ],
)
def test_text(typed: str, shown: str) -> None:
    assert html.unescape(texturize.texturize(html.escape(typed, quote=False))) == shown


@pytest.mark.parametrize(
    "untouched",
    ['<a href="http://example.org/a--b">', "<!-- it's -->", "<code>'a' -- b</code>"],
)
def test_markup_and_code_stay(untouched: str) -> None:
    assert texturize.texturize(f"x {untouched} y") == f"x {untouched} y"
