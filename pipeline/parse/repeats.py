"""Lines of abstracts that many papers of a day share: what the site writes under every post.

Only the day itself is looked at, so that its posts depend on no other day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import filterfalse
from typing import Any

from pipeline.parse.foreign import Removed
from pipeline.parse.kinds import is_section_line

_ABSTRACTS = ("abstract_ja", "abstract_en")
_FEWEST = 3
"""Papers that must share a line."""
_SHARE = 0.25
"""Share of the day's papers that must."""


def cut_repeated(rows: Sequence[dict[str, Any]]) -> None:
    """Cut the lines out of a day's abstracts that a quarter of its papers share, and at least 3.

    The labels of a summary's parts are its template's, and stay, as does an abstract that would
    be left empty. What is cut is added to `removed_lines`.

    Args:
        rows: of `schema.Posts`, of one day; changed.
    """
    papers: dict[str, set[str]] = defaultdict(set)
    everyone: set[str] = set()
    for row in rows:
        if row["content"] == "entry":
            paper = row["arxiv_id"] or row["title"] or ""
            everyone.add(paper)
            for line in _lines(row):
                papers[line].add(paper)
    least = max(_FEWEST, _SHARE * len(everyone))
    shared = {line for line, of_papers in papers.items() if len(of_papers) >= least}
    if shared:
        for row in rows:
            _cut(row, shared)


def _lines(row: dict[str, Any]) -> Iterator[str]:
    for name in _ABSTRACTS:
        if row[name] and "\n" in row[name]:
            yield from filterfalse(is_section_line, row[name].split("\n"))


def _cut(row: dict[str, Any], shared: set[str]) -> None:
    for name in _ABSTRACTS:
        lines = (row[name] or "").split("\n")
        kept = [line for line in lines if line not in shared]
        if kept and len(kept) < len(lines):
            row[name] = "\n".join(kept)
            row["removed_lines"] += [
                Removed("repeated", line)._asdict() for line in lines if line in shared
            ]
