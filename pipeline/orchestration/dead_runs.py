"""Runs whose process is gone are found and closed, and their pool slots freed.

Dagster keeps a run `STARTED`, and the slot it holds in a pool taken, when its process is killed
with -9; the next run would wait for that slot for ever. So a run writes down which process it is,
and who comes next asks the operating system whether that process still lives.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import dagster as dg

from pipeline.orchestration.dagster_private import free_pool_slots

PROCESS_TAG = "arxiv-ja-en/process"

_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def this_process() -> str:
    """`host:pid:start`, which no other process has had or will have."""
    return _identity(os.getpid())


def process_tag(run_id: str) -> dict[str, str]:
    """The tag by which a run says that it is this process.

    It names the run as well: one that is executed again hands its tags on to the new one.
    """
    return {PROCESS_TAG: f"{run_id}:{this_process()}"}


def mark_run(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> None:
    """Write down on the run which process it is; every step that works for long does."""
    context.instance.add_run_tags(context.run.run_id, process_tag(context.run.run_id))


def close_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs of this host whose process is gone as failed, and free what they held.

    Returns:
        Ids of the runs that were closed.
    """
    closed = []
    host = socket.gethostname()
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)):
        run_id, _, process = run.tags.get(PROCESS_TAG, "").partition(":")
        owner, _, rest = process.partition(":")
        if (run_id, owner) != (run.run_id, host):
            continue
        if process == _identity(int(rest.partition(":")[0])):
            continue
        instance.report_run_failed(run, "Its process is gone (killed, or the machine restarted).")
        free_pool_slots(instance, run.run_id)
        closed.append(run.run_id)
    return closed


def living_runs(instance: dg.DagsterInstance) -> list[str]:
    """Ids of the runs that are queued or under way."""
    return [run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED))]


def _identity(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{_start_of(pid)}"


def _start_of(pid: int) -> str:
    """When the process began, in the kernel's words; empty where there is no such process.

    Differs for a later process with the same number. Source: proc(5), field 22 of stat; where
    there is no /proc, that the process exists has to do.
    """
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            return stat.read_text().rpartition(")")[2].split()[19]
        except OSError:
            return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "running"
    return "running"
