"""A site moves, trashes, protects and empties posts; the ledger says so after the next reading."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

import polars as pl
import pytest

from pipeline.acquire.crawl import crawl
from pipeline.acquire.readings import readings
from pipeline.archive.archive import Archive
from pipeline.parse.posts import posts_of
from pipeline.sample import Entry, Post, Quirks, serve_sample
from pipeline.sample.pages import entry_html
from pipeline.settings import SITE_ZONE, Settings, load_settings
from pipeline.tables.integrity import check_ledger
from pipeline.tables.ledger import build_ledger
from pipeline.tables.plan import plan_tables
from pipeline.tables.seen_posts import announced_per_day
from pipeline.validate.records import validate_posts
from tests.tables.invented import DAY, abstract

FIRST, SECOND, THIRD = (DAY + timedelta(days=n) for n in range(3))


def _post(number: int, day: date = FIRST) -> Post:
    entry = Entry(
        abstract_ja=f"この要約は架空のものである。論文{number}とは関係がない。",
        abstract_en=abstract(f"Invented Subject {number}"),
        authors=(f"Bo Invented {number}",),
        date="2025-03-01 03:41:11+00:00",
        arxiv=f"2503.9000{number}v1",
    )
    return Post(
        post_id=1000 + number,
        slug=f"invented-{number}",
        posted_at=datetime.combine(day, datetime.min.time(), SITE_ZONE) + timedelta(hours=number),
        title=f"Invented Subject {number}",
        content=entry_html(entry),
        categories=("cs.CL",),
    )


def _table(house: Settings) -> pl.DataFrame:
    """The ledger of what was crawled; the sum holds."""
    archive = Archive(house.archive_dir)
    captures, read = archive.index(), readings(archive.notes("day"))
    posts = posts_of(archive.captures(captures))
    validated = validate_posts(posts)
    ledger = build_ledger(
        posts.lazy(),
        captures.lazy(),
        validated.quarantine.lazy(),
        plan_tables(validated.records.lazy()).observations.lazy(),
        read,
    )
    announced = announced_per_day(posts.lazy(), captures.lazy(), read)
    assert check_ledger(ledger.lazy(), announced) == []
    assert ledger.filter(pl.col("was").is_not_null() & pl.col("since").is_null()).is_empty()
    return ledger


def _ledger(house: Settings) -> dict[str, tuple[date, str, str | None, date | None]]:
    """Of each post its day, its state, what it was and whence it was moved."""
    rows = _table(house).select("post", "day", "state", "was", "moved_from").rows()
    return {post: tuple(row) for post, *row in rows}


@pytest.mark.parametrize("rest", ["on", "off"])
def test_what_the_site_takes_back_is_in_the_ledger(tmp_path: Path, rest: Literal["on", "off"]):
    posts = [*(_post(number) for number in range(1, 6)), _post(6, SECOND)]
    with serve_sample(quirks=Quirks(rest=rest), posts=posts) as site:
        house = load_settings(base_url=site.base_url, data_dir=tmp_path, delay_seconds=0.0)
        days = [FIRST, SECOND, THIRD]
        crawl(days, settings=house)
        assert {state for _, state, *_ in _ledger(house).values()} == {"paper"}

        site.blog.delete(1002)
        site.blog.revise(1003, protected=True)
        site.blog.revise(1004, content="<p>本日の更新はありません。</p>")
        site.blog.revise(1005, posted_at=datetime.combine(THIRD, time(), SITE_ZONE))
        site.blog.delete(1006)
        crawl(days, settings=house, reread=True)

    assert _ledger(house) == {
        "1001": (FIRST, "paper", None, None),
        "1002": (FIRST, "withdrawn", "paper", None),
        "1003": (FIRST, "protected", "paper", None),
        "1004": (FIRST, "not_a_paper", "paper", None),
        "1005": (THIRD, "paper", None, FIRST),
        "1006": (SECOND, "withdrawn", "paper", None),
    }


@pytest.mark.parametrize("rest", ["on", "off"])
def test_what_the_site_moves_back_and_restores_is_as_it_was(
    tmp_path: Path, rest: Literal["on", "off"]
):
    posts = [_post(number) for number in range(1, 4)]
    with serve_sample(quirks=Quirks(rest=rest), posts=posts) as site:
        house = load_settings(base_url=site.base_url, data_dir=tmp_path, delay_seconds=0.0)
        days = [FIRST, SECOND]
        crawl(days, settings=house)
        site.blog.revise(1001, posted_at=datetime.combine(SECOND, time(), SITE_ZONE))
        site.blog.delete(1002)
        crawl(days, settings=house, reread=True)
        assert {state for _, state, *_ in _ledger(house).values()} == {"paper", "withdrawn"}

        site.blog.revise(1001, posted_at=posts[0].posted_at)
        site.blog.publish(posts[1])
        before = datetime.now(UTC)
        crawl(days, settings=house, reread=True)

    assert _ledger(house) == {
        "1001": (FIRST, "paper", None, SECOND),
        "1002": (FIRST, "paper", None, None),
        "1003": (FIRST, "paper", None, None),
    }
    (since,) = _table(house).filter(pl.col("moved_from").is_not_null())["since"]
    assert since > before
