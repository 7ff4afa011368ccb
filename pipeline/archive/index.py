"""The archive's index: one derived Parquet file a WARC file, rebuilt from the WARC alone.

An index file is named by the WARC's name and size, so that only what is new is scanned; a file
that still grows is scanned again once it has grown. Its own digest is in its name too: one that is
damaged is made again. Deleting the folder costs time, nothing else.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.archive.fixity import kept_fixity
from pipeline.archive.reader import CONTENT_TYPES, DamagedMember, Record, read_records

logger = logging.getLogger(__name__)

INDEX_VERSION = 3
"""Part of the index folder's name: indexes of another version are not read."""

SCHEMA = pl.Schema(
    {
        "archive_file": pl.String(),
        "record_offset": pl.Int64(),
        "record_end": pl.Int64(),
        "record_type": pl.String(),
        "url": pl.String(),
        "kind": pl.String(),
        "status": pl.Int16(),
        "content_type": pl.String(),
        "announced": pl.Int32(),
        "captured_at": pl.Datetime("us", "UTC"),
        "payload_digest": pl.String(),
        "days": pl.List(pl.Date()),
        "post_ids": pl.List(pl.Int64()),
        "source": pl.String(),
        "note": pl.String(),
    }
)
"""One row per warcinfo, response, revisit, resource or note.

`note` is JSON, `source` the digest of an inbox file. A note's `url` is `urn:arxiv-ja-en:` and
its subject: `day`, `run` or `inbox`.
"""


_LEFTOVER_SECONDS = 3600.0
"""A temporary file so old was left by a run that was killed, or by a disk that was full."""


def _within(number: int | None, bits: int) -> int | None:
    """A number that a site has named; None where no column could hold it."""
    return number if number is not None and abs(number) < 2**bits else None


def _row(name: str, record: Record) -> dict[str, object]:
    digest_info = record.digest_info
    posts = digest_info.posts if digest_info else ()
    return {
        "archive_file": name,
        "record_offset": record.offset,
        "record_end": record.end,
        "record_type": record.kind,
        "url": record.url,
        "kind": digest_info.kind if digest_info else None,
        "status": record.status,
        "content_type": record.content_type,
        "announced": _within(digest_info.announced, 31) if digest_info else None,
        "captured_at": record.captured_at,
        "payload_digest": record.digest,
        "days": sorted(digest_info.days) if digest_info else [],
        "post_ids": [post for post in posts if _within(post, 63) is not None],
        "source": digest_info.source if digest_info else None,
        "note": record.body.decode("utf-8", "replace") if record.kind == "metadata" else None,
    }


def to_frame(name: str, records: Iterable[Record]) -> pl.DataFrame:
    """The rows of a WARC file's records, those that say something."""
    wanted = CONTENT_TYPES | {"metadata", "warcinfo"}
    rows = [_row(name, record) for record in records if record.kind in wanted]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


_DOUBTED = ".doubted"


class _Kept(NamedTuple):
    """An index file: of how many bytes of the WARC file it is, and its own digest."""

    size: int
    digest: str
    path: Path

    @property
    def is_doubted(self) -> bool:
        """Whether the WARC file was found damaged since; it only says what had been there."""
        return self.path.suffix == _DOUBTED


class Index:
    """The index files of an archive, as they lie there now.

    Attributes:
        damaged: what `of` met in files that are not what is known of them, by name. Their index is
            not kept, so that the damage is met again until the file is restored, or what is known
            of it is deleted, which accepts the loss.
    """

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._folder = archive / "index" / f"v{INDEX_VERSION}"
        self.damaged: dict[str, list[DamagedMember]] = {}
        self._kept: dict[str, list[_Kept]] = {}
        with suppress(FileNotFoundError):
            for path in sorted(self._folder.glob("[!.]*")):
                name, size, digest, _ = path.name.rsplit(".", 3)
                with suppress(ValueError):
                    self._kept.setdefault(name, []).append(_Kept(int(size), digest, path))

    def sizes(self) -> dict[str, int]:
        """The most bytes of each WARC file that were ever indexed."""
        return {name: max(kept)[0] for name, kept in self._kept.items()}

    def has(self, name: str, size: int) -> bool:
        """Whether a WARC file is indexed at this size."""
        return any(k.size == size and not k.is_doubted for k in self._kept.get(name, ()))

    def rows(self, name: str, size: int | None = None) -> pl.DataFrame:
        """The rows of a WARC file of that size, or as last indexed; none where there are none."""
        found = self._rows(name, size)
        return pl.DataFrame(schema=SCHEMA) if found is None else found

    def of(self, path: Path, size: int) -> pl.DataFrame:
        """The rows of a WARC file of `size` bytes, up to its last whole record; made if need be.

        Raises:
            ArchiveError: the file is not of the archive.
        """
        rows = self._rows(path.name, size)
        if rows is None:
            if self.has(path.name, size):
                logger.warning("the index of %s is damaged; it is made again", path.name)
            records: list[Record] = []
            damaged: list[DamagedMember] = []
            for found in read_records(path):
                if isinstance(found, DamagedMember):
                    damaged.append(found)
                else:
                    records.append(found)
            rows = to_frame(path.name, records)
            if lost := self._known_of(path, damaged):
                self.damaged[path.name] = lost
                return rows
            for member in damaged:
                if not member.is_tail:  # else a run was killed there
                    logger.warning("%s: %s at byte %s", path.name, member.reason, member.offset)
            self._keep(path.name, size, rows)
        return rows

    def doubt(self, name: str) -> None:
        """Have a WARC file that was found damaged be read again when its rows are next needed."""
        with suppress(OSError):  # an archive that is read-only, or another process was first
            self._kept[name] = [
                kept._replace(path=kept.path.rename(kept.path.with_suffix(_DOUBTED)))
                for kept in self._kept.get(name, ())
            ]

    def _known_of(self, path: Path, damaged: list[DamagedMember]) -> list[DamagedMember]:
        """Those that are no end of a killed run: what was closed or indexed had them whole."""
        if not damaged:
            return []
        if noted := kept_fixity(self._archive).get(path.name):
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return damaged if sha256 != noted.sha256 else []
        offsets = set(self.rows(path.name)["record_offset"])
        return [member for member in damaged if member.offset in offsets]

    def forget(self, name: str) -> None:
        """Delete the index of a WARC file; it is made again when it is next needed."""
        for kept in self._kept.pop(name, ()):
            kept.path.unlink(missing_ok=True)

    def _rows(self, name: str, size: int | None) -> pl.DataFrame | None:
        for kept in sorted(self._kept.get(name, ()), reverse=True):
            if size is None or (kept.size == size and not kept.is_doubted):
                try:
                    data = kept.path.read_bytes()
                except OSError:
                    continue
                if _digest(data) == kept.digest:
                    return pl.read_parquet(BytesIO(data))
        return None

    def _keep(self, name: str, size: int, rows: pl.DataFrame) -> None:
        """Write an index file beside, then by rename. It is a cache: without it, all goes on."""
        data = BytesIO()
        rows.write_parquet(data)
        digest = _digest(data.getvalue())
        target = self._folder / f"{name}.{size}.{digest}.parquet"
        beside = self._folder / f".{name}.{secrets.token_hex(4)}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            beside.write_bytes(data.getvalue())
            beside.replace(target)
        except OSError as error:
            beside.unlink(missing_ok=True)
            reason = error.strerror or error
            logger.warning("the index of %s cannot be written (%s): it is not kept", name, reason)
            return
        # One of a longer file is evidence that the file was longer.
        for old in self._kept.get(name, ()):
            if old.size <= size and old.path != target:
                old.path.unlink(missing_ok=True)
        longer = [old for old in self._kept.get(name, ()) if old.size > size]
        self._kept[name] = [*longer, _Kept(size, digest, target)]

    def _sweep(self) -> None:
        for path in self._folder.glob(".*"):
            if time.time() - path.stat().st_mtime > _LEFTOVER_SECONDS:
                path.unlink(missing_ok=True)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
