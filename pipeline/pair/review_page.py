"""The page on which a person judges sentence pairs: two texts side by side, beads, flags."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.pair.abstracts import Omission, PairedAbstract, ScoredBead

_TEMPLATE = Path(__file__).with_name("page.html.jinja")

ReviewItem = tuple[str, str, str, PairedAbstract]
"""A name, the English and the Japanese abstract, and what was found out about them."""


def _pieces(en: str, start: int, end: int, omission: Omission | None) -> list[tuple[str, bool]]:
    """A sentence in pieces, each with whether it seems dropped."""
    if omission is None or omission.end <= start or end <= omission.start:
        return [(en[start:end], False)]
    first, last = max(start, omission.start), min(end, omission.end)
    pieces = [(en[start:first], False), (en[first:last], True), (en[last:end], False)]
    return [piece for piece in pieces if piece[0]]


def _bead(scored: ScoredBead, en: str, ja: str, paired: PairedAbstract) -> dict[str, object]:
    bead = scored.bead
    return {
        "kind": bead.kind,
        "score": f"{scored.score:.2f}",
        "rank": "good" if scored.score >= 0.9 else "doubt" if scored.score >= 0.5 else "bad",
        "flags": scored.flags,
        "en": [
            (index, _pieces(en, *paired.english[index], scored.omission))
            for index in range(bead.en_start, bead.en_end)
        ],
        "ja": [
            (index, ja[slice(*paired.japanese[index])])
            for index in range(bead.ja_start, bead.ja_end)
        ],
    }


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def render_page(abstracts: Sequence[ReviewItem]) -> str:
    """The page, self-contained HTML; every text on it is escaped."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        abstracts=[
            {
                "name": name,
                "flags": paired.flags,
                "signals": [
                    (label.replace("_", " "), _shown(value))
                    for label, value in paired.signals._asdict().items()
                ],
                "beads": [_bead(scored, en, ja, paired) for scored in paired.beads],
            }
            for name, en, ja, paired in abstracts
        ]
    )


def write_page(abstracts: Sequence[ReviewItem], file: Path) -> None:
    """Write the page of `abstracts`.

    Raises:
        OSError: it cannot be written.
    """
    file.write_text(render_page(abstracts), encoding="utf-8")
