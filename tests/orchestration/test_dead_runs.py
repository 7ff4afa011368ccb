"""Runs whose process was killed are closed; the living are left alone."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.plan.resume_retry import ReexecutionStrategy
from dagster._core.test_utils import in_process_test_workspace
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.dead_runs import (
    PROCESS_TAG,
    close_dead_runs,
    living_runs,
    process_tag,
    this_process,
)
from pipeline.settings import PROJECT_ROOT, load_settings


@dg.job
def _nothing() -> None:
    """A job of no steps."""


@pytest.fixture
def instance(
    empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    shutil.copytree(empty_home, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as made:
        yield made


def start(instance: dg.DagsterInstance, run_id: str) -> None:
    begun = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, "_nothing")
    instance.handle_run_event(run_id, begun)


def started_run(instance: dg.DagsterInstance, process: str | None) -> str:
    run = instance.create_run_for_job(_nothing)
    if process:
        instance.add_run_tags(run.run_id, {PROCESS_TAG: f"{run.run_id}:{process}"})
    start(instance, run.run_id)
    return run.run_id


@lru_cache(maxsize=1)
def a_process_that_was_killed() -> str:
    code = "from pipeline.orchestration.dead_runs import this_process; print(this_process())"
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


def test_a_run_executed_again_is_not_taken_for_the_dead_one(
    instance: dg.DagsterInstance,
) -> None:
    dead = started_run(instance, a_process_that_was_killed())
    assert close_dead_runs(instance) == [dead]
    parent = instance.get_run_by_id(dead)
    assert parent is not None

    origin = LoadableTargetOrigin(python_file=__file__, attribute="_nothing")
    with in_process_test_workspace(instance, origin) as workspace:
        (location,) = workspace.code_locations
        (repository,) = location.get_repositories().values()
        again = instance.create_reexecuted_run(
            request_context=workspace,
            parent_run=parent,
            code_location=location,
            remote_job=repository.get_full_job("_nothing"),
            strategy=ReexecutionStrategy.ALL_STEPS,
            use_parent_run_tags=True,
        )
    assert again.tags[PROCESS_TAG] == parent.tags[PROCESS_TAG]
    start(instance, again.run_id)
    assert close_dead_runs(instance) == []
    assert living_runs(instance) == [again.run_id]


@pytest.mark.parametrize("check", ["keeps_its_rules", "days_were_read"])
def test_a_step_of_checks_says_which_process_it_is(tmp_path: Path, check: str) -> None:
    selection = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("captures"), check))
    job = dg.define_asset_job("judge", selection=selection)
    settings = load_settings(data_dir=tmp_path / "data")
    definitions = dg.Definitions.merge(build_definitions(settings), dg.Definitions(jobs=[job]))
    with dg.DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def("judge").execute_in_process(instance=instance)
        judged = instance.get_run_by_id(done.run_id)

    assert judged is not None
    assert judged.tags.items() >= process_tag(done.run_id).items()


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
