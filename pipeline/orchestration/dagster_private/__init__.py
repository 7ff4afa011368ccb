"""All that the pipeline uses of Dagster beyond its public API.

Dagster may change these names in any release: look here first when it is raised, and add the new
version once the tests of `tests/orchestration/` pass with it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import dagster as dg
from dagster._check import CheckError
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION
from dagster._core.instance.ref import InstanceRef
from dagster._core.log_manager import LOG_RECORD_METADATA_ATTR
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)
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
