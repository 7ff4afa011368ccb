"""Which papers train, and which are held out: once published, for ever."""

from __future__ import annotations

import polars as pl

from pipeline.schema import id_month


def submitted_month() -> pl.Expr:
    """Month of a paper's first submission, of its first known version's row.

    From the id, whose first digits are year and month; without one, of the version's date.
    """
    has_id = ~pl.col("paper_id").str.starts_with("t-")
    by_date = pl.col("version_date").dt.strftime("%Y-%m")
    return pl.when(has_id).then(id_month(pl.col("paper_id"))).otherwise(by_date)


def split_of(title_hash: pl.Expr) -> pl.Expr:
    """98 % train, 1 % validation, 1 % test, by the hash of a normalised title."""
    place = title_hash % 100
    return (
        pl.when(place < 98)
        .then(pl.lit("train"))
        .when(place == 98)
        .then(pl.lit("validation"))
        .otherwise(pl.lit("test"))
    )


def assign_splits(
    papers: pl.DataFrame, published: pl.DataFrame, renamed: pl.DataFrame
) -> pl.DataFrame:
    """The split of each paper.

    A published paper keeps its split; so does one that was published under its title's hash
    before its id was known. Any other paper goes with its near duplicates: where one of them is
    published, with the first of these, else where the first one's title says.

    Args:
        papers: `paper_id`, `month`, `title_hash` (both of the first known version) and `cluster`
            (papers whose abstracts are near duplicates share one).
        published: `paper_id` and `split` of the last release.
        renamed: `paper_id` and `old_id`: what papers with an id were known by before.

    Returns:
        `paper_id` and `split`, one row per paper.
    """
    under_old_id = (
        renamed.join(published, left_on="old_id", right_on="paper_id")
        .sort("paper_id", "old_id")
        .unique("paper_id", keep="first")
        .select("paper_id", carried="split")
    )
    return (
        papers.lazy()
        .join(published.lazy().select("paper_id", kept="split"), on="paper_id", how="left")
        .join(under_old_id.lazy(), on="paper_id", how="left")
        .with_columns(own=pl.coalesce("kept", "carried"))
        .sort("month", "paper_id")
        .with_columns(
            of_cluster=pl.coalesce(
                pl.col("own").drop_nulls().first().over("cluster"),
                split_of(pl.col("title_hash").first().over("cluster")),
            )
        )
        .select("paper_id", split=pl.coalesce("own", "of_cluster"))
        .collect()
    )
