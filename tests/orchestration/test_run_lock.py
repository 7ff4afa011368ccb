"""Two at once: of two runs in a data folder one waits, or ends with one line; none breaks."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.partitions import range_tags
from pipeline.orchestration.run_lock import RunUnderWayError, run_lock
from pipeline.release.verify import verify_snapshot
from pipeline.settings import PROJECT_ROOT
from tests.orchestration.conftest import DAYS, House

UNDER_WAY = "Error: another run is under way in "

_HOLD = """
import sys, time
from pathlib import Path
from pipeline.orchestration.run_lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def held_by_another(data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", _HOLD, str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT_ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("apart", [0.0, 0.2, 0.4])
def test_of_two_refreshes_at_once_one_does_the_work_and_the_other_says_so(
    house: House, apart: float
) -> None:
    processes = []
    for _ in range(2):
        processes.append(house.start("refresh", "--from", DAYS[0], "--to", DAYS[1]))
        time.sleep(apart)
    codes = [process.wait() for process in processes]
    errors = [process.stderr.read_text() for process in processes]

    assert not any("Traceback" in text for text in errors), errors
    assert 0 in codes, errors
    for code, text in zip(codes, errors, strict=True):
        # Where the machine is slow, one may be through before the other has begun.
        assert code == 0 or (text.startswith(UNDER_WAY) and text.count("\n") == 1), text
    (snapshot,) = house.settings.snapshots_dir.glob("v*")
    assert verify_snapshot(snapshot) == []
    with house.instance() as instance:
        assert {run.status.value for run in instance.get_runs()} == {"SUCCESS"}


def test_a_refresh_beside_another_process_ends_with_a_line_and_changes_nothing(
    refreshed: House,
) -> None:
    with held_by_another(refreshed.settings.data_dir):
        done = refreshed.refresh()

    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{UNDER_WAY}{refreshed.settings.data_dir}; try when it has ended")


def test_the_lock_is_free_when_its_process_was_killed(tmp_path: Path) -> None:
    with held_by_another(tmp_path) as process:
        with pytest.raises(RunUnderWayError), run_lock(tmp_path):
            pass
        process.kill()
        process.wait()
        with run_lock(tmp_path), run_lock(tmp_path):
            pass


def test_a_run_that_the_ui_started_waits_for_the_one_under_way(refreshed: House) -> None:
    told: list[str] = []
    first = date.fromisoformat(DAYS[0])
    with held_by_another(refreshed.settings.data_dir) as process:

        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                if "this one waits" in record.getMessage():
                    told.append(record.getMessage())
                    process.kill()

        def logger_(_: dg.InitLoggerContext) -> logging.Logger:
            logger = logging.Logger("told")
            logger.addHandler(Handler())
            return logger

        loggers = {"told": dg.LoggerDefinition(logger_)}
        definitions = build_definitions(refreshed.settings, loggers=loggers)
        with refreshed.instance() as instance:
            done = definitions.resolve_job_def("process_days").execute_in_process(
                instance=instance,
                tags=range_tags(first, first),
                run_config={"loggers": {"told": {}}},
            )
    assert len(told) == 1
    assert done.success
