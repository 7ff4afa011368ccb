"""A limit of the processor time that a page may take, whatever it does to its reader."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.wordpress.model import UnreadablePage

PAGE_SECONDS = 30.0
"""Of processor time. A page of a hundred posts takes some hundredths of one."""


class _TimeIsUp(BaseException):
    """Not an `Exception`: nothing on the way catches it for a fault of one post."""


def _stop(*_: object) -> None:
    raise _TimeIsUp


@contextmanager
def time_budget(seconds: float) -> Iterator[None]:
    """End what is done in the block after some seconds of the process's processor time.

    A regular expression is ended as well, since Python's look for signals. Outside of the main
    thread, where Python handles no signals, there is no limit.

    Raises:
        UnreadablePage: the time is up.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _stop)
    try:
        try:
            signal.setitimer(signal.ITIMER_PROF, seconds)
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except _TimeIsUp:
        raise UnreadablePage(f"reading it takes more than {seconds:g} s") from None
    finally:
        signal.signal(signal.SIGPROF, before)
