"""Small pictures as SVG: bars and histograms, the same bytes for the same numbers.

Each brings its own background, so that it can be read on a light page and on a dark one, and darker
colours for a reader who prefers them. Labels are set in the reader's own fonts, Japanese ones too.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from math import ceil
from xml.sax.saxutils import escape

WIDTH = 760
FONT_SIZE = 13

_STYLE = """\
<style>
.page{fill:#fff;stroke:#d0d7de}.bar{fill:#3b6fb6}.bar2{fill:#d98324}.grid{stroke:#e4e8ec}
text{fill:#1f2328;font:13px system-ui,-apple-system,"Hiragino Sans","Noto Sans CJK JP",sans-serif}
.title{font-size:15px;font-weight:600}.soft{fill:#59636e}
@media (prefers-color-scheme:dark){.page{fill:#15191f;stroke:#3d444d}.bar{fill:#6ea0e0}
.bar2{fill:#e5a158}.grid{stroke:#2b323a}text{fill:#e6edf3}.soft{fill:#9aa4af}}
</style>"""


_BARS = ("bar", "bar2")
"""The bars of the first kind and of the second, by their colour."""


def _number(value: float) -> str:
    """A coordinate: two decimals at most, none that say nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def text(x: float, y: float, content: str, anchor: str = "start", kind: str = "") -> str:
    """A line of text, escaped."""
    css = f' class="{kind}"' if kind else ""
    place = f'x="{_number(x)}" y="{_number(y)}" text-anchor="{anchor}"'
    return f"<text {place}{css}>{escape(content)}</text>"


def rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A filled rectangle."""
    sides = f'width="{_number(width)}" height="{_number(height)}"'
    return f'<rect x="{_number(x)}" y="{_number(y)}" {sides} class="{kind}"/>'


def line(x: float, y: float, to_x: float, to_y: float) -> str:
    """A line of the grid."""
    ends = f'x2="{_number(to_x)}" y2="{_number(to_y)}"'
    return f'<line x1="{_number(x)}" y1="{_number(y)}" {ends} class="grid"/>'


def picture(title: str, height: float, shapes: Sequence[str]) -> str:
    """The whole file: the title, and shapes on a page of their own."""
    box = f'viewBox="0 0 {WIDTH} {_number(height)}" width="{WIDTH}" height="{_number(height)}"'
    page = (
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{_number(height - 1)}" rx="6"'
        ' class="page"/>'
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">',
            f"<title>{escape(title)}</title>",
            _STYLE,
            page,
            text(20, 30, title, kind="title"),
            *shapes,
            "</svg>\n",
        ]
    )


def shorten(label: str, most: int) -> str:
    """A label on one line, at most `most` columns wide; a Japanese character takes two."""
    from rich.cells import cell_len, set_cell_size

    flat = " ".join(label.split())
    return flat if cell_len(flat) <= most else set_cell_size(flat, most - 1).rstrip() + "…"


def scale(top: float) -> list[float]:
    """Marks from 0 for an axis up to `top`: at most six, of 1, 2 or 5 times a power of ten."""
    steps = (digit * 10**power for power in count() for digit in (1, 2, 5))
    step = next(step for step in steps if top <= 5 * step)
    return [float(mark) for mark in range(0, max(step, ceil(top / step) * step) + 1, step)]


def rows(title: str, labels: Sequence[str], values: Sequence[int], total: int) -> str:
    """One bar a row, each with its count and its share of `total`."""
    left, right, pitch, top = 250, 110, 24, 48
    most = max(values, default=0) or 1
    shapes = []
    for place, (label, value) in enumerate(zip(labels, values, strict=True)):
        y = top + place * pitch
        length = (WIDTH - left - right) * value / most
        shapes += [
            text(left - 10, y + 15, shorten(label, 34), "end"),
            rect(left, y + 3, max(length, 1), pitch - 7, "bar"),
            text(left + length + 8, y + 15, f"{value:,} · {value / total:.1%}", kind="soft"),
        ]
    if not values:
        shapes.append(text(20, top + 15, "none", kind="soft"))
    return picture(title, top + max(1, len(values)) * pitch + 16, shapes)


def columns(
    title: str, labels: Sequence[str], series: Sequence[Sequence[int]], names: Sequence[str] = ()
) -> str:
    """One column a label, or two side by side, over an axis of counts; not every label is shown.

    Args:
        title: what stands above.
        labels: what stands below each column.
        series: the counts of one or two kinds, as many as there are labels.
        names: what the kinds are called, where there are two.
    """
    left, right, top, height, foot = 70, 20, 56, 190, 36
    marks = scale(max((v for values in series for v in values), default=0))
    base, pitch = top + height, (WIDTH - left - right) / max(1, len(labels))
    shapes = []
    for mark in marks:
        y = base - height * mark / marks[-1]
        shapes += [
            line(left, y, WIDTH - right, y),
            text(left - 8, y + 4, f"{mark:,.0f}", "end", "soft"),
        ]
    width = pitch * 0.8 / len(series)
    for number, (kind, values) in enumerate(zip(_BARS, series, strict=False)):
        shift, heights = pitch * 0.1 + number * width, [height * v / marks[-1] for v in values]
        shapes += [
            rect(left + i * pitch + shift, base - tall, width, tall, kind)
            for i, tall in enumerate(heights)
            if tall
        ]
    step = max(1, -(-len(labels) * 62 // (WIDTH - left - right)))
    shapes += [
        text(left + (i + 0.5) * pitch, base + 20, labels[i], "middle", "soft")
        for i in range(0, len(labels), step)
    ]
    return picture(title, base + foot, [*shapes, *_legend(names, float(WIDTH - right))])


def _legend(names: Sequence[str], x: float) -> list[str]:
    """What the colours stand for, beside the title, up to `x`."""
    shapes = []
    for kind, name in reversed(list(zip(_BARS, names, strict=False))):
        x -= len(name) * 7.5
        shapes += [rect(x - 18, 20, 12, 12, kind), text(x, 30, name)]
        x -= 36
    return shapes
