"""What is in the archive already, so that it is neither fetched nor stored again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import polars as pl

from pipeline.acquire.day_report import SETTLED_STATES, DayReport
from pipeline.archive.archive import Archive
from pipeline.archive.writer import Exchange
from pipeline.settings import SITE_ZONE


def known_payloads(records: pl.DataFrame, days: list[date]) -> dict[tuple[str, str], datetime]:
    """When an address first answered with a payload, by address and digest of the payload.

    Of pages with posts of `days`, and of pages with no posts. A payload that no record holds any
    more, since its file was lost, is not known.
    """
    payloads = records.filter(pl.col("record_type") != "revisit").select("payload_digest")
    content = records.filter(pl.col("url").str.starts_with("http")).join(
        payloads, on="payload_digest", how="semi"
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


def changes_to_ask(archive: Archive, due: list[date]) -> tuple[datetime, tuple[date, date]] | None:
    """From when and for which other days the archive has to ask for changes."""
    crawled = pages_with_posts(archive)
    others = crawled.explode("days").filter(~pl.col("days").is_in(due))
    if others.is_empty():
        return None
    first, last = others.select(pl.col("days").min(), pl.col("days").max().alias("last")).row(0)
    known = [note["changes_until"] for note in archive.notes("run") if note["changes_until"]]
    if known:
        return datetime.fromisoformat(known[-1]), (first, last)
    return crawled.select(pl.col("captured_at").min()).item(), (first, last)


def pages_with_posts(archive: Archive) -> pl.DataFrame:
    """The records of pages that were fetched and show posts."""
    shows_posts = pl.col("days").list.len() > 0
    return archive.records().filter(shows_posts & (pl.col("kind") != "inbox"))
