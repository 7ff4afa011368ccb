from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pair.features import english_sentence, japanese_sentence
from pipeline.pair.formulas import comparable, formulas
from pipeline.pair.signals import kept


def bodies(text: str) -> list[str]:
    return [formula.body.strip() for formula in formulas(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We let $x$ grow.", ["x"]),
        (r"In $ x^2 + y $ and $ n $ steps", ["x^2 + y", "n"]),
        (r"both \(a. b\) and \[c. d\]", ["a. b", "c. d"]),
        ("so $$x=1$$ holds", ["x=1"]),
        (r"a $\alpha$-$\beta$ mixture", [r"\alpha", r"\beta"]),
        ("$a$$b$", ["a", "b"]),
        (r"$a \\ b$ is a matrix", [r"a \\ b"]),
        (r"$\text{at \$5}$ each", [r"\text{at \$5}"]),
        ("全角の＄ｎ＄も式である", ["ｎ"]),
        # Money, and variables of a shell.
        ("It costs $5 a month or $50 a year.", []),
        ("US$3 million and US$4 million", []),
        ("between $5-$10 in total", []),
        (r"from \$5 to \$7", []),
        ("set $HOME and $PATH first", []),
        ("prices in $ and in € differ", []),
        ("a 5$ note or two, $ or not", []),
        # A stray sign swallows nothing.
        ("It costs $5, and $x$ grows.", ["x"]),
        ("It costs 5$ for $n$ runs of $k$-means.", ["n", "k"]),
        (r"Prices in $ and an error of $\epsilon$.", [r"\epsilon"]),
        ("$" * 21, []),
        ("", []),
    ],
)
def test_formulas_are_told_from_money(text: str, expected: list[str]) -> None:
    assert bodies(text) == expected


@given(st.text(st.sampled_from("$＄\\()[]x 5.^a\n"), max_size=80))
def test_formulas_are_in_order_and_do_not_overlap(text: str) -> None:
    at = 0
    for start, end, body, _ in formulas(text):
        assert at <= start < end
        assert body in text[start:end]
        at = end


@pytest.mark.parametrize(
    ("one", "other"),
    [("x^{2}", "x^2"), (r"\mathcal{O}(n)", r"\mathcal O(n)"), (r"\left(a\,b\right)", "(a b)")],
)
def test_formulas_that_look_alike_are_alike(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


def test_commands_that_begin_like_one_that_only_places_are_kept() -> None:
    assert comparable(r"\leftarrow x") != comparable("arrow x")


def test_a_formula_is_kept_between_other_delimiters() -> None:
    english = english_sentence(r"The error is $x^{2}$ at \(n=3\).")
    japanese = japanese_sentence(r"誤差は\(n=3\)で$x^2$である。")
    assert kept([english], [japanese]).latex_kept == 1.0
    assert kept([english], [japanese_sentence("誤差は小さい。")]).latex_kept == 0.0
