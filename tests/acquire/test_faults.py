"""Whatever the server does for a while, the archive holds every post in the end, and just once.

`FAULT_SEEDS=200` tries as many seeds; a few are enough for everyday.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from itertools import groupby, pairwise

import pytest

from pipeline.acquire.crawl import CrawlError, crawl
from pipeline.archive.archive import Archive
from pipeline.sample import LoggedRequest, Quirks, serve_sample
from pipeline.settings import Settings
from tests.acquire.blogs import contents, days_of, invented_posts
from tests.acquire.faults import Faults

SEEDS = range(int(os.environ.get("FAULT_SEEDS", "2")))
DELAY = 0.02
DISALLOWED = "/wp-json/wp/v2/posts"
"""What `robots.txt` keeps from those crawls that would read it."""
QUIRKS = [
    Quirks(crawl_delay=DELAY),
    Quirks(disallow=(DISALLOWED,)),
    Quirks(rest="closed", permalinks="archives"),
    Quirks(rest="off", excerpts=True),
    Quirks(rest="off", bare_excerpts=True),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_fault_loses_or_doubles_a_post(seed: int, settings_for: Callable[..., Settings]) -> None:
    rng = random.Random(seed)
    quirks = QUIRKS[seed % len(QUIRKS)]
    posts = invented_posts([rng.randrange(8, 14), 0, rng.randrange(1, 6)])
    faults = Faults(seed)
    with serve_sample(quirks=quirks, posts=posts, intercept=faults) as site:
        settings = settings_for(site, delay_seconds=DELAY, timeout_seconds=0.6)
        days = days_of(site)
        for _ in range(12):
            try:
                report = crawl(days, settings=settings)
            except CrawlError:
                continue
            if all(row.state in {"complete", "settled"} for row in report.rows):
                break
        else:
            pytest.fail(f"never complete, after {faults.made}")
        assert sum(row.captured for row in report.rows) == len(posts)

    archive = Archive(settings.archive_dir)
    found = contents(archive)
    assert set(found) == {post.post_id for post in posts}
    assert {len(texts) for texts in found.values()} == {1}, faults.made
    stored = archive.records().filter(record_type="response").select("url", "payload_digest")
    assert stored.is_duplicated().sum() == 0
    check_manners(site.requests, DELAY, disallowed=quirks.disallow)


def check_manners(requests: list[LoggedRequest], delay: float, disallowed: tuple[str, ...]) -> None:
    """One request at a time, a pause before each, nothing that robots.txt disallows."""
    assert requests
    assert not [request.target for request in requests if request.target.startswith(disallowed)]
    assert {request.headers["user-agent"].split("/")[0] for request in requests} == {"arxiv-ja-en"}
    in_order = sorted(requests, key=lambda request: request.received_at)
    for before, after in pairwise(in_order):
        assert after.received_at - before.received_at >= 0.9 * delay
    connections = [connection for connection, _ in groupby(each.connection for each in in_order)]
    assert len(connections) == len(set(connections)), "two connections at a time"
