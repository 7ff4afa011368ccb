"""When pages stop looking as they did: found in the counts of a day against the days before it.

No share is too high by itself: what matters is whether it is high for this site. Each measure (a
field that entries lack, a reason of quarantine, a kind of content) is expected to keep the rate of
the trailing days. A day drifts where the chance of as many hits, if the rate were the old one, is
below `ALARM`: the upper tail of a beta-binomial, which knows that three of three say little after
ten entries and much after a thousand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipeline.parse.labels import Label

TRAILING_DAYS = 28
"""Days before a day that say what is usual."""

ALARM = 1e-5
"""Chance below which a count is no accident: one false alarm in five years at 50 measures a day."""

FEWEST = 3
"""Fewer hits than this never are a drift."""

_STEADINESS = 300
"""Most entries of the past that count: a site's rate wavers more than a coin's."""

_PRIOR = (0.5, 9.5)
"""Hits and misses that are assumed before anything was seen: one entry in twenty."""

FIELD_LABELS = {
    "title": "the post's title",
    "abstract_ja": Label.ABSTRACT_JA.value,
    "abstract_en": Label.ABSTRACT_EN.value,
    "authors": Label.AUTHORS.value,
    "date": Label.DATE.value,
    "arxiv_id": Label.LINK.value,
    "provider": Label.PROVIDER.value,
    "translator": Label.PROVIDER.value,
    "categories": Label.CATEGORIES.value,
}
"""Field of a post to the label under which pages have it."""

_EXAMPLE_CHARACTERS = 300
_OF_POSTS = "^(?:content|quarantined):"
"""Measures that are shares of all posts, not of entries."""
_COUNTS = pl.Schema(
    {
        "day": pl.Date(),
        "measure": pl.String(),
        "hits": pl.Int64(),
        "total": pl.Int64(),
        "example_url": pl.String(),
        "example": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class Drift:
    """A measure of a day that has left its usual range."""

    day: date
    measure: str
    hits: int
    total: int
    usual_hits: int
    usual_total: int
    chance: float
    """Chance of as many hits if nothing had changed."""
    example_url: str
    example: str
    """Beginning of the raw text of one such post: hostile, to be escaped where it is shown."""

    def __str__(self) -> str:
        kind, _, name = self.measure.partition(":")
        what = {
            "lacks": f"field {name} (label {FIELD_LABELS.get(name, name)}) is missing in",
            "problem": f"the parser finds {name} in",
            "removed": f"text of the site ({name}) is cut out of",
            "quarantined": f"rule {name} is broken by",
        }.get(kind, f"{name.replace('_', ' ')} is the content of")
        return (
            f"{self.day}: {what} {self.hits:,} of {self.total:,} posts; "
            f"in the {TRAILING_DAYS} days before, of {self.usual_hits:,} of {self.usual_total:,}. "
            f"For example {self.example_url}"
        )


def daily_counts(posts: pl.LazyFrame, quarantine: pl.LazyFrame) -> pl.DataFrame:
    """What drift is judged by.

    Args:
        posts: rows of `schema.Posts`.
        quarantine: rows of `schema.Quarantine` of the same days.

    Returns:
        One row per day and measure that has hits: `day`, `measure`, `hits`, `total` (entries of
        the day; posts, for kinds of content and reasons of quarantine), `example_url`, `example`;
        and for every day the measures `entries` and `posts`, which have totals and no hits.
    """
    example = (
        pl.coalesce("post_url", "source").alias("example_url"),
        pl.col("raw").str.head(_EXAMPLE_CHARACTERS).alias("example"),
    )
    entries = posts.filter(pl.col("content") == "entry")
    lacking = [
        pl.when(
            pl.col(field).list.len() == 0
            if field in {"authors", "categories"}
            else pl.col(field).is_null()
        ).then(pl.lit(f"lacks:{field}"))
        for field in FIELD_LABELS
    ]
    problems = pl.col("problems").list.eval(pl.format("problem:{}", pl.element()))
    removed = (
        pl.col("removed_lines")
        .list.eval(pl.format("removed:{}", pl.element().struct.field("reason")))
        .list.unique(maintain_order=True)
    )
    reasons = pl.col("reasons").list.eval(pl.format("quarantined:{}", pl.element()))
    found = [
        entries.select("day", *example, measure=pl.concat_list(lacking)),
        entries.select("day", *example, measure=problems),
        entries.select("day", *example, measure=removed),
        quarantine.select("day", *example, measure=reasons),
        posts.filter(pl.col("content") != "entry").select(
            "day", *example, measure=pl.concat_list(pl.format("content:{}", "content"))
        ),
    ]
    hits = (
        pl.concat(
            rows.explode("measure", empty_as_null=False).drop_nulls("measure") for rows in found
        )
        .sort("day", "measure", "example_url", "example")
        .group_by("day", "measure")
        .agg(hits=pl.len(), example_url=pl.first("example_url"), example=pl.first("example"))
    )
    totals = posts.group_by("day").agg(posts=pl.len(), entries=(pl.col("content") == "entry").sum())
    bare = [
        totals.select("day", hits=pl.lit(0), measure=pl.lit(name), total=name)
        for name in ("entries", "posts")
    ]
    measured = hits.join(totals, on="day").with_columns(
        total=pl.when(pl.col("measure").str.contains(_OF_POSTS)).then("posts").otherwise("entries")
    )
    return (
        pl.concat([measured, *bare], how="diagonal_relaxed")
        .select(_COUNTS.names())
        .cast(_COUNTS)
        .sort("day", "measure")
        .collect()
    )


def find_drift(counts: pl.DataFrame, days: Collection[date]) -> list[Drift]:
    """What has left its usual range on one of `days`.

    Args:
        counts: as from `daily_counts`, of `days` and of the `TRAILING_DAYS` before them.
        days: the days to judge.

    Returns:
        Findings by day, the least likely first.
    """
    found = [drift for day in sorted(days) for drift in _drifts_of(counts, day)]
    return sorted(found, key=lambda drift: (drift.day, drift.chance, drift.measure))


def _drifts_of(counts: pl.DataFrame, day: date) -> Iterator[Drift]:
    past = counts.filter(
        (pl.col("day") < day) & (pl.col("day") >= day - timedelta(days=TRAILING_DAYS))
    )
    hits = dict(past.group_by("measure").agg(pl.sum("hits")).iter_rows())
    totals = dict(past.group_by("measure").agg(pl.sum("total")).iter_rows())
    today = counts.filter((pl.col("day") == day) & (pl.col("hits") >= FEWEST))
    for row in today.iter_rows(named=True):
        of_posts = re.search(_OF_POSTS, row["measure"])
        usual = hits.get(row["measure"], 0), totals.get("posts" if of_posts else "entries", 0)
        chance = chance_of(row["hits"], row["total"], *usual)
        if chance < ALARM:
            yield Drift(**row, usual_hits=usual[0], usual_total=usual[1], chance=chance)


def chance_of(hits: int, total: int, usual_hits: int, usual_total: int) -> float:
    """The chance of at least `hits` of `total`, at the rate of `usual_hits` of `usual_total`.

    >>> chance_of(3, 3, 0, 10) > ALARM > chance_of(3, 3, 0, 1000)
    True
    """
    weight = min(1.0, _STEADINESS / usual_total) if usual_total else 0.0
    a = _PRIOR[0] + weight * usual_hits
    b = _PRIOR[1] + weight * (usual_total - usual_hits)
    return min(1.0, sum(_beta_binomial(k, total, a, b) for k in range(hits, total + 1)))


def _beta_binomial(k: int, n: int, a: float, b: float) -> float:
    """The chance of `k` of `n` where the rate itself is drawn from Beta(a, b)."""
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + _log_beta(k + a, n - k + b) - _log_beta(a, b))


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
