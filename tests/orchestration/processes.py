"""The console script as processes of their own, forked from one that has imported it already.

Importing it costs each process of its own two seconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from uuid import uuid4

from pipeline.cli import main
from pipeline.settings import settings

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.orchestration.processes", "pipeline.orchestration.refresh"])


@dataclass
class Command:
    """A command that was started, with its output in files."""

    process: ForkServerProcess
    stdout: Path
    stderr: Path

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.process.pid is not None
        return self.process.pid

    def lives(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.is_alive()

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        self.process.kill()

    def wait(self, timeout: float = 300) -> int:
        """Its exit code; negative for the signal that ended it."""
        self.process.join(timeout)
        assert self.process.exitcode is not None, "it does not end"
        return self.process.exitcode


def start(
    args: tuple[str, ...],
    env: Mapping[str, str],
    logs: Path,
    prepare: Callable[[], object] | None = None,
) -> Command:
    """Start the console script.

    Args:
        args: what stands after its name.
        env: its environment.
        logs: a folder for its output.
        prepare: is called in the process, before the command.
    """
    logs.mkdir(exist_ok=True)
    out, err = (logs / f"{uuid4().hex}.{stream}" for stream in ("out", "err"))
    process = _FORKS.Process(target=_run, args=(args, dict(env), out, err, prepare))
    process.start()
    return Command(process, out, err)


def _run(
    args: tuple[str, ...],
    env: Mapping[str, str],
    out: Path,
    err: Path,
    prepare: Callable[[], object] | None,
) -> None:
    os.environ.clear()
    os.environ.update(env)
    settings.cache_clear()
    for descriptor, file in ((1, out), (2, err)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, descriptor)
        os.close(opened)
    if prepare:
        prepare()
    main(args, prog_name="arxiv-ja-en")
