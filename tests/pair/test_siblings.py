"""Small cases of sentences, beads, numbers, formulas and flags, in `siblings.tsv`.

They were written before the rules were looked at. A column tells what is expected: the kinds of the
beads, whether numbers and formulas are kept, flags that are raised (+) or not (-), and words that
the omission quotes. Where sentences end is marked in the texts.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from pipeline.pair.abstracts import PairedAbstract, pair_abstract

_EXPECTED = re.compile(r"(beads|numbers|latex|flags|quote)=")


def _cases() -> list[list[str]]:
    with Path(__file__).with_name("siblings.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def _share(text: str) -> float | None:
    return None if text == "none" else float(text)


def _check(kind: str, expected: str, paired: PairedAbstract, en: str) -> None:
    omitted = [en[o.start : o.end] for scored in paired.beads if (o := scored.omission)]
    match kind:
        case "beads":
            assert [scored.bead.kind for scored in paired.beads] == expected.split(",")
        case "numbers":
            assert paired.signals.numbers_kept == _share(expected)
        case "latex":
            assert paired.signals.latex_kept == _share(expected)
        case "quote":
            assert any(expected in words for words in omitted)
        case _:
            for flag in expected.split(","):
                assert (flag[1:] in paired.flags) == (flag[0] == "+"), (flag, paired.flags)


@pytest.mark.parametrize(
    ("what", "en", "ja", "expected"),
    [
        pytest.param(
            what,
            en,
            ja,
            expected,
            id=f"{point}-{what}",
            marks=[pytest.mark.xfail(strict=True, reason="the bead breaks")]
            if what == "two thirds dropped"
            else [],
        )
        for point, what, en, ja, expected in _cases()
    ],
)
def test_a_case_comes_out_as_expected(what: str, en: str, ja: str, expected: str) -> None:
    english, japanese = en.replace("‖", ""), ja.replace("‖", "")
    paired = pair_abstract(english, japanese)
    assert [english[slice(*at)] for at in paired.english] == [s.strip() for s in en.split("‖")]
    assert [japanese[slice(*at)] for at in paired.japanese] == [s.strip() for s in ja.split("‖")]
    _, *parts = _EXPECTED.split(expected)
    assert parts, what
    for kind, value in zip(parts[::2], parts[1::2], strict=True):
        _check(kind, value.strip(), paired, english)
