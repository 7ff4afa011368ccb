"""A world's folder, and what the stages of the bench share.

In it: `drawn` (the daily tables as they are drawn), `before` (the same without the last day),
`archive` and `daily` (pages of the drawn papers, and what is made of them), and
`<program>/tables`, `<program>/snapshots` with what a program wrote.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pipeline.storage import TableStore

Facts = dict[str, Any]
PROCESSES = len(os.sched_getaffinity(0))


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

    def chosen(self, among: list[date] | None = None) -> list[date]:
        """Days evenly spread over the world's, or over some of them, as many as have `most` posts.

        Args:
            among: the days to choose from, in order.
        """
        days = self.days()
        if self.most is None or self.most >= self.papers:
            return among or days
        among = among or days
        n = min(len(among), max(1, round(len(days) * self.most / self.papers)))
        return [among[len(among) * k // n] for k in range(n)]

    def share(self, days: list[date]) -> Facts:
        """Which part of all days these are, as a fact."""
        return {"share": len(days) / len(self.days())}

    def tables(self, program: str) -> Path:
        """The tables that a program wrote."""
        return self.folder / program / "tables"

    def snapshots(self, program: str) -> Path:
        """The snapshots that a program wrote."""
        return self.folder / program / "snapshots"


def on_all_cores(work: Callable[[list[date]], None], days: list[date]) -> None:
    """Do the work of all days, each process its share of them."""
    if PROCESSES == 1:
        work(days)
        return
    shares = [share for n in range(PROCESSES) if (share := days[n::PROCESSES])]
    # polars' threads do not survive a fork.
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        list(pool.map(work, shares))
