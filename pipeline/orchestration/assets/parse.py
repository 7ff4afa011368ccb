"""Assets of the parse stage."""

from __future__ import annotations

import dagster as dg

from pipeline.acquire.archive import Archive
from pipeline.orchestration.assets.acquire import captures, captures_of_day, inbox_captures
from pipeline.orchestration.daily import DayInput, derive_days
from pipeline.orchestration.partitions import digest_days, one_run_for_a_range
from pipeline.orchestration.progress import Progress
from pipeline.orchestration.table_store import TableStore
from pipeline.settings import Settings


@dg.asset(
    group_name="parse",
    partitions_def=digest_days,
    backfill_policy=one_run_for_a_range,
    deps=[captures, inbox_captures],
    kinds={"lexbor", "polars"},
    description="The entries on a day's pages, as they stood. One row per entry and capture.",
)
def posts(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    tables: dg.ResourceParam[TableStore],
    progress: dg.ResourceParam[Progress],
) -> None:
    """Parse the days whose captures, or whose parser, changed."""
    from pipeline.parse.posts import PARSER_VERSION, posts_of

    archive = Archive(settings.archive_dir)

    def input_of(day: str) -> DayInput:
        key, rows = captures_of_day(tables, day)
        return DayInput(key, lambda: [posts_of(archive.captures(rows))])

    derive_days(
        context, tables, progress, makes=["posts"], version=PARSER_VERSION, input_of=input_of
    )
