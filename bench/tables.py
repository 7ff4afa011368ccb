"""How long the tables take: whole, by one day more, and next to the plainest programs.

`python bench/tables.py FOLDER [--versions 10000 100000 1000000]` draws the worlds into FOLDER (kept
for the next time) and prints one line a program: wall and processor seconds, peak memory. Every
program runs in a process of its own, one after the other. The refresh is of one more day on top of
the whole; that its files are those of a whole build, byte for byte, is checked.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from bench.synthetic import World, write_world
from bench.tables_plain import PROGRAMS
from pipeline.schema import PairSignals, Records, SentencePairs
from pipeline.tables.store import daily_files, write_tables


@dataclass(frozen=True, slots=True)
class Measured:
    """What one program took."""

    versions: int
    program: str
    seconds: float
    cpu_seconds: float
    peak_mb: int


def ours(days: Path, into: Path) -> None:
    """Our tables of the daily tables in `days`."""
    records = daily_files(days / "records", Records)
    signals = daily_files(days / "pair_signals", PairSignals)
    write_tables(records, signals, daily_files(days / "sentence_pairs", SentencePairs), into)


def measure(versions: int, program: str, days: Path, into: Path) -> Measured:
    """Run a program in a process of its own.

    Raises:
        RuntimeError: it failed.
    """
    arguments = [sys.executable, "-m", "bench.tables", "--run", program, str(days), str(into)]
    started = time.monotonic()
    child = os.posix_spawn(sys.executable, arguments, os.environ)
    _pid, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"{program} on {versions} versions ended with status {status}")
    return Measured(
        versions,
        program,
        round(time.monotonic() - started, 1),
        round(usage.ru_utime + usage.ru_stime, 1),
        usage.ru_maxrss // 1024,
    )


def compare(versions: int, folder: Path) -> list[Measured]:
    """All programs on a world of that many versions."""
    world = folder / f"world-{versions}"
    days = write_world(World(versions), world, extra_day=True)
    before = folder / f"world-{versions}-before"
    for table in ("records", "pair_signals", "sentence_pairs"):
        (before / table).mkdir(parents=True, exist_ok=True)
        for day in days[:-1]:
            link = before / table / f"{day}.parquet"
            if not link.exists():
                link.symlink_to((world / table / link.name).resolve())
    into = folder / f"tables-{versions}"
    found = []
    for program in ("ours", *PROGRAMS):
        shutil.rmtree(into / program, ignore_errors=True)
        found.append(measure(versions, program, before, into / program))
    refresh = measure(versions, "ours", world, into / "ours")
    found.insert(1, Measured(versions, "ours, one day more", *list(asdict(refresh).values())[2:]))
    whole = into / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    measure(versions, "ours", world, whole)
    if _digest(into / "ours") != _digest(whole):
        raise RuntimeError("the refreshed tables are not those of a whole build")
    return found


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet")):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--versions", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--run", nargs=3, metavar=("PROGRAM", "DAYS", "INTO"))
    arguments = parser.parse_args()
    if arguments.run:
        program, days, into = arguments.run
        ({"ours": ours} | PROGRAMS)[program](Path(days), Path(into))
        return
    if arguments.folder is None:
        parser.error("name a folder for the worlds and the tables")
    rows = [m for versions in arguments.versions for m in compare(versions, arguments.folder)]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    print(f"{platform.machine()}, {os.cpu_count()} cores, {memory} GiB, polars {pl.__version__}")
    print(f"{'versions':>10}  {'program':<20}  {'seconds':>8}  {'cpu':>8}  {'peak MB':>8}")
    for m in rows:
        line = f"{m.versions:>10,}  {m.program:<20}  {m.seconds:>8,.1f}  {m.cpu_seconds:>8,.1f}"
        print(f"{line}  {m.peak_mb:>8,}")
    (arguments.folder / "tables.json").write_text(json.dumps([asdict(m) for m in rows], indent=1))


if __name__ == "__main__":
    main()
