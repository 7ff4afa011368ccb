"""The event log with its files kept open: the same log as Dagster's own, in the same files."""

from __future__ import annotations

import queue
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from pipeline.orchestration.event_log import KeptOpenEventLog
from pipeline.settings import PROJECT_ROOT

RUNS = 7
"""More runs than databases are kept open."""

EACH = 3
"""Runs of each process, where several write at once."""


@dg.asset
def page() -> None:
    """An invented asset."""


@pytest.fixture
def home(empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(empty_home, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)  # where the file's paths are relative to
    return tmp_path


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(home)) as opened:
        assert isinstance(opened.event_log_storage, KeptOpenEventLog)
        yield opened


def materialise(instance: dg.DagsterInstance) -> str:
    return dg.materialize([page], instance=instance).run_id


def test_dagsters_own_reads_the_same_events_in_the_same_files_of_which_few_are_open(
    instance: dg.DagsterInstance, home: Path
) -> None:
    runs = [materialise(instance) for _ in range(RUNS)]
    stock = SqliteEventLogStorage(str(home / ".dagster/storage/history/runs"))

    for run in reversed(runs):
        events = stock.get_logs_for_run(run)
        assert len(events) > 5
        assert events == instance.event_log_storage.get_logs_for_run(run)
    materialised = instance.fetch_materializations(dg.AssetKey("page"), limit=100).records
    assert {record.run_id for record in materialised} == set(runs)
    files = Path("/proc/self/fd")
    if files.exists():
        opened = {str(f.resolve()) for f in files.iterdir() if str(home) in str(f.resolve())}
        assert len({name for name in opened if "history/runs" in name and name[-3:] == ".db"}) <= 4


def test_several_processes_write_at_once_and_no_event_is_lost(
    instance: dg.DagsterInstance, home: Path
) -> None:
    script = (
        "import dagster as dg\n"
        "@dg.asset\n"
        "def page() -> None: ...\n"
        f"with dg.DagsterInstance.from_config({str(home)!r}) as instance:\n"
        f"    for _ in range({EACH}):\n"
        "        print(dg.materialize([page], instance=instance).run_id)\n"
    )
    others = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", script],
            cwd=home,
            env={"PYTHONPATH": str(PROJECT_ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(2)
    ]
    runs = {materialise(instance) for _ in range(EACH)}
    for other in others:
        told, _ = other.communicate(timeout=120)
        assert other.returncode == 0
        runs |= set(told.split())

    assert len(runs) == 3 * EACH
    materialised = instance.fetch_materializations(dg.AssetKey("page"), limit=100).records
    assert {record.run_id for record in materialised} == runs
    ended = dg.DagsterEventType.RUN_SUCCESS
    assert all(len(instance.all_logs(run, of_type=ended)) == 1 for run in runs)


def test_events_of_another_process_are_told_as_they_come(
    instance: dg.DagsterInstance, home: Path
) -> None:
    """The UI's page of a run lives on it."""
    run = materialise(instance)
    told: queue.Queue[str] = queue.Queue()
    before = instance.event_log_storage.get_records_for_run(run).cursor
    instance.watch_event_logs(run, before, lambda event, cursor: told.put(event.message))
    script = (
        "import dagster as dg, logging, time\n"
        f"with dg.DagsterInstance.from_config({str(home)!r}) as instance:\n"
        f"    run = instance.get_run_by_id({run!r})\n"
        "    for n in range(3):\n"
        "        instance.report_engine_event(f'event {n}', run)\n"
        "        time.sleep(0.5)\n"
        "    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=home,
        env={"PYTHONPATH": str(PROJECT_ROOT)},
        stdin=subprocess.PIPE,
    ) as other:
        # Heard while the other still lives, and has its database open.
        heard = [told.get(timeout=60) for _ in range(3)]
        other.communicate(b"\n")

    assert heard == ["event 0", "event 1", "event 2"]
