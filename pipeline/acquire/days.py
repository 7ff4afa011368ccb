"""The state of every digest day, and the days that a refresh reads when none are named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Literal

from pipeline.acquire.day_report import DayReport
from pipeline.acquire.resume import settled_days
from pipeline.archive.archive import Archive
from pipeline.settings import Settings

State = Literal["settled", "read", "failed", "never_read"]

STATES: tuple[State, ...] = ("settled", "read", "failed", "never_read")
"""How far a day is.

- `settled`: completely read after its re-read window; it is not fetched again.
- `read`: read, and to be read again: its window has not passed, or posts are missing.
- `failed`: its last reading failed.
- `never_read`: no crawl has come to it.
"""

MAX_HOLE = 14
"""Settled days that one run covers between two unsettled ones: a run costs about as much as the
bookkeeping of so many days."""

Range = tuple[date, date]
"""A first and a last day, both inclusive."""


@dataclass(frozen=True, slots=True)
class DayStatus:
    """The state of one day.

    Attributes:
        day: the digest day (JST).
        state: see `STATES`.
        reason: why it is not settled; None where it is.
        report: of the reading that the state comes from; None where there was none.
        read_at: when that reading ended.
    """

    day: date
    state: State
    reason: str | None = None
    report: DayReport | None = None
    read_at: datetime | None = None


def day_statuses(archive: Archive, settings: Settings, until: date) -> list[DayStatus]:
    """The state of every day from the setting `first_day` to `until`, in order.

    Raises:
        ArchiveError: a file in the archive's folder is not of the archive.
    """
    settled = settled_days(archive, settings.reread_days)
    read_at: dict[date, datetime] = {}
    last: dict[date, DayReport] = {}
    for note in archive.notes("day"):
        row = DayReport.from_json(note)
        last[row.day] = row
        read_at[row.day] = datetime.fromisoformat(note["finished_at"])
    days = [
        settings.first_day + timedelta(days=n) for n in range((until - settings.first_day).days + 1)
    ]
    earliest = next((day for day in days if day in last), until)

    def status(day: date) -> DayStatus:
        report, at = last.get(day), read_at.get(day)
        if day in settled:
            return DayStatus(day, "settled", None, settled[day], at)
        if report is None:
            reason = "before the earliest day that was read" if day < earliest else "missed"
            return DayStatus(day, "never_read", reason)
        if report.state == "failed":
            return DayStatus(day, "failed", report.reason, report, at)
        again = day + timedelta(days=settings.reread_days)
        return DayStatus(day, "read", report.reason or f"read again after {again}", report, at)

    return [status(day) for day in days]


def due_ranges(statuses: Sequence[DayStatus], reread_days: int) -> list[Range]:
    """The days that a refresh reads when none are named, as ranges, oldest first.

    These are all days that are not settled since the earliest one that was read, so that a missed
    run is made up for, and always the last `reread_days` days and today. Where no day was read yet,
    the latter alone.

    Args:
        statuses: of all days to today, as `day_statuses` gives them; at least one.
        reread_days: the setting.
    """
    recent = statuses[-reread_days - 1 :]
    open_days = [one.day for one in since_first_read(statuses) if one.state != "settled"]
    return ranges([*open_days, *(one.day for one in recent)], hole=MAX_HOLE)


def unsettled_ranges(settings: Settings, until: date) -> list[Range]:
    """`due_ranges` of the days to `until`, by the archive of these settings."""
    statuses = day_statuses(Archive(settings.archive_dir), settings, until)
    return due_ranges(statuses, settings.reread_days)


def since_first_read(statuses: Sequence[DayStatus]) -> Sequence[DayStatus]:
    """The days from the earliest one that was read, or that failed; none where there is none."""
    known = (n for n, one in enumerate(statuses) if one.state != "never_read")
    return statuses[next(known, len(statuses)) :]


def missed_days(statuses: Sequence[DayStatus]) -> list[date]:
    """Days after the earliest one that was read to which no crawl has come."""
    return [one.day for one in since_first_read(statuses) if one.state == "never_read"]


def older_days(statuses: Sequence[DayStatus]) -> list[date]:
    """Days before the earliest one that was read, all where none was: read only on request."""
    return [one.day for one in statuses[: len(statuses) - len(since_first_read(statuses))]]


def describe_older(statuses: Sequence[DayStatus], delay: float) -> str | None:
    """How many days before the earliest one that was read there are, and how to ask for them.

    The number of requests is estimated from those of the days read so far.

    Args:
        statuses: of all days, as `day_statuses` gives them.
        delay: the least pause between two requests, in seconds.

    Returns:
        One line; None where there is no such day.
    """
    older = older_days(statuses)
    if not older:
        return None
    known = [one.report.requests for one in statuses if one.report and one.report.requests]
    requests = ceil(sum(known) / len(known) * len(older)) if known else len(older)
    source = f"as many a day as the {len(known)} read so far" if known else "at least one a day"
    pauses = timedelta(seconds=round(requests * delay))
    return (
        f"{len(older):,} older days ({older[0]} to {older[-1]}) were not read: about {requests:,}"
        f" requests ({source}), {pauses} of pauses;"
        f" `arxiv-ja-en refresh --from {older[0]} --to {older[-1]}` reads them"
    )


def describe_oldest(archive: Archive, settings: Settings) -> str | None:
    """That the site has posts from before the first day that may be read, where a crawl found it.

    Returns:
        One line; None where no crawl has asked, or the oldest post is not older.
    """
    found = [note["oldest_day"] for note in archive.notes("run") if note.get("oldest_day")]
    if not found or date.fromisoformat(found[-1]) >= settings.first_day:
        return None
    return (
        f"the oldest post of the site is of {found[-1]}, before the first day, "
        f"{settings.first_day}: set ARXIV_JA_EN_FIRST_DAY={found[-1]} to read from there"
    )


def ranges(days: Iterable[date], *, hole: int = 0) -> list[Range]:
    """`days` as the fewest ranges, in order; within one, at most `hole` days in a row are missing.

    >>> ranges([date(2025, 3, 3), date(2025, 3, 5), date(2025, 3, 4)])
    [(datetime.date(2025, 3, 3), datetime.date(2025, 3, 5))]
    """
    found: list[Range] = []
    for day in sorted(set(days)):
        if found and (day - found[-1][1]).days <= hole + 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def describe_ranges(days: Iterable[date]) -> str:
    """`days` in words, as ranges.

    >>> describe_ranges([date(2025, 3, 3), date(2025, 3, 4), date(2025, 3, 7)])
    '2025-03-03 to 2025-03-04, 2025-03-07'
    """
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in ranges(days))
