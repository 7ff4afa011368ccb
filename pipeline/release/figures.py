"""The card's pictures, drawn from a snapshot's figures."""

from __future__ import annotations

from pipeline.release import svg
from pipeline.release.statistics import BIN, TOP, Statistics

FOLDER = "images"


def draw(figures: Statistics) -> dict[str, str]:
    """Every picture as SVG, by its path in the snapshot."""
    papers = max(1, sum(month.n for month in figures.months))
    pictures = {
        "papers-by-month": svg.columns(
            "Papers by month of submission",
            [month.name for month in figures.months],
            [[month.n for month in figures.months]],
        ),
        "lengths": svg.columns(
            f"Length of abstracts in characters, {BIN} a bin",
            [f"{start:,}" for start, _, _ in figures.lengths],
            [[en for _, en, _ in figures.lengths], [ja for _, _, ja in figures.lengths]],
            names=("English", "Japanese"),
        ),
    }
    for name, title, counts in (
        ("categories", "Papers by arXiv category", figures.categories),
        ("translators", "Papers by translation service", figures.translators),
        ("flags", "Papers by flag", figures.flags),
    ):
        shown = counts[:TOP]
        pictures[name] = svg.rows(
            title,
            [count.name or "(not named)" for count in shown],
            [count.n for count in shown],
            papers,
        )
    return {f"{FOLDER}/{name}.svg": drawn for name, drawn in pictures.items()}
