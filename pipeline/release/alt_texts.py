"""What the card's pictures show, in words for those who do not see them."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.release.statistics import Count, Statistics


def alt_texts(figures: Statistics) -> dict[str, str]:
    """The finding of each picture, by its name; names in them are of fixed vocabularies or cut."""
    return {
        "months": _months(figures.months),
        "categories": _largest("Papers by arXiv category", figures.categories),
        "lengths": "Length of abstracts in characters: half of the English ones have more than "
        f"{figures.length_en:,.0f}, half of the Japanese ones more than {figures.length_ja:,.0f}",
        "translators": _largest("Papers by translation service", figures.translators),
        "flags": _largest("Papers by flag", figures.flags),
    }


def _months(months: Sequence[Count]) -> str:
    if not months:
        return "Papers by month of submission: none"
    most = max(months, key=lambda month: month.n)
    return (
        f"Papers by month of submission, {months[0].name} to {months[-1].name}: most, "
        f"{most.n:,}, in {most.name}"
    )


def _largest(title: str, counts: Sequence[Count]) -> str:
    """The three largest, with their numbers."""
    named = [f"{_plain(count.name) or 'not named'} {count.n:,}" for count in counts[:3]]
    return f"{title}: {', '.join(named) or 'none'}"


def _plain(name: str) -> str:
    """A name without what Markdown or HTML would read, at most 30 characters of it."""
    return "".join(c for c in name if c.isalnum() or c in " .-_")[:30].strip()
