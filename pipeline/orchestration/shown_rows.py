"""Which runs in Dagster show rows of a paper: previews are kept with each run's events."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import chdir
from datetime import date
from pathlib import Path
from textwrap import shorten

import dagster as dg
from sqlalchemy.exc import DBAPIError

from pipeline.orchestration.dagster_private import CONFIG_ERRORS, open_instance
from pipeline.orchestration.database import database_fault
from pipeline.orchestration.home import HomeError
from pipeline.orchestration.previews import CELL_CHARACTERS

_NEWEST = 100
"""Materializations that are looked through of an asset that is not divided by day."""


def runs_that_show(home: Path, days: Collection[date], texts: Collection[str]) -> list[str]:
    """Ids of the runs of which a preview shows one of the texts, oldest first.

    Args:
        home: Dagster's.
        days: the days whose partitions are looked at.
        texts: what is looked for, as whole cells have it.

    Raises:
        HomeError: what Dagster keeps cannot be read.
    """
    starts = tuple(text[: CELL_CHARACTERS - 1] for text in texts if text)
    if not starts:
        return []
    try:
        with chdir(home), open_instance(home) as instance:
            return _runs(instance, sorted(map(str, days)), starts)
    except DBAPIError as error:
        raise HomeError(database_fault(error, home)) from error
    except (OSError, *CONFIG_ERRORS) as error:
        reason = shorten(str(error), 300, placeholder=" …")
        raise HomeError(f"DAGSTER_HOME={home} cannot be read: {reason}") from error


def _runs(instance: dg.DagsterInstance, days: list[str], starts: tuple[str, ...]) -> list[str]:
    found: dict[str, float] = {}
    for key in instance.all_asset_keys():
        for record in _materializations(instance, key, days):
            event = record.asset_materialization
            if event and any(cell.startswith(starts) for cell in _cells(event)):
                found.setdefault(record.run_id, record.timestamp)
    return sorted(found, key=lambda run_id: found[run_id])


def _materializations(
    instance: dg.DagsterInstance, key: dg.AssetKey, days: list[str]
) -> Iterator[dg.EventLogRecord]:
    """The materializations of an asset on these days, and the newest without a day."""
    newest = instance.fetch_materializations(key, limit=_NEWEST).records
    yield from (record for record in newest if record.partition_key is None)
    for day in days:
        of_day = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[day])
        yield from instance.fetch_materializations(of_day, limit=_NEWEST).records


def _cells(event: dg.AssetMaterialization) -> Iterator[str]:
    for value in event.metadata.values():
        if isinstance(value, dg.TableMetadataValue):
            for row in value.records:
                yield from (cell for cell in row.data.values() if isinstance(cell, str))
