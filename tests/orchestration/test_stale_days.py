"""Days of which a table is missing, or of older rules, are made again by whatever runs next."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline import schema
from pipeline.archive.archive import Archive
from pipeline.orchestration.assets.parse import stale_days
from pipeline.storage import TableStore
from tests.orchestration.conftest import DAYS, House, obstruct

DAILY = [of.table for of in schema.DAILY]


def stale(house: House) -> list[str]:
    days = stale_days(Archive(house.settings.archive_dir), TableStore(house.settings.tables_dir))
    return [day.isoformat() for day in days]


def file_of(house: House, table: str, day: str) -> Path:
    return Path(str(house.settings.tables_dir)) / table / f"{day}.parquet"


def outdate(house: House, table: str, day: str) -> None:
    """Have a day's table under the key of other rules."""
    path = file_of(house, table, day)
    pl.read_parquet(path).write_parquet(path, metadata={"arxiv-ja-en.key": "of other rules"})


def test_days_that_a_run_left_half_made_are_completed_by_the_refresh_of_another(
    refreshed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = refreshed
    assert stale(house) == []
    files = [file_of(house, table, day) for table in DAILY for day in DAYS]
    whole = [path.read_bytes() for path in files]
    file_of(house, "records", DAYS[0]).unlink()
    file_of(house, "pair_signals", DAYS[1]).unlink()
    outdate(house, "quarantine", DAYS[2])
    outdate(house, "sentence_pairs", DAYS[3])
    assert stale(house) == DAYS[:4]

    done = house.run("refresh", "--from", DAYS[4], "--to", DAYS[4])

    assert done.exit_code == 0, done.output
    assert stale(house) == []
    assert [path.read_bytes() for path in files] == whole

    for version in (
        "pipeline.parse.posts.PARSER_VERSION",
        "pipeline.validate.records.VALIDATOR_VERSION",
        "pipeline.pair.ALIGNER_VERSION",
    ):
        with monkeypatch.context() as patch:
            patch.setattr(version, "another")
            assert stale(house) == DAYS


def test_days_with_other_columns_than_now_are_made_again_and_read_with_the_others_until_then(
    refreshed: House,
) -> None:
    """As after a new column: every kind of daily table has days that were written without it."""
    house = refreshed
    files = [file_of(house, table, day) for table in DAILY for day in DAYS]
    whole = [path.read_bytes() for path in files]
    tables = TableStore(house.settings.tables_dir)
    for number, of in enumerate(schema.DAILY):
        day = DAYS[number % 4]
        rows, key = tables.read(of.table, of.model, day), tables.key(of.table, day) or ""
        tables.write(of.table, rows.drop(of.preview[-1]), part=day, key=key)
        both = tables.scan(of.table, of.model).collect()
        assert both.schema == schema.polars_schema(of.model), of.table
        assert both.height == tables.count(of.table), of.table
    assert stale(house) == DAYS[:4]

    done = house.run("refresh", "--from", DAYS[4], "--to", DAYS[4])

    assert done.exit_code == 0, done.output
    assert stale(house) == []
    assert [path.read_bytes() for path in files] == whole


def test_a_day_that_fails_is_tried_once_in_a_refresh(refreshed: House) -> None:
    house = refreshed
    outdate(house, "sentence_pairs", DAYS[0])
    obstacle = obstruct(house, f"sentence_pairs/{DAYS[0]}")

    done = house.run("refresh", "--from", DAYS[4], "--to", DAYS[4])

    assert done.exit_code == 1
    with house.instance() as instance:
        jobs = [run.job_name for run in instance.get_runs(ascending=True)]
    assert jobs == ["refresh", "process_days", "refresh"]
    assert stale(house) == DAYS[:1]

    obstacle.rmdir()
    assert house.run("refresh", "--from", DAYS[4], "--to", DAYS[4]).exit_code == 0
    assert stale(house) == []
