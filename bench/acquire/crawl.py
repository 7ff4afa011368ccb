"""What a crawl costs: requests, time, memory, archive bytes, by each route.

    python -m bench.acquire.crawl [--posts 20000] [--per-day 100] [--kills 10] [--route rest]

Serves an invented blog on loopback, crawls it by REST and by listings without any delay, reads an
unchanged day again, then kills a crawl several times and resumes it. Prints one Markdown table.
With a route, one crawl by it is all, and what it took one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from subprocess import PIPE, Popen

from pipeline.acquire.crawl import crawl
from pipeline.archive.archive import Archive
from pipeline.sample import Post, Quirks, SampleSite, serve_sample
from pipeline.settings import PROJECT_ROOT, SITE_ZONE, load_settings

FIRST_DAY = date(2025, 1, 1)
ROUTES = {"rest": Quirks(), "listing": Quirks(rest="off")}
ABSTRACT = "This invented abstract says nothing at all, at the length that abstracts have. " * 15
ABSTRACT_JA = "この架空の要約は、要約にありがちな長さで、何も述べていない。" * 14


CRAWL = """
import resource, sys
from datetime import date
from pipeline.acquire.crawl import crawl
from pipeline.settings import load_settings
base_url, data_dir, delay, *days = sys.argv[1:]
settings = load_settings(base_url=base_url, data_dir=data_dir, delay_seconds=float(delay))
report = crawl(map(date.fromisoformat, days), settings=settings)
spent = resource.getrusage(resource.RUSAGE_SELF)
cpu = spent.ru_utime + spent.ru_stime
print(sum(row.captured for row in report.rows), spent.ru_maxrss // 1024, round(cpu, 2))
"""
"""Crawls in a process of its own, apart from the blog."""


def start_crawl(site: SampleSite, folder: str, delay: float, on: list[date]) -> Popen[str]:
    """A crawl that prints the posts it captured, the crawler's peak memory (MB), CPU seconds."""
    named = [day.isoformat() for day in on]
    command = [sys.executable, "-c", CRAWL, site.base_url, folder, str(delay), *named]
    return Popen(command, cwd=PROJECT_ROOT, start_new_session=True, stdout=PIPE, text=True)


def invented(posts: int, per_day: int) -> Iterator[Post]:
    """Posts of the size that the digest's have, `per_day` a day."""
    for number in range(posts):
        day = FIRST_DAY + timedelta(days=number // per_day)
        moment = datetime.combine(day, datetime.min.time(), SITE_ZONE)
        yield Post(
            post_id=1000 + number,
            slug=f"invented-{number}",
            posted_at=moment + timedelta(seconds=60 + number % per_day),
            title=f"Invented Paper {number}",
            content=f"<h2>要約</h2><p>{number} {ABSTRACT_JA}</p><h2>要約(オリジナル)</h2>"
            f"<p>{number} {ABSTRACT}</p><h2>arxiv情報</h2><p>著者 Ann Invented</p>",
            categories=("cs.CL",),
        )


@contextmanager
def served(route: str, posts: int, per_day: int) -> Iterator[SampleSite]:
    """The blog, in a process of its own thread, answering by one route only."""
    with serve_sample(quirks=ROUTES[route], posts=invented(posts, per_day)) as site:
        yield site


def days(posts: int, per_day: int) -> list[date]:
    """The blog's days."""
    return [FIRST_DAY + timedelta(days=n) for n in range(-(-posts // per_day))]


def archive_bytes(folder: Path) -> int:
    """Bytes of the WARC files."""
    return sum(path.stat().st_size for path in Archive(folder).files())


def crawl_once(site: SampleSite, folder: str, all_days: list[date]) -> dict[str, float]:
    """What one crawl of the whole blog takes; of processors, the crawler's part alone."""
    started = time.monotonic()
    output, _ = start_crawl(site, folder, 0, all_days).communicate()
    seconds = time.monotonic() - started
    captured, peak, cpu = output.split()
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": float(cpu),
        "peak_mb": int(peak),
        "captured": int(captured),
        "requests": len(site.requests),
    }


def measure(route: str, posts: int, per_day: int) -> dict[str, str]:
    """One crawl of the whole blog, and one day of it read again."""
    all_days = days(posts, per_day)
    with tempfile.TemporaryDirectory() as folder, served(route, posts, per_day) as site:
        settings = load_settings(base_url=site.base_url, delay_seconds=0, data_dir=folder)
        once = crawl_once(site, folder, all_days)
        captured, requests = once["captured"], int(once["requests"])
        size = archive_bytes(settings.archive_dir)
        again = crawl(all_days[:1], settings=settings, reread=True)
        pages = len(site.requests) - requests
        added = archive_bytes(settings.archive_dir) - size
        started = time.monotonic()
        for path in (settings.archive_dir / "index").rglob("*.parquet"):
            path.unlink()
        rows = Archive(settings.archive_dir).index().height
        index_seconds = time.monotonic() - started
    allowed = {"rest": 0.02, "listing": 0.11}[route] * captured + 2 * len(all_days)
    return {
        "route": route,
        "posts on the site": f"{posts}",
        "posts archived": f"{captured:.0f}",
        "days": f"{len(all_days)}",
        "requests": f"{requests}",
        "allowed": f"{allowed:.0f}",
        "requests per post": f"{requests / captured:.4f}",
        "seconds": f"{once['seconds']:.0f}",
        "archive kB per post": f"{size / captured / 1000:.2f}",
        "an unchanged page again, bytes": f"{added / pages:.0f}",
        "of a day of posts": f"{again.rows[0].captured}",
        "peak memory of the crawler, MB": f"{once['peak_mb']:.0f}",
        "index rebuilt, seconds": f"{index_seconds:.1f} ({rows} rows)",
    }


def measure_kills(kills: int, posts: int = 2000, per_day: int = 50) -> dict[str, str]:
    """A crawl by listings that is killed `kills` times at random points, then finished."""
    rng = random.Random(1)
    all_days = days(posts, per_day)
    with tempfile.TemporaryDirectory() as folder, served("listing", posts, per_day) as site:
        settings = load_settings(base_url=site.base_url, delay_seconds=0, data_dir=folder)
        for _ in range(kills):
            goal = len(site.requests) + rng.randrange(2, 25)
            crawling = start_crawl(site, folder, 0.02, all_days)
            while len(site.requests) < goal and crawling.poll() is None:
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.03))
            os.killpg(crawling.pid, signal.SIGKILL)
            crawling.communicate()
        torn = Archive(settings.archive_dir).torn()
        report = crawl(all_days, settings=settings)
        times = Counter(request.target for request in site.requests)
    starts = times.pop("/robots.txt") + times.pop("/")
    return {
        "killed": f"{kills} times",
        "posts on the site": f"{posts}",
        "posts archived": f"{sum(row.captured for row in report.rows)}",
        "requests": f"{len(site.requests)}",
        "of them robots.txt and home": f"{starts}",
        "pages fetched twice": f"{sum(number - 1 for number in times.values())}",
        "files with a torn tail": f"{len(torn)}",
    }


def show(rows: dict[str, str]) -> None:
    """Print a table of two columns."""
    width = max(map(len, rows))
    print("\n".join(f"| {name:<{width}} | {value} |" for name, value in rows.items()), end="\n\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--per-day", type=int, default=100)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--route", choices=ROUTES)
    arguments = parser.parse_args()
    if arguments.route:
        of_blog = (arguments.posts, arguments.per_day)
        with tempfile.TemporaryDirectory() as folder, served(arguments.route, *of_blog) as site:
            print(json.dumps(crawl_once(site, folder, days(*of_blog))))
        return
    for route in ROUTES:
        show(measure(route, arguments.posts, arguments.per_day))
    show(measure_kills(arguments.kills))


if __name__ == "__main__":
    main()
