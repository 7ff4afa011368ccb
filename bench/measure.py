"""A program in a process of its own: its time, its processor time, its peak of memory.

Nothing heavy is imported here: a child's peak of memory counts what its parent held.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

LIBRARIES = ("polars", "pyarrow", "dagster", "pandera", "datasets", "selectolax", "httpx2")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a program took.

    Attributes:
        papers: size of the world it worked on.
        stage: its name in the table.
        seconds: by the clock on the wall.
        cpu_seconds: of processors, its own and its children's.
        peak_mb: most memory that one of its processes held, MiB.
        share: the part of the world it worked on; the times are scaled up from it.
        facts: what the program said of itself.
    """

    papers: int
    stage: str
    seconds: float
    cpu_seconds: float
    peak_mb: int
    share: float = 1.0
    facts: Mapping[str, Any] = field(default_factory=dict)


def run(
    stage: str,
    papers: int,
    module: str,
    arguments: Sequence[str],
    *,
    env: Mapping[str, str] = {},
) -> Measured:
    """Run a module as a program; the last line of its output may be JSON: its facts.

    A fact `share` says on which part of its input it worked; times are scaled up by it.

    Raises:
        RuntimeError: it failed.
    """
    with TemporaryDirectory() as folder:
        said, complained = Path(folder, "stdout"), Path(folder, "stderr")
        started = time.monotonic()
        child = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", module, *arguments],
            os.environ | env | {"PYTHONPATH": str(ROOT)},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, number, str(file), os.O_WRONLY | os.O_CREAT, 0o600)
                for number, file in ((1, said), (2, complained))
            ],
        )
        _pid, status, usage = os.wait4(child, 0)
        seconds = time.monotonic() - started
        if status:
            sys.stderr.write(complained.read_text(encoding="utf-8", errors="replace"))
            raise RuntimeError(f"{module} {' '.join(arguments)}: ended with status {status}")
        last = said.read_text(encoding="utf-8").strip().rpartition("\n")[2]
    facts = json.loads(last) if last.startswith("{") else {}
    share = facts.pop("share", 1.0)
    return Measured(
        papers=papers,
        stage=stage,
        seconds=round(seconds / share, 2),
        cpu_seconds=round((usage.ru_utime + usage.ru_stime) / share, 2),
        peak_mb=usage.ru_maxrss // 1024,
        share=share,
        facts=facts,
    )


def machine() -> dict[str, str]:
    """What the figures depend on: machine, system, versions, the commit that was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory:.0f} GiB",
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
        "commit": _commit(),
        "load before (1, 5, 15 minutes)": load,
    }


def _processor() -> str:
    """The processor's name as Linux names it; elsewhere the architecture."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    """The commit that is checked out, and whether files differ from it."""
    commands = (["git", "rev-parse", "--short=12", "HEAD"], ["git", "status", "--porcelain"])
    try:
        outputs = [
            subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
            for command in commands
        ]
    except (OSError, subprocess.CalledProcessError):
        return "not a git checkout"
    commit, changes = outputs
    return commit.strip() + (" and uncommitted changes" if changes.strip() else "")
