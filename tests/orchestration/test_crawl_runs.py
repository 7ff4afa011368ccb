"""Runs that crawl: tried again where the network failed, and only there; days that failed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import date

import dagster as dg
import pytest

from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.partitions import range_tags
from pipeline.release.verify import verify_snapshot
from pipeline.sample import Quirks, Response, SampleHandler
from pipeline.settings import Settings
from tests.orchestration.conftest import DAYS, House

FIRST, LAST = (date.fromisoformat(day) for day in (DAYS[0], DAYS[-1]))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def crawl(
    settings: Settings,
    instance: dg.DagsterInstance,
    retries: int = 3,
    base_url: str | None = None,
) -> dg.ExecuteInProcessResult:
    """A run of the job `refresh` over the sample's days, of which only `captures` is executed."""
    job = build_definitions(settings).resolve_job_def("refresh")
    options = {"retries": retries} | ({"base_url": base_url} if base_url else {})
    return job.execute_in_process(
        instance=instance,
        tags=range_tags(FIRST, LAST),
        asset_selection=[dg.AssetKey("captures")],
        run_config={"ops": {"captures": {"config": options}}},
        raise_on_error=False,
    )


def count(result: dg.ExecuteInProcessResult, kind: dg.DagsterEventType) -> int:
    return sum(event.event_type is kind for event in result.all_events)


RETRIED = dg.DagsterEventType.STEP_UP_FOR_RETRY


@pytest.mark.parametrize("fault", ["closed", "cut", "error"])
def test_what_the_network_or_the_server_failed_is_tried_again(
    house: House, instance: dg.DagsterInstance, fault: str
) -> None:
    refusals = iter(range(6))

    def failing(handler: SampleHandler) -> bool:
        if next(refusals, None) is None:
            return False
        if fault == "error":
            handler.send(Response(503, b""))
        else:
            handler.close_connection = True
            if fault == "cut":
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<html>")
        return True

    house.site.intercept = failing

    result = crawl(house.settings.changed(give_up_after=3), instance)

    assert result.success
    assert count(result, RETRIED) == 2
    assert instance.get_materialized_partitions(dg.AssetKey("captures")) == set(DAYS)


def test_a_limit_ends_it_and_none_is_none(house: House, instance: dg.DagsterInstance) -> None:
    settings = house.settings.changed(base_url="http://127.0.0.1:9", timeout_seconds=1)

    for retries in (2, 0):
        result = crawl(settings, instance, retries)
        assert not result.success
        assert count(result, RETRIED) == retries


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(robots="User-agent: *\nDisallow: /\n"),
        Quirks(maintenance=True, retry_after="3600"),
    ],
    ids=["robots.txt", "asks to be left alone"],
)
def test_a_refusal_is_not_tried_again(
    house: House, instance: dg.DagsterInstance, quirks: Quirks
) -> None:
    house.site.quirks = quirks

    result = crawl(house.settings, instance)

    assert not result.success
    assert count(result, RETRIED) == 0
    assert len(house.site.requests) <= 2


def test_an_address_that_is_none_fails_the_run_in_one_line(
    house: House, instance: dg.DagsterInstance
) -> None:
    result = crawl(house.settings, instance, base_url="http://a b")

    (failed,) = [event for event in result.all_events if event.is_step_failure]
    failure = failed.step_failure_data.user_failure_data
    assert failure is not None, failed.step_failure_data.error
    assert str(failure.description) == (
        "ARXIV_JA_EN_BASE_URL='http://a b': "
        "must be an http or https address such as https://jarxiv.com"
    )
    assert count(result, RETRIED) == 0
    assert house.site.requests == []


@pytest.mark.parametrize("status", [403, 404])
def test_a_site_that_shows_nothing_is_not_tried_again(
    house: House, instance: dg.DagsterInstance, status: int
) -> None:
    def nothing(handler: SampleHandler) -> bool:
        handler.send(Response(status, b"<html><body>nothing of a blog</body></html>"))
        return True

    house.site.intercept = nothing

    result = crawl(house.settings, instance)

    assert count(result, RETRIED) == 0
    assert not result.success


def test_a_day_that_cannot_be_read_shows_and_holds_up_no_other(house: House) -> None:
    def broken(handler: SampleHandler) -> bool:
        if "/2025/03/05/" in handler.path or "after=2025-03-04" in handler.path:
            handler.send(Response(500, b""))
            return True
        return False

    house.site.intercept = broken

    done = house.refresh()

    assert done.exit_code == 1
    (failure,) = [line for line in done.output.splitlines() if "answers 500, 5 times" in line]
    assert "days_were_read: 2025-03-05: http" in failure
    assert "failed       captures, days_were_read" in done.stdout.splitlines()
    assert verify_snapshot(house.settings.snapshots_dir / "v2025.03.07") == []
    with house.instance() as instance:
        (run,) = instance.get_runs(limit=1)
        assert run.status is dg.DagsterRunStatus.FAILURE, "so that it is announced"
        captures = dg.AssetKey("captures")
        read = instance.get_materialized_partitions(captures)
        assert read == set(DAYS) - {"2025-03-05"}

    house.site.intercept = None
    mended = house.run("refresh", "--from", "2025-03-05", "--to", "2025-03-05")

    assert mended.exit_code == 0, mended.output
    with house.instance() as instance:
        assert instance.get_materialized_partitions(captures) == set(DAYS)


def test_asked_to_end_it_says_so_in_one_line_and_loses_nothing(house: House) -> None:
    def slow(handler: SampleHandler) -> bool:
        time.sleep(0.3)
        return False

    house.site.intercept = slow
    process = house.start("refresh", "--from", "2025-02-20", "--to", DAYS[-1])
    while len(house.site.requests) < 8:
        time.sleep(0.05)
        assert process.lives()
    os.kill(process.pid, signal.SIGTERM)

    assert process.wait(timeout=30) == 130
    out, err = process.stdout.read_text(), process.stderr.read_text()
    assert out == ""
    assert err.splitlines()[-1] == ("Interrupted; what was read is kept, the next refresh goes on.")
    assert "Error" not in err
    with house.instance() as instance:
        read = instance.get_materialized_partitions(dg.AssetKey("captures"))
    assert len(read) >= 3
    assert {path.stem for path in (house.root / "data/tables/captures").iterdir()} == read
