"""Damage to what is stored: it ends in equal data or one clear line, never in wrong data published.

Files that are made again independently of each other are damaged together, one of every kind, so
that each kind of damage costs one refresh.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy.exc import DBAPIError

from pipeline.release.configs import CONFIGS
from pipeline.release.verify import verify_snapshot
from pipeline.storage import TableStore
from tests.damage import DAMAGES, Damage, junk, missing, truncated
from tests.orchestration.conftest import DAYS, House

DAILY = ("captures", "posts", "records", "quarantine", "sentence_pairs", "pair_signals")


def rows_in(house: House) -> dict[str, pl.DataFrame]:
    """All rows of all tables, file by file."""
    folder = Path(str(house.settings.tables_dir))
    return {
        path.relative_to(folder).as_posix(): pl.read_parquet(path)
        for path in sorted(folder.rglob("*.parquet"))
    }


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_table_of_every_kind_is_made_again_and_said_so(
    refreshed: House, damage: Damage
) -> None:
    house, tables = refreshed, TableStore(refreshed.settings.tables_dir)
    before, released = rows_in(house), digests(house.settings.snapshots_dir)
    monthly = [config.table for config in CONFIGS if config.monthly]
    whole = [config.table for config in CONFIGS if not config.monthly]
    files = [tables.path(table, day) for table, day in zip(DAILY, DAYS * 2, strict=False)]
    files += [tables.path(table, tables.parts(table)[0]) for table in monthly]
    files += [tables.path(t) for t in (*whole, "ledger", "observations", "removed")]
    files += [tables.path("inbox_captures")]
    # The archive's index is read from the archive again, without a word.
    (index,) = house.settings.archive_dir.glob("index/**/*.parquet")
    for path in (*files, index):
        damage(Path(str(path)))

    done = house.run("refresh", "--from", DAYS[-1], "--to", DAYS[-1])

    assert done.exit_code == 0, done.output
    assert "Traceback" not in done.output
    after = rows_in(house)
    assert list(after) == list(before)
    assert [name for name, rows in before.items() if not rows.equals(after[name])] == []
    assert digests(house.settings.snapshots_dir) == released
    told = [line for line in done.stderr.splitlines() if " is damaged (" in line]
    expected = [] if damage is missing else files
    assert sorted(line.split(" is damaged")[0].split()[-1] for line in told) == sorted(
        map(str, expected)
    )
    assert all("made again" in line for line in told)
    for snapshot in house.settings.snapshots_dir.glob("v*"):
        assert verify_snapshot(snapshot) == []


@pytest.mark.parametrize("name", ["runs.db", "index.db", "schedules.db"])
@pytest.mark.parametrize("damage", [truncated, junk])
def test_a_damaged_database_of_dagsters_is_named_in_one_line_and_can_be_moved_away(
    refreshed: House, name: str, damage: Damage
) -> None:
    (path,) = refreshed.root.glob(f".dagster/**/{name}")
    before = rows_in(refreshed)
    damage(path)

    done = refreshed.refresh()

    assert done.exit_code == 1
    *_, last = done.stderr.splitlines()
    assert last.startswith(f"Error: what Dagster keeps of its runs is damaged: {path}: ")
    assert "move it away" in last
    assert not isinstance(done.exception, DBAPIError)
    if name == "runs.db":
        assert done.stderr.count("\n") == 1
        path.unlink()
        again = refreshed.refresh()
        assert again.exit_code == 0, again.output
        assert all(rows.equals(rows_in(refreshed)[file]) for file, rows in before.items())


def test_a_database_that_another_process_holds_is_said_so(
    refreshed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dagster._core.storage.sqlite.SQLITE_BUSY_TIMEOUT_SECONDS", 0.1)
    (path,) = refreshed.root.glob(".dagster/**/runs.db")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        done = refreshed.refresh()
    finally:
        holder.close()

    assert done.exit_code == 1
    *_, last = done.stderr.splitlines()
    assert last.startswith("Error: what Dagster keeps of its runs, in ")
    assert "is in use by another process: database is locked; try when that has ended" in last


def test_tables_that_cannot_be_written_are_said_so_and_made_when_they_can(
    refreshed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_in(refreshed)
    tables = TableStore(refreshed.settings.tables_dir)
    for day in DAYS:
        tables.delete("records", day)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        done = refreshed.run("refresh", "--from", DAYS[-1], "--to", DAYS[-1])
    assert done.exit_code == 1
    told = f"{tables.path('records', DAYS[0])} cannot be written: No space left on device; is"
    assert (done.stderr + done.stdout).count(told) == 1
    assert "Traceback" not in done.output
    assert not list(tables.path("records").parent.rglob(".*.parquet.*"))

    again = refreshed.run("refresh", "--from", DAYS[-1], "--to", DAYS[-1])

    assert again.exit_code == 0, again.output
    after = rows_in(refreshed)
    assert [name for name, rows in before.items() if not rows.equals(after[name])] == []
