"""What changed between two snapshots: columns, counts, and papers with their ids."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from pipeline.release.manifest import Snapshot
from pipeline.validate.text import title_key

_TEXTS = ("title", "abstract_en", "abstract_ja")


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new in a snapshot against another.

    Attributes:
        before: the older snapshot's version; None where there is none.
        after: the newer snapshot's version.
        schema: one line for each change of a column.
        counts: rows before and after, by config and split.
        added: ids of papers that are new.
        revised: ids of papers whose version, title or abstract differs.
        removed: ids of papers that are gone.
        joined: ids of papers known by title only that are now part of a paper with an id.
        withdrawn: those of `removed` that are left out on request.
    """

    before: str | None
    after: str
    schema: tuple[str, ...]
    counts: Mapping[str, Mapping[str, tuple[int, int]]]
    added: tuple[str, ...]
    revised: tuple[str, ...]
    removed: tuple[str, ...]
    joined: tuple[str, ...]
    withdrawn: tuple[str, ...]

    @property
    def lost(self) -> tuple[str, ...]:
        """Papers that are gone and nobody asked for it."""
        return tuple(sorted(set(self.removed) - set(self.withdrawn)))

    def to_json(self) -> str:
        """As JSON, all ids listed."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def schema_changes(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> tuple[str, ...]:
    """One line for each column or config that is new, gone, of another type or place."""
    lines = []
    for config in sorted({*before, *after}):
        old, new = before.get(config), after.get(config)
        if old is None or new is None:
            lines.append(f"{config}: config {'added' if old is None else 'removed'}")
        else:
            lines += _column_changes(config, old, new)
    return tuple(lines)


def _column_changes(config: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    kept = [name for name in new if name in old]
    yield from (f"{config}.{name}: added, {new[name]}" for name in new if name not in old)
    yield from (f"{config}.{name}: removed" for name in old if name not in new)
    for name in kept:
        if old[name] != new[name]:
            yield f"{config}.{name}: {old[name]} became {new[name]}"
    if kept != sorted(kept, key=list(old).index):
        yield f"{config}: columns in another order"


def _counts(before: Snapshot | None, after: Snapshot) -> dict[str, dict[str, tuple[int, int]]]:
    old = before.manifest.counts() if before else {}
    new = after.manifest.counts()
    counts: dict[str, dict[str, tuple[int, int]]] = {}
    for config in dict.fromkeys([*old, *new]):
        was, now = old.get(config, {}), new.get(config, {})
        splits = dict.fromkeys([*was, *now])
        counts[config] = {split: (was.get(split, 0), now.get(split, 0)) for split in splits}
    return counts


def _papers(snapshot: Snapshot | None, other: Snapshot | None) -> pl.LazyFrame:
    """Papers in those files of `snapshot` that `other` does not hold as well."""
    files = _files_of_its_own(snapshot, other) if snapshot else []
    if not files:
        return pl.LazyFrame(
            schema={
                "paper_id": pl.String,
                "version": pl.Int16,
                "texts": pl.UInt64,
                "title": pl.String,
            }
        )
    return pl.scan_parquet(files).select(
        "paper_id",
        "version",
        pl.concat_str(_TEXTS, separator="\0").hash().alias("texts"),
        "title",
    )


def _files_of_its_own(snapshot: Snapshot, other: Snapshot | None) -> list[Path]:
    same = {entry.sha256 for entry in other.manifest.data_files.values()} if other else set()
    digests = snapshot.manifest.files
    return [
        file
        for file in snapshot.intact_files("papers")
        if digests[file.relative_to(snapshot.path).as_posix()].sha256 not in same
    ]


def _joined(gone: pl.DataFrame, after: Snapshot) -> list[str]:
    """Those papers without an id that are gone while a paper of their title is there."""
    nameless = gone.filter(pl.col("paper_id").str.starts_with("t-"))
    files = after.intact_files("papers")
    if nameless.is_empty() or not files:
        return []
    there = {
        title_key(title) for title in pl.scan_parquet(files).select("title").collect()["title"]
    }
    return [i for i, t in nameless.select("paper_id", "title").iter_rows() if title_key(t) in there]


def diff_snapshots(before: Snapshot | None, after: Snapshot) -> Changes:
    """What is new in `after`; everything, where there is no `before`.

    Only the files that differ are read.
    """
    old = _papers(before, after).collect()
    new = _papers(after, before).collect()
    gone = old.join(new, on="paper_id", how="anti")
    joined = _joined(gone, after)
    removed = set(gone["paper_id"]) - set(joined)
    both = old.join(new, on="paper_id", suffix="_new")
    revised = both.filter(
        pl.col("version").ne_missing(pl.col("version_new"))
        | (pl.col("texts") != pl.col("texts_new"))
    )
    return Changes(
        before=before.version if before else None,
        after=after.version,
        schema=schema_changes(before.manifest.schema, after.manifest.schema) if before else (),
        counts=_counts(before, after),
        added=_ids(new.join(old, on="paper_id", how="anti")["paper_id"]),
        revised=_ids(revised["paper_id"]),
        removed=_ids(removed),
        joined=_ids(joined),
        withdrawn=_ids(removed & set(after.manifest.withdrawn)),
    )


def _ids(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(ids))
