"""Calibration of a score: a table of bins, and its plot as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

Bin = tuple[float, float, int, float, float]
"""From, to, how many, their mean score, the share that is right."""

EDGES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)

SIZE, MARGIN = 320, 46


def bins(scored: Sequence[tuple[float, bool]]) -> list[Bin]:
    """(score, is right) by bins; empty ones are left out."""
    table = []
    for low, high in pairwise(EDGES):
        inside = [pair for pair in scored if low <= pair[0] < high or (high == 1.0 == pair[0])]
        if inside:
            count = len(inside)
            mean = sum(score for score, _ in inside) / count
            table.append((low, high, count, mean, sum(right for _, right in inside) / count))
    return table


def draw(table: Sequence[Bin], file: Path) -> None:
    """Plot the share that is right over the mean score; the area of a dot is its bin's size."""
    most = max(row[2] for row in table)

    def x(value: float) -> float:
        return MARGIN + value * SIZE

    def y(value: float) -> float:
        return 10 + (1 - value) * SIZE

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE + MARGIN + 20} '
        f'{SIZE + 60}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#999" stroke-dasharray="4"/>',
        f'<path d="M{x(0)} {y(1)}V{y(0)}H{x(1)}" stroke="#333" fill="none"/>',
    ]
    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1):
        parts.append(f'<text x="{x(tick)}" y="{y(0) + 16}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{x(0) - 8}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    for _, _, count, mean, right in table:
        radius = 3 + 9 * (count / most) ** 0.5
        parts.append(
            f'<circle cx="{x(mean):.1f}" cy="{y(right):.1f}" r="{radius:.1f}" fill="#2b6cb0" '
            f'fill-opacity="0.7"><title>{count} beads, mean {mean:.3f}, right {right:.3f}</title>'
            "</circle>"
        )
    parts.append(f'<text x="{x(0.5)}" y="{y(0) + 36}" text-anchor="middle">mean score</text>')
    parts.append(
        f'<text transform="translate(14 {y(0.5)}) rotate(-90)" text-anchor="middle">'
        "share of beads that are right</text></svg>\n"
    )
    file.write_text("\n".join(parts), encoding="utf-8")
