"""A crawl that is killed leaves a readable archive, and the next one fetches only what is missing.

`KILLS=10` kills as often; once is enough for everyday.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator

from pipeline.acquire.crawl import CrawlReport, crawl
from pipeline.acquire.day_report import DayReport
from pipeline.archive.archive import Archive
from pipeline.sample import Quirks, SampleSite, serve_sample
from pipeline.settings import PROJECT_ROOT, Settings
from tests.acquire.blogs import contents, days_of, invented_posts
from tests.servers import listen_to_signals

KILLS = int(os.environ.get("KILLS", "1"))
CRAWL = """
import sys
from datetime import date
from pipeline.acquire.crawl import crawl
from pipeline.settings import load_settings
base_url, data_dir, *days = sys.argv[1:]
settings = load_settings(base_url=base_url, data_dir=data_dir, delay_seconds=0.02)
crawl(map(date.fromisoformat, days), settings=settings)
"""


def start_crawl(
    site: SampleSite, settings: Settings, stderr: int | None = None, program: str = CRAWL
) -> subprocess.Popen[bytes]:
    days = [day.isoformat() for day in days_of(site)]
    command = [sys.executable, "-c", program, site.base_url, str(settings.data_dir), *days]
    return subprocess.Popen(
        command,
        cwd=PROJECT_ROOT,
        start_new_session=True,
        stderr=stderr,
        preexec_fn=listen_to_signals,
    )


def wait_for_requests(site: SampleSite, process: subprocess.Popen[bytes], number: int) -> None:
    deadline = time.monotonic() + 30
    while len(site.requests) < number and process.poll() is None:
        assert time.monotonic() < deadline, "the crawl does not get on"
        time.sleep(0.002)


def test_killed_crawls_are_resumed(settings_for: Callable[..., Settings]) -> None:
    rng = random.Random(3)
    posts = invented_posts([25, 12, 31, 0, 8, 14] * 3)
    with serve_sample(quirks=Quirks(rest="off"), posts=posts) as site:
        settings = settings_for(site)
        undisturbed = {f"/{day:%Y/%m/%d}/" for day in days_of(site)}
        for _ in range(KILLS):
            before = len(site.requests)
            crawling = start_crawl(site, settings)
            wait_for_requests(site, crawling, before + rng.randrange(2, 6))
            time.sleep(rng.uniform(0, 0.03))
            os.killpg(crawling.pid, signal.SIGKILL)
            crawling.wait()
            check_readable(settings.archive_dir)
        report = crawl(days_of(site), settings=settings)

        assert {row.state for row in report.rows} <= {"complete", "settled"}
        assert sum(row.captured for row in report.rows) == len(posts)
        again = Counter(request.target for request in site.requests)
        refetched = sum(
            times - 1 for path, times in again.items() if path not in {"/", "/robots.txt"}
        )
        assert refetched <= KILLS
        assert again["/"] <= KILLS + 1
        assert undisturbed <= set(again)

    archive = Archive(settings.archive_dir)
    assert {len(texts) for texts in contents(archive).values()} == {1}
    assert set(contents(archive)) == {post.post_id for post in posts}


def check_readable(folder: Path) -> None:
    """Both our index and a WARC library of others read everything up to the last whole record."""
    archive = Archive(folder)
    ours = archive.records().filter(record_type="response").height
    theirs = 0
    for path in archive.files():
        whole = path.stat().st_size - archive.torn().get(path.name, 0)
        data = BytesIO(path.read_bytes()[:whole])
        theirs += sum(
            record.is_http and "response" in record.headers["WARC-Type"]
            for record in ArchiveIterator(data)
        )
    assert ours == theirs
    for _ in archive.captures(archive.index()):
        pass


def test_nothing_goes_on_after_a_crawl_is_killed(settings_for: Callable[..., Settings]) -> None:
    with serve_sample(quirks=Quirks(rest="off"), posts=invented_posts([12] * 60)) as site:
        settings = settings_for(site)
        crawling = start_crawl(site, settings)
        wait_for_requests(site, crawling, 4)
        crawling.kill()
        crawling.wait()
        time.sleep(0.1)  # for what was on its way
        made = len(site.requests)
        time.sleep(0.3)
        assert len(site.requests) == made
        crawl(days_of(site)[:1], settings=settings)


def test_an_interrupt_ends_a_crawl_that_pauses(settings_for: Callable[..., Settings]) -> None:
    with serve_sample(quirks=Quirks(crawl_delay=600), posts=invented_posts([3])) as site:
        settings = settings_for(site)
        crawling = start_crawl(site, settings, stderr=subprocess.PIPE)
        wait_for_requests(site, crawling, 1)
        time.sleep(0.2)
        crawling.send_signal(signal.SIGINT)
        _, error = crawling.communicate(timeout=60)
        assert len(site.requests) == 1
    assert error.rstrip().endswith(b"KeyboardInterrupt")
    check_readable(settings.archive_dir)


def test_a_crawl_ends_with_its_caller_and_the_next_one_goes_on(
    settings_for: Callable[..., Settings],
) -> None:
    """What is raised by a caller's function, or on the caller's thread, ends the crawl at once."""

    def interrupt(row: DayReport) -> None:
        raise KeyboardInterrupt

    posts = invented_posts([12] * 20)
    with serve_sample(quirks=Quirks(rest="off", crawl_delay=0.05), posts=posts) as site:
        settings = settings_for(site)
        with pytest.raises(KeyboardInterrupt):
            crawl(days_of(site), settings=settings, on_day=interrupt)
        made = len(site.requests)
        assert made < 20
        time.sleep(0.2)
        assert len(site.requests) == made
        (row,) = crawl(days_of(site)[:1], settings=settings).rows
        assert row.state == "settled"


def test_a_file_that_cannot_grow_is_one_line_and_the_next_crawl_goes_on(
    settings_for: Callable[..., Settings],
) -> None:
    """As on a full disk: the system lets a file have so many bytes and no more."""
    posts = invented_posts([25] * 4)
    limited = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))\n"
    with serve_sample(quirks=Quirks(rest="off"), posts=posts) as site:
        settings = settings_for(site)
        crawling = start_crawl(site, settings, subprocess.PIPE, limited + CRAWL)
        _, error = crawling.communicate(timeout=60)
        *_, last = error.decode().splitlines()
        assert last.endswith("CrawlError: the archive cannot be written: [Errno 27] File too large")
        check_readable(settings.archive_dir)
        kept = set(Archive(settings.archive_dir).index()["url"])
        assert kept
        asked = len(site.requests)
        report = crawl(days_of(site), settings=settings)
        assert sum(row.captured for row in report.rows) == len(posts)
        again = {site.base_url + request.target for request in site.requests[asked:]}
        assert not again & kept


def test_a_crawl_where_an_event_loop_runs_already(settings_for: Callable[..., Settings]) -> None:
    """As in a notebook."""

    async def cell() -> CrawlReport:
        return crawl(days_of(site), settings=settings_for(site))

    with serve_sample(posts=invented_posts([3])) as site:
        assert asyncio.run(cell()).rows[0].captured == 3
