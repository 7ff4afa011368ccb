"""When the crawler came to the end of each day, as its notes in the archive say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

from pipeline.acquire.day_report import SETTLED_STATES

_SCHEMA = {"day": pl.Date(), "read_at": pl.Datetime("us", "UTC"), "complete": pl.Boolean()}


def readings(notes: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """The readings of days that did not fail, as `tables.ledger` takes them.

    Args:
        notes: `Archive.notes("day")`.

    Returns:
        `day`, `read_at` (when its reading ended) and `complete` (whether all was found that the
        site announced), one row per reading.
    """
    rows = [
        (
            date.fromisoformat(note["day"]),
            datetime.fromisoformat(note["finished_at"]),
            note["state"] in SETTLED_STATES,
        )
        for note in notes
        if note["state"] != "failed"
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")
