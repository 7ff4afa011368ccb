"""Garbled Japanese is found, and a mixture of scripts is not taken for it.

The cases were written before the rules, by the kinds of damage and of mixtures.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipeline.pair.abstracts import pair_abstract
from pipeline.pair.garbled import is_garbled

CASES = Path(__file__).with_name("garbled.tsv")


def rows() -> list[tuple[bool, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(lines)
        return [(garbled == "1", text) for garbled, text in lines]


def test_precision_and_recall_on_the_cases() -> None:
    marks = [(is_garbled(text), garbled) for garbled, text in rows()]
    both = sum(flagged and garbled for flagged, garbled in marks)
    assert len(marks) >= 300
    assert both / sum(flagged for flagged, _ in marks) >= 0.95
    assert both / sum(garbled for _, garbled in marks) >= 0.9


def test_markup_that_the_english_has_as_well_is_the_authors_own() -> None:
    assert is_garbled("Nu ∼ Ra^{1.7}である。", "Then Nu ~ Ra.")
    assert not is_garbled("Nu ∼ Ra^{1.7}である。", "Then Nu ~ Ra^{1.7}.")


@pytest.mark.parametrize("text", ["灯台\ud835の値", "x\x85y"])
def test_what_no_file_can_hold_is_garbled(text: str) -> None:
    assert is_garbled(text)


def test_a_garbled_sentence_flags_its_bead_and_its_pair() -> None:
    paired = pair_abstract(
        "The keeper reads the log. The light is bright.", "灯台守は日誌を読む。光は明cleるい。"
    )
    assert [("garbled" in scored.flags) for scored in paired.beads] == [False, True]
    assert "garbled" in paired.flags
