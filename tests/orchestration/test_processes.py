"""Runs whose process was killed are closed; the living are left alone."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from pipeline.orchestration.processes import (
    PROCESS_TAG,
    close_dead_runs,
    living_runs,
    this_process,
)
from pipeline.settings import PROJECT_ROOT


@dg.job
def _nothing() -> None:
    """A job of no steps."""


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    shutil.copy(PROJECT_ROOT / "dagster.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as made:
        yield made


def started_run(instance: dg.DagsterInstance, process: str | None) -> str:
    tags = {PROCESS_TAG: process} if process else {}
    run = instance.create_run_for_job(_nothing, tags=tags)
    instance.handle_run_event(
        run.run_id,
        dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, "_nothing"),
    )
    return run.run_id


def a_process_that_was_killed() -> str:
    code = "from pipeline.orchestration.processes import this_process; print(this_process())"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT_ROOT
    ).stdout.strip()


def test_a_run_of_a_dead_process_is_failed(instance: dg.DagsterInstance) -> None:
    dead = started_run(instance, a_process_that_was_killed())

    assert close_dead_runs(instance) == [dead]
    closed = instance.get_run_by_id(dead)
    assert closed is not None
    assert closed.status is dg.DagsterRunStatus.FAILURE
    assert living_runs(instance) == []
    assert close_dead_runs(instance) == [], "a second look finds nothing more"


@pytest.mark.parametrize(
    "process",
    [this_process(), "another-host:1:1", None],
    ids=["this very process", "another host's", "unknown"],
)
def test_a_run_that_may_live_is_left_alone(
    instance: dg.DagsterInstance, process: str | None
) -> None:
    run = started_run(instance, process)

    assert close_dead_runs(instance) == []
    assert living_runs(instance) == [run]


def test_a_later_process_with_the_same_number_is_not_taken_for_it(
    instance: dg.DagsterInstance,
) -> None:
    host, pid, _ = this_process().split(":")
    reused = started_run(instance, f"{host}:{pid}:12345")

    assert close_dead_runs(instance) == [reused]


def test_what_a_dead_run_held_of_a_pool_is_freed(instance: dg.DagsterInstance) -> None:
    storage = instance.event_log_storage
    storage.initialize_concurrency_limit_to_default("digest_site")
    dead = started_run(instance, a_process_that_was_killed())
    storage.claim_concurrency_slot("digest_site", dead, "captures")
    assert storage.get_concurrency_info("digest_site").active_slot_count == 1

    close_dead_runs(instance)

    assert storage.get_concurrency_info("digest_site").active_slot_count == 0


def test_the_tag_names_host_and_process() -> None:
    assert this_process().startswith(f"{socket.gethostname()}:")
    assert this_process() == this_process()
    assert this_process() != a_process_that_was_killed()
