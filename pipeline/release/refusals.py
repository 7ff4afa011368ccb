"""What must not be published, and the notes without which columns may not change."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from pipeline.release.diff import schema_changes
from pipeline.release.manifest import Manifest, Snapshot

SCHEMAS = (
    ("7c68666ca25c4127", "First published schema."),
    (
        "be841b6ae29f63a1",
        "A new config `glossary`: English terms and their Japanese renderings. `versions` says "
        "which record and entry a text was read from: `record_id`, `entry_index`. `translation` of "
        "`en-ja` is on one line a side, and `ja_line_ends` says where the Japanese lines ended. "
        "`flags` of `en-ja` and `papers` names doubts alone: `texturize_undone` and "
        "`texturize_ambiguous`, which say what was done to the text, stand in the new `notes`. "
        "`kind` says whether the Japanese is a translation or a language model's summary, as in "
        "spring 2023; summaries left `en-ja` and `en-ja-sentences` for the new config "
        "`en-ja-summaries`. `title_ja` is the Japanese title, where there is one.",
    ),
)
"""Every version of the published columns, the first first: a hash that names them, and a note for
those who build on them. A test says which hash is missing."""

SCHEMA_NOTES = tuple(note for _, note in SCHEMAS)

SCHEMA_VERSION = len(SCHEMA_NOTES)


def refusals(manifest: Manifest, parent: Manifest, digest: str) -> list[str]:
    """Why a snapshot must not follow `parent`; nothing, where it may.

    It descends from it, not from another one of that name; it has at least as many papers, but for
    those removed on request and those known by title that were joined to a paper with an id; its
    columns are the parent's, unless a note on the schema says what changed.

    Args:
        manifest: that of the snapshot.
        parent: that of what it shall follow.
        digest: SHA-256 of the parent's manifest.
    """
    if not manifest.follows(parent, digest):
        named = parent.version in [step.version for step in manifest.history]
        which = "the published one, but another of its name" if named else "which is published"
        return [
            f"{manifest.version} does not descend from {parent.version}, {which}: publish from the "
            "data folder that made it, or bring it back by `arxiv-ja-en restore`"
        ]
    versions = [step.version for step in manifest.history]
    since = manifest.history[versions.index(parent.version) + 1 :]
    reasons = []
    least = parent.n_papers - sum(step.withdrawn + step.joined for step in since)
    if manifest.n_papers < least:
        reasons.append(
            f"{manifest.n_papers:,} papers where {parent.version} has {parent.n_papers:,} and only "
            f"{parent.n_papers - least:,} were removed on request or joined"
        )
    changed = schema_changes(parent.schema, manifest.schema)
    if changed and manifest.schema_version <= parent.schema_version:
        reasons.append(
            "columns changed without a note in pipeline/release/refusals.py: " + "; ".join(changed)
        )
    return reasons


def returned(snapshot: Snapshot, tombstones: Collection[str]) -> str | None:
    """Which papers of a snapshot had been taken out on request, in a line; None where none had.

    Args:
        snapshot: whose papers are looked through.
        tombstones: ids that are left out on request.
    """
    if not tombstones or not (files := snapshot.data_files("papers")):
        return None
    mine = pl.scan_parquet(files).filter(pl.col("paper_id").is_in(sorted(tombstones)))
    back = mine.select("paper_id").collect().get_column("paper_id").sort()
    if back.is_empty():
        return None
    names = ", ".join(back.head(3)) + (f" and {len(back) - 3:,} more" if len(back) > 3 else "")
    return (
        f"{names} had been taken out on request and would be published again: put removals.csv "
        "back from a back-up, or add a line of the kind reinstated for each"
    )
