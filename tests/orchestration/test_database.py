"""What is wrong with Dagster's database is one line that fits a screen."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from pipeline.orchestration.database import database_fault


def test_of_many_damaged_files_the_first_are_named(tmp_path: Path) -> None:
    folder = tmp_path / ".dagster" / "history"
    folder.mkdir(parents=True)
    for number in range(1000, 1020):
        (folder / f"{number}.db").write_bytes(b"junk" * 1000)

    refused = DatabaseError("SELECT 1", {}, sqlite3.DatabaseError("file is not a database"))
    line = database_fault(refused, tmp_path)

    named = ", ".join(str(folder / f"{number}.db") for number in range(1000, 1003))
    assert f"is damaged: {named} and 17 more: file is not a database; move it away" in line
