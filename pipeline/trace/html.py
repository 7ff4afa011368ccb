"""A trace as a page: everything on it is escaped, and it loads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.release.configs import BY_NAME
from pipeline.trace.collect import Trace
from pipeline.trace.reasons import shown

_TEMPLATES = Path(__file__).with_name("templates")


def environment(*folders: Path) -> Environment:
    """Templates of these folders and of the trace; what is put into them is escaped."""
    made = Environment(
        loader=FileSystemLoader([*folders, _TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "shown": shown,
        "pieces": pieces,
        "is_web": is_web,
        "fields": [(field.name, field.description) for field in BY_NAME["en-ja"].fields],
    }
    return made


def trace_page(trace: Trace) -> str:
    """The page of a trace, HTML that needs nothing beside it."""
    return environment().get_template("page.html.jinja").render(trace=trace)


def pieces(bead: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """The English side of a bead in pieces, each with whether the Japanese seems to drop it."""
    text, dropped = bead["translation"]["en"], bead["omission"]
    before, found, after = text.partition(dropped) if dropped else (text, "", "")
    return [(piece, piece is found) for piece in (before, found, after) if piece]


def is_web(address: str | None) -> bool:
    """Whether an address may be linked: a page of the web, not a script."""
    return (address or "").startswith(("http://", "https://"))
