"""Invented posts to serve, and what an archive shows of them."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from pipeline.archive.archive import Archive
from pipeline.sample import Post, SampleSite
from pipeline.settings import SITE_ZONE
from pipeline.wordpress.page import read_page

FIRST_DAY = date(2025, 3, 3)
_END = re.compile(r"(?:\s|</div>)+\Z")
"""The end of the element that holds a post, which its content keeps on a listing's page."""


def invented_post(number: int, day: date, second: int, **changes: Any) -> Post:
    """An invented post; its text is its own."""
    moment = datetime.combine(day, datetime.min.time(), SITE_ZONE) + timedelta(seconds=second)
    fields: dict[str, Any] = {
        "post_id": 1000 + number,
        "slug": f"invented-paper-{number}",
        "posted_at": moment,
        "title": f"Invented Paper {number}",
        "content": (
            f"<h2>要約</h2><p>架空の論文{number}の要約です。</p>"
            f"<h2>要約(オリジナル)</h2><p>This abstract of paper {number} is invented.</p>"
            f"<h2>arxiv情報</h2><p>著者 Ann Invented</p>"
        ),
        "categories": ("cs.CL",),
    }
    return Post(**fields | changes)


def invented_posts(per_day: list[int], first_day: date = FIRST_DAY) -> list[Post]:
    """Posts for as many days as there are numbers; the first of a day is posted at midnight."""
    posts: list[Post] = []
    for offset, number in enumerate(per_day):
        day = first_day + timedelta(days=offset)
        step = 86_399 // max(number - 1, 1)
        for place in range(number):
            posts.append(invented_post(len(posts), day, place * step))
    return posts


def days_of(site: SampleSite) -> list[date]:
    """The days of the blog's posts."""
    return sorted({post.day for post in site.blog.posts})


def contents(archive: Archive) -> dict[int, set[str]]:
    """By post id, the whole texts that the archive's captures show of it."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for capture in archive.captures(archive.index()):
        page = read_page(capture.payload, content_type=capture.content_type, url=capture.url)
        for post in page.posts:
            assert post.post_id is not None
            if post.extent == "full" and post.posted_day == capture.day:
                found[post.post_id].add(_END.sub("", post.content).strip())
    return dict(found)
