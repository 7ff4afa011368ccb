"""The archive: WARC files that are written once, and the index by which they are read.

archive = Archive(settings().archive_dir)
for capture in archive.captures(archive.index().filter(pl.col("day") == day)):
    ...
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.archive.index import SCHEMA, Index
from pipeline.archive.reader import ArchiveError, Record, read_record
from pipeline.archive.redactions import current_digests
from pipeline.archive.verification import Damage, damaged_records, lost_files
from pipeline.archive.writer import Exchange, WarcWriter

logger = logging.getLogger(__name__)

__all__ = ["Archive", "ArchiveError", "Capture"]


@lru_cache(maxsize=1000)
def _warn_once(line: str) -> None:
    """Log a line once a process: every step of a run opens the archive anew."""
    logger.warning("%s", line)


@dataclass(frozen=True, slots=True)
class Capture:
    """One archived response that has posts of a digest day."""

    day: date
    url: str
    kind: str
    status: int
    content_type: str | None
    announced: int | None
    captured_at: datetime
    archive_file: str
    record_offset: int
    record_id: str
    payload_digest: str
    payload: bytes
    """The decoded body."""


@dataclass
class Archive:
    """The WARC files of a folder.

    Attributes:
        folder: where they are; it need not exist yet.
    """

    folder: Path

    def __post_init__(self) -> None:
        self._scanned: tuple[list[tuple[str, int]], pl.DataFrame, list[Damage]] | None = None
        self._bodies: dict[str, tuple[str, int]] = {}
        self._redacted = current_digests(self.folder)

    def files(self) -> list[Path]:
        """The WARC files, oldest first."""
        return sorted(self.folder.glob("*.warc.gz"))

    def records(self) -> pl.DataFrame:
        """One row per record that says something, as `index.SCHEMA` describes it.

        What is known to be damaged is named in the log.

        Raises:
            ArchiveError: a file in the folder is not of the archive.
        """
        return self._scan()[0]

    def damages(self) -> list[Damage]:
        """What is known to be missing or damaged, without verifying anything.

        Files that are not there or not as long as they were, and records that were found damaged
        when they were read. A day that a damaged file has captures of may lack some in `index()`.

        Raises:
            ArchiveError: a file in the folder is not of the archive.
        """
        return self._scan()[1]

    def _scan(self) -> tuple[pl.DataFrame, list[Damage]]:
        state = [(path.name, path.stat().st_size) for path in self.files()]
        if self._scanned is None or state != self._scanned[0]:
            index = Index(self.folder)
            damages = list(lost_files(self.folder, index, dict(state)))
            frames = [index.of(self.folder / name, size) for name, size in state if size]
            lost = {damage.file for damage in damages}
            damages += [found for found in damaged_records(index) if found.file not in lost]
            for damage in damages:
                _warn_once(str(damage))
            records = pl.concat([pl.DataFrame(schema=SCHEMA), *frames])
            # A revisit of a body that something was erased from stands for what is left of it.
            self._redacted = current_digests(self.folder)
            records = records.with_columns(pl.col("payload_digest").replace(self._redacted))
            self._scanned = (state, records, damages)
        return self._scanned[1:]

    def index(self) -> pl.DataFrame:
        """What the archive holds of every day, a frame of `schema.Captures`, oldest first.

        Raises:
            ArchiveError: a file in the folder is not of the archive.
        """
        from pipeline.schema import (
            Captures,
            polars_schema,
        )  # 100 MB that the crawler can do without

        return (
            self.records()
            .filter(pl.col("kind").is_not_null() & (pl.col("days").list.len() > 0))
            .explode("days")
            .rename({"days": "day"})
            .select(polars_schema(Captures).names())
        )

    def notes(self, subject: str) -> list[dict[str, Any]]:
        """What runs said about `subject` (`day`, `run`, `inbox`), oldest first."""
        import json

        mine = pl.col("url") == f"urn:arxiv-ja-en:{subject}"
        return [json.loads(note) for note in self.records().filter(mine)["note"]]

    def torn(self) -> dict[str, int]:
        """Files that end within an exchange (a run was killed), and the bytes of it there are."""
        ends = dict(
            self.records().group_by("archive_file").agg(pl.col("record_end").max()).iter_rows()
        )
        sizes = {path.name: path.stat().st_size for path in self.files()}
        left = {name: size - ends.get(name, 0) for name, size in sizes.items()}
        return {name: size for name, size in left.items() if size}

    def read(self, archive_file: str, record_offset: int) -> Capture:
        """The capture at an offset of a file; of its days, the first.

        Raises:
            ArchiveError: there is none.
        """
        record = self._record(archive_file, record_offset)
        if record.digest_info is None or not record.digest_info.days:
            raise ArchiveError(f"{archive_file}: no capture at offset {record_offset}")
        return self._capture(archive_file, record, min(record.digest_info.days))

    def captures(self, frame: pl.DataFrame) -> Iterator[Capture]:
        """The captures that the rows of `frame` (as `index()` gives them) name, in their order.

        Raises:
            ArchiveError: a row names no record of the archive.
        """
        place: tuple[str, int] | None = None
        for name, offset, day in frame.select("archive_file", "record_offset", "day").iter_rows():
            if (name, offset) != place:
                record, place = self._record(name, offset), (name, offset)
            yield self._capture(name, record, day)

    def exchange(self, archive_file: str, record_offset: int) -> Exchange:
        """The response at an offset of a file, as if it had just been received.

        Raises:
            ArchiveError: there is none.
        """
        record = self._record(archive_file, record_offset)
        return Exchange(
            url=record.url,
            status=record.status,
            headers=record.headers,
            body=self._body(record),
            captured_at=record.captured_at,
            archived=True,
        )

    def origin(self, archive_file: str, record_offset: int) -> tuple[str, int]:
        """The file and offset of the record that holds a capture's body; a revisit's is elsewhere.

        Raises:
            ArchiveError: there is none.
        """
        record = self._record(archive_file, record_offset)
        if record.kind != "revisit" or record.digest is None:
            return archive_file, record_offset
        return self._original(self._redacted.get(record.digest, record.digest))

    def writer(
        self,
        purpose: str,
        info: Mapping[str, str],
        seen: Mapping[tuple[str, str], datetime] | None = None,
    ) -> WarcWriter:
        """A context manager that appends to a new file; see `WarcWriter`."""
        return WarcWriter(self.folder, purpose, info, dict(seen or {}))

    def _path(self, name: str) -> Path:
        if Path(name).name != name:
            raise ArchiveError(f"{name!r} is no file name of the archive")
        return self.folder / name

    def _record(self, name: str, offset: int) -> Record:
        try:
            return read_record(self._path(name), offset)
        except ArchiveError:
            Index(self.folder).doubt(name)
            raise

    def _capture(self, name: str, record: Record, day: date) -> Capture:
        if record.digest_info is None or record.digest is None:
            raise ArchiveError(f"{name}: no capture at offset {record.offset}")
        return Capture(
            day=day,
            url=record.url,
            kind=record.digest_info.kind,
            status=record.status,
            content_type=record.content_type,
            announced=record.digest_info.announced,
            captured_at=record.captured_at,
            archive_file=name,
            record_offset=record.offset,
            record_id=record.record_id,
            payload_digest=self._redacted.get(record.digest, record.digest),
            payload=self._body(record),
        )

    def _body(self, record: Record) -> bytes:
        if record.kind != "revisit" or record.digest is None:
            return record.body
        return self._record(*self._original(self._redacted.get(record.digest, record.digest))).body

    def _original(self, digest: str) -> tuple[str, int]:
        if digest not in self._bodies:
            holds_body = pl.col("record_type").is_in(["response", "resource", "conversion"])
            rows = self.records().filter(holds_body & pl.col("payload_digest").is_not_null())
            rows = rows.unique("payload_digest", keep="first", maintain_order=True)
            columns = rows.select("payload_digest", "archive_file", "record_offset").iter_rows()
            self._bodies = {found: (name, offset) for found, name, offset in columns}
        if digest not in self._bodies:
            raise ArchiveError(f"no record of the archive holds {digest}")
        return self._bodies[digest]
