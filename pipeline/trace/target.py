"""What a person asks about: a paper, one of its versions, or one of its beads."""

from __future__ import annotations

import re
from typing import NamedTuple

from pipeline.tables.removals import named_paper

_ROW = re.compile(r"(?P<paper>.+?)(?:v(?P<version>[1-9]\d{0,3}))?(?:#(?P<index>\d{1,6}))?")


class TraceError(ValueError):
    """What is asked for cannot be traced; the message says why, on one line."""


class Target(NamedTuple):
    """A paper, and what of it is meant."""

    paper_id: str
    version: int | None = None
    """Its latest, where none is named."""
    bead: int | None = None
    """`index` of a row of `en-ja-sentences`."""


def read_target(text: str) -> Target:
    """The target that `text` names: `2503.90012`, `2503.90012v2`, `2503.90012#4`, an address.

    Raises:
        TraceError: it names no paper.

    >>> read_target("hep-th/9901001v2#3")
    Target(paper_id='hep-th/9901001', version=2, bead=3)
    >>> read_target("https://arxiv.org/abs/2503.90012v1").version
    1
    """
    match = _ROW.fullmatch(text.strip())
    paper_id = named_paper(match["paper"]) if match else None
    if match is None or paper_id is None:
        raise TraceError(
            f"{text!r} names no paper: write its id, such as 2503.01234, 2503.01234v2 or "
            "t-0123456789abcdef, and #4 after it for a row of en-ja-sentences"
        )
    version, index = (int(match[name]) if match[name] else None for name in ("version", "index"))
    return Target(paper_id, version, index)
