"""One crawl: which days are due, one crawler's process for all of them, and what came of it.

report = crawl([date(2025, 3, 4)], settings=settings())
for row in report.rows:
    print(row.day, row.state, row.captured, "of", row.announced)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from pipeline import __version__
from pipeline.acquire.day_report import SETTLED_STATES, DayReport
from pipeline.archive.archive import Archive
from pipeline.settings import PROJECT_ROOT, SITE_ZONE, Settings

__all__ = ["CrawlError", "CrawlReport", "DayReport", "Progress", "crawl", "user_agent"]

PROJECT_URL = "https://github.com/arxiv-ja-en/arxiv-ja-en"
LOGS_KEPT = timedelta(days=90)
"""How long the log of a crawl is kept."""
STOP_SECONDS = 10.0
"""How long the crawler may take to end once it is told to."""


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


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a crawl is.

    Attributes:
        pages: pages read.
        posts: posts found on them.
        bytes: bytes of their bodies, decoded.
        day: the day being read.
        rate: pages a second, over the whole run.
        eta: estimated time left, from the days done and the days to do; None before the first.
    """

    pages: int
    posts: int
    bytes: int
    day: date
    rate: float
    eta: timedelta | None


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
        """The rows as a frame: one row a day, the columns of `DayReport`."""
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
    """Take `days` of the site into the archive, by one crawler in a process of its own.

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
    due = [day for day in wanted if day not in settled]
    kept = {
        day: replace(settled[day], state="settled", requests=0, bytes=0, seconds=0.0)
        for day in wanted
        if day in settled
    }
    for row in kept.values():
        on_day(row)
    if not due:
        return CrawlReport(tuple(kept[day] for day in wanted))
    today = datetime.now(SITE_ZONE).date()
    replay = [] if reread else [day for day in due if settings.is_settled(day, today)]
    plan = {
        "archive": str(settings.archive_dir),
        "base_url": settings.base_url,
        "days": [day.isoformat() for day in due],
        "replay_days": [day.isoformat() for day in replay],
        "reread_days": settings.reread_days,
        "delay": settings.delay_seconds,
        "timeout": settings.timeout_seconds,
        "give_up_after": settings.give_up_after,
        "seconds": settings.run_hours * 3600,
        "user_agent": user_agent(settings.contact),
        **_older(archive, due),
    }
    return _run(plan, settings, due, kept, on_progress, on_day)


def settled_days(archive: Archive, reread_days: int) -> dict[date, DayReport]:
    """The days that were completely read after their re-read window had passed, as read last."""
    settled = {}
    for note in archive.notes("day"):
        row = DayReport.from_json(note)
        finished = datetime.fromisoformat(note["finished_at"]).astimezone(SITE_ZONE).date()
        late_enough = finished - row.day > timedelta(days=reread_days)
        if row.state in SETTLED_STATES and late_enough:
            settled[row.day] = row
    return settled


def _check_same_site(archive: Archive, settings: Settings) -> None:
    hosts = {urlsplit(url).hostname for url in _crawled(archive)["url"].unique()}
    host = urlsplit(settings.base_url).hostname
    if hosts - {host}:
        other = sorted(str(name) for name in hosts - {host})[0]
        raise CrawlError(
            f"{settings.base_url}: the archive in {settings.archive_dir} holds captures of"
            f" {other}; a data folder belongs to one site (set ARXIV_JA_EN_DATA_DIR)"
        )


def _older(archive: Archive, due: list[date]) -> dict[str, object]:
    """From when and for which other days the archive has to ask for changes."""
    crawled = _crawled(archive)
    others = crawled.explode("days").filter(~pl.col("days").is_in(due))
    if others.is_empty():
        return {"changes_since": None, "older": None}
    known = [note["changes_until"] for note in archive.notes("run") if note["changes_until"]]
    since = known[-1] if known else str(crawled["captured_at"].min())
    return {"changes_since": since, "older": [str(others["days"].min()), str(others["days"].max())]}


def _crawled(archive: Archive) -> pl.DataFrame:
    """The records of pages that were fetched and show posts."""
    shows_posts = pl.col("days").list.len() > 0
    return archive.records().filter(shows_posts & (pl.col("kind") != "inbox"))


def _run(
    plan: Mapping[str, object],
    settings: Settings,
    due: list[date],
    kept: dict[date, DayReport],
    on_progress: Callable[[Progress], None] | None,
    on_day: Callable[[DayReport], None],
) -> CrawlReport:
    rows, outcome = dict(kept), None
    started, done = time.monotonic(), 0
    log = settings.archive_dir / "log" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.log"
    with _crawler(plan, log) as messages:
        for kind, message in messages:
            if kind == "day":
                row = DayReport.from_json(message)
                rows[row.day] = row
                done += 1
                on_day(row)
            elif kind == "outcome":
                outcome = message
            elif on_progress is not None:
                seconds = max(time.monotonic() - started, 1e-3)
                left = (
                    timedelta(seconds=round(seconds / done * (len(due) - done))) if done else None
                )
                on_progress(
                    Progress(
                        pages=message["pages"],
                        posts=message["posts"],
                        bytes=message["bytes"],
                        day=date.fromisoformat(message["day"]),
                        rate=message["pages"] / seconds,
                        eta=left,
                    )
                )
    error = outcome["error"] if outcome else "the crawler was ended"
    if error:
        error = f"{error} (log: {log})" if "crawler" in error else error
    for day in due:
        rows.setdefault(day, _unread(day, error))
    known = outcome or {}
    report = CrawlReport(
        rows=tuple(rows[day] for day in sorted(rows)),
        route=known.get("route"),
        route_reason=known.get("route_reason"),
        changed_days=tuple(map(date.fromisoformat, known.get("changed_days", ()))),
        requests=known.get("requests", 0),
        archive_file=known.get("archive_file"),
    )
    if error:
        raise CrawlError(error, report, transient=bool(known.get("transient")))
    return report


def _unread(day: date, reason: str | None) -> DayReport:
    return DayReport(day, None, 0, 0, 0, 0, 0, 0, 0.0, "failed", reason or "not reached")


@contextmanager
def _crawler(
    plan: Mapping[str, object], log: Path
) -> Iterator[Iterator[tuple[str, dict[str, Any]]]]:
    """A running crawler's messages; it is ended with the context, whatever happens."""
    log.parent.mkdir(parents=True, exist_ok=True)
    for old in log.parent.glob("*.log"):
        if time.time() - old.stat().st_mtime > LOGS_KEPT.total_seconds():
            old.unlink(missing_ok=True)
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.acquire.crawler"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=PROJECT_ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(plan).encode() + b"\n")
        process.stdin.flush()
        yield _messages(process.stdout)
    finally:
        # Closing its stdin tells the crawler to end, where it has not ended by itself.
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _messages(stdout: Iterable[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    for line in stdout:
        if line.endswith(b"\n"):  # else the crawler was killed while it wrote
            yield from json.loads(line).items()
