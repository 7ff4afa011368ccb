"""Calls functions in processes whose `huggingface_hub` knows only the local Hub."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.settings import PROJECT_ROOT
from tests.hub.host import send
from tests.hub.state import TOKEN


class RemoteError(Exception):
    """A call raised; `kind` is the name of the exception's class."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class KilledError(Exception):
    """A call's process was killed."""


class Client:
    """A warm process that forks one for each call."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def call(
        self, target: str, *args: Any, on_start: Callable[[int], None] | None = None, **kwargs: Any
    ) -> Any:
        """The result of `module:function` with these arguments.

        Args:
            target: what to call.
            args: its arguments.
            on_start: is told the process id before the call begins.
            kwargs: its arguments by name.

        Raises:
            RemoteError: it raised.
            KilledError: it was killed.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        send(self._process.stdin, (target, args, kwargs))
        pid = pickle.load(self._process.stdout)
        if on_start:
            on_start(pid)
        send(self._process.stdin, "go")
        match pickle.load(self._process.stdout):
            case ("result", result):
                return result
            case ("error", kind, message):
                raise RemoteError(kind, message)
            case ("died", status):
                raise KilledError(f"wait status {status}")


@contextmanager
def client(url: str, home: Path, log: Path, **environment: str | None) -> Iterator[Client]:
    """A client of the Hub at `url`, its caches in `home`, what it prints in `log`.

    Variables of `environment` that are None are not set.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    variables = {
        **inherited,
        "HF_ENDPOINT": url,
        "HF_HOME": str(home),
        "HF_TOKEN": TOKEN,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        **environment,
    }
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.hub.host"],
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={name: value for name, value in variables.items() if value is not None},
        )
    try:
        yield Client(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
