"""What runs by itself: the schedule, the inbox sensor, the notice of a failed run."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from dagster._core.definitions.freshness_evaluator import TimeWindowFreshnessPolicyEvaluator
from dagster._core.loader import LoadingContextForTest
from dagster._core.test_utils import freeze_time
from dagster._utils.schedules import schedule_execution_time_iterator

from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.notices import send_notice
from pipeline.orchestration.partitions import range_tags, ranges, today
from pipeline.orchestration.processes import PROCESS_TAG
from pipeline.release.manifest import open_snapshot
from pipeline.release.snapshot import latest_snapshot
from pipeline.settings import SITE_ZONE, Settings, load_settings
from tests.orchestration.conftest import DAYS, House


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data")


def refresh_request(settings: Settings, now: datetime) -> dg.RunRequest:
    schedule = build_definitions(settings).resolve_schedule_def("daily_refresh")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance, scheduled_execution_time=now)
        (request,) = schedule.evaluate_tick(context).run_requests or []
    return request


def test_the_daily_refresh_covers_the_days_that_are_not_settled(settings: Settings) -> None:
    # Half past five in Japan is the evening before in UTC.
    request = refresh_request(settings, datetime(2025, 3, 9, 20, 30, tzinfo=UTC))

    assert request.tags.items() >= range_tags(date(2025, 3, 7), date(2025, 3, 10)).items()
    assert request.run_key == "2025-03-10"


def test_ranges_cross_months_and_years_and_a_tick_is_one_run(settings: Settings) -> None:
    for day in (date(2024, 3, 1), date(2025, 1, 1), date(2025, 12, 31)):
        tick = datetime(day.year, day.month, day.day, 5, 30, tzinfo=SITE_ZONE)
        requests = [refresh_request(settings, tick.astimezone(zone)) for zone in (UTC, SITE_ZONE)]

        expected = range_tags(day - timedelta(days=settings.reread_days), day)
        assert all(request.tags.items() >= expected.items() for request in requests)
        assert {request.run_key for request in requests} == {day.isoformat()}


def test_the_daily_refresh_ticks_at_half_past_five_in_japan(settings: Settings) -> None:
    schedule = build_definitions(settings).resolve_schedule_def("daily_refresh")
    assert schedule.execution_timezone == "Asia/Tokyo"
    begin = datetime(2025, 3, 29, 20, tzinfo=UTC)  # clocks change in Europe, not in Japan
    ticks = schedule_execution_time_iterator(
        begin.timestamp(), schedule.cron_schedule, schedule.execution_timezone
    )
    assert [next(ticks).astimezone(UTC) for _ in range(3)] == [
        datetime(2025, 3, 29 + n, 20, 30, tzinfo=UTC) for n in range(3)
    ]


def test_it_never_asks_for_days_before_the_first(settings: Settings) -> None:
    request = refresh_request(settings, datetime(2023, 10, 1, 20, 30, tzinfo=UTC))

    assert request.tags["dagster/asset_partition_range_start"] == "2023-10-01"


def test_nor_does_the_command_when_no_days_are_named(house: House) -> None:
    done = house.run("refresh", ARXIV_JA_EN_FIRST_DAY=today().isoformat())

    assert done.exit_code == 0, done.output


def test_the_weekly_release_ticks_on_mondays_in_japan(settings: Settings) -> None:
    schedule = build_definitions(settings).resolve_schedule_def("weekly_release")
    ticks = schedule_execution_time_iterator(
        datetime(2025, 3, 26, tzinfo=UTC).timestamp(),
        schedule.cron_schedule,
        schedule.execution_timezone,
    )

    assert [next(ticks).astimezone(SITE_ZONE) for _ in range(2)] == [
        datetime(2025, month, day, 7, tzinfo=SITE_ZONE) for month, day in ((3, 31), (4, 7))
    ]


def test_whether_it_starts_switched_on_is_a_setting(settings: Settings) -> None:
    for chosen, expected in ((settings, "STOPPED"), (settings.changed(schedule=True), "RUNNING")):
        definitions = build_definitions(chosen)
        assert definitions.resolve_schedule_def("daily_refresh").default_status.value == expected
        sensor = definitions.resolve_sensor_def("inbox_and_stale_days")
        assert sensor.default_status.value == expected


def evaluate_inbox(
    settings: Settings, instance: dg.DagsterInstance, cursor: str | None = None
) -> dg.SensorExecutionData:
    definitions = build_definitions(settings)
    sensor = definitions.resolve_sensor_def("inbox_and_stale_days")
    context = dg.build_sensor_context(instance, definitions=definitions, cursor=cursor)
    return sensor.evaluate_tick(context)


def test_with_nothing_to_do_the_sensor_says_so(settings: Settings) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        ticked = evaluate_inbox(settings, instance)

    assert ticked.run_requests == []
    assert ticked.skip_message == "The inbox is empty and no day is stale."


def test_a_file_in_the_inbox_is_taken_then_its_day_parsed_then_released(house: House) -> None:
    page = urllib.request.urlopen(f"{house.site.base_url}/2025/03/04/").read()
    inbox = house.settings.inbox_dir
    inbox.mkdir(parents=True)
    (inbox / "page.html").write_bytes(page)
    definitions = build_definitions(house.settings)
    jobs: list[str] = []
    cursor = None
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(4):
            looked = evaluate_inbox(house.settings, instance, cursor)
            cursor = looked.cursor
            if not looked.run_requests:
                break
            (request,) = looked.run_requests
            assert request.job_name is not None
            assert request.run_key
            jobs.append(request.job_name)
            done = definitions.resolve_job_def(request.job_name).execute_in_process(
                instance=instance, tags=request.tags, raise_on_error=False
            )
            assert done.success
        # A run that says which process it is can be closed when that process is gone.
        assert all(PROCESS_TAG in run.tags for run in instance.get_runs())

    assert jobs == ["take_inbox", "process_days", "release"]
    assert looked.skip_message == "The inbox is empty and no day is stale."
    assert not list(inbox.glob("*.html"))
    newest = latest_snapshot(house.settings.snapshots_dir)
    assert newest is not None
    assert newest.name == "v2025.03.04"
    assert open_snapshot(newest).manifest.n_papers > 0


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The Parquet files that are opened for their keys."""
    paths: list[object] = []
    read = pl.read_parquet_metadata

    def noted(source: Any) -> dict[str, str]:
        paths.append(source)
        return read(source)

    monkeypatch.setattr(pl, "read_parquet_metadata", noted)
    return paths


def test_where_nothing_has_changed_no_table_is_opened(house: House, opened: list[object]) -> None:
    assert house.refresh().exit_code == 0
    with dg.DagsterInstance.ephemeral() as instance:
        opened.clear()
        looked = evaluate_inbox(house.settings, instance)
        assert looked.skip_message == "The inbox is empty and no day is stale."
        assert len(opened) > len(DAYS)

        opened.clear()
        again = evaluate_inbox(house.settings, instance, looked.cursor)
        assert again.skip_message == "Nothing has changed since the last look."
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


def test_what_a_check_holds_back_is_not_released_by_itself(house: House) -> None:
    assert house.refresh().exit_code == 0
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


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    """An address that takes notices, and what it was sent."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing on stderr."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook?token=secret", received
    server.shutdown()
    server.server_close()


def test_a_notice_is_posted_as_json(receiver: tuple[str, list[bytes]]) -> None:
    url, received = receiver

    send_notice(url, {"job": "refresh", "run_id": "r", "failed_steps": "captures"})

    (body,) = received
    assert json.loads(body) == {"job": "refresh", "run_id": "r", "failed_steps": "captures"}


def test_a_failed_run_is_announced_by_its_names_alone(
    settings: Settings, receiver: tuple[str, list[bytes]]
) -> None:
    url, received = receiver
    definitions = build_definitions(settings.changed(base_url="http://127.0.0.1:9", notice_url=url))
    with dg.DagsterInstance.ephemeral() as instance:
        result = definitions.resolve_job_def("refresh").execute_in_process(
            instance=instance,
            tags=range_tags(date(2025, 3, 3), date(2025, 3, 3)),
            asset_selection=[dg.AssetKey("captures")],
            run_config={"ops": {"captures": {"config": {"retries": 0}}}},
            raise_on_error=False,
        )
        context = dg.build_run_status_sensor_context(
            sensor_name="failed_runs",
            dagster_instance=instance,
            dagster_run=result.dagster_run,
            dagster_event=result.get_run_failure_event(),
        ).for_run_failure()
        definitions.resolve_sensor_def("failed_runs")(context)

    (body,) = received
    assert json.loads(body) == {
        "job": "refresh",
        "run_id": result.run_id,
        "failed_steps": "captures",
    }


def test_a_notice_that_cannot_be_delivered_is_a_line_without_the_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    send_notice("http://127.0.0.1:9/hook?token=secret", {"job": "refresh"})

    assert "could not be delivered" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("days", "state"), [(0, "PASS"), (7.9, "PASS"), (8.1, "WARN"), (14.9, "WARN"), (15.1, "FAIL")]
)
def test_a_snapshot_of_long_ago_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch, days: float, state: str
) -> None:
    """As Dagster's daemon judges it, in an instance of our configuration."""
    monkeypatch.chdir(house.root)
    key = dg.AssetKey("snapshot")
    node = build_definitions(house.settings).resolve_asset_graph().get(key)
    with dg.DagsterInstance.from_config(str(house.root)) as instance:
        assert instance.freshness_enabled
        instance.report_runless_asset_event(dg.AssetMaterialization(key))
        with freeze_time(datetime.now(UTC) + timedelta(days=days)):
            context = LoadingContextForTest(instance)
            evaluator = TimeWindowFreshnessPolicyEvaluator()
            found = asyncio.run(evaluator.evaluate_freshness(context, node))

    assert found.value == state


def test_consecutive_days_are_one_range() -> None:
    days = [date(2025, 3, d) for d in (5, 3, 4, 9, 3)]
    assert ranges(days) == [
        (date(2025, 3, 3), date(2025, 3, 5)),
        (date(2025, 3, 9), date(2025, 3, 9)),
    ]
