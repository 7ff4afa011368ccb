"""The stages that know one day at a time: pages, parse, validate, pair."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

import polars as pl

from bench.world.folder import PROCESSES, Bench, Facts, on_all_cores
from pipeline.schema import Posts, Records

PAIRED_AT_ONCE = 10_000
"""Records that are paired together: days enough to be worth processes."""


def pages(bench: Bench) -> Facts:
    """Write the pages that show the drawn papers."""
    days = bench.chosen()
    on_all_cores(partial(_pages_of, bench), days)
    size = sum(file.stat().st_size for file in bench.archive.glob("*.warc.gz"))
    return bench.share(days) | {"bytes": size}


def _pages_of(bench: Bench, days: list[date]) -> None:
    from bench.world.pages import write_pages

    paths = (bench.drawn / "records" / f"{day}.parquet" for day in days)
    write_pages(map(pl.read_parquet, paths), bench.archive)


def parse(bench: Bench) -> Facts:
    """Index the archive, parse all its days on all cores, write `posts`."""
    from pipeline.archive.archive import Archive
    from pipeline.parse.posts import posts_of_days

    index = Archive(bench.archive).index()
    rows = 0
    for day, posts in posts_of_days(bench.archive, index, processes=PROCESSES):
        bench.daily.write("posts", posts, part=day.isoformat(), key="bench")
        rows += posts.height
    return bench.share(bench.chosen()) | {"rows": rows}


def validate(bench: Bench) -> Facts:
    """Make records of the posts, day by day."""
    from pipeline.validate.records import validate_posts

    days = bench.daily.parts("posts")
    rows = 0
    for day in days:
        made = validate_posts(bench.daily.read("posts", Posts, day))
        bench.daily.write("records", made.records, part=day, key="bench")
        bench.daily.write("quarantine", made.quarantine, part=day, key="bench")
        rows += made.records.height
    return bench.share([*map(date.fromisoformat, days)]) | {"rows": rows}


def same_records(bench: Bench) -> Facts:
    """Whether the pages led to the papers that were drawn."""
    key = ["day", "paper_id", "version", "pair_id", "captured_at"]
    days = bench.daily.parts("records")
    drawn = pl.scan_parquet([bench.drawn / "records" / f"{day}.parquet" for day in days])
    found = bench.daily.scan("records", Records)
    both = (rows.select(key).sort(key).collect() for rows in (drawn, found))
    return {"same": next(both).equals(next(both))}


def pair(bench: Bench) -> Facts:
    """Align the abstracts of the records, on all cores."""
    from pipeline.pair import pair_records

    days, pairs = [], 0
    made_of = [date.fromisoformat(day) for day in bench.daily.parts("records")]
    for records in _frames(bench, [day.isoformat() for day in bench.chosen(made_of)]):
        made = pair_records(records, workers=PROCESSES)
        pairs += made.pair_signals.height
        for name in ("sentence_pairs", "pair_signals"):
            rows: pl.DataFrame = getattr(made, name)
            for (day,), of_day in rows.partition_by("day", as_dict=True).items():
                bench.daily.write(name, of_day, part=str(day), key="bench")
        days += records["day"].unique().to_list()
    return bench.share(days) | {"pairs": pairs}


def _frames(bench: Bench, days: list[str]) -> Iterator[pl.DataFrame]:
    held: list[pl.DataFrame] = []
    for day in days:
        held.append(bench.daily.read("records", Records, day))
        if sum(frame.height for frame in held) >= PAIRED_AT_ONCE or day == days[-1]:
            yield pl.concat(held)
            held = []
