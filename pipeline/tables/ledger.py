"""Where every announced post stands: one row a post, one state each, and the sum that must hold.

Of a post that held a paper, and that the last reading of its day showed without one, the state is
what it showed.
"""

from __future__ import annotations

import polars as pl

from pipeline.schema import LEDGER_STATES, Ledger, polars_schema
from pipeline.tables.observations import RECORD
from pipeline.tables.seen_posts import NO_READINGS, SEEN, lacking_per_day, seen_posts

PRECEDENCE = (
    *("paper", "older_version", "removed", "duplicate"),
    *("quarantined", "not_a_paper", "protected", "not_captured", "withdrawn"),
)
"""Which state a post has that was seen in several: the one that got furthest."""

TAKEN_BACK = ("quarantined", "not_a_paper", "protected")
"""States of a post that held a paper before, where the last reading shows none in it."""

EXCERPT = "excerpt_only"
"""Reason of `not_captured`: listings show the beginning, the post's own page was not captured."""
UNSEEN = "counted_not_seen"
"""Reason of `not_captured`: the site counts more posts on the day than were seen on any page."""

_STATE_OF_CONTENT = {
    "entry": "quarantined",
    "unreadable": "quarantined",
    "excerpt": "not_captured",
    "protected": "protected",
    "not_a_paper": "not_a_paper",
}


def build_ledger(
    posts: pl.LazyFrame,
    captures: pl.LazyFrame,
    quarantine: pl.LazyFrame,
    roles: pl.LazyFrame,
    readings: pl.DataFrame = NO_READINGS,
) -> pl.DataFrame:
    """The state of every post.

    Args:
        posts: rows of `schema.Posts`, of all days.
        captures: rows of `schema.Captures` of the same days; what the site counts is used, and
            which captures are the crawler's.
        quarantine: rows of `schema.Quarantine` of the same days; only the reasons are used.
        roles: `Plan.observations`: what became of every record.
        readings: rows as in `READINGS`; without them nothing is known to be withdrawn.

    Returns:
        Rows of `schema.Ledger`, by day and post.
    """
    rows, by_post = seen_posts(posts, captures, readings)
    observations = (
        rows.join(roles.rename({"day": "seen_on"}), on=SEEN, how="left")
        .join(
            quarantine.select(*RECORD, reasons=pl.col("reasons").list.join(", "))
            .unique(RECORD)
            .rename({"day": "seen_on"}),
            on=SEEN,
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
        .collect()
        .lazy()  # what follows reads it several times
    )
    seen = (
        observations.join(_taken_back(observations), on="post", how="left")
        .filter((pl.col("captured_at") > pl.col("held_until")).fill_null(value=True))
        .sort("post", "state", "captured_at", *SEEN)
        .group_by("post", maintain_order=True)
        .agg(
            pl.col("post_url", "title").drop_nulls().first(),
            pl.col("state", "reason", "paper_id", "version", "held").first(),
            reached_at=pl.col("captured_at").first(),
            papers=pl.col("paper_id").n_unique() - pl.col("paper_id").has_nulls().cast(pl.UInt32),
        )
        .join(by_post, on="post")
        .with_columns(
            pl.col("state", "held").cast(pl.String),
            is_withdrawn=pl.col("withdrawn_at").is_not_null(),
            post_url=pl.coalesce("url_now", "post_url"),
            reason=pl.when(pl.col("papers") > 1)
            .then(pl.format("holds {} papers", "papers"))
            .otherwise("reason"),
        )
        .with_columns(
            state=pl.when("is_withdrawn").then(pl.lit("withdrawn")).otherwise("state"),
            was=pl.when("is_withdrawn").then("state").otherwise("held"),
            since=pl.coalesce("withdrawn_at", pl.max_horizontal("reached_at", "moved_at")),
        )
        .select(polars_schema(Ledger).names())
    )
    unseen = _unseen(lacking_per_day(rows, captures, readings))
    return pl.concat([seen, unseen]).sort("day", "post").collect()


def _taken_back(observations: pl.LazyFrame) -> pl.LazyFrame:
    """The posts that the last reading shows without the paper they held, by `post`.

    Returns:
        `post`, `held` (the state it had) and `held_until` (when it was last seen so).
    """
    rank = pl.col("state").to_physical()
    taken = (
        observations.group_by("post")
        .agg(held=pl.col("state").min(), shown=rank.filter("is_fresh").min())
        .filter(
            pl.col("shown").is_in([PRECEDENCE.index(state) for state in TAKEN_BACK]),
            pl.col("held").to_physical() < pl.col("shown"),
        )
    )
    return (
        observations.join(taken, on="post")
        .filter(rank < pl.col("shown"))
        .group_by("post", "held")
        .agg(held_until=pl.col("captured_at").max())
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


def _unseen(lacking: pl.LazyFrame) -> pl.LazyFrame:
    """A row per post that the site counts and no page showed."""
    known = {
        "post": pl.format("unseen-{}", "number"),
        "state": pl.lit("not_captured"),
        "reason": pl.lit(UNSEEN),
    }
    return (
        lacking.select("day", number=pl.int_ranges(1, pl.col("lacking") + 1))
        .explode("number")
        .select(
            "day",
            *(
                known.get(name, pl.lit(None, dtype)).alias(name)
                for name, dtype in polars_schema(Ledger).items()
                if name != "day"
            ),
        )
    )
