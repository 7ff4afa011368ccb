"""A backfill as an operator runs it from the UI: launched, paused, resumed; a failed day again.

The mutations are those that the UI sends; daemon, queue, code server and runs are Dagster's own.

`BACKFILL_DAYS=1096` tries it with three years, in some minutes.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES, BulkActionStatus
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.backfill import execute_backfill_iteration
from dagster._daemon.run_coordinator import QueuedRunCoordinatorDaemon
from dagster_graphql.test.utils import execute_dagster_graphql

from pipeline.archive.archive import Archive
from pipeline.sample import Response, SampleHandler
from pipeline.settings import PROJECT_ROOT, settings
from tests.orchestration.conftest import House

N_DAYS = int(os.environ.get("BACKFILL_DAYS", "40"))
FIRST = max(date(2025, 3, 8) - timedelta(N_DAYS), settings().first_day)
DAYS = [(FIRST + timedelta(n)).isoformat() for n in range(N_DAYS)]
BROKEN = "2025-03-05"
CAPTURES = {"path": ["captures"]}

LAUNCH = """mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
CANCEL = """mutation ($id: String!) {
  cancelPartitionBackfill(backfillId: $id) { __typename } }"""
RESUME = """mutation ($params: ReexecutionParams!) {
  reexecutePartitionBackfill(reexecutionParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
STATES = """query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  assetPartitionStatuses { ... on TimePartitionStatuses {
    ranges { status startKey endKey } } } } } }"""


@dataclass
class Operator:
    """Somebody at the UI, and the daemon behind it."""

    instance: dg.DagsterInstance
    workspace: WorkspaceProcessContext

    def ask(self, graphql: str, **variables: object) -> Any:
        result = execute_dagster_graphql(
            self.workspace.create_request_context(), graphql, variables
        )
        (answer,) = result.data.values()
        return answer

    def launch(self, days: list[str]) -> str:
        params = {"partitionNames": days, "assetSelection": [CAPTURES]}
        return str(self.ask(LAUNCH, params=params)["backfillId"])

    def resume(self, backfill: str) -> str:
        params = {"parentRunId": backfill, "strategy": "FROM_FAILURE"}
        return str(self.ask(RESUME, params=params)["backfillId"])

    def states(self) -> dict[str, list[str]]:
        """The days of each colour in the bar of partitions."""
        found = self.ask(STATES, key=CAPTURES)["assetPartitionStatuses"]["ranges"]
        days: dict[str, list[str]] = {}
        for span in found:
            inside = [day for day in DAYS if span["startKey"] <= day <= span["endKey"]]
            days.setdefault(span["status"], []).extend(inside)
        return days

    def await_(self, done: Callable[[], bool]) -> None:
        """Turn the daemon until it is done."""
        logger = logging.getLogger("tests.daemon")
        with QueuedRunCoordinatorDaemon(interval_seconds=0) as queue:
            deadline = time.monotonic() + 60 + N_DAYS
            while not done():
                assert time.monotonic() < deadline, self.instance.get_runs()
                list(execute_backfill_iteration(self.workspace, logger))
                list(queue.run_iteration(self.workspace))
                time.sleep(0.1)

    def status(self, backfill: str) -> BulkActionStatus:
        found = self.instance.get_backfill(backfill)
        assert found is not None
        return found.status

    def outcome(self, backfill: str) -> str:
        self.await_(lambda: self.status(backfill) in BULK_ACTION_TERMINAL_STATUSES)
        return self.status(backfill).value


@pytest.fixture
def operator(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    for name, value in (house.env | {"PYTHONPATH": str(PROJECT_ROOT)}).items():
        monkeypatch.setenv(name, value)
    shutil.copy(PROJECT_ROOT / "dagster.yaml", house.root)
    monkeypatch.chdir(house.root)
    target = ModuleTarget("pipeline.definitions", None, str(house.root), "arxiv-ja-en")
    with (
        dg.DagsterInstance.from_config(str(house.root)) as instance,
        WorkspaceProcessContext(instance, target) as workspace,
    ):
        yield Operator(instance, workspace)


def days_read(house: House) -> list[str]:
    """The days that the crawler has read to an end, each time it has, in order."""
    return [note["day"] for note in Archive(house.settings.archive_dir).notes("day")]


def test_paused_resumed_and_a_failed_day_again(house: House, operator: Operator) -> None:
    site = house.site

    ended = threading.Event()

    def stuck(handler: SampleHandler) -> bool:
        """Some days are answered; the next is not before the backfill has ended."""
        if len(site.requests) > 20:
            ended.wait()
        return False

    site.intercept = stuck
    paused = operator.launch(DAYS)
    operator.await_(lambda: len(site.requests) > 20)
    operator.ask(CANCEL, id=paused)
    assert operator.outcome(paused) == "CANCELED"
    ended.set()

    # What was read stands, also what there was no time to record; the rest is not failed.
    done, read = operator.states()["MATERIALIZED"], days_read(house)
    assert done == DAYS[: len(done)]
    assert read == DAYS[: len(read)]
    assert len(done) <= len(read)
    assert 5 < len(done) < len(DAYS) - 5
    assert "FAILED" not in operator.states()

    def broken(handler: SampleHandler) -> bool:
        if BROKEN.replace("-", "/") in handler.path or "after=2025-03-04" in handler.path:
            handler.send(Response(500, b""))
            return True
        return False

    site.intercept = broken
    resumed = operator.resume(paused)
    assert operator.outcome(resumed) == "COMPLETED_FAILED"

    # The others were read, and none of them twice; of one it is plain to see that it was not.
    assert days_read(house) == DAYS
    others = [day for day in DAYS if day != BROKEN]
    assert operator.states() == {"MATERIALIZED": others, "FAILED": [BROKEN]}

    site.intercept = None
    again = operator.launch([BROKEN])
    assert operator.outcome(again) == "COMPLETED_SUCCESS"
    assert operator.states() == {"MATERIALIZED": DAYS}
    assert days_read(house) == [*DAYS, BROKEN]
