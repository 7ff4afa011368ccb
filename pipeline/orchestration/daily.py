"""How a daily asset is made: day by day, and only the days whose inputs changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

import dagster as dg
import polars as pl

from pipeline.archive.archive import Archive
from pipeline.orchestration.dagster_private import PARTITION_ROW_COUNT
from pipeline.orchestration.previews import preview
from pipeline.orchestration.progress import Progress
from pipeline.schema import Captures, Table
from pipeline.storage import TableStore, derived_key


@dataclass(frozen=True, slots=True)
class DayInput:
    """What a day's tables are made from.

    Attributes:
        key: names the content of the inputs; the same key, the same tables.
        make: makes the day's rows of each table, in the order in which they are named; None where
            that cannot be, so that the day's tables stay as they are.
    """

    key: str
    make: Callable[[], Sequence[pl.DataFrame] | None]


def derive_days(
    context: dg.AssetExecutionContext,
    tables: TableStore,
    progress: Progress,
    *,
    makes: Sequence[Table],
    version: str,
    input_of: Callable[[str], DayInput],
) -> Iterator[dg.MaterializeResult[None]]:
    """Make the run's days of the tables in `makes`, leaving days that are up to date as they are.

    Args:
        context: of the asset; its partitions are the days.
        tables: where the tables are.
        progress: receives a message for each day.
        makes: the tables that are made together.
        version: of the code that makes them; another version makes every day again.
        input_of: gives for a day what its tables are made from.

    Yields:
        One result per table, in the order of `makes`, when all days are made.
    """
    days = context.partition_keys
    for number, day in enumerate(days, start=1):
        started = monotonic()
        source = input_of(day)
        key = derived_key(version, source.key)
        fresh = up_to_date(tables, makes, day, key)
        if not fresh:
            progress.report(f"{makes[0].table}: {day} ({number} of {len(days)})")
            if (made := source.make()) is None:
                continue
            warn_of_damage(context, tables, [of.table for of in makes], day)
            for of, rows in zip(makes, made, strict=True):
                tables.write(of.table, rows, part=day, key=key)
        seconds = monotonic() - started
        for of in makes:
            name = of.table
            context.add_asset_metadata(
                {
                    PARTITION_ROW_COUNT: tables.count(name, day),
                    "bytes": tables.size(name, day),
                    "seconds": round(seconds, 3),
                    "made_anew": not fresh,
                    "first rows": preview(of, tables.scan(name, parts=[day])),
                },
                asset_key=dg.AssetKey(name),
                partition_key=day,
            )
    for of in makes:
        yield dg.MaterializeResult(asset_key=of.table)


def warn_of_damage(
    context: dg.AssetExecutionContext,
    tables: TableStore,
    names: Sequence[str],
    day: str | None = None,
) -> None:
    """Say of each of the files that is damaged that it is made again, as it is about to be."""
    for name in names:
        if fault := tables.fault(name, day):
            context.log.warning("%s; it is made again", fault)


def with_lost_captures(
    archive: Archive, tables: TableStore, rows: pl.DataFrame, table: str, day: str | None = None
) -> pl.DataFrame:
    """A table of captures with those that it had of damaged files, which may be restored."""
    damaged = {damage.file for damage in archive.damages()}
    if not damaged or tables.key(table, day) is None:
        return rows
    known = tables.read(table, Captures, day).filter(pl.col("archive_file").is_in(damaged))
    place = ["day", "archive_file", "record_offset"]
    return pl.concat([rows, known.join(rows, on=place, how="anti")]).sort(
        "captured_at", maintain_order=True
    )


def up_to_date(tables: TableStore, made: Sequence[Table], day: str, key: str) -> bool:
    """Whether the day's rows of all the tables were made from what `key` names."""
    return all(tables.key(of.table, day) == key for of in made)
