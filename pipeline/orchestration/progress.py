"""How a long step says how far it has come."""

from __future__ import annotations

import time
from typing import Protocol

import dagster as dg


class Progress(Protocol):
    """Receives progress messages."""

    def report(self, message: str) -> None:
        """Take note of how far the step has come; may be called many times a second."""


class LoggedProgress:
    """Progress as lines of Dagster's log: at most one every ten seconds."""

    def __init__(self) -> None:
        self._last = 0.0

    def report(self, message: str) -> None:
        """Log the message, unless one was logged in the last ten seconds."""
        if time.monotonic() - self._last >= 10:
            self._last = time.monotonic()
            dg.get_dagster_logger().info(message)
