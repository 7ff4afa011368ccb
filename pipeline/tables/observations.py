"""The narrow pass: of every record only what decides which of them the tables are made of."""

from __future__ import annotations

import hashlib

import polars as pl

PLACE = ("captured_at", "archive_file", "record_offset", "entry_index", "day")
"""What tells two observations apart, and orders them: when and where in the archive."""

RECORD = ("day", "archive_file", "record_offset", "entry_index")
"""The key of a record: the entry of a capture, in a day's partition."""

_OPTIONAL = ("arxiv_id", "version", "provider", "translator", "post_id", "posted_at")
_OPTIONAL_LISTS = ("authors", "categories")


def observations_of(records: pl.LazyFrame) -> pl.DataFrame:
    """One narrow row per record, in the order of `records`.

    Returns:
        `row` (position in `records`), `day`, `paper_id`, `version`, `version_date`,
        `title_hash` (64 bits of the SHA-256 of the title key), `content` (64 bits of the content
        id), `completeness` (how many optional facts it has), `source_url`, `posted_at` and the
        columns of `PLACE`.
    """
    filled = [pl.col(c).is_not_null() for c in _OPTIONAL]
    filled += [pl.col(c).list.len() > 0 for c in _OPTIONAL_LISTS]
    return (
        records.with_row_index("row")
        .select(
            *("row", "paper_id", "version", "version_date", "source_url", "posted_at"),
            *PLACE,
            pl.col("title_key").map_batches(title_hash, return_dtype=pl.UInt64).alias("title_hash"),
            pl.col("content_id")
            .str.head(16)
            .str.to_integer(base=16, dtype=pl.UInt64)
            .alias("content"),
            pl.sum_horizontal(f.cast(pl.UInt8) for f in filled).alias("completeness"),
        )
        .collect(engine="streaming")
    )


def title_hash(title_keys: pl.Series) -> pl.Series:
    """The first 64 bits of the SHA-256 of each title key: the same in every version of Python."""
    return pl.Series(
        title_keys.name,
        [int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) for key in title_keys],
        dtype=pl.UInt64,
    )
