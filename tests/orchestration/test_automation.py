"""What runs by itself: the schedules, the notice of a failed run, the age of the snapshot."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.freshness_evaluator import TimeWindowFreshnessPolicyEvaluator
from dagster._core.loader import LoadingContextForTest
from dagster._core.test_utils import freeze_time
from dagster._utils.schedules import schedule_execution_time_iterator

from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.notices import send_notice
from pipeline.orchestration.partitions import range_tags
from pipeline.settings import SITE_ZONE, Settings, load_settings, today
from tests.acquire.read_days import note_days
from tests.orchestration.conftest import House


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data")


def refresh_requests(settings: Settings, now: datetime) -> Sequence[dg.RunRequest]:
    schedule = build_definitions(settings).resolve_schedule_def("daily_refresh")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance, scheduled_execution_time=now)
        return schedule.evaluate_tick(context).run_requests or []


def refresh_request(settings: Settings, now: datetime) -> dg.RunRequest:
    (request,) = refresh_requests(settings, now)
    return request


def test_the_daily_refresh_covers_the_days_that_are_not_settled(settings: Settings) -> None:
    # Half past five in Japan is the evening before in UTC.
    request = refresh_request(settings, datetime(2025, 3, 9, 20, 30, tzinfo=UTC))

    assert request.tags.items() >= range_tags(date(2025, 3, 7), date(2025, 3, 10)).items()
    assert request.run_key == "2025-03-10"


def test_mornings_that_were_missed_are_made_up_for(settings: Settings) -> None:
    read, again = date(2025, 3, 1), date(2025, 3, 10)
    note_days(settings.archive_dir, [(read, "complete", date(2025, 3, 2))])

    request = refresh_request(settings, datetime(2025, 3, 9, 20, 30, tzinfo=UTC))

    assert request.tags.items() >= range_tags(read, again).items()
    assert request.run_key == "2025-03-10"


def test_days_long_ago_are_runs_of_their_own_that_release_nothing(settings: Settings) -> None:
    first, last = date(2025, 1, 1), date(2025, 3, 10)
    known = [first + timedelta(days=n) for n in range((last - first).days)]
    days = [date(2025, 1, 5), date(2025, 2, 5)]
    note_days(
        settings.archive_dir,
        [(day, "failed" if day in days else "complete", last) for day in known],
    )

    *earlier, newest = refresh_requests(settings, datetime(2025, 3, 9, 20, 30, tzinfo=UTC))

    for request, day in zip(earlier, days, strict=True):
        assert request.tags.items() >= range_tags(day, day).items()
        assert request.asset_selection is not None
        names = {key.to_user_string() for key in request.asset_selection}
        assert {"captures", "pair_signals"} <= names
        assert not {"papers", "snapshot", "publication"} & names
        assert request.run_config == {"ops": {"captures": {"config": {"retries": 0}}}}
    assert newest.tags.items() >= range_tags(date(2025, 3, 7), last).items()
    assert newest.asset_selection is None
    assert len({request.run_key for request in (*earlier, newest)}) == 3


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
    request = refresh_request(settings, datetime(2022, 12, 1, 20, 30, tzinfo=UTC))

    assert request.tags["dagster/asset_partition_range_start"] == "2022-12-01"


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
