"""Assets of the acquire stage: what the crawler fetched, what was dropped in the inbox."""

from __future__ import annotations

from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field

from pipeline.acquire.archive import Archive
from pipeline.orchestration.partitions import (
    as_days,
    digest_days,
    one_run_for_a_range,
    today,
)
from pipeline.orchestration.processes import PROCESS_TAG, this_process
from pipeline.orchestration.progress import Progress
from pipeline.orchestration.table_store import TableStore, derived_key
from pipeline.schema import Captures
from pipeline.settings import Settings

CRAWLER_POOL = "digest_site"
"""The Dagster pool that keeps two runs from crawling at once; its limit is 1 (dagster.yaml)."""


class CrawlConfig(dg.Config):
    """What a single run may change about the crawl."""

    base_url: str | None = Field(
        default=None, description="The site's address for this run; else ARXIV_JA_EN_BASE_URL."
    )
    reread: bool = Field(
        default=False, description="Read days again that were read completely and are settled."
    )


def _captures_key(captures: pl.DataFrame) -> str:
    """Names a day's captures: which records of which files, saying what."""
    columns = ("archive_file", "record_offset", "payload_digest", "url", "kind", "announced")
    rows = captures.select(columns).sort("archive_file", "record_offset").rows()
    return derived_key(*(repr(row) for row in rows))


@dg.asset(
    group_name="acquire",
    partitions_def=digest_days,
    backfill_policy=one_run_for_a_range,
    pool=CRAWLER_POOL,
    kinds={"scrapy", "warc"},
    description="What the site answered for a day. One row per archived response; the responses "
    "themselves are in the archive, which is never rewritten.",
)
def captures(
    context: dg.AssetExecutionContext,
    config: CrawlConfig,
    settings: dg.ResourceParam[Settings],
    tables: dg.ResourceParam[TableStore],
    progress: dg.ResourceParam[Progress],
) -> None:
    """Crawl the run's days into the archive, and list what it now holds of them."""
    from pipeline.acquire.crawl import CrawlError, crawl

    context.instance.add_run_tags(context.run_id, {PROCESS_TAG: this_process()})
    for_this_run = settings.changed(base_url=config.base_url) if config.base_url else settings
    failure: CrawlError | None = None
    reports: dict[str, Any] = {}
    try:
        report = crawl(
            as_days(context.partition_keys),
            settings=for_this_run,
            reread=config.reread,
            on_progress=lambda state: progress.report(str(state)),
        )
        reports = {day.day.isoformat(): day for day in report.days}
    except CrawlError as error:
        failure = error  # what was read before it is in the archive all the same
    index = Archive(settings.archive_dir).index()
    for day in context.partition_keys:
        rows = index.filter(
            (pl.col("day") == pl.lit(day).str.to_date()) & (pl.col("kind") != "inbox")
        )
        tables.write("captures", rows, day=day, key=_captures_key(rows))
        metadata: dict[str, Any] = {"dagster/partition_row_count": rows.height}
        if day in reports:
            metadata |= {
                name: value for name, value in reports[day].as_json().items() if value is not None
            }
        context.add_asset_metadata(metadata, partition_key=day)
    if failure is not None:
        raise dg.Failure(description=str(failure), allow_retries=False)


@dg.asset(
    group_name="acquire",
    backfill_policy=one_run_for_a_range,
    kinds={"warc"},
    description="What people dropped in the inbox: WARC, WET, HTML, REST JSON, feeds, plain text. "
    "One row per imported page and digest day it bears on.",
)
def inbox_captures(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    tables: dg.ResourceParam[TableStore],
) -> None:
    """Take the waiting files into the archive, and list all that ever came that way."""
    from pipeline.acquire.inbox import take_inbox

    report = take_inbox(settings, import_day=today())
    rows = Archive(settings.archive_dir).index().filter(pl.col("kind") == "inbox")
    tables.write("inbox_captures", rows, key=_captures_key(rows))
    context.add_output_metadata(
        {"dagster/row_count": rows.height, "taken": report.taken, "rejected": report.rejected}
    )


def captures_of_day(tables: TableStore, day: str) -> tuple[str, pl.DataFrame]:
    """All captures that bear on a day, crawled or dropped in, and the key that names them."""
    on_day = pl.col("day") == pl.lit(day).str.to_date()
    crawled = tables.scan("captures", Captures, day)
    dropped_in = tables.scan("inbox_captures", Captures).filter(on_day)
    rows = pl.concat([crawled, dropped_in]).collect()
    return _captures_key(rows), rows
