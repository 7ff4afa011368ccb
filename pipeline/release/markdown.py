"""Putting texts that others wrote into Markdown, where they must stay mere text."""

from __future__ import annotations

import string

_ENTITIES = {ord(mark): f"&#{ord(mark)};" for mark in string.punctuation}


def flat(text: str) -> str:
    """The text on one line, without control characters; for HTML, where it is escaped as well."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def literal(text: str) -> str:
    """The text as Markdown and HTML that shows it and does nothing else.

    Every mark of ASCII becomes a character reference: none of them can begin a link, a tag, a
    table's column or any other construct (CommonMark 0.31, 2.5).
    """
    return flat(text).translate(_ENTITIES)


def cell(text: str) -> str:
    """Our own Markdown in a table's cell."""
    return flat(text).replace("|", "\\|")
