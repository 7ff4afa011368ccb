"""Assets of the acquire stage: what the crawler fetched, what was dropped in the inbox."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl
from pydantic import Field

from pipeline.acquire.archive import Archive
from pipeline.orchestration.described import described
from pipeline.orchestration.partitions import (
    as_days,
    digest_days,
    one_run_for_a_range,
    today,
)
from pipeline.orchestration.processes import mark_run
from pipeline.orchestration.progress import Progress
from pipeline.orchestration.table_store import TableStore
from pipeline.parse.posts import parse_key
from pipeline.schema import Captures
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.acquire.crawl import CrawlReport
    from pipeline.acquire.crawl import Progress as CrawlProgress

CRAWLER_POOL = "digest_site"
"""The Dagster pool that keeps two runs from crawling at once; its limit is 1 (dagster.yaml)."""

DAYS_WERE_READ = "days_were_read"
"""The check that the crawl itself answers."""


class CrawlConfig(dg.Config):
    """What a single run may change about the crawl."""

    base_url: str | None = Field(
        default=None, description="The site's address for this run; else ARXIV_JA_EN_BASE_URL."
    )
    reread: bool = Field(
        default=False, description="Read days again that were read completely and are settled."
    )


def _crawl_line(crawl: "CrawlProgress") -> str:
    left = f", {crawl.eta} left" if crawl.eta is not None else ""
    return (
        f"captures: {crawl.day}, {crawl.pages} pages, {crawl.posts} posts,"
        f" {crawl.bytes / 1000:.0f} kB, {crawl.rate:.1f} pages/s{left}"
    )


@dg.asset(
    group_name="acquire",
    partitions_def=digest_days,
    backfill_policy=one_run_for_a_range,
    pool=CRAWLER_POOL,
    **described(
        "What the site answered for a day; the answers themselves are in the archive, which is "
        "never rewritten.",
        Captures,
        "scrapy",
        "warc",
    ),
    check_specs=[
        dg.AssetCheckSpec(
            DAYS_WERE_READ,
            asset="captures",
            description="Every day of the run was read, and all that the site announced of it was "
            "captured. Does not block: what was read goes on, and the next run tries again.",
        )
    ],
)
def captures(
    context: dg.AssetExecutionContext,
    config: CrawlConfig,
    settings: dg.ResourceParam[Settings],
    tables: dg.ResourceParam[TableStore],
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[None]]:
    """Crawl the run's days into the archive, and list what it now holds of them."""
    from pipeline.acquire.crawl import CrawlError, crawl

    mark_run(context)
    for_this_run = settings.changed(base_url=config.base_url) if config.base_url else settings
    failure: CrawlError | None = None
    try:
        report: CrawlReport | None = crawl(
            as_days(context.partition_keys),
            settings=for_this_run,
            reread=config.reread,
            on_progress=lambda state: progress.report(_crawl_line(state)),
        )
    except CrawlError as error:
        # What was read before is in the archive all the same.
        failure, report = error, error.report
    crawled = Archive(settings.archive_dir).index().filter(pl.col("kind") != "inbox")
    found = {row.day: row for row in report.rows} if report else {}
    for day in as_days(context.partition_keys):
        rows = crawled.filter(pl.col("day") == day)
        key = day.isoformat()
        tables.write("captures", rows, day=key, key=parse_key(rows))
        metadata = {"dagster/partition_row_count": rows.height}
        if day in found:
            metadata |= {n: v for n, v in found[day].as_json().items() if v is not None}
        context.add_asset_metadata(metadata, partition_key=key)
    if failure is not None:
        raise dg.Failure(description=str(failure), allow_retries=False)
    assert report is not None
    yield dg.MaterializeResult(check_results=[_days_were_read(report)])


def _days_were_read(report: "CrawlReport") -> dg.AssetCheckResult:
    """Passed when no day failed and none lacks a post; the days as a table either way."""
    days = list(report.rows)
    failed = [row for row in days if row.state == "failed"]
    lacking = [row for row in days if row.state == "incomplete"]
    told = [f"{row.day}: {row.reason}" for row in failed + lacking]
    return dg.AssetCheckResult(
        check_name=DAYS_WERE_READ,
        passed=not told,
        severity=dg.AssetCheckSeverity.ERROR if failed else dg.AssetCheckSeverity.WARN,
        description="; ".join(told[:5]) + (f"; and {len(told) - 5} more" if told[5:] else "")
        or None,
        metadata={
            "route": report.route or "nothing to fetch",
            "days": dg.MetadataValue.table(
                [
                    dg.TableRecord({n: "" if v is None else v for n, v in row.as_json().items()})
                    for row in days[-100:]
                ]
            ),
        },
    )


@dg.asset(
    group_name="acquire",
    backfill_policy=one_run_for_a_range,
    **described(
        "What people dropped in the inbox: WARC, WET, HTML, REST JSON, feeds, plain text.",
        Captures,
        "warc",
    ),
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
    tables.write("inbox_captures", rows, key=parse_key(rows))
    for file in report.rejected:
        context.log.warning("inbox/rejected/%s: %s", file.name, file.note)
    states = Counter(file.state for file in report.files)
    context.add_output_metadata(
        {"dagster/row_count": rows.height, "taken": states["taken"], "rejected": states["rejected"]}
    )
