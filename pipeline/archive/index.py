"""The archive's index: one derived Parquet file a WARC file, rebuilt from the WARC alone.

An index file is named by the WARC's name and size, so that only what is new is scanned; a file
that still grows is scanned again once it has grown. Deleting the folder costs time, nothing else.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path

import polars as pl

from pipeline.archive.reader import CONTENT_TYPES, Record, read_records

INDEX_VERSION = 2
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


def _row(name: str, record: Record) -> dict[str, object]:
    digest_info = record.digest_info
    return {
        "archive_file": name,
        "record_offset": record.offset,
        "record_end": record.end,
        "record_type": record.kind,
        "url": record.url,
        "kind": digest_info.kind if digest_info else None,
        "status": record.status,
        "content_type": record.content_type,
        "announced": digest_info.announced if digest_info else None,
        "captured_at": record.captured_at,
        "payload_digest": record.digest,
        "days": sorted(digest_info.days) if digest_info else [],
        "post_ids": list(digest_info.posts) if digest_info else [],
        "source": digest_info.source if digest_info else None,
        "note": record.body.decode("utf-8", "replace") if record.kind == "metadata" else None,
    }


def scan(path: Path) -> pl.DataFrame:
    """The rows of one WARC file, up to its last whole record.

    Raises:
        ArchiveError: the file is not of the archive.
    """
    wanted = CONTENT_TYPES | {"metadata", "warcinfo"}
    rows = [_row(path.name, record) for record in read_records(path) if record.kind in wanted]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def indexed(path: Path, size: int, folder: Path) -> pl.DataFrame:
    """The rows of a WARC file of `size` bytes, from its index file in `folder` where there is one.

    Raises:
        ArchiveError: the file is not of the archive.
    """
    kept = folder / f"{path.name}.{size}.parquet"
    if kept.exists():
        with suppress(pl.exceptions.ComputeError):  # damaged: it is made anew
            return pl.read_parquet(kept)
    rows = scan(path)
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{path.name}.{secrets.token_hex(4)}"
    rows.write_parquet(fresh)
    fresh.replace(kept)
    for stale in folder.glob(f"{path.name}.*.parquet"):
        if stale != kept:
            stale.unlink(missing_ok=True)
    return rows
