"""Which days a refresh reads when none are named: a missed run loses nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.acquire.day_report import DayState
from pipeline.acquire.days import (
    MAX_HOLE,
    DayStatus,
    Range,
    day_statuses,
    describe_older,
    due_ranges,
    missed_days,
    older_days,
    unsettled_ranges,
)
from pipeline.archive.archive import Archive
from pipeline.settings import Settings, load_settings
from tests.acquire.read_days import Note, as_note, note_days

DAY = date(2025, 3, 1)
SETTINGS = load_settings(first_day=DAY - timedelta(days=5), reread_days=3)


def day(n: int) -> date:
    return DAY + timedelta(days=n)


@dataclass
class Notes(Archive):
    """An archive in memory, of notes only."""

    folder: Path = Path("unused")
    days: list[Note] = field(default_factory=list)

    def notes(self, subject: str) -> list[dict[str, Any]]:
        return [as_note(note) for note in self.days] if subject == "day" else []


def statuses(notes: list[Note], until: date, settings: Settings = SETTINGS) -> list[DayStatus]:
    return day_statuses(Notes(days=notes), settings, until)


def due(notes: list[Note], until: date, settings: Settings = SETTINGS) -> list[Range]:
    return due_ranges(statuses(notes, until, settings), settings.reread_days)


def run(notes: list[Note], until: date, failing: frozenset[date] = frozenset()) -> list[date]:
    """A refresh that names no days, as it leaves its notes; the days that it fetched."""
    settled = {one.day for one in statuses(notes, until) if one.state == "settled"}
    asked = [a + timedelta(n) for a, b in due(notes, until) for n in range((b - a).days + 1)]
    assert asked == sorted(set(asked)), "oldest first, and each once"
    fetched = [one for one in asked if one not in settled]
    for one in fetched:
        state: DayState = "failed" if one in failing else "complete"
        notes.append((one, state, until))
    return fetched


def test_eight_days_without_a_run_lose_nothing() -> None:
    notes: list[Note] = []
    for n in range(4):
        run(notes, day(n))

    fetched = run(notes, day(12))

    assert set(fetched) >= {day(n) for n in range(4, 13)}
    assert missed_days(statuses(notes, day(12))) == []


@given(
    ran=st.lists(st.booleans(), min_size=1, max_size=40),
    failing=st.frozensets(st.integers(-5, 40).map(day)),
)
def test_whatever_runs_are_missed_every_day_is_settled_in_the_end(
    ran: list[bool], failing: frozenset[date]
) -> None:
    notes: list[Note] = []
    for n, runs in enumerate(ran):
        if runs:
            run(notes, day(n), failing)
    end = day(len(ran) + SETTINGS.reread_days)
    run(notes, end)

    found = {one.day: one.state for one in statuses(notes, end)}
    first = min(noted for noted, _, _ in notes)
    window = {one for one in found if end - one <= timedelta(days=SETTINGS.reread_days)}
    assert {found[one] for one in found if first <= one and one not in window} <= {"settled"}
    assert {found[one] for one in window} == {"read"}
    assert run(notes, end) == sorted(window), "what is settled costs nothing"


def test_a_fresh_folder_is_due_the_last_days_and_older_ones_are_counted() -> None:
    fresh = statuses([], day(10))

    assert due_ranges(fresh, 3) == [(day(7), day(10))]
    assert older_days(fresh) == [day(n) for n in range(-5, 11)]
    line = describe_older(fresh, 1.0)
    assert line is not None
    assert "16 older days (2025-02-24 to 2025-03-11)" in line
    assert "about 16 requests (at least one a day), 0:00:16 of pauses" in line

    read: list[Note] = [(day(n), "complete", day(10)) for n in range(7, 11)]
    line = describe_older(statuses(read, day(10)), 1.5)
    assert line is not None
    assert "12 older days (2025-02-24 to 2025-03-07)" in line
    assert "about 24 requests (as many a day as the 4 read so far), 0:00:36 of pauses" in line
    assert "`arxiv-ja-en refresh --from 2025-02-24 --to 2025-03-07`" in line


def test_no_older_day_no_line() -> None:
    read: list[Note] = [(SETTINGS.first_day, "empty", day(10))]

    assert describe_older(statuses(read, day(10)), 1.0) is None


def test_days_that_failed_or_lack_posts_are_due_and_those_with_few_between_share_a_run() -> None:
    notes: list[Note] = [(day(n), "complete", day(100)) for n in range(96)]
    notes[2] = (day(2), "failed", day(100))
    notes[2 + MAX_HOLE + 1] = (day(2 + MAX_HOLE + 1), "incomplete", day(100))
    notes[60] = (day(60), "failed", day(100))

    assert due(notes, day(100)) == [
        (day(2), day(2 + MAX_HOLE + 1)),
        (day(60), day(60)),
        (day(96), day(100)),
    ]
    assert missed_days(statuses(notes, day(100))) == [day(n) for n in range(96, 101)]


def test_a_day_that_was_settled_stays_so_when_a_later_reading_of_it_fails() -> None:
    notes: list[Note] = [(day(0), "complete", day(9)), (day(0), "failed", day(10))]

    (found,) = [one for one in statuses(notes, day(20)) if one.day == day(0)]
    assert found.state == "settled"


def test_raising_reread_days_opens_the_days_that_were_read_too_early_for_it() -> None:
    notes: list[Note] = [(day(n), "complete", day(n + 4)) for n in range(10)]
    longer = SETTINGS.changed(reread_days=6)

    assert due(notes, day(13))[0][0] == day(10)
    assert due(notes, day(13), longer)[0][0] == day(0)


def test_a_clock_that_went_backwards_asks_for_the_last_days_and_for_none_of_the_future() -> None:
    notes: list[Note] = [(day(n), "complete", day(30)) for n in range(30)]

    assert due(notes, day(20)) == [(day(17), day(20))]
    assert due(notes, day(-2)) == [(day(-5), day(-2))]
    assert statuses(notes, day(20))[-1].day == day(20)


def test_days_before_the_first_day_of_the_setting_are_never_due() -> None:
    notes: list[Note] = [(day(n), "failed", day(30)) for n in range(30)]
    later = SETTINGS.changed(first_day=day(29))

    assert due(notes, day(31), later) == [(day(29), day(31))]


def test_the_archive_is_what_is_asked(tmp_path: Path) -> None:
    settings = SETTINGS.changed(data_dir=tmp_path)
    note_days(settings.archive_dir, [(day(0), "failed", day(1)), (day(1), "complete", day(9))])

    assert unsettled_ranges(settings, day(9)) == [(day(0), day(9))]
    found = {one.day: one for one in day_statuses(Archive(settings.archive_dir), settings, day(9))}
    assert (found[day(0)].state, found[day(0)].reason) == ("failed", "http://site/ answers 500")
    assert found[day(1)].state == "settled"
    assert found[day(2)].state == "never_read"
    assert found[day(2)].reason == "missed"
    assert found[day(-1)].reason == "before the earliest day that was read"


@pytest.mark.parametrize("state", ["complete", "empty"])
def test_a_day_within_its_window_says_when_it_is_read_last(state: DayState) -> None:
    found = statuses([(day(5), state, day(6))], day(6))[-2]

    assert (found.state, found.reason) == ("read", "read again after 2025-03-09")
