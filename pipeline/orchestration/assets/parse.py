"""Assets of the parse stage."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice

import dagster as dg
import polars as pl

from pipeline import pair as pairing
from pipeline.acquire.days import describe_ranges
from pipeline.archive.archive import Archive
from pipeline.orchestration.asset_metadata import asset_metadata
from pipeline.orchestration.assets.acquire import captures, inbox_captures
from pipeline.orchestration.daily import DayInput, derive_days, warn_of_damage
from pipeline.orchestration.guard import guarded
from pipeline.orchestration.partitions import (
    as_days,
    digest_days,
    is_digest_day,
    one_run_for_a_range,
)
from pipeline.orchestration.progress import Progress
from pipeline.parse import posts as parsing
from pipeline.parse.posts import parse_key
from pipeline.schema import POSTS, Posts, empty_frame
from pipeline.settings import Settings
from pipeline.storage import TableStore, derived_key
from pipeline.validate import records as validation

PARALLEL_FROM = 20
"""Due days from which it pays to start processes for parsing."""
FEWEST_STRANGERS = 3
"""Posts without an entry on a day that may be announcements."""


@dg.asset(
    group_name="parse",
    partitions_def=digest_days,
    backfill_policy=one_run_for_a_range,
    deps=[captures, inbox_captures],
    **asset_metadata(
        POSTS, "lexbor", "polars", work="parse/posts.py", version=parsing.PARSER_VERSION
    ),
)
@guarded
def posts(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    tables: dg.ResourceParam[TableStore],
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[None]]:
    """Parse the days whose captures, or whose parser, changed; many days on all cores."""
    from pipeline.parse.posts import posts_of_days

    archive = Archive(settings.archive_dir)
    index = archive.index()
    captured = {day: rows for (day,), rows in index.partition_by("day", as_dict=True).items()}
    rows_of = {day: captured.get(day, index.clear()) for day in as_days(context.partition_keys)}
    for day in context.partition_keys:
        _list_captures(context, tables, day, _crawled(index, date.fromisoformat(day)))
    keys = {day: parse_key(rows) for day, rows in rows_of.items()}
    due = [
        day
        for day, key in keys.items()
        if tables.key("posts", day.isoformat()) != derived_key(parsing.PARSER_VERSION, key)
    ]
    kept = _lacking(archive, tables, {day: rows_of[day] for day in due})
    due = [day for day in due if day not in kept]
    parsed = posts_of_days(
        settings.archive_dir,
        pl.concat([index.clear(), *(rows_of[day] for day in due)]),
        processes=None if len(due) >= PARALLEL_FROM else 1,
        on_damage=lambda day, error: kept.update({day: str(error)}),
    )
    ahead: list[tuple[date, pl.DataFrame]] = []

    def posts_of_next(day: date) -> list[pl.DataFrame] | None:
        if day not in kept and rows_of[day].is_empty():
            return [empty_frame(Posts)]
        if day not in kept and not ahead:
            ahead.extend(islice(parsed, 1))
        if day in kept:
            return None
        found, rows = ahead.pop()
        assert found == day, "days are parsed in the order in which they are made"
        if warning := strangers(rows):
            context.log.warning("%s: %s", day, warning)
        return [rows]

    def input_of(partition: str) -> DayInput:
        day = date.fromisoformat(partition)
        return DayInput(keys[day], lambda: posts_of_next(day))

    yield from derive_days(
        context, tables, progress, makes=[POSTS], version=parsing.PARSER_VERSION, input_of=input_of
    )
    if kept:
        context.log.warning(
            "not parsed, as captures of theirs are damaged or missing: %s (%s); their tables stay "
            "as they are",
            *(describe_ranges(sorted(kept)), "; ".join(sorted(set(kept.values())))),
        )


def strangers(posts: pl.DataFrame) -> str | None:
    """What to say of a day most of whose posts are no paper's; None where they are.

    A new site, or one that has changed its labels, has no past from which it could drift.

    Args:
        posts: rows of `schema.Posts`, of one day.
    """
    strange = posts.filter(pl.col("content") == "not_a_paper")
    if strange.height < FEWEST_STRANGERS or 2 * strange.height <= posts.height:
        return None
    example = strange.select(pl.coalesce("post_url", "source")).item(0, 0)
    return (
        f"{strange.height:,} of {posts.height:,} posts hold no entry of a paper, for example "
        f"{example}. Look at it: has the site changed its labels, or shows it excerpts only?"
    )


def _lacking(
    archive: Archive, tables: TableStore, rows_of: Mapping[date, pl.DataFrame]
) -> dict[date, str]:
    """Days whose posts were made from captures that a damaged file does not give now, and why."""
    damaged = {damage.file for damage in archive.damages()}
    if not damaged:
        return {}
    place = ["archive_file", "record_offset"]
    lacking = {}
    for day, rows in rows_of.items():
        if tables.key("posts", day.isoformat()) is not None:
            posts = tables.read("posts", Posts, day.isoformat()).join(rows, on=place, how="anti")
            if lost := damaged.intersection(posts["archive_file"]):
                lacking[day] = ", ".join(sorted(lost))
    return lacking


def _crawled(index: pl.DataFrame, day: date) -> pl.DataFrame:
    """What the crawler captured of a day."""
    return index.filter(pl.col("kind") != "inbox", pl.col("day") == day)


def _list_captures(
    context: dg.AssetExecutionContext, tables: TableStore, day: str, crawled: pl.DataFrame
) -> None:
    """Write a day's `captures` where the table is damaged or lost: no crawl may touch it again."""
    if not crawled.is_empty() and tables.key("captures", day) is None:
        warn_of_damage(context, tables, ["captures"], day)
        tables.write("captures", crawled, part=day, key=parse_key(crawled))


def daily_versions() -> tuple[str, str, str]:
    """The versions of parser, validator and aligner: what a day's tables depend on, pages apart."""
    return parsing.PARSER_VERSION, validation.VALIDATOR_VERSION, pairing.ALIGNER_VERSION


def stale_days(archive: Archive, tables: TableStore) -> list[date]:
    """Days of which a daily table is not there, or not what is made of the archive now, in order.

    What came through the inbox, and old posts that the site changed, make days stale that no
    crawl of theirs will touch again; so do a run that ended between two stages, and a new version
    of one. A day that is no partition never is: see `days_beyond`.
    """
    parser, validator, aligner = daily_versions()
    names = ("posts", "records", "quarantine", "sentence_pairs", "pair_signals")
    made = [tables.keys(name) for name in names]
    listed = tables.keys("captures")
    stale = []
    for rows in archive.index().partition_by("day"):
        day: date = rows["day"].item(0)
        unlisted = not listed.get(day.isoformat()) and not _crawled(rows, day).is_empty()
        parsed = derived_key(parser, parse_key(rows))
        validated = derived_key(validator, parsed)
        paired = derived_key(aligner, validated)
        keys = [parsed, validated, validated, paired, paired]
        current = [of_days.get(day.isoformat()) for of_days in made] == keys
        if is_digest_day(day) and (unlisted or not current):
            stale.append(day)
    return sorted(stale)


def days_beyond(archive: Archive) -> list[date]:
    """Days of which the archive holds something and that are no partitions, in order.

    Posts older than the first day, or dated in the future by a wrong clock: they stay archived,
    and are parsed once the setting, or the calendar, reaches them.
    """
    days = archive.index()["day"].unique().sort()
    return [day for day in days if not is_digest_day(day)]
