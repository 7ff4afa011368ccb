"""All that the pipeline uses of Dagster beyond its public API.

Dagster may change these names in any release: look here first when it is raised, and add the new
version once the tests of `tests/orchestration/` pass with it.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as db
from dagster._check import CheckError
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION
from dagster._core.event_api import EventHandlerFn
from dagster._core.instance.ref import InstanceRef
from dagster._core.log_manager import LOG_RECORD_METADATA_ATTR
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy.pool import StaticPool
from yaml import YAMLError

CONFIG_ERRORS = (dg.DagsterError, CheckError, ImportError, YAMLError)
"""What opening an instance raises where its `dagster.yaml` is wrong."""

TESTED_VERSIONS = ("1.13.27",)
"""Versions of Dagster with which all of this was tested."""

ROW_COUNT = "dagster/row_count"
PARTITION_ROW_COUNT = "dagster/partition_row_count"
COLUMN_SCHEMA = "dagster/column_schema"
COLUMN_LINEAGE = "dagster/column_lineage"
CODE_REFERENCES = "dagster/code_references"
"""Metadata that Dagster's UI shows in places of its own."""

PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
"""Tags by which a run covers a partition, or a range of them."""

CheckRecord = AssetCheckExecutionRecord
"""What is recorded of one planned execution of a check; its `status` is a `CheckStatus`."""
CheckStatus = AssetCheckExecutionRecordStatus
"""`PLANNED`, `SUCCEEDED` or `FAILED`."""

_PAGE = 50
"""Records that are read at once; a check that passes every day needs the first two."""


def open_instance(home: Path) -> dg.DagsterInstance:
    """Dagster's instance in `home`, as its `dagster.yaml` describes it, without telemetry.

    Telemetry writes to the user's home folder, whatever DAGSTER_HOME is, and fails the step where
    that cannot be written; the environment cannot switch it off, only the instance.
    """
    return dg.DagsterInstance.from_ref(
        InstanceRef.from_dir(str(home), overrides={"telemetry": {"enabled": False}})
    )


def suppress_auto_materialization() -> dg.MaterializeResult[None]:
    """The result of a step that has materialised its days by itself.

    Dagster would materialise all days of the run's range, those that failed as well, and none
    before the last; this metadata, by which its own observable sources say that they have reported
    already, is the one way to keep it from that (dagster 1.13, `execute_step.py`).
    """
    return dg.MaterializeResult(metadata={SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True})


def latest_checks(
    instance: dg.DagsterInstance, keys: Sequence[dg.AssetCheckKey]
) -> Mapping[dg.AssetCheckKey, CheckRecord]:
    """The latest record of each check that was ever planned."""
    return instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)


def check_history(instance: dg.DagsterInstance, key: dg.AssetCheckKey) -> Iterator[CheckRecord]:
    """All records of a check, the latest first."""
    cursor = None
    while records := instance.event_log_storage.get_asset_check_execution_history(
        key, limit=_PAGE, cursor=cursor
    ):
        yield from records
        cursor = records[-1].id


def logged(record: logging.LogRecord) -> dg.DagsterEvent | str:
    """What a record of Dagster's log carries: an event of the run, or else a message.

    The message is without the run's name and number, which Dagster puts before it.
    """
    metadata = getattr(record, LOG_RECORD_METADATA_ATTR, {})
    event: dg.DagsterEvent | None = metadata.get("dagster_event")
    message: str = metadata.get("orig_message", record.getMessage())
    return message if event is None else event


def free_pool_slots(instance: dg.DagsterInstance, run_id: str) -> None:
    """Free the slots of pools that a run holds."""
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)


_KEPT_OPEN = 4
"""Databases kept open: the index, and those of the latest runs."""


class KeptOpenEventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite, of which each database has one connection that stays.

    Dagster's own opens the database again for every event and, being the last to close it, has
    SQLite carry its write-ahead log over each time: some 13 ms an event, and a run over a range of
    days has an event for every day and table. Kept open, a run over 57 days that are up to date
    takes 7.8 s, not 17.0. Production keeps its events in Postgres, and has no need of this.

    A commit no longer waits for the disk: after a power failure the last events may be missing, as
    after a crash of the run; the database is whole all the same (SQLite, PRAGMA synchronous, on
    NORMAL in WAL mode).
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, db.Engine] = OrderedDict()
        self._watcher: SqlPollingEventWatcher | None = None
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> KeptOpenEventLog:
        """The storage that `dagster.yaml` describes."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[db.Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> db.Engine:
        if shard in self._engines:
            self._engines.move_to_end(shard)
            return self._engines[shard]
        engine = db.create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            # One thread at a time, which the lock sees to.
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        try:
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection:
                connection.execute(db.text("PRAGMA synchronous=NORMAL"))
        except BaseException:
            engine.dispose()
            raise
        self._engines[shard] = engine
        if len(self._engines) > _KEPT_OPEN:
            self._engines.popitem(last=False)[1].dispose()
        return engine

    def watch(self, run_id: str, cursor: str | None, callback: EventHandlerFn) -> None:
        """Tell of a run's events as they come, by asking: an open database does not show a write.

        Dagster's own looks at the time of the file, which changes when its log is carried over.
        """
        if self._watcher is None:
            self._watcher = SqlPollingEventWatcher(self)
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: EventHandlerFn) -> None:
        """Stop watching the run."""
        if self._watcher is not None:
            self._watcher.unwatch_run(run_id, handler)

    def wipe(self) -> None:
        """Remove all events; the files go, so they are closed first."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Close what is open."""
        if self._watcher is not None:
            self._watcher.close()
        self._close()
        super().dispose()

    def _close(self) -> None:
        with self._db_lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()
