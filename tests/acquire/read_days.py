"""An archive in which crawls have noted days, without a crawl."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from pipeline.acquire.day_report import DayReport, DayState
from pipeline.archive.archive import Archive

Note = tuple[date, DayState, date]
"""A day, how its reading ended, and on which day (JST)."""


def report(day: date, state: DayState) -> DayReport:
    reason = {"failed": "http://site/ answers 500", "incomplete": "1 announced, not found"}
    return DayReport(day, "rest", 1, 1, 0, 0, 2, 100, 1.0, state, reason.get(state))


def as_note(note: Note) -> dict[str, object]:
    """The note that a crawl leaves of a day, as JSON has it."""
    day, state, on = note
    ended = datetime.combine(on, time(20, 30), UTC) - timedelta(days=1)  # half past five in Japan
    return report(day, state).as_json() | {"finished_at": ended.isoformat(), "site": "127.0.0.1"}


def note_days(archive_dir: Path, notes: Iterable[Note]) -> None:
    """Write the notes into a new file of the archive."""
    with Archive(archive_dir).writer("crawl", {}) as writer:
        for note in notes:
            writer.add_note("day", as_note(note))
