"""The check of the archive: whether its files are what was written."""

from collections.abc import Iterator

import dagster as dg

from pipeline.archive.verification import verify_archive
from pipeline.orchestration.dead_runs import mark_run
from pipeline.settings import Settings, today

_SHOWN = 100


@dg.multi_asset_check(
    name="captures_archive_is_whole",
    specs=[
        dg.AssetCheckSpec(
            "archive_is_whole",
            asset="captures",
            description="Every file of the archive is there and as long as it was; the records of "
            "those due on this day of the month are what was written, and so is their index. The "
            "whole archive is verified each month. Stops nothing by itself: "
            "while damage is known, `joined` fails.",
            blocking=False,
        )
    ],
)
def archive_is_whole(
    context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]
) -> Iterator[dg.AssetCheckResult]:
    """Verify the part of the archive that is due today."""
    mark_run(context)
    found = verify_archive(settings.archive_dir, today().day)
    damages = [str(damage) for damage in found.damages]
    more = f"; and {len(damages) - 5:,} more" if damages[5:] else ""
    metadata: dict[str, dg.MetadataValue] = {
        "files verified": dg.MetadataValue.int(found.files),
        "records verified": dg.MetadataValue.int(found.records),
        "bytes verified": dg.MetadataValue.int(found.size),
    }
    if damages:
        rows = [dg.TableRecord({"damage": damage}) for damage in damages[:_SHOWN]]
        metadata["damages"] = dg.MetadataValue.table(rows)
    yield dg.AssetCheckResult(
        passed=not damages,
        description="; ".join(damages[:5]) + more or None,
        metadata=metadata,
    )
