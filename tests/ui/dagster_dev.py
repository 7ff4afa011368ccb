"""`dagster dev` as `make dev` starts it, in a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from pipeline.settings import PROJECT_ROOT

_OF_THE_ROOT = ("dagster.yaml", "pyproject.toml", ".env")


@dataclass(frozen=True)
class DagsterUi:
    """A running `dagster dev`.

    Attributes:
        url: of the UI.
        ready_after: seconds from its start until it answered.
    """

    url: str
    ready_after: float

    def query(self, graphql: str, **variables: object) -> dict[str, Any]:
        """The data that the UI's own interface answers."""
        body = json.dumps({"query": graphql, "variables": variables}).encode()
        request = Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data


@contextmanager
def dagster_dev(home: Path, settings: Mapping[str, str]) -> Iterator[DagsterUi]:
    """Run `dagster dev` while the context lasts, with `home` in the checkout's place.

    Args:
        home: an existing folder; what Dagster writes goes there, its log to `dagster-dev.log`.
        settings: environment variables for the pipeline.
    """
    for name in _OF_THE_ROOT:
        shutil.copy(PROJECT_ROOT / name, home)
    environment = os.environ | {"PWD": str(home), "DAGSTER_HOME": str(home)} | settings
    environment["PYTHONPATH"] = str(PROJECT_ROOT)
    port = free_port()
    command = [str(Path(sys.executable).with_name("dagster")), "dev", "--host", "127.0.0.1"]
    with (home / "dagster-dev.log").open("wb") as log:
        started = time.monotonic()
        # A group of its own, so that the servers it starts can be ended with it.
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=home,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_listen_to_signals,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _await_answer(process, f"{url}/server_info", home / "dagster-dev.log")
            yield DagsterUi(url, time.monotonic() - started)
        finally:
            end_group(process)


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the process and all it started to end; insist after ten seconds."""
    for number, patience in ((signal.SIGINT, 10), (signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            process.poll()
            if not _group_lives(process.pid):
                return
            time.sleep(0.1)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _listen_to_signals() -> None:
    """What a shell starts in the background ignores the signals by which we end it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _await_answer(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise AssertionError(f"dagster dev is not ready; its log:\n{log.read_text()}")
