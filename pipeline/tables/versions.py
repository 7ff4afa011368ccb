"""Which observation stands for a version, and which version for a paper."""

from __future__ import annotations

import polars as pl

from pipeline.tables.observations import PLACE

IDENTITY = ("paper_id", "version")


def infer_versions(observations: pl.DataFrame) -> pl.DataFrame:
    """Give a observation without version that of the paper's version with the very same date.

    A link may name the paper and not its version; the date is arXiv's time stamp of one version,
    to the second. Where two versions bear that date, the later one is meant.
    """
    known = (
        observations.lazy()
        .filter(pl.col("version").is_not_null())
        .group_by("paper_id", "version_date")
        .agg(pl.col("version").max().alias("of_that_date"))
    )
    unknown = observations.lazy().filter(pl.col("version").is_null())
    found = unknown.join(known, on=["paper_id", "version_date"]).select("row", "of_that_date")
    return (
        observations.lazy()
        .join(found, on="row", how="left", maintain_order="left")
        .with_columns(pl.coalesce("version", "of_that_date").alias("version"))
        .drop("of_that_date")
        .collect()
    )


def select_versions(observations: pl.DataFrame) -> pl.DataFrame:
    """One observation per (paper, version), with all the addresses of the version.

    The most complete observation wins; of equally complete ones the newest text, by when it was
    posted, else first captured; of that text the first capture, so that reading the site again
    changes nothing. Where the version is not known, the one with the newest date stands for it.
    The outcome depends on the set of observations alone, not on their order.

    Returns:
        The elected rows of `observations` with `source_urls` (sorted, distinct), in the order of
        paper_id and version.
    """
    same_text = (*IDENTITY, "content", "completeness")
    shared = pl.len().over(IDENTITY) > 1
    single = observations.lazy().filter(~shared)
    several = observations.lazy().filter(shared)
    first_captured = pl.col("captured_at").min().over(same_text)
    winners = (
        several.with_columns(
            first_captured=first_captured,
            text_date=pl.coalesce(pl.col("posted_at").max().over(same_text), first_captured),
            unknown_date=pl.when(pl.col("version").is_null()).then("version_date"),
        )
        .sort(
            *IDENTITY,
            *("unknown_date", "completeness", "text_date", "first_captured", "content"),
            *PLACE,
            descending=[False] * 2 + [True] * 5 + [False] * len(PLACE),
            nulls_last=True,
        )
        .drop("first_captured", "text_date", "unknown_date")
        .unique(IDENTITY, keep="first", maintain_order=True)
        .join(
            several.group_by(IDENTITY).agg(
                pl.col("source_url").unique().sort().alias("source_urls")
            ),
            on=IDENTITY,
            how="left",
            nulls_equal=True,
        )
    )
    alone = single.with_columns(source_urls=pl.concat_list("source_url"))
    return pl.concat([winners, alone]).sort(*IDENTITY, nulls_last=True).collect()


def rank_versions(elected: pl.DataFrame) -> pl.DataFrame:
    """Mark each paper's first and latest version, and count them.

    Version numbers decide; a version of unknown number stands after the last one that is not
    newer than its date.

    Returns:
        `elected` with `is_first`, `is_latest` and `n_versions`, same rows, same order.
    """
    known = elected.lazy().filter(pl.col("version").is_not_null())
    placed = (
        elected.lazy()
        .filter(pl.col("version").is_null())
        .select("row", "paper_id", unknown_date="version_date")
        .join(known.select("paper_id", "version", "version_date"), on="paper_id")
        .filter(pl.col("version_date") <= pl.col("unknown_date"))
        .group_by("row")
        .agg(after=pl.col("version").max())
    )
    order = pl.coalesce("version", "after", pl.lit(0)).cast(pl.Int32) * 2 + pl.col(
        "version"
    ).is_null().cast(pl.Int32)
    return (
        elected.lazy()
        .join(placed, on="row", how="left", maintain_order="left")
        .with_columns(order=order)
        .with_columns(
            is_first=pl.col("order") == pl.col("order").min().over("paper_id"),
            is_latest=pl.col("order") == pl.col("order").max().over("paper_id"),
            n_versions=pl.len().over("paper_id").cast(pl.Int16),
        )
        .drop("order", "after")
        .collect()
    )
