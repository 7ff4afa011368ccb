"""What of a paper is in a data folder, and its erasure from the archive and from old snapshots."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import polars as pl
from filelock import FileLock

from pipeline.archive.archive import Archive, ArchiveError
from pipeline.archive.redaction import redact
from pipeline.erase.document import Document, ErasureError, without_post
from pipeline.release.manifest import open_snapshot
from pipeline.release.snapshot import LOCK, snapshots
from pipeline.schema import Posts
from pipeline.settings import Settings
from pipeline.storage import TableStore
from pipeline.tables.removals import (
    RemovalsError,
    named_paper,
    read_removals,
    reinstated,
    require_removals,
)


class Place(NamedTuple):
    """A post in a capture, or an entry of a text."""

    archive_file: str
    record_offset: int
    post_id: int | None
    raws: tuple[str, ...]


@dataclass(frozen=True)
class LocalErasure:
    """What a data folder holds of a paper.

    Attributes:
        paper_id: as it was asked for.
        paper_ids: every id that it ever had.
        is_requested: whether `removals.csv` asks for its removal.
        places: where it stands in the archive.
        days: the digest days of these captures.
        snapshots: the local snapshots that hold it, oldest first.
        is_released: whether the newest of all holds it.
        titles: what it is called.
    """

    paper_id: str
    paper_ids: frozenset[str]
    is_requested: bool
    places: tuple[Place, ...]
    days: tuple[date, ...]
    snapshots: tuple[Path, ...]
    is_released: bool
    titles: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """What is to be done, one line each."""
        if not self.is_requested:
            yield f"add {self.paper_id} to removals.csv, which keeps it out of every release"
        if self.places:
            files = len({place.archive_file for place in self.places})
            records = len({place[:2] for place in self.places})
            yield f"take it out of {records:,} records in {files:,} files of the archive"
            yield f"make {', '.join(map(str, self.days))} and the tables anew, and release"
        elif self.is_released:
            yield "make the tables anew, and release"
        for folder in self.snapshots:
            yield f"delete the local snapshot {folder.name}"


def plan_local_erasure(paper_id: str, now: Settings) -> LocalErasure:
    """What of the paper is in the data folder; nothing is changed.

    Args:
        paper_id: its id, as it is published.
        now: the settings that name the data folder.

    Raises:
        TableError: a table cannot be read.
        RemovalsError: the list of removals cannot be read, or takes the request back.
    """
    tables = TableStore(now.tables_dir)
    ids, rows = _rows(paper_id, tables)
    places = (
        rows.group_by("archive_file", "record_offset", "post_id")
        .agg("raw")
        .sort("archive_file", "record_offset", "post_id")
    )
    folders = snapshots(now.snapshots_dir)
    holding = [folder for folder in folders if _holds(folder, ids)]
    asked: list[str] = []
    if now.removals_file.exists():
        requests = read_removals(now.removals_file)
        if ids & {*reinstated(requests)}:
            raise RemovalsError(
                f"{now.removals_file}: a line of the kind reinstated lets {paper_id} be published: "
                "delete it, then erase"
            )
        asked = requests.filter(pl.col("kind").is_in(["paper_id", "arxiv_id"]))["value"].to_list()
    return LocalErasure(
        paper_id=paper_id,
        paper_ids=frozenset(ids),
        is_requested=bool(ids & {named_paper(value) for value in asked}),
        places=tuple(
            Place(file, offset, post_id, tuple(raws))
            for file, offset, post_id, raws in places.iter_rows()
        ),
        days=tuple(sorted({*rows["day"]})),
        snapshots=tuple(holding),
        is_released=bool(folders) and folders[-1] in holding,
        titles=tuple(sorted({*rows["title"].drop_nulls()})),
    )


def request_removal(erasure: LocalErasure, now: Settings, day: date) -> None:
    """Add the paper to the list of removals, unless it is there."""
    if erasure.is_requested:
        return
    require_removals(now.removals_file, ())
    text = now.removals_file.read_text(encoding="utf-8")
    with now.removals_file.open("a", encoding="utf-8", newline="") as file:
        if not text.endswith("\n"):
            file.write("\n")
        row = ("paper_id", erasure.paper_id, day.isoformat(), "erased")
        csv.writer(file, lineterminator="\n").writerow(row)


def erase_captures(erasure: LocalErasure, archive: Archive) -> list[str]:
    """Take the paper out of the archive.

    Returns:
        What could not be done, one line each; the rest is.
    """
    failed: list[str] = []
    bodies: dict[str, dict[int, bytes]] = {}
    for place in erasure.places:
        try:
            capture = archive.read(place.archive_file, place.record_offset)
            origin = archive.origin(place.archive_file, place.record_offset)
        except ArchiveError as error:
            failed.append(str(error))
            continue
        of_file = bodies.setdefault(origin[0], {})
        body = of_file.get(origin[1], capture.payload)
        document = Document(body, capture.content_type, capture.url)
        try:
            left = without_post(document, place.post_id, place.raws)
        except ErasureError as error:
            failed.append(
                f"{place.archive_file} at byte {place.record_offset:,} ({capture.url}): {error}"
            )
            continue
        if left != capture.payload:
            of_file[origin[1]] = left
    for name, new in bodies.items():
        if new:
            try:
                redact(archive.folder, name, new)
            except ArchiveError as error:
                failed.append(str(error))
    return failed


def imported_files(erasure: LocalErasure, archive: Archive, inbox: Path) -> list[Path]:
    """The files in the inbox from which captures of the paper were taken, if still there."""
    places = pl.DataFrame(
        [place[:2] for place in erasure.places],
        schema={"archive_file": pl.String, "record_offset": pl.Int64},
        orient="row",
    )
    sources = archive.records().join(places, on=[*places.columns], how="semi")["source"]
    names = {
        unquote_to_bytes(note["kept_as"])
        for note in archive.notes("inbox")
        if note["digest"] in sources and note.get("kept_as")
    }
    files = (inbox / "done" / os.fsdecode(name) for name in names)
    return sorted(file for file in files if file.exists())


def delete_snapshots(erasure: LocalErasure, now: Settings) -> None:
    """Delete the local snapshots that hold the paper, but never the newest."""
    with FileLock(now.snapshots_dir / LOCK):
        newest = snapshots(now.snapshots_dir)[-1:]
        for folder in erasure.snapshots:
            if [folder] != newest:
                shutil.rmtree(folder)


def _rows(paper_id: str, tables: TableStore) -> tuple[set[str], pl.DataFrame]:
    """The ids of the paper, and the rows of `posts` that are of it.

    In another capture its post may show an excerpt of it, or no id. Rows of other papers that stand
    in the same post are not of it.
    """
    ids = {paper_id}
    key = ["archive_file", "record_offset", "entry_index"]
    observed = pl.DataFrame(schema=dict(zip(key, [pl.String, pl.Int64, pl.Int32], strict=True)))
    if tables.path("observations").exists():
        named = (pl.col("paper_id") == paper_id) | (pl.col("old_id") == paper_id)
        found = tables.scan("observations").filter(named).collect()
        ids |= {*found["paper_id"], *found["old_id"].drop_nulls()}
        observed = found.select(key).cast(observed.schema)
    posts = tables.scan("posts", Posts)
    columns = ["day", *key, "post_id", "raw", "title"]
    mine = pl.concat(
        [
            posts.filter(pl.col("arxiv_id").is_in(sorted(ids))).select(columns),
            posts.select(columns).join(observed.lazy(), on=key, how="semi"),
        ]
    )
    rows = mine.unique().collect()
    post_ids = rows["post_id"].drop_nulls().unique().to_list()
    elsewhere = (
        posts.filter(pl.col("post_id").is_in(post_ids), pl.col("arxiv_id").is_null())
        .select(columns)
        .join(rows.lazy(), on=[*key[:2], "post_id"], how="anti")
        .collect()
    )
    return ids, pl.concat([rows, elsewhere]).unique().sort("day", *key)


def _holds(folder: Path, ids: set[str]) -> bool:
    files = open_snapshot(folder).data_files("versions")
    mine = pl.col("paper_id").is_in(sorted(ids))
    return bool(files) and not pl.scan_parquet(files).filter(mine).head(1).collect().is_empty()
