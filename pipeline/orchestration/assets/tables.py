"""Assets of the tables stage: all days together."""

import dagster as dg

from pipeline.orchestration.partitions import one_run_for_a_range
from pipeline.orchestration.table_store import TableStore
from pipeline.schema import PairSignals, Records, SentencePairs
from pipeline.settings import Settings


@dg.multi_asset(
    specs=[
        dg.AssetSpec(n, deps=["records", "pair_signals", "sentence_pairs"])
        for n in ("papers", "versions", "authors", "categories", "parallel", "parallel_sentences")
    ],
    name="tabled",
    group_name="tables",
    backfill_policy=one_run_for_a_range,
)
def tabled(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    tables: dg.ResourceParam[TableStore],
) -> tuple[
    dg.MaterializeResult,
    dg.MaterializeResult,
    dg.MaterializeResult,
    dg.MaterializeResult,
    dg.MaterializeResult,
    dg.MaterializeResult,
]:
    from pipeline.release.snapshot import latest_snapshot, published_splits
    from pipeline.tables.build import build_tables

    made = build_tables(
        tables.scan_days("records", Records),
        tables.scan_days("pair_signals", PairSignals),
        tables.scan_days("sentence_pairs", SentencePairs),
        published_splits=published_splits(latest_snapshot(settings.snapshots_dir)).collect(),
    )
    for n in ("papers", "versions", "authors", "categories", "parallel", "parallel_sentences"):
        tables.write(n, getattr(made, n), key="x")
        context.add_asset_metadata({"dagster/row_count": tables.count(n)}, asset_key=dg.AssetKey(n))
    return tuple(
        dg.MaterializeResult(asset_key=n)
        for n in ("papers", "versions", "authors", "categories", "parallel", "parallel_sentences")
    )
