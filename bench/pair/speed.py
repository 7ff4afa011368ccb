"""Time and memory of the pair stage over many abstracts.

Usage: python -m bench.pair.speed [ABSTRACTS] [WORKERS]

The abstracts of the test sets, made different by a number, in frames of 10,000 as a range of days
would be; what is made is dropped at once, so that memory shows what the stage itself needs.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import time
from datetime import date

import polars as pl

from bench.pair.testsets import abstracts
from pipeline.pair import pair_records
from pipeline.pair.abstracts import pair_abstract

FRAME = 10_000


def frame(first: int, count: int, rows: list[tuple[str, str]]) -> pl.DataFrame:
    """Records number `first` and on, all different."""
    numbers = range(first, first + count)
    return pl.DataFrame(
        {
            "day": [date(2025, 3, 3)] * count,
            "pair_id": [
                hashlib.sha256(str(number).encode()).hexdigest()[:32] for number in numbers
            ],
            "abstract_en": [f"{rows[n % len(rows)][0]} This is number {n}." for n in numbers],
            "abstract_ja": [f"{rows[n % len(rows)][1]}これは{n}番である。" for n in numbers],
        }
    )


def main() -> None:
    """Measure and print."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    rows = [(row.en, row.ja) for row in abstracts()]
    for en, ja in rows[:20]:
        pair_abstract(en, ja)
    spent = []
    for en, ja in rows:
        started = time.process_time()
        pair_abstract(en, ja)
        spent.append((time.process_time() - started) * 1000)
    spent.sort()
    print(
        f"one core, {len(rows)} abstracts: mean {sum(spent) / len(spent):.2f} ms, median "
        f"{spent[len(spent) // 2]:.2f} ms, 99th percentile {spent[len(spent) * 99 // 100]:.2f} ms"
    )
    started, spent_before = time.perf_counter(), sum(os.times()[:4])
    for first in range(0, total, FRAME):
        count = min(FRAME, total - first)
        beads = len(pair_records(frame(first, count, rows), workers=workers).sentence_pairs)
        own = resource.getrusage(resource.RUSAGE_SELF)
        of_workers = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent_on_all = sum(os.times()[:4]) - spent_before
        print(
            f"{first + count:>7} abstracts, {time.perf_counter() - started:6.1f} s, of processors "
            f"{spent_on_all:6.1f} s, {beads} beads in the last frame, most memory "
            f"{own.ru_maxrss // 1024} MB, of a worker {of_workers.ru_maxrss // 1024} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
