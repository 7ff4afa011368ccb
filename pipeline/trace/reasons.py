"""Why a paper has its flags: what each means, and the numbers that raised it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.pair.abstracts import LEAST_COVERAGE, MISALIGNED_BEAD, MISALIGNED_PAIR
from pipeline.pair.signals import UNTRANSLATED_RATIO
from pipeline.release.card import FLAG_NOTES

Row = Mapping[str, Any]

_OF_PAIR: Mapping[str, tuple[tuple[str, str], ...]] = {
    "misaligned": (
        ("alignment_score", f"raised below {MISALIGNED_PAIR}"),
        ("sentence_coverage", f"raised below {LEAST_COVERAGE}"),
    ),
    "no_text": (("length_ratio", ""),),
    "omission_suspected": (("lexicon_coverage", ""), ("length_z", ""), ("omissions", "")),
    "repeated": (("duplicate_sentences", "raised from 1 on, or where other words say the same"),),
    "truncated": (("unfinished_end", "looked at when true; raised when the last bead is 1-0"),),
    "untranslated": (
        ("script_ratio", f"a sentence is doubted below {UNTRANSLATED_RATIO}, or for English prose"),
    ),
    "date_before_id_month": (("version_date", ""), ("paper_id", "")),
    "missing_categories": (("categories", "raised when empty"),),
    "unknown_category": (("categories", ""),),
}
"""Flag to the columns that it depends on, and when they raise it, where one number says so."""

_OF_BEAD: Mapping[str, tuple[str, ...]] = {
    "misaligned": ("score",),
    "omission_suspected": ("omission", "length_z"),
}


class Reason(NamedTuple):
    """A flag of a paper or bead."""

    flag: str
    note: str
    """What it means; empty for one that this code does not know."""
    numbers: tuple[tuple[str, str, str], ...]
    """Column, value and when it raises the flag."""
    beads: tuple[int, ...]
    """Indexes of the beads that have it."""


def reasons(paper: Row, pair: Row, beads: Sequence[Row]) -> list[Reason]:
    """Why the paper and its pair have their flags, by name.

    Args:
        paper: its row of `papers`.
        pair: its row of `en-ja`; may be empty.
        beads: its rows of `en-ja-sentences`.
    """
    known = {**paper, **pair}
    flags = {*(paper.get("flags") or ()), *(pair.get("flags") or ())}
    flags |= {flag for bead in beads for flag in bead["flags"]}
    return [_reason(flag, known, beads) for flag in sorted(flags)]


def bead_reasons(bead: Row) -> list[str]:
    """Why a bead has its flags, a line each."""
    lines = []
    for flag in bead["flags"]:
        told = [f"{name} {shown(bead[name])}" for name in _OF_BEAD.get(flag, ()) if name in bead]
        if flag == "misaligned":
            told.append(f"raised below {MISALIGNED_BEAD}")
        lines.append(": ".join([flag, "; ".join(told) or FLAG_NOTES.get(flag, "")]))
    return lines


def _reason(flag: str, known: Row, beads: Sequence[Row]) -> Reason:
    numbers = tuple(
        (column, shown(known[column]), when)
        for column, when in _OF_PAIR.get(flag, ())
        if column in known
    )
    having = tuple(bead["index"] for bead in beads if flag in bead["flags"])
    return Reason(flag, FLAG_NOTES.get(flag, ""), numbers, having)


def shown(value: object) -> str:
    """A value of a table as a person reads it; a dash where it is not known."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list):
        return "; ".join(map(shown, value)) or "none"
    return str(value)
