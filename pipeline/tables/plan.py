"""What the tables will hold, decided on narrow rows alone: no abstract is read but where in doubt.

Everything here is a function of the set of records; the order of their arrival has no part in it.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from pipeline.tables.identity import resolve_identities
from pipeline.tables.near_duplicates import near_clusters
from pipeline.tables.observations import RECORD, observations_of
from pipeline.tables.removals import removed_papers
from pipeline.tables.splits import assign_splits, submitted_month
from pipeline.tables.versions import IDENTITY, infer_versions, rank_versions, select_versions

NO_SPLITS = pl.DataFrame(schema={"paper_id": pl.String, "split": pl.String})
NO_REMOVALS = pl.DataFrame(schema={"kind": pl.String, "value": pl.String})

ORDER = ("submitted_month", "paper_id", "version")
"""The order of rows in every table of papers."""


class Plan(NamedTuple):
    """Which record becomes which row."""

    versions: pl.DataFrame
    """One row per version that the tables will hold, in their order: the key of its record,
    `paper_id`, `version`, `submitted_month`, `split`, `source_url`, `source_urls`, `posted_at`,
    `is_latest`, `n_versions` and `content` (64 bits of the record's content id)."""
    observations: pl.DataFrame
    """One row per record: its key, `paper_id` and `version` as resolved, `old_id` (the paper_id
    as recorded) and `role`: paper, older_version, duplicate or removed, and why (`role_reason`)."""
    removed: pl.DataFrame
    """`paper_id`, `kind`, `value`: the papers taken out, and by which request."""
    near_duplicates: int
    """Papers whose abstract is nearly that of another."""


def plan_tables(
    records: pl.LazyFrame,
    *,
    published_splits: pl.DataFrame = NO_SPLITS,
    removals: pl.DataFrame = NO_REMOVALS,
) -> Plan:
    """Decide identities, the observation that stands for each version, and the splits.

    Args:
        records: rows of `schema.Records`, of all days, in any order.
        published_splits: `paper_id` and `split` of the last release.
        removals: requests, as from `removals.read_removals`.
    """
    observations = observations_of(records)
    identities = resolve_identities(observations, records)
    observations = infer_versions(
        observations.lazy()
        .join(identities.lazy(), on="content", how="left", maintain_order="left")
        .with_columns(old_id="paper_id", paper_id=pl.coalesce("found_id", "paper_id"))
        .drop("found_id", "title_hash")
        .with_columns(observations["title_hash"])
        .collect()
    )
    versions = rank_versions(select_versions(observations))
    papers = versions.filter("is_first").select("paper_id", "title_hash", month=submitted_month())
    clusters = near_clusters(versions.filter("is_latest").select("row", "paper_id"), records)
    renamed = (
        observations.select("paper_id", "old_id")
        .filter(pl.col("paper_id") != pl.col("old_id"))
        .unique()
    )
    splits = assign_splits(
        papers.join(clusters, on="paper_id", how="left").with_columns(
            pl.coalesce("cluster", "paper_id").alias("cluster")
        ),
        published_splits,
        renamed,
    )
    removed = removed_papers(removals, observations, records, published_splits)
    kept = (
        versions.lazy()
        .join(removed.lazy(), on="paper_id", how="anti")
        .join(splits.lazy(), on="paper_id")
        .join(papers.lazy().select("paper_id", submitted_month="month"), on="paper_id")
        .sort(*ORDER, nulls_last=True)
        .select(
            *RECORD,
            *("paper_id", "version", "submitted_month", "split", "source_url", "source_urls"),
            *("posted_at", "is_latest", "n_versions", "content"),
        )
        .collect()
    )
    return Plan(kept, _roles(observations, versions, removed), removed, clusters.height)


def _roles(
    observations: pl.DataFrame, versions: pl.DataFrame, removed: pl.DataFrame
) -> pl.DataFrame:
    """What became of every record."""
    elected = versions.lazy().select(
        *IDENTITY, "is_latest", elected="row", of_date="version_date", of_content="content"
    )
    is_elected = pl.col("row") == pl.col("elected")
    older = pl.col("version").is_null() & (pl.col("version_date") < pl.col("of_date"))
    same_text = pl.col("content") == pl.col("of_content")
    return (
        observations.lazy()
        .join(elected, on=IDENTITY, nulls_equal=True, maintain_order="left")
        .join(
            removed.lazy().select("paper_id", request="kind"),
            on="paper_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            role=pl.when(pl.col("request").is_not_null())
            .then(pl.lit("removed"))
            .when(is_elected & pl.col("is_latest"))
            .then(pl.lit("paper"))
            .when(is_elected | older)
            .then(pl.lit("older_version"))
            .otherwise(pl.lit("duplicate"))
        )
        .with_columns(
            role_reason=pl.when(pl.col("role") == "removed")
            .then(pl.format("request by {}", "request"))
            .when(pl.col("role") == "duplicate")
            .then(pl.when(same_text).then(pl.lit("same_text")).otherwise(pl.lit("other_text")))
        )
        .select(*RECORD, *("paper_id", "old_id", "version", "role", "role_reason"))
        .collect()
    )
