"""`CHANGES.md`, and the same for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.release.diff import Changes
from pipeline.release.refusals import SCHEMA_NOTES

CHANGES = "CHANGES.md"

LISTED = 1000
"""Ids of each kind that the page lists; `arxiv-ja-en diff --json` lists all."""


def _signed(before: int, after: int) -> str:
    return f"{after - before:+,}" if after != before else "±0"


def _id_lines(title: str, ids: Sequence[str], listed: int) -> list[str]:
    if not ids:
        return []
    lines = [f"## {title}: {len(ids):,}", "", ", ".join(f"`{i}`" for i in ids[:listed])]
    if len(ids) > listed:
        lines.append(f"… and {len(ids) - listed:,} more.")
    return [*lines, ""]


def changes_markdown(changes: Changes, listed: int = LISTED) -> str:
    """The changes as Markdown; the ids of a first snapshot, which are all, are not listed."""
    if changes.before is None:
        head = f"{changes.after} is the first snapshot."
    else:
        head = f"{changes.after} against {changes.before}."
    lines = ["# Changes", "", head, "", "| config | split | rows | change |", "|---|---|---:|---:|"]
    for config, splits in changes.counts.items():
        for split, (before, after) in splits.items():
            lines.append(f"| {config} | {split} | {after:,} | {_signed(before, after)} |")
    lines.append("")
    if changes.schema:
        lines += ["## Columns", "", f"{SCHEMA_NOTES[-1]}", ""]
        lines += [*(f"- `{line}`" for line in changes.schema), ""]
    if changes.before is not None:
        lines += _paper_lines(changes, listed)
    return "\n".join(lines)


def _paper_lines(changes: Changes, listed: int) -> list[str]:
    lines = [
        *_id_lines("Added", changes.added, listed),
        *_id_lines("Revised", changes.revised, listed),
        *_id_lines("Now known by their arXiv id", changes.joined, listed),
        *_id_lines("Removed on request", changes.withdrawn, len(changes.withdrawn)),
        *_id_lines("Removed", changes.lost, listed),
    ]
    return lines or ["No paper was added, revised or removed.", ""]
