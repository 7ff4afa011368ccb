"""The posts that the site announced: where each was seen, on which day it is now, what is gone.

A post is announced when it was seen on any page, or when the site counts it among the day's
posts. It is named by its WordPress id; without one by its address; an entry of a plain text, which
has neither, by the text's digest and its place in it. It belongs to the day on which the crawler
saw it last.

A post that the last complete reading of its day did not show is withdrawn. A settled day is not
read again, so what is withdrawn from it is not noticed.
"""

from __future__ import annotations

import polars as pl

from pipeline.tables.observations import RECORD

READINGS = pl.Schema(
    {"day": pl.Date(), "read_at": pl.Datetime("us", "UTC"), "complete": pl.Boolean()}
)
"""When the crawler came to the end of a day, and whether it found all that was announced."""
NO_READINGS = pl.DataFrame(schema=READINGS)

SEEN = ("seen_on", *RECORD[1:])
"""The key of a record by the day on whose pages it was seen, which its post may have left."""

MOST_A_DAY = 10_000
"""Posts of one day beyond which the site's own count is not believed; arXiv has 1,500 papers."""


def seen_posts(
    posts: pl.LazyFrame, captures: pl.LazyFrame, readings: pl.DataFrame
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The observations of posts, and what they say together of each post.

    Args:
        posts: rows of `schema.Posts`, of all days.
        captures: rows of `schema.Captures` of the same days.
        readings: rows as in `READINGS`.

    Returns:
        The observations: `post` (its name), `seen_on`, `is_fresh` (whether it is part of the last
        complete reading of the post's day, or later), `is_counted` (the same of the day on which
        it was seen, and all that the crawler did not fetch) and columns of `posts`. The posts:
        `post`, `day`, `withdrawn_at`, and of those that were moved `moved_from`, `moved_at` and
        `url_now`.
    """
    crawled = captures.filter(pl.col("kind") != "inbox").select(*RECORD[:3]).unique()
    rows = (
        _named(posts)
        .join(crawled.with_columns(crawled=True), on=RECORD[:3], how="left")
        .join(_last_readings(readings), on="day", how="left")
        .with_columns(pl.col("crawled").fill_null(value=False))
        .with_columns(in_reading=pl.col("crawled") & _is_since_last_reading())
        .rename({"day": "seen_on"})
        .collect()
        .lazy()  # what follows reads it several times
    )
    moved = _moved(rows)
    rows = rows.join(moved.select("post", "day"), on="post", how="left").with_columns(
        day=pl.coalesce("day", "seen_on")
    )
    here = pl.col("seen_on") == pl.col("day")
    rows = rows.with_columns(
        is_fresh=pl.col("in_reading") & here,
        is_counted=pl.col("in_reading") | ~pl.col("crawled"),
    )
    by_post = rows.group_by("post").agg(
        pl.col("day").first(),
        pl.col("is_fresh").any(),
        last_crawled=pl.col("captured_at").filter(here & pl.col("crawled")).max(),
    )
    gone = (
        by_post.filter(~pl.col("is_fresh"), pl.col("last_crawled").is_not_null())
        .join(_complete(readings), on="day")
        .filter(pl.col("after") >= pl.col("last_crawled"))
        .group_by("post")
        .agg(withdrawn_at=pl.col("read_at").min())
    )
    return rows.drop("day"), (
        by_post.select("post", "day")
        .join(gone, on="post", how="left")
        .join(moved.drop("day"), on="post", how="left")
    )


def announced_per_day(
    posts: pl.LazyFrame, captures: pl.LazyFrame, readings: pl.DataFrame = NO_READINGS
) -> pl.DataFrame:
    """How many posts the site announced.

    Args:
        posts: rows of `schema.Posts`, of all days.
        captures: rows of `schema.Captures` of the same days.
        readings: rows as in `READINGS`.

    Returns:
        `day` and `announced`, by day: the posts of the day that were ever seen, and those that the
        site counts beyond them.
    """
    rows, by_post = seen_posts(posts, captures, readings)
    seen = by_post.group_by("day").agg(posts=pl.len().cast(pl.Int64))
    return (
        seen.join(lacking_per_day(rows, captures, readings), on="day", how="full", coalesce=True)
        .select("day", announced=pl.sum_horizontal("posts", "lacking"))
        .sort("day")
        .collect()
    )


def lacking_per_day(
    rows: pl.LazyFrame, captures: pl.LazyFrame, readings: pl.DataFrame
) -> pl.LazyFrame:
    """Of each day that lacks any, how many of the posts that the site counts no page showed.

    Args:
        rows: the observations, as from `seen_posts`.
        captures: rows of `schema.Captures` of the same days.
        readings: rows as in `READINGS`.
    """
    with_id = (
        rows.filter("is_counted", pl.col("post_id").is_not_null())
        .group_by(day="seen_on")
        .agg(with_id=pl.col("post_id").n_unique().cast(pl.Int64))
    )
    lacking = pl.col("counted") - pl.col("with_id").fill_null(0)
    return (
        captures.filter(pl.col("announced").is_not_null())
        .join(_last_readings(readings), on="day", how="left")
        .filter(_is_since_last_reading())
        .sort("captured_at", "archive_file", "record_offset")
        .group_by("day")
        .agg(counted=pl.col("announced").last().cast(pl.Int64).clip(upper_bound=MOST_A_DAY))
        .join(with_id, on="day", how="left")
        .select("day", lacking=lacking)
        .filter(pl.col("lacking") > 0)
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


def _moved(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The posts that were seen on several days: the day where each was seen last, and before."""
    several = rows.group_by("post").agg(pl.col("seen_on").n_unique()).filter(pl.col("seen_on") > 1)
    elsewhere = pl.col("seen_on") != pl.col("seen_on").last()
    last_elsewhere = pl.col("captured_at").filter(pl.col("crawled") & elsewhere).max()
    return (
        rows.join(several.select("post"), on="post", how="semi")
        .sort("crawled", "captured_at", "seen_on")
        .group_by("post")
        .agg(
            day=pl.col("seen_on").last(),
            url_now=pl.col("post_url").drop_nulls().last(),
            moved_from=pl.col("seen_on").filter(pl.col("crawled") & elsewhere).last(),
            moved_at=pl.col("captured_at")
            .filter(~elsewhere, pl.col("captured_at") >= last_elsewhere)
            .min(),
        )
        .with_columns(moved_at=pl.when(pl.col("moved_from").is_not_null()).then("moved_at"))
    )


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
