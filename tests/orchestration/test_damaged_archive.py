"""Damage to the archive: nothing is released, no table loses a row, one line says what to do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from click.testing import Result

from pipeline.archive.archive import Archive
from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.jobs import RELEASE_JOB
from pipeline.release.verify import verify_snapshot
from pipeline.storage import TableStore
from tests.damage import emptied, junk, missing
from tests.orchestration.conftest import DAYS, House

STALE = DAYS[0]


def place_of_stale_day(path: Path) -> int:
    """Where the first capture of that day begins, behind other records."""
    rows = Archive(path.parent).index().filter(pl.col("day").cast(pl.String) == STALE)
    return int(rows["record_offset"].sort()[0])


def cut_in_a_record(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: place_of_stale_day(path) + 150])


def cut_at_a_record(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: place_of_stale_day(path)])


def bit_flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[place_of_stale_day(path) + 400] ^= 4
    path.write_bytes(data)


DAMAGES = [cut_in_a_record, cut_at_a_record, emptied, junk, bit_flipped, missing]
HEALED = [bit_flipped, missing]
"""Damages after which the file is restored; a restored file is the same after all of them."""

OF_A_READING = {
    *("captures", "posts", "records", "quarantine"),
    *("observations.parquet", "readings.parquet"),
}
"""What a day has more of when it is read once more."""


def holds(found: pl.DataFrame, rows: pl.DataFrame) -> bool:
    """Whether all the rows are found."""
    return rows.join(found, on=rows.columns, how="anti", nulls_equal=True).is_empty()


def stored(house: House) -> tuple[dict[str, pl.DataFrame], dict[str, str]]:
    """The rows of all tables, and the bytes of all that was released."""
    tables, snapshots = Path(str(house.settings.tables_dir)), house.settings.snapshots_dir
    rows = {str(path.relative_to(tables)): pl.read_parquet(path) for path in tables.rglob("*.p*")}
    files = [path for path in snapshots.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return rows, {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def refresh_last_day(house: House) -> Result:
    return house.run("refresh", "--from", DAYS[-1], "--to", DAYS[-1])


@pytest.fixture
def path(refreshed: House) -> Path:
    """The archive's file; one day that it holds is due to be parsed again."""
    (path,) = Archive(refreshed.settings.archive_dir).files()
    tables = TableStore(refreshed.settings.tables_dir)
    tables.write("posts", tables.read("posts", part=STALE), part=STALE, key="of an older parser")
    return path


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_releases_nothing_and_takes_no_row_until_it_is_restored(
    refreshed: House, path: Path, damage: Callable[[Path], None]
) -> None:
    house, whole = refreshed, path.read_bytes()
    rows, released = stored(house)
    damage(path)

    done = refresh_last_day(house)

    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert "✗ joined " in done.stderr
    assert f"the archive is damaged ({path.name}), so nothing is released" in done.stderr
    assert f"Restore {path.name} from a backup" in done.stderr
    found, now = stored(house)
    assert now == released
    assert [name for name in rows if not holds(found[name], rows[name])] == []
    if damage not in HEALED:
        return

    path.write_bytes(whole)
    healed = refresh_last_day(house)

    assert healed.exit_code == 0, healed.output
    assert "is damaged" not in healed.output
    found, now = stored(house)
    # A day that was read again meanwhile has been observed once more.
    changed = {name.split("/")[0] for name in rows if not rows[name].equals(found[name])}
    assert changed <= (set() if damage is bit_flipped else OF_A_READING)
    assert now == released


def release_by_hand(house: House) -> list[str | None]:
    """The steps that fail of the job `release`."""
    with house.instance() as instance:
        job = build_definitions(house.settings).resolve_job_def(RELEASE_JOB)
        done = job.execute_in_process(instance=instance, raise_on_error=False)
    return [event.step_key for event in done.all_events if event.is_step_failure]


@pytest.mark.parametrize("damage", [missing, bit_flipped])
def test_days_are_read_again_and_the_loss_is_accepted(
    refreshed: House, path: Path, damage: Callable[[Path], None]
) -> None:
    house, archive = refreshed, refreshed.settings.archive_dir
    rows, released = stored(house)
    damage(path)
    assert house.run("verify", "--archive").exit_code == 1
    if damage is missing:
        assert release_by_hand(house) == ["joined"]
    assert house.refresh("--reread").exit_code == 1
    assert stored(house)[1] == released

    for known in [*archive.glob("fixity/*"), *archive.glob("index/*/*")]:
        if known.name.startswith(path.name):
            known.unlink()
    done = house.refresh()

    assert done.exit_code == 0, done.output
    assert "not parsed" not in done.output
    assert Archive(archive).damages() == []
    now, kept = stored(house)
    assert released.items() <= kept.items()
    texts = ["paper_id", "title", "abstract_en", "abstract_ja", "authors"]
    papers = [name for name in rows if name.startswith("papers/")]
    assert papers
    assert all(now[name].select(texts).equals(rows[name].select(texts)) for name in papers)
    for snapshot in house.settings.snapshots_dir.glob("v*"):
        assert verify_snapshot(snapshot) == []
