"""The card's pictures, drawn from a snapshot's figures."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.release import svg
from pipeline.release.statistics import BIN, TOP, Count, Statistics

FOLDER = "images"


def draw(figures: Statistics) -> dict[str, str]:
    """Every picture as SVG, by its path in the snapshot."""
    papers = [month.n for month in figures.months]
    total = max(1, sum(papers))
    pictures = {
        "papers-by-month": svg.columns(
            "Papers by month of submission", [month.name for month in figures.months], [papers]
        ),
        "lengths": svg.columns(
            f"Length of abstracts in characters, {BIN} a bin",
            [f"{start:,}" for start, _, _ in figures.lengths],
            [[en for _, en, _ in figures.lengths], [ja for _, _, ja in figures.lengths]],
            names=("English", "Japanese"),
        ),
        "categories": _shares("Papers by arXiv category", figures.categories, total),
        "translators": _shares("Papers by translation service", figures.translators, total),
        "flags": _shares("Papers by flag", figures.flags, total),
    }
    return {f"{FOLDER}/{name}.svg": drawn for name, drawn in pictures.items()}


def _shares(title: str, counts: Sequence[Count], total: int) -> str:
    shown = counts[:TOP]
    names = [count.name or "(not named)" for count in shown]
    return svg.rows(title, names, [count.n for count in shown], total)
