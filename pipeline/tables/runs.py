"""Rows too many for memory, put in the order of months by way of files."""

from __future__ import annotations

from pathlib import Path

import polars as pl

_BATCH = 4096
"""Rows a record batch: what is read at least to get at a month's rows."""


class MonthRuns:
    """Runs of rows, each a file sorted by `submitted_month`; a month's rows are read from all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._slices: dict[str, list[tuple[Path, int, int]]] = {}
        self._empty = pl.LazyFrame()
        self._runs = 0
        folder.mkdir(parents=True)

    def add(self, rows: pl.DataFrame) -> None:
        """Write a run of rows with a column `submitted_month`; all runs have the same columns."""
        # To look is cheaper than to copy all texts.
        in_order = rows["submitted_month"].is_sorted()
        ordered = rows if in_order else rows.sort("submitted_month")
        self._empty = rows.clear().lazy()
        path = self._folder / f"{self._runs}.ipc"
        self._runs += 1
        ordered.lazy().sink_ipc(path, record_batch_size=_BATCH)
        counts = ordered.group_by("submitted_month", maintain_order=True).len()
        start = 0
        for month, n in counts.iter_rows():
            self._slices.setdefault(month, []).append((path, start, n))
            start += n

    def month(self, month: str) -> pl.LazyFrame:
        """The rows of a month, in the order of runs."""
        slices = self._slices.get(month, [])
        return pl.concat([self._empty, *(pl.scan_ipc(path).slice(at, n) for path, at, n in slices)])
