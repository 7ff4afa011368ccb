"""One run at a time in a data folder, whichever process it is in.

A run's steps read what the steps before them wrote, file by file; what another run writes in
between would not fit. Dagster's own limit on runs binds those that its daemon starts, not those of
the console. The lock is one of the operating system, which frees it when its process ends, also by
kill -9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout

from pipeline.settings import Settings
from pipeline.storage import TableStore

LOCK = "run.lock"


class RunUnderWayError(RuntimeError):
    """Another process is at work in the data folder; the message is one line."""


@contextmanager
def run_lock(data_dir: Path, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the data folder's lock; a process that holds it may take it again.

    Args:
        data_dir: the data folder.
        on_wait: called once where another process has the lock, which is then waited for.

    Raises:
        RunUnderWayError: another process has it, and is not to be waited for.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = FileLock(data_dir / LOCK, is_singleton=True, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if on_wait is None:
            raise RunUnderWayError(
                f"another run is under way in {data_dir}; try when it has ended "
                "(the UI, make dev, shows it)"
            ) from None
        on_wait()
        lock.acquire(poll_interval=0.5)
    try:
        yield
    finally:
        lock.release()


def locked_tables(settings: Settings) -> dg.ResourceDefinition:
    """The table store as a resource: a run has the data folder to itself while it has the store."""

    @dg.resource(description="The tables; while a run uses them, no other run does.")
    def tables(context: dg.InitResourceContext) -> Iterator[TableStore]:
        def tell() -> None:
            assert context.log is not None
            context.log.warning("Another run is under way; this one waits until it has ended.")

        with run_lock(settings.data_dir, on_wait=tell):
            yield TableStore(settings.tables_dir)

    return tables
