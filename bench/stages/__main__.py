"""Every stage as a program over a folder: `python -m bench.stages STAGE FOLDER PAPERS [MOST]`.

What a program says of itself is one line of JSON. The daily stages (pages, parse, validate, pair)
work on one day at a time and hold no more for more days: with MOST they take days evenly spread
over the world, of about that many posts, and say which share of all that is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from bench.stages.daily import pages, pair, parse, same_records, validate
from bench.stages.joined import (
    check_references,
    check_tables,
    same_bytes,
    snapshot,
    snapshot_plain,
    snapshot_refreshed,
    snapshot_whole,
    tables,
    tables_duckdb,
    tables_plain,
    tables_refreshed,
    tables_whole,
)
from bench.world.folder import Bench, Facts, on_all_cores
from bench.world.synthetic import World, write_days


def start(bench: Bench) -> Facts:
    """Nothing: what it costs to begin."""
    del bench
    return {}


def draw(bench: Bench) -> Facts:
    """Draw the world, and link its days but the last for what is to be refreshed."""
    world = World(bench.papers)
    days = [*world.days(), world.days()[-1] + timedelta(days=1)]
    on_all_cores(partial(write_days, world, bench.drawn), days)
    for table in bench.drawn.iterdir():
        before = bench.folder / "before" / table.name
        before.mkdir(parents=True, exist_ok=True)
        for day in days[:-1]:
            link = before / f"{day}.parquet"
            if not link.exists():
                link.symlink_to((table / link.name).resolve())
    return {"days": len(days)}


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
