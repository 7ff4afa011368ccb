"""Every stage as a program over a folder: `python -m bench.stages STAGE FOLDER PAPERS [MOST]`.

What a program says of itself is one line of JSON. The daily stages (pages, parse, validate, pair)
work on one day at a time and hold no more for more days: with MOST they take days evenly spread
over the world, of about that many posts, and say which share of all that is.

In the folder of a world: `drawn` (the daily tables as they are drawn), `before` (the same without
the last day), `archive` and `daily` (pages of the drawn papers, and what is made of them), and
`<program>/tables`, `<program>/snapshots` with what a program wrote.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import polars as pl

from bench import plain
from bench.synthetic import World, write_days
from pipeline.orchestration.table_store import TableStore
from pipeline.release.configs import CONFIGS
from pipeline.release.manifest import Snapshot
from pipeline.schema import PairSignals, Posts, Records, SentencePairs

Facts = dict[str, Any]
PROCESSES = len(os.sched_getaffinity(0))
PAIRED_AT_ONCE = 10_000
"""Records that are paired together: days enough to be worth processes."""


@dataclass(frozen=True)
class Bench:
    """A world and its folder.

    Attributes:
        folder: see the module.
        papers: size of the world.
        most: posts that a daily stage works on at most; all by default.
    """

    folder: Path
    papers: int
    most: int | None = None

    @property
    def drawn(self) -> Path:
        """The daily tables, drawn."""
        return self.folder / "drawn"

    @property
    def archive(self) -> Path:
        """Pages of the drawn papers."""
        return self.folder / "archive"

    @property
    def daily(self) -> TableStore:
        """What the stages make of the pages."""
        return TableStore(self.folder / "daily")

    def days(self) -> list[date]:
        """The days of the world, the one more included."""
        return sorted(date.fromisoformat(path.stem) for path in (self.drawn / "records").iterdir())

    def chosen(self, most: int | None = None) -> list[date]:
        """Days evenly spread over the world, as many as have `most` posts."""
        days = self.days()
        if most is None or most >= self.papers:
            return days
        n = max(1, round(len(days) * most / self.papers))
        return [days[len(days) * k // n] for k in range(n)]

    def share(self, days: list[date]) -> Facts:
        """Which part of all days these are, as a fact."""
        return {"share": len(days) / len(self.days())}

    def tables(self, program: str) -> Path:
        """The tables that a program wrote."""
        return self.folder / program / "tables"

    def snapshots(self, program: str) -> Path:
        """The snapshots that a program wrote."""
        return self.folder / program / "snapshots"


def _on_all_cores(work: Callable[[list[date]], None], days: list[date]) -> None:
    """Do the work of all days, each process its share of them."""
    if PROCESSES == 1:
        work(days)
        return
    shares = [share for n in range(PROCESSES) if (share := days[n::PROCESSES])]
    # polars' threads do not survive a fork.
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        list(pool.map(work, shares))


def start(bench: Bench) -> Facts:
    """Nothing: what it costs to begin."""
    del bench
    return {}


def draw(bench: Bench) -> Facts:
    """Draw the world, and link its days but the last for what is to be refreshed."""
    world = World(bench.papers)
    days = [*world.days(), world.days()[-1] + timedelta(days=1)]
    _on_all_cores(partial(write_days, world, bench.drawn), days)
    for table in bench.drawn.iterdir():
        before = bench.folder / "before" / table.name
        before.mkdir(parents=True, exist_ok=True)
        for day in days[:-1]:
            link = before / f"{day}.parquet"
            if not link.exists():
                link.symlink_to((table / link.name).resolve())
    return {"days": len(days)}


def pages(bench: Bench) -> Facts:
    """Write the pages that show the drawn papers."""
    days = bench.chosen(bench.most)
    _on_all_cores(partial(_pages_of, bench), days)
    size = sum(file.stat().st_size for file in bench.archive.glob("*.warc.gz"))
    return bench.share(days) | {"bytes": size}


def _pages_of(bench: Bench, days: list[date]) -> None:
    from bench.pages import write_pages

    paths = (bench.drawn / "records" / f"{day}.parquet" for day in days)
    write_pages(map(pl.read_parquet, paths), bench.archive)


def parse(bench: Bench) -> Facts:
    """Index the archive, parse all its days on all cores, write `posts`."""
    from pipeline.acquire.archive import Archive
    from pipeline.parse.posts import posts_of_days

    index = Archive(bench.archive).index()
    rows = 0
    for day, posts in posts_of_days(bench.archive, index, processes=PROCESSES):
        bench.daily.write("posts", posts, day=day.isoformat(), key="bench")
        rows += posts.height
    return bench.share(bench.chosen(bench.most)) | {"rows": rows}


def validate(bench: Bench) -> Facts:
    """Make records of the posts, day by day."""
    from pipeline.validate.records import validate_posts

    days = bench.daily.parts("posts")
    rows = 0
    for day in days:
        made = validate_posts(bench.daily.scan("posts", Posts, day).collect())
        bench.daily.write("records", made.records, day=day, key="bench")
        bench.daily.write("quarantine", made.quarantine, day=day, key="bench")
        rows += made.records.height
    return bench.share([*map(date.fromisoformat, days)]) | {"rows": rows}


def same_records(bench: Bench) -> Facts:
    """Whether the pages led to the papers that were drawn."""
    key = ["day", "paper_id", "version", "pair_id", "captured_at"]
    days = bench.daily.parts("records")
    drawn = pl.scan_parquet([bench.drawn / "records" / f"{day}.parquet" for day in days])
    found = bench.daily.scan_parts("records", Records)
    both = (rows.select(key).sort(key).collect() for rows in (drawn, found))
    return {"same": next(both).equals(next(both))}


def pair(bench: Bench) -> Facts:
    """Align the abstracts of the records, on all cores."""
    from pipeline.pair import pair_records

    days, pairs = [], 0
    wanted = [d for d in map(str, bench.chosen(bench.most)) if d in bench.daily.parts("records")]
    for records in _frames(bench, wanted):
        made = pair_records(records, workers=PROCESSES)
        pairs += made.pair_signals.height
        for name in ("sentence_pairs", "pair_signals"):
            rows: pl.DataFrame = getattr(made, name)
            for (day,), of_day in rows.partition_by("day", as_dict=True).items():
                bench.daily.write(name, of_day, day=str(day), key="bench")
        days += records["day"].unique().to_list()
    return bench.share(days) | {"pairs": pairs}


def _frames(bench: Bench, days: list[str]) -> Iterator[pl.DataFrame]:
    held: list[pl.DataFrame] = []
    for day in days:
        held.append(bench.daily.scan("records", Records, day).collect())
        if sum(frame.height for frame in held) >= PAIRED_AT_ONCE or day == days[-1]:
            yield pl.concat(held)
            held = []


def tables_plain(bench: Bench) -> Facts:
    """The plainest tables, by polars."""
    plain.polars_tables(bench.folder / "before", bench.tables("plain"))
    return {}


def tables_duckdb(bench: Bench) -> Facts:
    """The plainest tables, by duckdb."""
    plain.duckdb_tables(bench.folder / "before", bench.tables("duckdb"))
    return {}


def tables(bench: Bench) -> Facts:
    """All tables, of all days but the last."""
    return _tables(bench.folder / "before", bench.tables("ours"), None)


def tables_refreshed(bench: Bench) -> Facts:
    """The tables that are there, brought up to date with one day more."""
    return _tables(bench.drawn, bench.tables("ours"), _first(bench).path)


def tables_whole(bench: Bench) -> Facts:
    """All tables of all days, at once."""
    return _tables(bench.drawn, bench.tables("whole"), _first(bench).path)


def _tables(days: Path, into: Path, published: Path | None) -> Facts:
    from pipeline.release.snapshot import published_papers
    from pipeline.tables.store import daily_files, write_tables

    report = write_tables(
        daily_files(days / "records", Records),
        daily_files(days / "pair_signals", PairSignals),
        daily_files(days / "sentence_pairs", SentencePairs),
        into,
        published_splits=published_papers(published).select("paper_id", "split").collect(),
    )
    # What the checks need of the plan, beside the tables as the pipeline keeps it.
    report.plan.sightings.write_parquet(into.parent / "sightings.parquet")
    return {"months": report.months, "months_written": report.months_written}


def _scans(store: TableStore) -> dict[str, pl.LazyFrame]:
    return {config.table: store.scan_parts(config.table, config.model) for config in CONFIGS}


def _first(bench: Bench) -> Snapshot:
    """The snapshot of all days but the last."""
    from pipeline.release.manifest import open_snapshot
    from pipeline.release.snapshot import snapshots

    return open_snapshot(snapshots(bench.snapshots("ours"))[0])


def snapshot_plain(bench: Bench) -> Facts:
    """The plainest snapshot, by polars."""
    plain.polars_snapshot(bench.tables("ours"), bench.snapshots("plain"))
    return {}


def snapshot(bench: Bench) -> Facts:
    """A first snapshot: sorted, digested, written, described, verified."""
    return _snapshot(bench, "ours", None)


def snapshot_refreshed(bench: Bench) -> Facts:
    """A snapshot upon the first one, of the refreshed tables."""
    return _snapshot(bench, "ours", _first(bench))


def snapshot_whole(bench: Bench) -> Facts:
    """A snapshot of the tables that were made at once, upon none."""
    return _snapshot(bench, "whole", None)


def _snapshot(bench: Bench, program: str, parent: Snapshot | None) -> Facts:
    from pipeline.release.snapshot import build_snapshot

    store = TableStore(bench.tables(program))
    made = build_snapshot(
        _scans(store),
        bench.snapshots(program),
        parent=parent.path if parent else None,
        day=bench.days()[-1 if parent or program == "whole" else -2],
        code_version="bench",
        archive_digest="sha256:" + "0" * 64,
        ledger={},
        keys={config.table: store.keys(config.table) for config in CONFIGS},
    )
    before = parent.manifest.files if parent else {}
    written = sum(before.get(path) != entry for path, entry in made.manifest.data_files.items())
    return {"files": len(made.manifest.data_files), "files_written": written}


def same_bytes(bench: Bench) -> Facts:
    """Whether what was refreshed by a day is, byte for byte, what is made at once."""
    refreshed, whole = (_digests(bench, program) for program in ("ours", "whole"))
    return {"same": refreshed == whole, "files": len(whole)}


def _digests(bench: Bench, program: str) -> dict[str, str]:
    from pipeline.release.snapshot import latest_snapshot

    newest = latest_snapshot(bench.snapshots(program))
    assert newest is not None
    return {
        str(path.relative_to(folder.parent if folder == bench.tables(program) else folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest()
        )
        for folder in (bench.tables(program), newest)
        for path in folder.rglob("*.parquet")
    }


def check_tables(bench: Bench) -> Facts:
    """Every rule of every released table, as each daily refresh checks them."""
    from pipeline.tables.integrity import check_table

    scans = _scans(TableStore(bench.tables("ours")))
    found = [f for c in CONFIGS for f in check_table(c.table, c.model, scans[c.table])]
    return {"findings": len(found)}


def check_references(bench: Bench) -> Facts:
    """Whether the tables agree, no split moved and no paper was lost since the first snapshot."""
    from pipeline.release.snapshot import published_papers
    from pipeline.tables.integrity import check_lost, check_references, check_splits

    scans = _scans(TableStore(bench.tables("ours")))
    published = published_papers(_first(bench).path)
    sightings = pl.scan_parquet(bench.tables("ours").parent / "sightings.parquet")
    found = [
        *check_references(scans),
        *check_splits(scans["papers"], published),
        *check_lost(scans["papers"], published, sightings),
    ]
    return {"findings": len(found)}


PROGRAMS: dict[str, Callable[[Bench], Facts]] = {
    program.__name__: program
    for program in (
        *(start, draw, pages, parse, validate, same_records, pair),
        *(tables_plain, tables_duckdb, tables, snapshot_plain, snapshot),
        *(tables_refreshed, snapshot_refreshed, tables_whole, snapshot_whole, same_bytes),
        *(check_tables, check_references),
    )
}

if __name__ == "__main__":
    program, folder, papers, *most = sys.argv[1:]
    named = Bench(Path(folder), int(papers), *map(int, most))
    print(json.dumps(PROGRAMS[program](named)))
