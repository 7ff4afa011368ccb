"""Days of a crawl, recorded one by one: what is read stands, whatever becomes of the run."""

from __future__ import annotations

import time
from typing import Self

import dagster as dg
import polars as pl

from pipeline.acquire.day_report import DayReport
from pipeline.archive.archive import Archive
from pipeline.orchestration.dagster_private import PARTITION_ROW_COUNT
from pipeline.orchestration.daily import warn_of_damage, with_lost_captures
from pipeline.parse.posts import parse_key
from pipeline.storage import TableStore

RECORD_EVERY = 10.0
"""Least seconds between two readings of the archive's index, which grows with the crawl."""
RECORD_SHARE = 20
"""A reading is this many times its own length away from the one before it, at least."""


class DayRecorder:
    """Writes the `captures` of days that have ended, and materialises those that were read.

    A day that failed is written too, but not materialised: in the run that failed to read it, it
    counts as failed. Leaving the context records what has ended, also when the run is cancelled.
    """

    def __init__(
        self, context: dg.AssetExecutionContext, archive: Archive, tables: TableStore
    ) -> None:
        self._context, self._archive, self._tables = context, archive, tables
        self._ended: list[DayReport] = []
        self._next_at = time.monotonic() + RECORD_EVERY

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._record()

    def day_ended(self, row: DayReport) -> None:
        """Take note of a day; it is recorded soon, together with its neighbours."""
        self._ended.append(row)
        if time.monotonic() >= self._next_at:
            self._record()

    def _record(self) -> None:
        if not self._ended:
            return
        started = time.monotonic()
        crawled = self._archive.index().filter(pl.col("kind") != "inbox")
        while self._ended:
            row = self._ended[0]
            self._record_day(row, crawled.filter(pl.col("day") == row.day))
            del self._ended[0]
        now = time.monotonic()
        self._next_at = now + max(RECORD_EVERY, RECORD_SHARE * (now - started))

    def _record_day(self, row: DayReport, rows: pl.DataFrame) -> None:
        day = row.day.isoformat()
        warn_of_damage(self._context, self._tables, ["captures"], day)
        rows = with_lost_captures(self._archive, self._tables, rows, "captures", day)
        self._tables.write("captures", rows, part=day, key=parse_key(rows))
        if row.state == "failed":
            # The check `days_were_read` warns of it, once and with all others.
            self._context.log.info("%s could not be read: %s", day, row.reason)
            return
        known = {name: value for name, value in row.as_json().items() if value is not None}
        self._context.log_event(
            dg.AssetMaterialization(
                "captures",
                partition=day,
                metadata={PARTITION_ROW_COUNT: rows.height, **known},
            )
        )
