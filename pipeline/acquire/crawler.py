"""The crawler's process: `python -m pipeline.acquire.crawler`, started by `crawl()`.

Reads its plan as one line of JSON from stdin and writes progress, days and its outcome as JSON
lines to stdout; stderr is its log. When stdin closes, its parent is gone, and it stops at once: the
archive is whole up to the last record.
"""

from __future__ import annotations

import json
import logging
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from filelock import FileLock, Timeout

from pipeline.acquire.addresses import Site
from pipeline.acquire.day_report import DayReport, Tally
from pipeline.acquire.fetch import MAX_BODY
from pipeline.acquire.spider import DigestSpider, Outcome, Plan
from pipeline.archive.archive import Archive
from pipeline.archive.writer import Exchange
from pipeline.settings import SITE_ZONE

logger = logging.getLogger("pipeline.acquire.crawler")

SCRAPY_SETTINGS: dict[str, Any] = {
    # What has to do with manners is done by `Fetcher`, which sees redirects and refusals alike.
    "ROBOTSTXT_OBEY": False,
    "REDIRECT_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "RETRY_ENABLED": False,
    "COOKIES_ENABLED": False,
    "HTTPERROR_ALLOW_ALL": True,
    "CONCURRENT_REQUESTS": 1,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "DOWNLOAD_DELAY": 0,
    "DOWNLOAD_MAXSIZE": MAX_BODY,
    "DOWNLOAD_WARNSIZE": 0,
    "DOWNLOAD_FAIL_ON_DATALOSS": True,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "DOWNLOAD_HANDLERS": dict.fromkeys(
        ("http", "https"), "pipeline.acquire.download.OneRequestHandler"
    ),
    "LOG_LEVEL": "INFO",
    "DEFAULT_REQUEST_HEADERS": {
        "Accept": "text/html,application/json;q=0.9,*/*;q=0.8",
        "Accept-Language": "ja,en;q=0.5",
    },
}
LOCK_SECONDS = 2.0
"""How long to wait for the crawler of a parent that was killed a moment ago."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
PROGRESS_EVERY = 0.1
"""Least seconds between two lines of progress."""


def say(kind: str, message: dict[str, Any]) -> None:
    """Write one message to the parent."""
    sys.stdout.write(json.dumps({kind: message}, default=str) + "\n")
    sys.stdout.flush()


def stop_with_parent() -> None:
    """End this process when stdin is closed or the parent has changed; runs in a thread."""
    parent = os.getppid()
    while os.getppid() == parent:
        ready, _, _ = select.select([sys.stdin], [], [], 1.0)
        if ready and not os.read(sys.stdin.fileno(), 1024):
            break
    os._exit(3)


@dataclass
class Reporter:
    """Tells the parent how far the run is."""

    pages: int = 0
    posts: int = 0
    bytes: int = 0
    _told_at: float = 0.0

    def page(self, tally: Tally, posts: int, size: int) -> None:
        """Count a page of the tally's day."""
        self.pages, self.posts, self.bytes = self.pages + 1, self.posts + posts, self.bytes + size
        if time.monotonic() - self._told_at >= PROGRESS_EVERY:
            self._tell(tally.day)

    def day(self, row: DayReport) -> None:
        """Report a day that is closed."""
        say("day", row.as_json())
        self._tell(row.day)

    def _tell(self, day: date) -> None:
        self._told_at = time.monotonic()
        numbers = {"pages": self.pages, "posts": self.posts, "bytes": self.bytes}
        say("progress", {"day": day.isoformat(), **numbers})


def known_payloads(records: pl.DataFrame, days: list[date]) -> dict[tuple[str, str], datetime]:
    """When every payload of an address that bears on `days`, or on no day, was first received."""
    content = records.filter(
        pl.col("payload_digest").is_not_null() & pl.col("url").str.starts_with("http")
    )
    mine = (pl.col("days").list.len() == 0) | (
        pl.col("days").list.eval(pl.element().is_in(days)).list.any()
    )
    first = content.filter(mine).group_by("url", "payload_digest").agg(pl.col("captured_at").min())
    return {(url, digest): captured_at for url, digest, captured_at in first.iter_rows()}


def replayer(
    archive: Archive, records: pl.DataFrame, days: list[date], settled_after: int
) -> Callable[[str], Exchange | None]:
    """Pages of `days` that a killed or failed reading has left in the archive, by address.

    Only what was captured when its day was settled already, so that it will not change any more,
    and since the day was last read to its end.
    """
    read = {
        date.fromisoformat(note["day"]): datetime.fromisoformat(note["finished_at"])
        for note in archive.notes("day")
        if note["state"] != "failed"
    }
    ends = pl.DataFrame(
        {"days": list(read), "read_at": list(read.values())},
        schema={"days": pl.Date(), "read_at": pl.Datetime("us", "UTC")},
    )
    pages = (
        records.filter(pl.col("kind").is_in(["listing", "single", "rest"]))
        .explode("days")
        .filter(pl.col("days").is_in(days))
        .join(ends, on="days", how="left")
        .filter(pl.col("read_at").is_null() | (pl.col("captured_at") > pl.col("read_at")))
    )
    captured_day = pl.col("captured_at").dt.convert_time_zone(SITE_ZONE.key).dt.date()
    settled = pages.filter((captured_day - pl.col("days")).dt.total_days() > settled_after)
    latest = settled.sort("captured_at").unique("url", keep="last")
    places = {
        url: (name, offset)
        for url, name, offset in latest.select("url", "archive_file", "record_offset").iter_rows()
    }

    def replay(url: str) -> Exchange | None:
        return archive.exchange(*places[url]) if url in places else None

    return replay


def run(plan: dict[str, Any]) -> None:
    """Crawl as the plan says; see `crawl()` for what is in it."""
    archive = Archive(Path(plan["archive"]))
    archive.folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(archive.folder / "crawl.lock", timeout=LOCK_SECONDS):
            _crawl(archive, plan)
    except Timeout:
        say("outcome", {"error": "another crawl of this data folder is running"})
    except OSError as error:
        logger.exception("the archive cannot be written")
        say("outcome", {"error": f"the archive cannot be written: {error}"})


def _span(days: list[str] | None) -> tuple[date, date] | None:
    return (date.fromisoformat(days[0]), date.fromisoformat(days[1])) if days else None


def _crawl(archive: Archive, plan: dict[str, Any]) -> None:
    from scrapy.crawler import CrawlerProcess

    site = Site(plan["base_url"])
    days = [date.fromisoformat(day) for day in plan["days"]]
    records = archive.records()
    for name, size in archive.torn().items():
        logger.warning("%s ends with %s bytes of a torn record; the rest is read", name, size)
    reporter = Reporter()
    outcome = Outcome(started_at=datetime.now(UTC))
    replay_days = [date.fromisoformat(day) for day in plan["replay_days"]]
    since = plan["changes_since"]
    options = {
        "delay": plan["delay"],
        "give_up_after": plan["give_up_after"],
        "deadline": time.monotonic() + plan["seconds"],
        "user_agent": plan["user_agent"],
    }
    spider_plan = Plan(
        site=site,
        days=days,
        fetcher_options=options,
        changes_since=datetime.fromisoformat(since) if since else None,
        older=_span(plan["older"]),
        replay=replayer(archive, records, replay_days, plan["reread_days"]),
    )
    info = {name: str(plan[name]) for name in ("base_url", "user_agent", "delay", "reread_days")}
    settings = SCRAPY_SETTINGS | {
        "USER_AGENT": plan["user_agent"],
        "DOWNLOAD_TIMEOUT": plan["timeout"],
        "HTTPPROXY_ENABLED": site.host not in LOOPBACK,
    }
    with archive.writer("crawl", info, known_payloads(records, days)) as writer:
        del records
        process = CrawlerProcess(settings)
        process.crawl(
            DigestSpider,
            plan=spider_plan,
            writer=writer,
            outcome=outcome,
            on_page=reporter.page,
            on_day=reporter.day,
        )
        process.start()
        summary = {
            "site": site.host,
            "route": outcome.route,
            "route_reason": outcome.route_reason,
            "started_at": outcome.started_at.isoformat(),
            "changes_until": outcome.changes_until.isoformat() if outcome.changes_until else None,
            "changed_days": sorted(day.isoformat() for day in outcome.changed_days),
            "days": len(outcome.rows),
            "requests": outcome.requests,
            "error": outcome.error,
            "transient": outcome.transient,
        }
        if writer.begun:
            writer.add_note("run", summary)
    say("outcome", summary | {"archive_file": writer.path.name if outcome.rows else None})


def main() -> None:
    """Read the plan, watch the parent, crawl."""
    plan = json.loads(sys.stdin.readline())
    threading.Thread(target=stop_with_parent, daemon=True).start()
    run(plan)


if __name__ == "__main__":
    main()
