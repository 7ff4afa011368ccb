"""Time and peak memory of building a snapshot, next to the plainest program that writes its files.

    python bench/release_build.py --papers 1000000 --folder FOLDER

draws synthetic tables in FOLDER (kept for the next call), then runs each program in a process of
its own: `plain` (polars: read a month, split it, write it, compressed alike, nothing else),
`build` (`build_snapshot`: sorted, digested, written, described, verified), and `refresh` (the same
upon that parent, one month changed).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl

from bench.release_tables import MODELS, make_month, revised, write_tables
from pipeline.release.configs import CONFIGS
from pipeline.release.manifest import Snapshot
from pipeline.release.snapshot import build_snapshot, latest_snapshot

MONTHS = 60


def scans(folder: Path) -> dict[str, pl.LazyFrame]:
    """The tables below `folder`."""
    return {name: pl.scan_parquet(folder / name / "*.parquet") for name in MODELS}


def build(tables: Path, into: Path, parent: Path | None = None) -> Snapshot:
    """A snapshot of the tables."""
    return build_snapshot(
        scans(tables),
        into,
        parent=parent,
        day=date(2025, 1, 2 if parent else 1),
        code_version="bench",
        archive_digest="sha256:" + "0" * 64,
        ledger={},
    )


def plain(tables: Path, into: Path) -> None:
    """The same files, the plain way."""
    for config in CONFIGS:
        (into / config.name).mkdir(parents=True)
        for month in sorted((tables / config.table).glob("*.parquet")):
            rows = pl.read_parquet(month)
            parts = (
                rows.partition_by("split", as_dict=True) if config.monthly else {("train",): rows}
            )
            for (split,), part in parts.items():
                part.write_parquet(
                    into / config.name / f"{split}-{month.stem}.parquet",
                    compression="zstd",
                    compression_level=3,
                )


def run(what: str, folder: Path) -> dict[str, float]:
    """Run one of the programs in this process; seconds, CPU seconds and peak memory in GiB."""
    into = folder / what
    shutil.rmtree(into, ignore_errors=True)
    start = time.perf_counter()
    if what == "plain":
        plain(folder / "day0", into)
    elif what == "build":
        build(folder / "day0", into)
    else:
        made = build(folder / "day1", into, latest_snapshot(folder / "build"))
        print(made.version, "written again:", written(made, folder / "build"), file=sys.stderr)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": round(time.perf_counter() - start, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_gib": round(usage.ru_maxrss / 2**20, 2),
    }


def written(made: Snapshot, parent: Path) -> int:
    """Data files that are no links to the parent's."""
    before = latest_snapshot(parent)
    assert before is not None
    return sum(
        not (before / path).exists() or not (made.path / path).samefile(before / path)
        for path in made.manifest.data_files
    )


def draw(folder: Path, papers: int) -> None:
    """The tables of two days; the second day revises ten papers of the last month."""
    each = papers // MONTHS + 1
    if not (folder / "day0").exists():
        write_tables(
            (make_month(i, each, names=2 * papers) for i in range(MONTHS)), folder / "day0"
        )
    if not (folder / "day1").exists():
        for table in MODELS:
            (folder / "day1" / table).mkdir(parents=True)
            for file in (folder / "day0" / table).iterdir():
                os.link(file, folder / "day1" / table / file.name)
        last = make_month(MONTHS - 1, each, names=2 * papers)
        changed = revised(last, last.facts["paper_id"].head(10).to_list(), seed=1)
        for table, frame in changed.tables().items():
            target = folder / "day1" / table / f"{last.month}.parquet"
            target.unlink()
            frame.write_parquet(target)
        from bench.release_tables import indexes

        for table, frame in indexes(pl.scan_parquet(folder / "day1/papers/*.parquet")).items():
            target = folder / "day1" / table / "all.parquet"
            target.unlink()
            frame.write_parquet(target)


def main() -> None:
    """Draw, run, print a line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--papers", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--run", choices=["plain", "build", "refresh"])
    arguments = parser.parse_args()
    if arguments.run:
        print(json.dumps(run(arguments.run, arguments.folder)))
        return
    draw(arguments.folder, arguments.papers)
    for what in ("plain", "build", "refresh"):
        command = [sys.executable, "-m", "bench.release_build", "--folder", str(arguments.folder)]
        done = subprocess.run([*command, "--run", what], check=True, stdout=subprocess.PIPE)
        print(what, done.stdout.decode().strip(), flush=True)


if __name__ == "__main__":
    main()
