"""Assets of the release stage: the snapshot, and its publication."""

from collections.abc import Iterator
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from pipeline import __version__
from pipeline.orchestration.asset_metadata import OWNERS, code_link
from pipeline.orchestration.guard import guarded
from pipeline.orchestration.partitions import one_run_for_a_range
from pipeline.orchestration.previews import as_table, picture
from pipeline.release.configs import CONFIGS
from pipeline.schema import Ledger, Versions
from pipeline.settings import Settings
from pipeline.storage import TableStore, derived_key
from pipeline.tables.months import CODE

if TYPE_CHECKING:
    from pipeline.release.manifest import Snapshot


@dg.asset(
    group_name="release",
    backfill_policy=one_run_for_a_range,
    output_required=False,
    deps=[*(config.table for config in CONFIGS), "ledger"],
    kinds={"parquet", "huggingface"},
    metadata=code_link("release/snapshot.py"),
    code_version=f"{__version__}-{CODE}",
    owners=OWNERS,
    # A week is the longest that a release may take by plan; after two, two of them are missing.
    freshness_policy=dg.FreshnessPolicy.time_window(
        warn_window=timedelta(days=8), fail_window=timedelta(days=15)
    ),
    description="The tables as they are published: a folder with the layout of the Hub's "
    "repository, named by the last digest day it covers. None is made when nothing changed.",
)
@guarded
def snapshot(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    tables: dg.ResourceParam[TableStore],
) -> Iterator[dg.MaterializeResult[None]]:
    """Build in a temporary folder, verify, rename into place."""
    from pipeline.release.errors import ReleaseRefusedError
    from pipeline.release.figures import FOLDER
    from pipeline.release.manifest import ManifestError
    from pipeline.release.snapshot import build_snapshot, latest_snapshot
    from pipeline.tables.removals import read_removals, reinstated

    started = monotonic()
    parent = latest_snapshot(settings.snapshots_dir)
    if parent is None and not tables.count("papers"):
        context.log.warning("There is no paper yet: no snapshot is made.")
        return
    ledger = tables.scan("ledger", Ledger).group_by("state").len().sort("state").collect()
    versions = tables.scan("versions", Versions)
    removed = tables.read("removed")
    last_day = tables.scan("ledger", Ledger).select(pl.col("day").max()).collect().item()
    try:
        made = build_snapshot(
            {config.table: tables.scan(config.table, config.model) for config in CONFIGS},
            settings.snapshots_dir,
            parent=parent,
            day=last_day,
            code_version=__version__,
            archive_digest=_digest_of(versions),
            ledger=dict(ledger.iter_rows()),
            removals=removed["paper_id"].to_list(),
            reinstated=reinstated(read_removals(settings.removals_file)),
            repo=settings.hub_repo,
            keys={config.table: tables.keys(config.table) for config in CONFIGS},
        )
    except (ReleaseRefusedError, ManifestError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    step = made.manifest.history[-1]
    yield dg.MaterializeResult(
        metadata={
            "folder": dg.MetadataValue.path(str(made.path)),
            "version": made.version,
            **{
                name: getattr(step, name) if made.is_new else 0
                for name in ("added", "revised", "removed")
            },
            "papers": made.manifest.n_papers,
            "bytes": sum(entry.bytes for entry in made.manifest.files.values()),
            "files": len(made.manifest.files),
            "seconds": round(monotonic() - started, 3),
            "rows": as_table(_rows_of(made)),
            **{
                path.stem: picture(path.read_text(encoding="utf-8"))
                for path in sorted((made.path / FOLDER).glob("*.svg"))
            },
        }
    )


def _rows_of(snapshot: "Snapshot") -> pl.DataFrame:
    """How many rows each config has in each split."""
    return pl.DataFrame(
        [
            {"config": config, "split": split, "rows": rows}
            for config, splits in snapshot.manifest.counts().items()
            for split, rows in splits.items()
        ]
    )


def _digest_of(versions: pl.LazyFrame) -> str:
    """Names the archived pages that the versions were read from."""
    digests = versions.select(pl.col("payload_digest").unique().sort()).collect().to_series()
    return "sha256:" + derived_key(*digests)


@dg.asset(
    group_name="release",
    backfill_policy=one_run_for_a_range,
    deps=[snapshot],
    kinds={"huggingface"},
    metadata=code_link("release/publish.py"),
    code_version=f"{__version__}-{CODE}",
    owners=OWNERS,
    description="The newest snapshot where people load it from: on the Hub, in one commit and one "
    "tag, when ARXIV_JA_EN_HUB_REPO names a repository; else in data/snapshots.",
)
@guarded
def publication(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
    """Publish the newest snapshot; nothing new, no commit."""
    from pipeline.release.errors import PublicationError, ReleaseRefusedError
    from pipeline.release.publish import publish
    from pipeline.release.snapshot import latest_snapshot

    started = monotonic()
    newest = latest_snapshot(settings.snapshots_dir)
    if newest is None:
        raise dg.Failure(description="There is no snapshot to publish.", allow_retries=False)
    try:
        published = publish(
            newest,
            settings.hub_repo,
            private=settings.hub_private or None,
            resource_group=settings.hub_resource_group,
        )
    except ReleaseRefusedError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    except PublicationError as error:
        raise dg.Failure(description=str(error)) from error
    context.log.info(published.message)
    context.add_output_metadata(
        {
            "version": published.version,
            "target": published.target,
            "commit": published.commit or "none (local)",
            "tag": published.version if published.is_tagged else "none (deleted on the Hub)",
            "address": published.address or published.target,
            "files_sent": len(published.files_sent),
            "seconds": round(monotonic() - started, 3),
        }
    )
