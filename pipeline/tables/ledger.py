"""Where every announced post stands: one row a post, one state each, and the sum that must hold.

A post is announced when it was seen on any page, or when the site counts it among the day's
posts. It is named by its WordPress id; without one by its address; an entry of a plain text, which
has neither, by the text's digest and its place in it. It belongs to the day on which the crawler
saw it last.

What the site takes back is found by reading a day again: a post that the last complete reading of
its day did not show is withdrawn, and one that this reading showed without its entry is what it
showed. A day that is settled is not read again, so later withdrawals are not seen.
"""

from __future__ import annotations

import polars as pl

from pipeline.schema import LEDGER_STATES, Ledger, polars_schema
from pipeline.tables.observations import RECORD

READINGS = pl.Schema(
    {"day": pl.Date(), "read_at": pl.Datetime("us", "UTC"), "complete": pl.Boolean()}
)
"""When the crawler came to the end of a day, and whether it found all that was announced."""
NO_READINGS = pl.DataFrame(schema=READINGS)

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
    rank = pl.col("state").to_physical()
    fresh_rank = rank.filter("is_fresh").min().over("post")
    taken_back = fresh_rank.is_in([PRECEDENCE.index(state) for state in TAKEN_BACK]) & (
        fresh_rank > rank.min().over("post")
    )
    # Where the site took something back, only what it shows by now counts.
    judged = ~pl.col("taken_back") | pl.col("is_fresh")
    held_until = pl.col("captured_at").filter(rank < fresh_rank).max().over("post")
    still = ~pl.col("taken_back") | (pl.col("captured_at") > held_until)
    is_reached = rank == rank.filter(judged).min().over("post")
    observations = (
        _observations(posts, captures, readings)
        .join(roles.rename({"day": "seen_on"}), on=_PLACE, how="left")
        .join(
            quarantine.select(*RECORD, reasons=pl.col("reasons").list.join(", "))
            .unique(RECORD)
            .rename({"day": "seen_on"}),
            on=_PLACE,
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
        .with_columns(taken_back=taken_back.fill_null(value=False))
        .with_columns(
            best=pl.col("state").min().over("post"),
            reached_at=pl.col("captured_at").filter(is_reached & still).min().over("post"),
        )
    )
    elsewhere = pl.col("seen_on") != pl.col("day")
    seen = (
        observations.filter(judged)
        .sort("post", "state", "captured_at", *_PLACE)
        .group_by("post", maintain_order=True)
        .agg(
            pl.col("day", "best", "taken_back", "withdrawn_at", "moved_from", "moved_at").first(),
            pl.col("post_url", "title")
            .sort_by(elsewhere, maintain_order=True)
            .drop_nulls()
            .first(),
            pl.col("state", "reason", "paper_id", "version", "reached_at").first(),
            papers=pl.col("paper_id").n_unique() - pl.col("paper_id").has_nulls().cast(pl.UInt32),
        )
        .with_columns(
            pl.col("state", "best").cast(pl.String),
            is_withdrawn=pl.col("withdrawn_at").is_not_null(),
            reason=pl.when(pl.col("papers") > 1)
            .then(pl.format("holds {} papers", "papers"))
            .otherwise("reason"),
        )
        .with_columns(
            state=pl.when("is_withdrawn").then(pl.lit("withdrawn")).otherwise("state"),
            was=pl.when("is_withdrawn").then("state").when("taken_back").then("best"),
            since=pl.coalesce("withdrawn_at", pl.max_horizontal("reached_at", "moved_at")),
        )
    )
    return (
        pl.concat([seen.select(polars_schema(Ledger).names()), _unseen(posts, captures, readings)])
        .sort("day", "post")
        .collect()
    )


def announced_per_day(
    posts: pl.LazyFrame, captures: pl.LazyFrame, readings: pl.DataFrame = NO_READINGS
) -> pl.DataFrame:
    """How many posts the site announced.

    Returns:
        `day` and `announced`, by day: the posts of the day that were ever seen, and those that the
        site counts beyond them.
    """
    return (
        _counts(posts, captures, readings)
        .select("day", announced=pl.col("posts") + pl.col("lacking"))
        .filter(pl.col("announced") > 0)
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
    # A page may give the address alone of a post whose id another page shows.
    ids = rows.drop_nulls(["post_id", "post_url"]).group_by("post_url")
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
        rows.join(by_url, on="post_url", how="left")
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


_PLACE = ("seen_on", *RECORD[1:])
"""The key of a record by the day on which it was seen, which its post may have left."""


def _observations(
    posts: pl.LazyFrame, captures: pl.LazyFrame, readings: pl.DataFrame
) -> pl.LazyFrame:
    """The observations of posts, and what they say together of each post.

    Returns:
        The rows of `_named` with `seen_on` (the day on whose pages it was seen), `day` (that of
        the post now), `is_fresh` (whether it is part of the last complete reading of that day, or
        later), `is_counted` (the same of the day on which it was seen, and all that the crawler
        did not fetch), `withdrawn_at`, `moved_from` and `moved_at`.
    """
    crawled = captures.filter(pl.col("kind") != "inbox").select(*RECORD[:3]).unique()
    newest = ("crawled", "captured_at", "seen_on")
    here = pl.col("seen_on") == pl.col("day")
    last_crawled = pl.col("captured_at").filter(here & pl.col("crawled")).max().over("post")
    rows = (
        _named(posts)
        .join(crawled.with_columns(crawled=True), on=RECORD[:3], how="left")
        .join(_last_readings(readings), on="day", how="left")
        .with_columns(pl.col("crawled").fill_null(value=False))
        .with_columns(in_reading=pl.col("crawled") & _is_since_last_reading())
        .rename({"day": "seen_on"})
        .with_columns(day=pl.col("seen_on").sort_by(*newest).last().over("post"))
        .with_columns(
            is_fresh=pl.col("in_reading") & here,
            is_counted=pl.col("in_reading") | ~pl.col("crawled"),
            last_crawled=last_crawled,
            moved_from=pl.col("seen_on")
            .sort_by(*newest)
            .filter(pl.col("crawled").sort_by(*newest), ~here.sort_by(*newest))
            .last()
            .over("post"),
            moved_at=pl.col("captured_at").filter(here).min().over("post"),
        )
        .with_columns(moved_at=pl.when(pl.col("moved_from").is_not_null()).then("moved_at"))
    )
    gone = (
        rows.filter(~pl.col("is_fresh").any().over("post"), pl.col("last_crawled").is_not_null())
        .select("post", "day", "last_crawled")
        .unique()
        .join(_complete(readings), on="day")
        .filter(pl.col("after") >= pl.col("last_crawled"))
        .group_by("post")
        .agg(withdrawn_at=pl.col("read_at").min())
    )
    return rows.join(gone, on="post", how="left")


def _complete(readings: pl.DataFrame) -> pl.LazyFrame:
    """The complete readings of each day, in order, and `after`: when the reading before ended.

    What was captured of a day between the two is what the day showed: a reading that failed in
    between is continued, not begun anew.
    """
    before = pl.col("read_at").shift(1).over("day")
    return (
        readings.lazy().sort("day", "read_at").with_columns(after=before).filter(pl.col("complete"))
    )


def _last_readings(readings: pl.DataFrame) -> pl.LazyFrame:
    return _complete(readings).group_by("day").agg(pl.col("after").last())


def _is_since_last_reading() -> pl.Expr:
    """Whether a capture is part of its day's last complete reading, or later; true without one."""
    return (pl.col("captured_at") > pl.col("after")).fill_null(value=True)


def _counts(posts: pl.LazyFrame, captures: pl.LazyFrame, readings: pl.DataFrame) -> pl.LazyFrame:
    """Per day: `posts` that were seen, and how many are `lacking` of those the site counts."""
    rows = _observations(posts, captures, readings)
    seen = rows.group_by("day").agg(posts=pl.col("post").n_unique().cast(pl.Int64))
    with_id = (
        rows.filter("is_counted", pl.col("post_id").is_not_null())
        .group_by(day="seen_on")
        .agg(with_id=pl.col("post_id").n_unique().cast(pl.Int64))
    )
    counted = (
        captures.filter(pl.col("announced").is_not_null())
        .join(_last_readings(readings), on="day", how="left")
        .filter(_is_since_last_reading())
        .sort("captured_at", "archive_file", "record_offset")
        .group_by("day")
        .agg(counted=pl.col("announced").last().cast(pl.Int64).clip(upper_bound=MOST_A_DAY))
    )
    lacking = pl.col("counted").fill_null(0) - pl.col("with_id").fill_null(0)
    return (
        seen.join(counted, on="day", how="full", coalesce=True)
        .join(with_id, on="day", how="left")
        .select("day", pl.col("posts").fill_null(0), lacking=lacking.clip(lower_bound=0))
    )


def _unseen(posts: pl.LazyFrame, captures: pl.LazyFrame, readings: pl.DataFrame) -> pl.LazyFrame:
    """A row per post that the site counts and no page showed."""
    known = {
        "post": pl.format("unseen-{}", "number"),
        "state": pl.lit("not_captured"),
        "reason": pl.lit(UNSEEN),
    }
    return (
        _counts(posts, captures, readings)
        .filter(pl.col("lacking") > 0)
        .select("day", number=pl.int_ranges(1, pl.col("lacking") + 1))
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
