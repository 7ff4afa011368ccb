"""`dagster dev` as `make dev` starts it, in a home of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.settings import PROJECT_ROOT
from tests.servers import ask, await_answer, end_group, free_port, listen_to_signals

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
        return ask(self.url, graphql, **variables)


@contextmanager
def dagster_dev(home: Path, settings: Mapping[str, str]) -> Iterator[DagsterUi]:
    """Run `dagster dev` while the context lasts, with `home` in the checkout's place.

    Args:
        home: an existing folder; what Dagster writes goes there, its log to `dagster-dev.log`.
        settings: environment variables for the pipeline.
    """
    for name in _OF_THE_ROOT:
        shutil.copy(PROJECT_ROOT / name, home)
    environment = {**os.environ, **settings, "PYTHONPATH": str(PROJECT_ROOT)}
    environment |= {"PWD": str(home), "DAGSTER_HOME": str(home)}
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
            preexec_fn=listen_to_signals,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            await_answer(process, f"{url}/server_info", home / "dagster-dev.log")
            yield DagsterUi(url, time.monotonic() - started)
        finally:
            end_group(process)
