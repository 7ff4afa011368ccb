"""Assets of the parse stage."""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import polars as pl

from pipeline.acquire.archive import Archive
from pipeline.orchestration.assets.acquire import captures, inbox_captures
from pipeline.orchestration.daily import DayInput, derive_days
from pipeline.orchestration.described import described
from pipeline.orchestration.partitions import digest_days, one_run_for_a_range
from pipeline.orchestration.progress import Progress
from pipeline.orchestration.table_store import TableStore, derived_key
from pipeline.schema import Posts
from pipeline.settings import Settings


@dg.asset(
    group_name="parse",
    partitions_def=digest_days,
    backfill_policy=one_run_for_a_range,
    deps=[captures, inbox_captures],
    **described("The entries on a day's pages, as they stood.", Posts, "lexbor", "polars"),
)
def posts(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    tables: dg.ResourceParam[TableStore],
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[None]]:
    """Parse the days whose captures, or whose parser, changed."""
    from pipeline.parse.posts import PARSER_VERSION, parse_key, posts_of

    archive = Archive(settings.archive_dir)
    index = archive.index()

    def input_of(day: str) -> DayInput:
        rows = index.filter(pl.col("day") == pl.lit(day).str.to_date())
        return DayInput(parse_key(rows), lambda: [posts_of(archive.captures(rows))])

    yield from derive_days(
        context, tables, progress, makes=["posts"], version=PARSER_VERSION, input_of=input_of
    )


def stale_days(archive: Archive, tables: TableStore) -> list[date]:
    """Days of which the archive holds more than was parsed, or than this parser parsed, in order.

    What came through the inbox, and old posts that the site changed, make days stale that no
    crawl of theirs will touch again.
    """
    from pipeline.parse.posts import PARSER_VERSION, parse_key

    stale = []
    for rows in archive.index().partition_by("day"):
        day: date = rows["day"].item(0)
        key = derived_key(PARSER_VERSION, parse_key(rows))
        if tables.key("posts", day.isoformat()) != key:
            stale.append(day)
    return sorted(stale)
