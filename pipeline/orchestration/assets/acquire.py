"""Assets of the acquire stage: what the crawler fetched, what was dropped in the inbox."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl
from pydantic import Field

from pipeline.acquire.day_report import DayReport
from pipeline.acquire.days import (
    DayStatus,
    day_statuses,
    describe_ranges,
    missed_days,
    older_days,
)
from pipeline.acquire.inbox_files import READER_VERSION
from pipeline.archive.archive import Archive
from pipeline.archive.index import INDEX_VERSION
from pipeline.orchestration.asset_metadata import asset_metadata
from pipeline.orchestration.crawl_recorder import DayRecorder
from pipeline.orchestration.dagster_private import ROW_COUNT, suppress_auto_materialization
from pipeline.orchestration.daily import warn_of_damage, with_lost_captures
from pipeline.orchestration.guard import guarded
from pipeline.orchestration.partitions import (
    as_days,
    days_of,
    digest_days,
    one_run_for_a_range,
)
from pipeline.orchestration.progress import Progress
from pipeline.parse.posts import parse_key
from pipeline.schema import CAPTURES, INBOX_CAPTURES
from pipeline.settings import SettingError, Settings, today
from pipeline.storage import TableStore

if TYPE_CHECKING:
    from pipeline.acquire import crawl as crawling

CRAWLER_POOL = "digest_site"
"""The Dagster pool that keeps two runs from crawling at once; its limit is 1 (dagster.yaml)."""

FIRST_WAIT = 300.0
"""Wait before a crawl is tried again, in delays between two requests; it triples each time."""

CRAWL = "captures"
"""The step that crawls; it fails where the site as a whole cannot be crawled."""

DAYS_WERE_READ = "captures_days_were_read"
"""The step that checks which days were read; it fails where a day could not be read."""


class CrawlConfig(dg.Config):
    """What a single run may change about the crawl."""

    base_url: str | None = Field(
        default=None, description="The site's address for this run; else ARXIV_JA_EN_BASE_URL."
    )
    reread: bool = Field(
        default=False, description="Read days again that were read completely and are settled."
    )
    retries: int = Field(
        default=3,
        ge=0,
        le=10,
        description="How often to try again, after 5, 15, 45 ... minutes, where the network or "
        "the site's server failed; never where the site refused or its pages are broken.",
    )


def _crawl_line(crawl: "crawling.Progress") -> str:
    left = f", {crawl.eta} left" if crawl.eta is not None else ""
    return (
        f"captures: {crawl.day}, pages {crawl.pages}, posts {crawl.posts},"
        f" {crawl.bytes / 1000:.0f} kB, {crawl.rate:.1f} pages/s{left}"
    )


@dg.asset(
    group_name="acquire",
    partitions_def=digest_days,
    backfill_policy=one_run_for_a_range,
    pool=CRAWLER_POOL,
    **asset_metadata(
        CAPTURES, "httpx2", "warc", work="acquire/crawl.py", version=str(INDEX_VERSION)
    ),
)
@guarded
def captures(
    context: dg.AssetExecutionContext,
    config: CrawlConfig,
    settings: dg.ResourceParam[Settings],
    tables: dg.ResourceParam[TableStore],
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[None]]:
    """Crawl the run's days into the archive, and list what it now holds of them."""
    from pipeline.acquire.crawl import CrawlError, crawl

    try:
        for_this_run = settings.changed(base_url=config.base_url) if config.base_url else settings
    except SettingError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    if context.retry_number:
        _wait(context, for_this_run)
    with DayRecorder(context, Archive(settings.archive_dir), tables) as recorder:
        try:
            crawl(
                as_days(context.partition_keys),
                settings=for_this_run,
                reread=config.reread,
                on_progress=lambda state: progress.report(_crawl_line(state)),
                on_day=recorder.day_ended,
            )
        except CrawlError as error:
            # What was read before is in the archive all the same.
            if error.transient and context.retry_number < config.retries:
                raise dg.RetryRequested(max_retries=config.retries) from error
            raise dg.Failure(description=str(error), allow_retries=False) from error
    yield suppress_auto_materialization()


def _wait(context: dg.AssetExecutionContext, settings: Settings) -> None:
    """Let the site recover. In the step, since a run that waits between steps takes no cancel."""
    waits = FIRST_WAIT * 3.0 ** (context.retry_number - 1)
    seconds = settings.delay_seconds * waits * random.uniform(1.0, 1.5)
    context.log.warning("the site could not be read; trying again in %.0f s", seconds)
    time.sleep(seconds)


@dg.multi_asset_check(
    name=DAYS_WERE_READ,
    specs=[
        dg.AssetCheckSpec(
            "days_were_read",
            asset=captures,
            description="Every day of the run was read, and all that the site announced of it was "
            "captured. Stops nothing: what was read goes on, and the next run tries again; but a "
            "run with a day that could not be read ends as failed, and that day shows red.",
        ),
        dg.AssetCheckSpec(
            "no_days_unread",
            asset=captures,
            description="No day was left out between the earliest day that was read and the last "
            "of the run. A warning: the next refresh without days reads what was left out.",
        ),
    ],
    can_subset=True,
)
@guarded
def days_were_read(
    context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.AssetCheckResult]:
    """Judge the run's days, or all days that were ever read, by how they were read last."""
    selected = {key.name for key in context.selected_asset_check_keys}
    of_run = days_of(context.run)
    archive = Archive(settings.archive_dir)
    if "no_days_unread" in selected:
        until = of_run[-1] if of_run else today()
        yield _no_days_unread(day_statuses(archive, settings, until))
    if "days_were_read" in selected:
        yield from _days_were_read(_last_reports(archive, of_run))


def _last_reports(archive: Archive, of_run: Sequence[date]) -> list[DayReport]:
    """How the days, or else all that were ever read, were read last; in order."""
    last = {row.day: row for row in map(DayReport.from_json, archive.notes("day"))}
    return [last[day] for day in of_run or sorted(last) if day in last]


def _days_were_read(days: Sequence[DayReport]) -> Iterator[dg.AssetCheckResult]:
    by_state: defaultdict[str, list[DayReport]] = defaultdict(list)
    for row in days:
        by_state[row.state if row.state in {"failed", "incomplete"} else "read"].append(row)
    failed, lacking = by_state["failed"], by_state["incomplete"]
    shown = [*map(_as_row, [*failed, *lacking, *by_state["read"][::-1]][:100])]
    reasons = [f"{row.day}: {row.reason}" for row in failed + lacking]
    description = "; ".join(reasons[:5]) + (f"; and {len(reasons) - 5} more" if reasons[5:] else "")
    yield dg.AssetCheckResult(
        check_name="days_were_read",
        passed=not reasons,
        severity=dg.AssetCheckSeverity.ERROR if failed else dg.AssetCheckSeverity.WARN,
        description=description or None,
        metadata={"days": dg.MetadataValue.table(shown)} if shown else {},
    )
    if failed:
        # Dagster counts the days that a run lacks as failed only if the run has failed.
        raise dg.Failure(description=description, allow_retries=False)


def _as_row(report: DayReport) -> dg.TableRecord:
    values = report.as_json().items()
    return dg.TableRecord({name: "" if value is None else value for name, value in values})


def _no_days_unread(statuses: Sequence[DayStatus]) -> dg.AssetCheckResult:
    missed, older = missed_days(statuses), older_days(statuses)
    return dg.AssetCheckResult(
        check_name="no_days_unread",
        passed=not missed,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(missed)} days were never read: {describe_ranges(missed)}"
        if missed
        else None,
        metadata={
            "never read": describe_ranges(missed) or "none",
            "older days, read on request only": describe_ranges(older) or "none",
        },
    )


@dg.asset(
    group_name="acquire",
    backfill_policy=one_run_for_a_range,
    **asset_metadata(
        INBOX_CAPTURES,
        "warc",
        work="acquire/inbox.py",
        version=f"{INDEX_VERSION}-{READER_VERSION}",
    ),
)
@guarded
def inbox_captures(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    tables: dg.ResourceParam[TableStore],
) -> None:
    """Take the waiting files into the archive, and list all that ever came that way."""
    from pipeline.acquire.inbox import take_inbox

    report = take_inbox(settings, import_day=today())
    archive = Archive(settings.archive_dir)
    rows = archive.index().filter(pl.col("kind") == "inbox")
    rows = with_lost_captures(archive, tables, rows, "inbox_captures")
    warn_of_damage(context, tables, ["inbox_captures"])
    tables.write("inbox_captures", rows, key=parse_key(rows))
    for file in report.files:
        if file.note and file.state != "known":
            folder = "inbox/rejected" if file.state == "rejected" else "inbox"
            state = "not taken yet: " if file.state == "waiting" else ""
            context.log.warning("%s/%s: %s%s", folder, file.shown_name, state, file.note)
    states = Counter(file.state for file in report.files)
    context.add_output_metadata(
        {ROW_COUNT: rows.height, "taken": states["taken"], "rejected": states["rejected"]}
    )
