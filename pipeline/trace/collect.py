"""Everything that snapshot, tables and archive know of a paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.archive.archive import Archive, ArchiveError, Capture
from pipeline.release.manifest import Snapshot
from pipeline.release.snapshot import snapshots
from pipeline.schema import Posts, Quarantine, Records
from pipeline.storage import TableStore
from pipeline.tables.observations import RECORD
from pipeline.trace.history import Change, changes_of
from pipeline.trace.reasons import Reason, reasons
from pipeline.trace.target import Target, TraceError

Row = dict[str, Any]

_ROLES = ("paper", "older_version", "duplicate", "removed", "quarantined")


@dataclass(frozen=True, slots=True)
class Observation:
    """An entry in which the paper was seen.

    Attributes:
        role: paper, older_version, duplicate, removed or quarantined.
        why: what decided it, in words.
        entry: its row of `posts`, with what the parser read; else what `versions` says of it.
        capture: what is known of the page in the archive: that it is whole, or what is wrong.
    """

    role: str
    why: str
    entry: Row
    capture: str


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of a paper.

    Attributes:
        target: what was asked for.
        snapshot: the version that was looked into; None without one.
        paper, pair: the paper's rows of `papers` and `en-ja`; empty where there are none.
        beads: its rows of `en-ja-sentences`, or the one that was asked for.
        versions: its rows of `versions`.
        observations: every entry in which it was seen, what stands for it first.
        reasons: why it has its flags.
        history: what each local snapshot did with it.
    """

    target: Target
    snapshot: str | None
    paper: Row = field(default_factory=dict)
    pair: Row = field(default_factory=dict)
    beads: list[Row] = field(default_factory=list)
    versions: list[Row] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    history: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a trace is followed to.

    Attributes:
        snapshot: the snapshot that is looked into, if any.
        tables: the pipeline's tables; None for a snapshot of somebody else.
        archive: the archive; it need not be there.
        snapshots: the folder of all local snapshots.
    """

    snapshot: Snapshot | None
    tables: TableStore | None
    archive: Archive
    snapshots: Path


def collect(
    target: Target,
    sources: Sources,
    *,
    part: tuple[str, str] | None = None,
    seen: bool = True,
) -> Trace:
    """All that is known of the target.

    Args:
        target: what is asked for.
        sources: where it is looked for.
        part: split and month of the paper in the snapshot, where they are known.
        seen: whether its observations and its history are wanted.

    Raises:
        TraceError: neither snapshot nor tables know the paper, its version or the bead.
        TableError: a table cannot be read.
        ManifestError: a data file of the snapshot is missing or damaged.
    """
    found = _observed(target, sources if seen else replace(sources, tables=None))
    ids = {target.paper_id, *found.get_column("paper_id"), *found.get_column("old_id")} - {None}
    rows = {
        config: _released(sources.snapshot, config, ids, part)
        for config in ("papers", "en-ja", "en-ja-sentences", "versions")
    }
    if not rows["papers"] and found.is_empty():
        raise TraceError(_unknown(target, sources))
    beads = rows["en-ja-sentences"]
    if target.bead is not None:
        beads = [row for row in beads if row["index"] == target.bead]
        if not beads:
            n_beads = len(rows["en-ja-sentences"])
            raise TraceError(f"{target.paper_id} has {n_beads} beads, counted from 0")
    paper, pair = ({**row[0]} if row else {} for row in (rows["papers"], rows["en-ja"]))
    observations = _observations(target, found, rows["versions"], sources) if seen else []
    if seen and target.version is not None and not observations:
        raise TraceError(f"{target.paper_id} was not seen in version {target.version}")
    return Trace(
        target=target,
        snapshot=sources.snapshot.version if sources.snapshot else None,
        paper=paper,
        pair=pair,
        beads=beads,
        versions=rows["versions"],
        observations=observations,
        reasons=reasons(paper, pair, beads),
        history=changes_of(ids, snapshots(sources.snapshots), part) if seen else [],
    )


def page_of(trace: Trace, archive: Archive) -> Capture:
    """The page on which the first of the trace's observations stands.

    Raises:
        TraceError: it has none.
        ArchiveError: the archive does not have it, or it is damaged.
    """
    if not trace.observations:
        raise TraceError(f"{trace.target.paper_id}: no capture of it is known")
    entry = trace.observations[0].entry
    return archive.read(entry["archive_file"], entry["record_offset"])


def _unknown(target: Target, sources: Sources) -> str:
    places = [f"snapshot {sources.snapshot.version}"] if sources.snapshot else []
    places += [f"the tables in {sources.tables.root}"] if sources.tables else []
    return (
        f"{target.paper_id}: no such paper in {' or '.join(places) or 'any snapshot or table'}; "
        "`arxiv-ja-en ledger` and `quarantine` list what did not become one"
    )


def _released(
    snapshot: Snapshot | None, config: str, ids: set[str], part: tuple[str, str] | None
) -> list[Row]:
    """The rows of a config that are of one of these papers, in their order."""
    files = snapshot.data_files(config, part) if snapshot else []
    if snapshot is None or not files:
        return []
    rows = pl.scan_parquet(files, include_file_paths="file").filter(
        pl.col("paper_id").is_in(sorted(ids))
    )
    found = rows.collect()
    for file in found.get_column("file").unique():
        snapshot.check(Path(file))
    return found.drop("file").to_dicts()


_OBSERVED = (*RECORD, "paper_id", "old_id", "version", "role", "role_reason")


def _observed(target: Target, sources: Sources) -> pl.DataFrame:
    """The key of each entry of the paper, with ids, version, role and why."""
    tables = sources.tables
    mine = []
    if tables is not None and tables.path("observations").exists():
        named = (pl.col("paper_id") == target.paper_id) | (pl.col("old_id") == target.paper_id)
        mine.append(tables.scan("observations").filter(named).select(_OBSERVED).collect())
    if tables is not None:
        mine.append(_quarantined(target, tables))
    found = [frame for frame in mine if frame.height]
    empty = pl.DataFrame(schema=dict.fromkeys(_OBSERVED, pl.String))
    return pl.concat(found, how="vertical_relaxed") if found else empty


def _quarantined(target: Target, tables: TableStore) -> pl.DataFrame:
    """The same of entries that name the paper and break a rule."""
    rows = tables.scan("quarantine", Quarantine).select(*RECORD, "reasons").collect()
    days = sorted({str(day) for day in rows.get_column("day")})
    named = tables.scan("posts", Posts, days).filter(pl.col("arxiv_id") == target.paper_id)
    return (
        named.select(*RECORD, "arxiv_id", "version")
        .join(rows.lazy(), on=RECORD)
        .select(
            *RECORD,
            paper_id="arxiv_id",
            old_id="arxiv_id",
            version="version",
            role=pl.lit("quarantined"),
            role_reason=pl.col("reasons").list.join(", "),
        )
        .collect()
    )


def _observations(
    target: Target, found: pl.DataFrame, versions: Sequence[Row], sources: Sources
) -> list[Observation]:
    """The observations, what stands for the paper first, then the newest."""
    rows = found.to_dicts() if sources.tables and found.height else _as_observed(versions)
    if target.version is not None:
        rows = [row for row in rows if row["version"] == target.version]
    entries = _entries(found, sources.tables)
    seen = []
    for row in rows:
        entry = {**row, **entries.get(tuple(row[name] for name in RECORD[1:]), {})}
        seen.append(Observation(row["role"], _why(row), entry, _capture(entry, sources.archive)))
    return sorted(
        seen,
        key=lambda o: (_ROLES.index(o.role), -(o.entry["version"] or 0), str(o.entry.get("day"))),
    )


def _as_observed(versions: Sequence[Row]) -> list[Row]:
    """What a snapshot alone says of where its texts were seen."""
    latest = max((row["version"] or 0 for row in versions), default=0)
    return [
        {
            **row,
            "entry_index": row.get("entry_index"),
            "role": "paper" if (row["version"] or 0) == latest else "older_version",
            "role_reason": None,
        }
        for row in versions
    ]


def _entries(found: pl.DataFrame, tables: TableStore | None) -> dict[tuple[Any, ...], Row]:
    """The rows of `posts`, with the flags of `records`, by their place in the archive."""
    if tables is None or found.is_empty():
        return {}
    days = sorted({str(day) for day in found.get_column("day")})
    keys = found.lazy().select(RECORD)
    posts = tables.scan("posts", Posts, days).join(keys, on=RECORD, how="semi")
    flags = tables.scan("records", Records, days).select(*RECORD, "flags", "pair_id")
    rows = posts.join(flags, on=RECORD, how="left").collect()
    return {tuple(row[name] for name in RECORD[1:]): row for row in rows.iter_rows(named=True)}


_WHY = {
    "paper": "stands for the paper: its latest version; the most complete and newest text of it",
    "older_version": "stands for an earlier version",
    "removed": "taken out on request",
    "quarantined": "breaks a rule",
    "same_text": "the same text as the one that stands for the version, captured later",
    "other_text": "another text of the version is more complete, or was posted later",
}


def _why(row: Row) -> str:
    reason = row["role_reason"]
    if row["role"] in ("quarantined", "removed"):
        return f"{_WHY[row['role']]}: {reason}"
    return _WHY[reason or row["role"]]


def _capture(entry: Row, archive: Archive) -> str:
    """Whether the archive has the page whole."""
    if not archive.folder.is_dir():
        return "there is no archive here"
    try:
        capture = archive.read(entry["archive_file"], entry["record_offset"])
    except ArchiveError as error:
        return str(error)
    if capture.payload_digest != entry["payload_digest"]:
        return f"another page: its digest is {capture.payload_digest}"
    return f"whole, {len(capture.payload):,} bytes, its digest is right"
