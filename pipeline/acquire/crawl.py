"""One crawl: which days are due, one crawler for all of them, and what came of it.

report = crawl([date(2025, 3, 4)], settings=settings())
for row in report.rows:
    print(row.day, row.state, row.captured, "of", row.announced)
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

import polars as pl
from anyio.from_thread import start_blocking_portal
from filelock import FileLock, Timeout

from pipeline import __version__
from pipeline.acquire.addresses import Site
from pipeline.acquire.client import open_client
from pipeline.acquire.crawler import Crawler
from pipeline.acquire.day_report import DayReport
from pipeline.acquire.fetch import Fetcher
from pipeline.acquire.progress import Event, Meter, Progress
from pipeline.acquire.resume import (
    changes_to_ask,
    known_payloads,
    pages_with_posts,
    replayer,
    settled_days,
)
from pipeline.acquire.run import Run
from pipeline.archive.archive import Archive
from pipeline.archive.writer import DigestInfo
from pipeline.settings import PROJECT_URL, SITE_ZONE, SettingError, Settings

__all__ = ["CrawlError", "CrawlReport", "DayReport", "Progress", "crawl", "user_agent"]

LOGS_KEPT = timedelta(days=90)
"""How long the log of a crawl is kept."""

logger = logging.getLogger(__name__)


class CrawlError(Exception):
    """The site could not be crawled; one line with address and reason.

    Attributes:
        report: what could be read before; it is in the archive. None where nothing was begun.
        transient: whether it may pass: the network or the server failed, nobody refused.
    """

    def __init__(
        self, message: str, report: CrawlReport | None = None, *, transient: bool = False
    ) -> None:
        super().__init__(message)
        self.report, self.transient = report, transient


@dataclass(frozen=True)
class CrawlReport:
    """What became of a crawl.

    Attributes:
        rows: one row a day that was asked for, in order of days.
        route: `rest` or `listing`, as it stood at the end; None where nothing was fetched.
        route_reason: why that route.
        changed_days: older days, not asked for, of which changed posts were archived.
        requests: requests made, robots.txt and home page included.
        archive_file: the WARC file that was written; None where nothing was.
    """

    rows: tuple[DayReport, ...]
    route: str | None = None
    route_reason: str | None = None
    changed_days: tuple[date, ...] = ()
    requests: int = 0
    archive_file: str | None = None

    def table(self) -> pl.DataFrame:
        """The rows as a table: one row a day, the columns of `DayReport`."""
        schema = {
            "day": pl.Date(),
            "route": pl.String(),
            **dict.fromkeys(("announced", "captured", "protected", "missing"), pl.Int64()),
            **dict.fromkeys(("requests", "bytes"), pl.Int64()),
            "seconds": pl.Float64(),
            "state": pl.String(),
            "reason": pl.String(),
        }
        rows = [row.as_json() | {"day": row.day} for row in self.rows]
        return pl.DataFrame(rows, schema=schema, orient="row")


def user_agent(contact: str) -> str:
    """Who we say we are: product, project and the operator's contact."""
    about = PROJECT_URL if contact == PROJECT_URL else f"{PROJECT_URL}; contact: {contact}"
    return f"arxiv-ja-en/{__version__} (+{about})"


def crawl(
    days: Iterable[date],
    *,
    settings: Settings,
    reread: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_day: Callable[[DayReport], None] = lambda _row: None,
) -> CrawlReport:
    """Take `days` of the site into the archive.

    A day that was read completely after its re-read window (`settings.reread_days`) had passed is
    settled: it is not fetched again unless `reread`.

    Args:
        days: digest days (JST), in any order.
        settings: where the site and the archive are, and the manners.
        reread: fetch settled days as well.
        on_progress: called as pages come in.
        on_day: called with the row of every day that is settled, or that has been read or failed;
            what was read of it is in the archive by then.

    Returns:
        The report; days that failed are rows with a reason in it.

    Raises:
        CrawlError: the site as a whole cannot be crawled. Days that could be read are kept.
    """
    wanted = sorted(set(days))
    archive = Archive(settings.archive_dir)
    _check_same_site(archive, settings)
    settled = {} if reread else settled_days(archive, settings.reread_days)
    kept = {
        day: replace(settled[day], state="settled", requests=0, bytes=0, seconds=0.0)
        for day in wanted
        if day in settled
    }
    due = sorted(set(wanted) - kept.keys())
    for row in kept.values():
        on_day(row)
    if not due:
        return CrawlReport(tuple(kept.values()))
    today = datetime.now(SITE_ZONE).date()
    replay = [] if reread else [day for day in due if settings.is_settled(day, today)]
    with _only_crawl(archive.folder), _log(archive.folder / "log"):
        return _run(archive, settings, due, replay, kept, on_progress, on_day)


def _check_same_site(archive: Archive, settings: Settings) -> None:
    hosts = {urlsplit(url).hostname for url in pages_with_posts(archive)["url"].unique()}
    host = urlsplit(settings.base_url).hostname
    if hosts - {host}:
        other = sorted(str(name) for name in hosts - {host})[0]
        raise CrawlError(
            f"{settings.base_url}: the archive in {settings.archive_dir} holds captures of"
            f" {other}; a data folder belongs to one site (set ARXIV_JA_EN_DATA_DIR)"
        )


@contextmanager
def _only_crawl(folder: Path) -> Iterator[None]:
    """Keep every other crawl off the archive; the lock ends with the process that holds it."""
    lock = FileLock(folder / "crawl.lock", timeout=0)
    try:
        (folder / "log").mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise CrawlError("another crawl of this data folder is running") from None
    except OSError as error:
        raise CrawlError(f"the archive cannot be written: {error}") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _log(folder: Path) -> Iterator[None]:
    """Write what the crawler logs to a file of its own, and delete old ones."""
    for old in folder.glob("*.log"):
        if time.time() - old.stat().st_mtime > LOGS_KEPT.total_seconds():
            old.unlink(missing_ok=True)
    handler = logging.FileHandler(folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.log", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    acquire = logging.getLogger("pipeline.acquire")
    level = acquire.level
    acquire.addHandler(handler)
    acquire.setLevel(logging.INFO)
    try:
        yield
    finally:
        acquire.setLevel(level)
        acquire.removeHandler(handler)
        handler.close()


def _run(
    archive: Archive,
    settings: Settings,
    due: list[date],
    replay: list[date],
    kept: dict[date, DayReport],
    on_progress: Callable[[Progress], None] | None,
    on_day: Callable[[DayReport], None],
) -> CrawlReport:
    rows, meter = dict(kept), Meter(len(due))
    events: SimpleQueue[Event | None] = SimpleQueue()
    # The crawler has an event loop in a thread of its own: an interrupt reaches this thread, which
    # waits, and a notebook has a loop in this one already.
    with start_blocking_portal() as portal:
        crawling = portal.start_task_soon(_crawl, archive, settings, due, replay, events.put)
        crawling.add_done_callback(lambda _: events.put(None))
        for event in _until_none(events):
            if isinstance(event, DayReport):
                rows[event.day] = event
                on_day(event)
            if on_progress is not None:
                on_progress(meter.count(event))
    crawler, error = _ended(crawling)
    for day in due:
        rows.setdefault(day, _unread(day, error))
    report = CrawlReport(tuple(rows[day] for day in sorted(rows)))
    if crawler is not None:
        report = replace(
            report,
            route=crawler.route,
            route_reason=crawler.route_reason,
            changed_days=tuple(sorted(crawler.changed_days)),
            requests=crawler.run.fetcher.requests,
            archive_file=crawler.run.writer.path.name if crawler.n_days else None,
        )
    if error:
        raise CrawlError(error, report, transient=crawler is not None and crawler.transient)
    return report


def _ended(crawling: Future[Crawler]) -> tuple[Crawler | None, str | None]:
    """The crawler, where it could begin, and why the crawl ended early."""
    try:
        crawler = crawling.result()
    except SettingError as error:
        return None, str(error)
    except OSError as error:
        return None, f"the archive cannot be written: {error}"
    return crawler, crawler.error


def _until_none(events: SimpleQueue[Event | None]) -> Iterator[Event]:
    while True:
        try:
            # A wait without end would take no Ctrl-C: polars' handler of it restarts system calls.
            event = events.get(timeout=0.5)
        except Empty:
            continue
        if event is None:
            return
        yield event


async def _crawl(
    archive: Archive,
    settings: Settings,
    due: list[date],
    replay: list[date],
    report: Callable[[Event], None],
) -> Crawler:
    site, agent = Site(settings.base_url), user_agent(settings.contact)
    records = archive.records()
    for name, size in archive.torn().items():
        logger.warning("%s ends with %s bytes of a torn record; the rest is read", name, size)
    info = {
        "base_url": settings.base_url,
        "user_agent": agent,
        "delay": str(settings.delay_seconds),
        "reread_days": str(settings.reread_days),
    }
    since, older = changes_to_ask(archive, due) or (None, None)
    with archive.writer("crawl", info, known_payloads(records, due)) as writer:
        async with open_client(site.host, agent) as client:
            fetcher = Fetcher(
                client=client,
                site=site,
                delay=settings.delay_seconds,
                timeout=settings.timeout_seconds,
                give_up_after=settings.give_up_after,
                deadline=time.monotonic() + settings.run_hours * 3600,
                keep=lambda exchange: writer.add_exchange(exchange, DigestInfo("listing")),
                replay=replayer(archive, records, replay, settings.reread_days),
            )
            del records
            run = Run(site, fetcher, writer, report)
            crawler = Crawler(run, due, since, older, settings.first_day, report)
            await crawler.crawl()
        if writer.begun:
            writer.add_note("run", crawler.note())
    return crawler


def _unread(day: date, reason: str | None) -> DayReport:
    return DayReport(day, None, 0, 0, 0, 0, 0, 0, 0.0, "failed", reason or "not reached")
