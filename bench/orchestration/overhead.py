"""What Dagster costs: `arxiv-ja-en refresh` against the same work by the stages' own functions.

Both run in fresh processes, upon copies of one data folder whose days are archived and settled, so
that nothing is fetched. Twice: one day more on top of many, as every morning; and a range of many
small days at once, where what Dagster does for each day adds up.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from bench.measure import ROOT, Measured, run

FIRST_DAY = date(2016, 1, 4)
"""The first day of `synthetic`, which is not imported here: see `measure`."""
SITE = "https://invented.example"


def _env(home: Path) -> dict[str, str]:
    return {
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "ARXIV_JA_EN_DATA_DIR": str(home / "data"),
        "ARXIV_JA_EN_FIRST_DAY": str(FIRST_DAY),
        "ARXIV_JA_EN_BASE_URL": SITE,
        "ARXIV_JA_EN_DELAY_SECONDS": "0",
    }


def _house(folder: Path, posts: int, a_day: int) -> Path:
    """A home with pages of that many posts, archived and nothing more."""
    home = folder / f"house-{posts}-{a_day}"
    home.mkdir()
    shutil.copy(ROOT / "dagster.yaml", home)
    run("archive", posts, "bench.orchestration.overhead", [str(home), str(posts), str(a_day)])
    return home


def _compare(base: Path, stage: str, papers: int, days: list[date], times: int) -> list[Measured]:
    """Both programs over `days`, each `times` times, the fastest run of each.

    Their fact `same` says whether all runs made a snapshot of the same files.
    """
    programs = {
        "direct": ("bench.orchestration.direct", [str(days[0]), str(days[-1])]),
        "Dagster": ("pipeline.cli", ["refresh", "--from", str(days[0]), "--to", str(days[-1])]),
    }
    runs: dict[str, list[Measured]] = {name: [] for name in programs}
    made = set()
    for number in range(times):
        for name, (module, arguments) in programs.items():
            home = base.with_name(f"{base.name}-{name}-{number}")
            shutil.copytree(base, home)
            runs[name].append(run(f"{stage}, {name}", papers, module, arguments, env=_env(home)))
            made.add(json.dumps(_snapshot(home / "data" / "snapshots")))
            shutil.rmtree(home)
    fastest = [min(measured, key=lambda one: one.seconds) for measured in runs.values()]
    return [replace(one, facts={"same": len(made) == 1}) for one in fastest]


def _snapshot(folder: Path) -> dict[str, str]:
    """The data files of the newest snapshot, by path: their digests."""
    newest = max(path for path in folder.iterdir() if path.name.startswith("v"))
    return {
        str(path.relative_to(newest)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(newest.rglob("*.parquet"))
    }


def overhead(folder: Path, posts: int, range_days: int, times: int = 3) -> Iterator[Measured]:
    """Four measurements: one day more, and a range of days; direct, and by Dagster.

    Args:
        folder: where to work.
        posts: posts of the world upon which a day comes.
        range_days: days of the range, ten posts each.
        times: runs of each program, of which the fastest counts.
    """
    base = _house(folder, posts, 330)
    days = list(_days(base))
    run("", posts, "bench.orchestration.direct", [str(days[0]), str(days[-2])], env=_env(base))
    yield from _compare(base, "one day more", posts, days[-1:], times)
    base = _house(folder, 10 * range_days, 10)
    days = list(_days(base))
    yield from _compare(base, f"{len(days)} days", 10 * range_days, days, max(1, times - 1))


def _days(home: Path) -> Iterator[date]:
    """The days that were drawn."""
    drawn = {path.stem for path in (home / "drawn" / "records").iterdir()}
    for n in count():
        day = FIRST_DAY + timedelta(days=n)
        if str(day) not in drawn:
            return
        yield day


def _archive(home: Path, posts: int, a_day: int) -> None:
    """Draw a world and archive its pages."""
    import polars as pl

    from bench.world.pages import write_pages
    from bench.world.synthetic import World, write_world

    days = write_world(World(posts, most_a_day=a_day), home / "drawn", extra_day=True)
    paths = (home / "drawn" / "records" / f"{day}.parquet" for day in days)
    write_pages(map(pl.read_parquet, paths), home / "data" / "archive")


if __name__ == "__main__":
    _archive(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
