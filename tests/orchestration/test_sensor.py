"""The sensor: what waits is taken, what is stale is made, what is made is released, each once."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipeline.acquire import inbox_ready
from pipeline.acquire.inbox import take_inbox
from pipeline.acquire.inbox_ready import waiting
from pipeline.orchestration import sensors
from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.dead_runs import PROCESS_TAG
from pipeline.release.manifest import open_snapshot
from pipeline.release.snapshot import latest_snapshot
from pipeline.settings import Settings, load_settings
from pipeline.storage import TableStore
from tests.orchestration.conftest import DAYS, House, obstruct

NOTHING = "The inbox is empty and no day is stale."
UNCHANGED = "Nothing has changed since the last look."


@dataclass
class Sensor:
    """The sensor as the daemon turns it."""

    settings: Settings
    instance: dg.DagsterInstance
    cursor: str | None = None
    run_keys: list[str | None] = field(default_factory=list)

    def tick(self) -> dg.SensorExecutionData:
        ticked = evaluate_inbox(self.settings, self.instance, self.cursor)
        self.cursor = ticked.cursor or self.cursor
        return ticked

    def tick_and_run(self, *, success: bool = True) -> str:
        """Run what one tick asks for; the job's name."""
        (request,) = self.tick().run_requests or []
        assert request.job_name is not None
        assert request.run_key not in {None, *self.run_keys}, "Dagster drops a key that it has seen"
        self.run_keys.append(request.run_key)
        done = (
            build_definitions(self.settings)
            .resolve_job_def(request.job_name)
            .execute_in_process(instance=self.instance, tags=request.tags, raise_on_error=False)
        )
        assert done.success == success
        return str(request.job_name)


def evaluate_inbox(
    settings: Settings, instance: dg.DagsterInstance, cursor: str | None = None
) -> dg.SensorExecutionData:
    definitions = build_definitions(settings)
    sensor = definitions.resolve_sensor_def("inbox_and_stale_days")
    context = dg.build_sensor_context(instance, definitions=definitions, cursor=cursor)
    return sensor.evaluate_tick(context)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data")


@pytest.fixture
def sensor(house: House) -> Iterator[Sensor]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Sensor(house.settings, instance)


def drop(house: House, day: str) -> Path:
    """Put the page of a day into the inbox, as if it had been there for long."""
    page = urllib.request.urlopen(f"{house.site.base_url}/{day.replace('-', '/')}/").read()
    house.settings.inbox_dir.mkdir(parents=True, exist_ok=True)
    path = house.settings.inbox_dir / f"{day}.html"
    path.write_bytes(page)
    os.utime(path, (1e9, 1e9))
    return path


def archive(house: House, day: str) -> None:
    """Have the page of a day in the archive, by which the day becomes stale."""
    drop(house, day)
    assert take_inbox(house.settings, import_day=date.fromisoformat(day)).days


def test_with_nothing_to_do_the_sensor_says_so(sensor: Sensor) -> None:
    ticked = sensor.tick()

    assert ticked.run_requests == []
    assert ticked.skip_message == NOTHING


def test_a_file_in_the_inbox_is_taken_then_its_day_parsed_then_released(
    house: House, sensor: Sensor
) -> None:
    path = drop(house, DAYS[1])

    jobs = [sensor.tick_and_run() for _ in range(3)]

    assert jobs == ["take_inbox", "process_days", "release"]
    assert sensor.tick().skip_message == NOTHING
    # A run that says which process it is can be closed when that process is gone.
    assert all(PROCESS_TAG in run.tags for run in sensor.instance.get_runs())
    assert not path.exists()
    newest = latest_snapshot(house.settings.snapshots_dir)
    assert newest is not None
    assert newest.name == "v2025.03.04"
    assert open_snapshot(newest).manifest.n_papers > 0


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The files that are looked at for their keys."""
    paths: list[object] = []
    look = TableStore._look

    def noted(self: TableStore, file: Any) -> Any:
        paths.append(file.path)
        return look(self, file)

    monkeypatch.setattr(TableStore, "_look", noted)
    return paths


def test_an_intake_that_fails_is_tried_once_and_holds_up_nothing_else(
    house: House, sensor: Sensor
) -> None:
    archive(house, DAYS[1])
    lock = house.settings.archive_dir / "inbox.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    path = drop(house, DAYS[2])

    assert sensor.tick_and_run(success=False) == "take_inbox"
    assert sensor.tick_and_run() == "process_days"
    assert sensor.tick_and_run() == "release"
    assert sensor.tick().skip_message == "What waits in the inbox could not be taken."
    assert sensor.tick().skip_message == UNCHANGED

    lock.rmdir()
    os.utime(path, (1e9 + 1, 1e9 + 1))
    assert sensor.tick_and_run() == "take_inbox"
    assert not path.exists()

    # The same file once more is another errand.
    assert sensor.tick_and_run() == "process_days"
    os.utime(drop(house, DAYS[2]), (1e9 + 1, 1e9 + 1))
    assert sensor.tick_and_run() == "take_inbox"


def test_a_file_that_is_being_copied_is_left_alone_until_it_is_whole(
    house: House, sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_ready, "SETTLE_SECONDS", 60.0)
    path = drop(house, DAYS[1])
    os.utime(path)
    assert sensor.tick().run_requests == []

    now = path.stat().st_mtime
    os.utime(path, (now - 61, now - 61))
    assert [request.job_name for request in sensor.tick().run_requests or []] == ["take_inbox"]


def test_a_file_that_is_moved_away_under_its_eyes_is_no_error(
    house: House, sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed_and_gone(inbox: Path) -> list[Path]:
        paths = waiting(inbox)
        for path in paths:
            path.unlink()
        return paths

    drop(house, DAYS[1])
    monkeypatch.setattr(sensors, "waiting", listed_and_gone)

    assert sensor.tick().skip_message == NOTHING


def test_days_that_failed_are_tried_once_and_again_with_other_rules(
    house: House, sensor: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive(house, DAYS[1])
    obstacle = obstruct(house, f"records/{DAYS[1]}")

    assert sensor.tick_and_run(success=False) == "process_days"
    told = sensor.tick().skip_message
    assert told is not None
    assert told.startswith("Days that failed and are not tried again: 1. A release is held back by")
    assert sensor.tick().skip_message == UNCHANGED

    obstacle.rmdir()
    assert sensor.tick().skip_message == UNCHANGED
    monkeypatch.setattr("pipeline.validate.records.VALIDATOR_VERSION", "mended")
    assert sensor.tick_and_run() == "process_days"
    assert sensor.tick_and_run() == "release"
    assert sensor.tick().skip_message == NOTHING


def test_a_release_that_failed_is_tried_once_and_again_when_the_tables_have_changed(
    house: House, sensor: Sensor, opened: list[object]
) -> None:
    archive(house, DAYS[1])
    obstacle = obstruct(house, "ledger")

    assert sensor.tick_and_run() == "process_days"
    assert sensor.tick_and_run(success=False) == "release"
    told = "The release failed and is not tried again before the tables change."
    assert sensor.tick().skip_message == told
    opened.clear()
    assert sensor.tick().skip_message == UNCHANGED
    assert opened == []

    obstacle.rmdir()
    archive(house, DAYS[2])
    assert sensor.tick_and_run() == "process_days"
    assert sensor.tick_and_run() == "release"
    assert sensor.tick().skip_message == NOTHING

    # The same tables again, which were released before: asked for under another key.
    TableStore(house.settings.tables_dir).path("ledger").unlink()
    job = build_definitions(house.settings).resolve_job_def("take_inbox")
    sensor.instance.report_run_failed(sensor.instance.create_run_for_job(job))
    assert sensor.tick_and_run() == "release"


@pytest.mark.parametrize(
    "version",
    [
        "pipeline.parse.posts.PARSER_VERSION",
        "pipeline.validate.records.VALIDATOR_VERSION",
        "pipeline.pair.ALIGNER_VERSION",
        "pipeline.tables.months.CODE",
        None,
    ],
)
def test_it_looks_again_when_the_code_or_the_first_day_is_another(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        sensor = Sensor(settings, instance)
        assert sensor.tick().skip_message == NOTHING
        assert sensor.tick().skip_message == UNCHANGED
        if version:
            monkeypatch.setattr(version, "another")
        else:
            sensor.settings = settings.changed(first_day=date(2025, 3, 1))
        assert sensor.tick().skip_message == NOTHING


def test_where_nothing_has_changed_no_table_is_opened(
    refreshed: House, opened: list[object]
) -> None:
    house = refreshed
    with dg.DagsterInstance.ephemeral() as instance:
        opened.clear()
        looked = evaluate_inbox(house.settings, instance)
        assert looked.skip_message == NOTHING
        assert len(opened) > len(DAYS)

        opened.clear()
        again = evaluate_inbox(house.settings, instance, looked.cursor)
        assert again.skip_message == UNCHANGED
        assert opened == []

        # Something is archived besides, or a run ends: it looks again.
        (house.settings.archive_dir / "more.warc.gz").touch()
        changed = evaluate_inbox(house.settings, instance, again.cursor or looked.cursor)
        assert len(opened) > len(DAYS)
        instance.create_run_for_job(build_definitions(house.settings).resolve_job_def("release"))
        (run,) = instance.get_runs()
        instance.report_run_failed(run)
        opened.clear()
        evaluate_inbox(house.settings, instance, changed.cursor)
        assert len(opened) > len(DAYS)


def test_what_a_check_holds_back_is_not_released_by_itself(refreshed: House) -> None:
    house = refreshed
    (house.settings.tables_dir / "ledger.parquet").unlink()
    now = datetime(2025, 3, 9, 22, tzinfo=UTC)
    weekly = build_definitions(house.settings).resolve_schedule_def("weekly_release")
    for passed in (False, True):
        with house.instance() as instance:
            judged = dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey("quarantine"),
                check_name="usual_share",
                passed=passed,
                metadata={},
            )
            instance.report_runless_asset_event(judged)
            ticked = evaluate_inbox(house.settings, instance)
            context = dg.build_schedule_context(instance, scheduled_execution_time=now)
            asked_by = [ticked.run_requests, weekly.evaluate_tick(context).run_requests]
        assert [bool(requests) for requests in asked_by] == [passed, passed]


def test_it_waits_while_a_run_is_under_way(settings: Settings) -> None:
    settings.inbox_dir.mkdir(parents=True)
    (settings.inbox_dir / "page.html").write_text("x")
    with dg.DagsterInstance.ephemeral() as instance:
        job = build_definitions(settings).resolve_job_def("take_inbox")
        instance.create_run_for_job(job)
        ticked = evaluate_inbox(settings, instance)

    assert ticked.skip_message == "A run is under way."
