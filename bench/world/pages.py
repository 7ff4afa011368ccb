"""The synthetic papers as the site would show them: listing pages, in an archive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipeline.acquire.day_report import DayReport
from pipeline.archive.archive import Archive
from pipeline.archive.writer import DigestInfo, Exchange
from pipeline.sample import Blog, Entry, Post, Quirks
from pipeline.sample.pages import entry_html
from pipeline.sample.site import respond

SITE = "https://invented.example"
PER_PAGE = 10

_POST_ID = 4_242_424_242
_CATEGORY = "kkkkkkkk"


class _Frame(NamedTuple):
    """A day's listing page in three parts; the middle one comes once a post."""

    before: str
    post: str
    after: str
    category: str
    """The link to a category, as it stands in `post`."""


def _frame(day: date, posted_at: datetime) -> _Frame:
    """What the sample blog makes of a post of placeholders; texts without quotes stay as given."""
    entry = Entry(
        abstract_ja="{ja}",
        abstract_en="{en}",
        authors=("{authors}",),
        date="{date}",
        arxiv="{arxiv}",
        provider="{provider}",
        translator="{translator}",
    )
    post = Post(_POST_ID, "{slug}", posted_at, "{title}", entry_html(entry), (_CATEGORY,))
    page = respond(Blog([post]), Quirks(), f"/{day:%Y/%m/%d}/", SITE).body.decode()
    begin, end = f'<div id="post-{_POST_ID}"', f"</div><!-- #post-{_POST_ID} -->\n"
    before, _, rest = page.partition(begin)
    middle, _, after = rest.partition(end)
    links = middle.partition("カテゴリー:</span> ")[2].partition("</span>")[0].strip()
    # The slug is quoted in addresses.
    middle = begin + middle.replace("%7Bslug%7D", "{slug}") + end
    middle = middle.replace(links, "{categories}").replace(f" category-{_CATEGORY}", "")
    return _Frame(before, middle.replace(str(_POST_ID), "{post_id}"), after, links)


def _category_links(frame: _Frame, codes: list[str]) -> str:
    return ", ".join(frame.category.replace(_CATEGORY, code) for code in codes)


def _page(frame: _Frame, posts: pl.DataFrame) -> bytes:
    shown = [
        frame.post.format(
            post_id=row["post_id"],
            slug=f"invented-{row['post_id']}",
            title=row["title"],
            ja=row["abstract_ja"].replace("\n", "<br />\n"),
            en=row["abstract_en"],
            authors=",".join(row["authors"]),
            date=row["version_date"].isoformat(" "),
            arxiv=f"{row['arxiv_id']}v{row['version']}",
            provider=row["provider"],
            translator=row["translator"],
            categories=_category_links(frame, row["categories"]),
        )
        for row in posts.iter_rows(named=True)
    ]
    return "".join((frame.before, *shown, frame.after)).encode()


def write_pages(records: Iterable[pl.DataFrame], archive: Path) -> None:
    """Write the pages on which each day's records were seen to a WARC file, as a crawl does.

    Args:
        records: rows of `schema.Records`, a frame a day, as `synthetic` draws them.
        archive: the folder of the archive; every call adds a file.
    """
    headers = (("Content-Type", "text/html; charset=UTF-8"),)
    with Archive(archive).writer("crawl", {"what": "synthetic papers"}) as writer:
        for rows in records:
            day, posted_at = rows["day"][0], rows["posted_at"][0]
            frame = _frame(day, posted_at)
            for seen in rows.partition_by("captured_at", maintain_order=True):
                for number, posts in enumerate(seen.iter_slices(PER_PAGE), start=1):
                    url = f"{SITE}/{day:%Y/%m/%d}/" + (f"page/{number}/" if number > 1 else "")
                    exchange = Exchange(
                        url, 200, headers, _page(frame, posts), seen["captured_at"][0]
                    )
                    ids = tuple(posts["post_id"].to_list())
                    writer.add_exchange(exchange, DigestInfo("listing", frozenset({day}), ids))
            n = rows["post_id"].n_unique()
            report = DayReport(day, "listing", n, n, 0, 0, 0, 0, 0.0, "complete")
            # Long enough after the day that no crawl reads it again.
            finished = datetime.combine(day, time(), UTC) + timedelta(days=30)
            writer.add_note("day", report.as_json() | {"finished_at": finished.isoformat()})
