"""What is wrong with the database in which Dagster keeps its runs and events, in one line."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError, OperationalError

_MOST_NAMES = 3
"""Files that a message names: Dagster has one for each run."""


def database_fault(error: DBAPIError, home: Path) -> str:
    """What failed, where, and what to do; without the statement and its values.

    Args:
        error: as Dagster's storage raised it.
        home: Dagster's home.
    """
    if damaged := _damaged(home):
        names = ", ".join(str(path) for path in damaged[:_MOST_NAMES])
        if (more := len(damaged) - _MOST_NAMES) > 0:
            names += f" and {more:,} more"
        return (
            f"what Dagster keeps of its runs is damaged: {names}: {error.orig}; move it away and "
            "start again: only the list of past runs is lost"
        )
    if "locked" in str(error.orig):
        return (
            f"what Dagster keeps of its runs, in {home}, is in use by another process: "
            f"{error.orig}; try when that has ended"
        )
    verb = "written" if isinstance(error, OperationalError) else "read"
    return (
        f"what Dagster keeps of its runs cannot be {verb}: {error.orig}; is the disk full? "
        "What was read is kept, the next refresh goes on"
    )


def _damaged(home: Path) -> list[Path]:
    """The SQLite files below Dagster's home that SQLite finds fault with."""
    return [path for path in sorted(home.glob(".dagster/**/*.db")) if _is_damaged(path)]


def _is_damaged(path: Path) -> bool:
    connection = sqlite3.connect(path.as_uri() + "?mode=ro", uri=True)
    try:
        (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:  # locked, or not readable at all: another fault
        return False
    except sqlite3.DatabaseError:
        return True
    else:
        return bool(result != "ok")
    finally:
        connection.close()
