"""Where every announced post ended: one row a post, one state each, and the sum that must hold.

A post is announced when it was seen on any page, or when the site counts it among the day's
posts. It is named by its WordPress id; without one by its address; an entry of a plain text, which
has neither, by the text's digest and its place in it.
"""

from __future__ import annotations

import polars as pl

from pipeline.schema import LEDGER_STATES, Ledger, polars_schema
from pipeline.tables.observations import RECORD

PRECEDENCE = (
    *("paper", "older_version", "removed", "duplicate"),
    *("quarantined", "not_a_paper", "protected", "not_captured"),
)
"""Which state a post has that was seen in several: the one that got furthest."""

EXCERPT = "excerpt_only"
"""Reason of `not_captured`: listings show the beginning, the post's own page was not captured."""
UNSEEN = "counted_not_seen"
"""Reason of `not_captured`: the site counts more posts on the day than were seen on any page."""

MOST_A_DAY = 10_000
"""Posts of one day beyond which the site's own count is not believed; arXiv has 1,500 papers."""

_STATE_OF_CONTENT = {
    "entry": "quarantined",
    "unreadable": "quarantined",
    "excerpt": "not_captured",
    "protected": "protected",
    "not_a_paper": "not_a_paper",
}


def build_ledger(
    posts: pl.LazyFrame, captures: pl.LazyFrame, quarantine: pl.LazyFrame, roles: pl.LazyFrame
) -> pl.DataFrame:
    """The state of every post.

    Args:
        posts: rows of `schema.Posts`, of all days.
        captures: rows of `schema.Captures` of the same days; only what the site counts is used.
        quarantine: rows of `schema.Quarantine` of the same days; only the reasons are used.
        roles: `Plan.observations`: what became of every record.

    Returns:
        Rows of `schema.Ledger`, by day and post.
    """
    seen = (
        _named(posts)
        .join(roles, on=RECORD, how="left")
        .join(
            quarantine.select(*RECORD, reasons=pl.col("reasons").list.join(", ")).unique(RECORD),
            on=RECORD,
            how="left",
        )
        .with_columns(
            state=pl.coalesce("role", pl.col("content").replace_strict(_STATE_OF_CONTENT)),
        )
        .with_columns(
            reason=pl.when(pl.col("state") == "quarantined")
            .then("reasons")
            .when(pl.col("content") == "excerpt")
            .then(pl.lit(EXCERPT))
            .otherwise("role_reason"),
            state=pl.col("state").cast(pl.Enum(PRECEDENCE)),
        )
        .sort("day", "post", "state", "captured_at", *RECORD[1:])
        .group_by("day", "post", maintain_order=True)
        .agg(
            pl.col("post_url", "title").drop_nulls().first(),
            pl.col("state", "reason", "paper_id", "version").first(),
            papers=pl.col("paper_id").n_unique() - pl.col("paper_id").has_nulls().cast(pl.UInt32),
        )
        .with_columns(
            pl.col("state").cast(pl.String),
            reason=pl.when(pl.col("papers") > 1)
            .then(pl.format("holds {} papers", "papers"))
            .otherwise("reason"),
        )
    )
    return (
        pl.concat([seen.select(polars_schema(Ledger).names()), _unseen(posts, captures)])
        .sort("day", "post")
        .collect()
    )


def announced_per_day(posts: pl.LazyFrame, captures: pl.LazyFrame) -> pl.DataFrame:
    """How many posts the site announced.

    Returns:
        `day` and `announced`, by day: what the site counts, or the ids that were seen where these
        are more; and the posts that have no id.
    """
    counts = _counts(posts, captures)
    return (
        counts.select("day", announced=pl.max_horizontal("counted", "with_id") + pl.col("without"))
        .sort("day")
        .collect()
    )


def ledger_per_day(ledger: pl.LazyFrame) -> pl.DataFrame:
    """The ledger in sum: `day`, one column of counts per state, and `announced`, by day."""
    return (
        ledger.group_by("day")
        .agg(
            *((pl.col("state") == state).sum().alias(state) for state in LEDGER_STATES),
            announced=pl.len(),
        )
        .sort("day")
        .collect()
    )


def _named(posts: pl.LazyFrame) -> pl.LazyFrame:
    """The observations that are of a post, with its name as `post`."""
    rows = posts.select(
        *("day", "source", "post_id", "post_url", "content", "title", "captured_at"),
        *("archive_file", "record_offset", "entry_index", "payload_digest"),
    )
    # A page may give the address alone of a post whose id another page of the day shows.
    ids = rows.drop_nulls(["post_id", "post_url"]).group_by("day", "post_url")
    by_url = ids.agg(pl.col("post_id").min().alias("id_of_url"))
    # A page that could not be read and was then read again announces nothing.
    read_at = (
        rows.filter(pl.col("content") != "unreadable")
        .group_by("day", "source")
        .agg(pl.col("captured_at").max().alias("read_at"))
    )
    nameless = pl.col("post_id").is_null() & pl.col("post_url").is_null()
    unread = nameless & (pl.col("content") == "unreadable")
    superseded = unread & (pl.col("read_at") >= pl.col("captured_at"))
    return (
        rows.join(by_url, on=["day", "post_url"], how="left")
        .join(read_at, on=["day", "source"], how="left")
        .filter(~superseded.fill_null(value=False))
        .with_columns(post_id=pl.coalesce("post_id", "id_of_url"))
        .with_columns(
            post=pl.coalesce(
                pl.col("post_id").cast(pl.String),
                "post_url",
                pl.format("{}#{}", "payload_digest", "entry_index"),
            )
        )
        .drop("id_of_url", "read_at", "source", "payload_digest")
    )


def _counts(posts: pl.LazyFrame, captures: pl.LazyFrame) -> pl.LazyFrame:
    """Per day: posts with an id and without one that were seen, posts that the site counts."""
    seen = (
        _named(posts)
        .group_by("day")
        .agg(
            with_id=pl.col("post_id").drop_nulls().n_unique().cast(pl.Int64),
            without=pl.col("post").filter(pl.col("post_id").is_null()).n_unique().cast(pl.Int64),
        )
    )
    counted = (
        captures.filter(pl.col("announced").is_not_null())
        .sort("captured_at", "archive_file", "record_offset")
        .group_by("day")
        .agg(counted=pl.col("announced").last().cast(pl.Int64).clip(upper_bound=MOST_A_DAY))
    )
    return seen.join(counted, on="day", how="full", coalesce=True).with_columns(
        pl.col("with_id", "without", "counted").fill_null(0)
    )


def _unseen(posts: pl.LazyFrame, captures: pl.LazyFrame) -> pl.LazyFrame:
    """A row per post that the site counts and no page showed."""
    lacking = pl.col("counted") - pl.col("with_id")
    return (
        _counts(posts, captures)
        .filter(lacking > 0)
        .select("day", number=pl.int_ranges(1, lacking + 1))
        .explode("number")
        .select(
            "day",
            post=pl.format("unseen-{}", "number"),
            post_url=pl.lit(None, pl.String),
            title=pl.lit(None, pl.String),
            state=pl.lit("not_captured"),
            reason=pl.lit(UNSEEN),
            paper_id=pl.lit(None, pl.String),
            version=pl.lit(None, pl.Int16),
        )
    )
