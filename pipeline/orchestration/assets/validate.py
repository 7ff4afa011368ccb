"""Assets of the validate stage."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipeline.orchestration.asset_metadata import asset_metadata
from pipeline.orchestration.assets.parse import posts
from pipeline.orchestration.daily import DayInput, derive_days
from pipeline.orchestration.guard import guarded
from pipeline.orchestration.partitions import digest_days, one_run_for_a_range
from pipeline.orchestration.progress import Progress
from pipeline.schema import QUARANTINE, RECORDS, Posts
from pipeline.storage import TableStore
from pipeline.validate import records as validation

_MADE = (RECORDS, QUARANTINE)


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            of.table,
            deps=[posts],
            **asset_metadata(
                of,
                "pandera",
                "polars",
                work="validate/records.py",
                version=validation.VALIDATOR_VERSION,
            ),
        )
        for of in _MADE
    ],
    name="validated",
    group_name="validate",
    partitions_def=digest_days,
    backfill_policy=one_run_for_a_range,
)
@guarded
def validated(
    context: dg.AssetExecutionContext,
    tables: dg.ResourceParam[TableStore],
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[None]]:
    """Validate the days whose posts, or whose rules, changed."""
    from pipeline.validate.records import validate_posts

    def input_of(day: str) -> DayInput:
        def make() -> list[pl.DataFrame]:
            result = validate_posts(tables.read("posts", Posts, day))
            return [result.records, result.quarantine]

        return DayInput(tables.key("posts", day) or "", make)

    yield from derive_days(
        context,
        tables,
        progress,
        makes=_MADE,
        version=validation.VALIDATOR_VERSION,
        input_of=input_of,
    )
