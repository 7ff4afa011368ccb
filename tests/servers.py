"""Servers as processes of their own: started, awaited, asked, ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from socket import socket
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen


def ask(url: str, graphql: str, **variables: object) -> dict[str, Any]:
    """The data that the webserver at `url` answers to a GraphQL query."""
    body = json.dumps({"query": graphql, "variables": variables}).encode()
    request = Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as response:
        answer = json.load(response)
    assert "errors" not in answer, answer["errors"]
    data: dict[str, Any] = answer["data"]
    return data


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


def listen_to_signals() -> None:
    """What a shell starts in the background ignores the signals by which we end it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def await_answer(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Wait until the server answers; fails with its log when it ends or takes two minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer; the log:\n{log.read_text()}")
