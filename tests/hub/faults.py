"""What can go wrong between a client and the Hub, by switch."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass


@dataclass
class Fault:
    """What happens to the next `times` requests of a route.

    Attributes:
        route: name of the route, such as `commit`; `*` for every one.
        kind: an HTTP status; or `lost` (done, but the connection closes without an answer),
            `refused` (it closes before anything is done), `slow` (half a second late),
            `echo` (status 403, the request's Authorization header in its message),
            `kill before` or `kill after` (the client gets SIGKILL).
        times: how many requests it happens to.
        skip: requests to let pass first.
        pid: the client to kill.
    """

    route: str
    kind: int | str
    times: int = 1
    skip: int = 0
    pid: int = 0


class Faults:
    """The switched faults; each is used up by the requests that it happens to."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._faults += faults

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, route: str) -> Fault | None:
        """The fault that happens to a request of that route now."""
        with self._lock:
            for fault in self._faults:
                if fault.route not in (route, "*") or fault.times == 0:
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None


def kill(pid: int) -> None:
    """End the client as `kill -9` does, and give it the time to be gone."""
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.01)
