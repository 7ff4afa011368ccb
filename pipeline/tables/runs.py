"""Rows too many for memory, put in the order of months by way of files."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import polars as pl


class MonthRuns:
    """Rows that come in runs of many months, each month's rows a file; read by month."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: defaultdict[str, list[Path]] = defaultdict(list)
        self._empty = pl.LazyFrame()
        folder.mkdir(parents=True)

    def add(self, rows: pl.DataFrame) -> None:
        """Write a run of rows with a column `submitted_month`; all runs have the same columns."""
        self._empty = rows.clear().lazy()
        for (month,), of_month in rows.group_by("submitted_month"):
            files = self._files[str(month)]
            files.append(self._folder / f"{month}-{len(files)}.ipc")
            of_month.write_ipc(files[-1])

    def month(self, month: str) -> pl.LazyFrame:
        """The rows of a month, in the order of runs."""
        files = self._files.get(month)
        return pl.scan_ipc(files) if files else self._empty
