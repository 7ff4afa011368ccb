"""Assets of the tables stage: the records of all days, deduplicated and joined."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import dagster as dg
import polars as pl

from pipeline.archive.archive import Archive
from pipeline.orchestration.asset_metadata import asset_metadata
from pipeline.orchestration.dagster_private import ROW_COUNT
from pipeline.orchestration.daily import warn_of_damage
from pipeline.orchestration.guard import guarded
from pipeline.orchestration.partitions import one_run_for_a_range
from pipeline.orchestration.previews import (
    PREVIEW_ROWS,
    largest_categories,
    picture,
    posts_per_day,
    preview,
    reasons_of,
)
from pipeline.schema import (
    JOINED,
    LEDGER,
    LEDGER_STATES,
    Captures,
    Categories,
    Papers,
    Posts,
    Quarantine,
    Table,
)
from pipeline.settings import Settings
from pipeline.storage import TableStore, derived_key
from pipeline.tables.months import CODE, write_tables
from pipeline.tables.removals import NO_REQUESTS, RemovalsError, read_removals, require_removals


def _spec(of: Table) -> dg.AssetSpec:
    work = "tables/ledger.py" if of is LEDGER else "tables/build.py"
    return dg.AssetSpec(
        of.table,
        deps=[made.table for made in of.inputs],
        **asset_metadata(of, "polars", "parquet", work=work, version=CODE),
    )


def daily_keys(tables: TableStore, removals: Path) -> list[str]:
    """What names all that the joined tables are made from; empty where there is no daily table.

    Besides the daily tables, that are the requests to take papers out and the code: either
    changed, the tables are due although no day is.
    """
    names = ("posts", "records", "quarantine", "pair_signals")
    keys = [key for name in names for key in tables.keys(name).values()]
    # The file as it is: a list that cannot be read is the run's failure, not the sensor's.
    requests = removals.read_bytes() if removals.exists() else NO_REQUESTS.encode()
    return [*keys, hashlib.sha256(requests).hexdigest(), CODE] if keys else []


@dg.multi_asset(
    specs=[_spec(of) for of in JOINED],
    name="joined",
    group_name="tables",
    backfill_policy=one_run_for_a_range,
)
@guarded
def joined(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    tables: dg.ResourceParam[TableStore],
) -> Iterator[dg.MaterializeResult[None]]:
    """Bring the tables up to date with the records of all days; unchanged months stay."""
    from pipeline.acquire.readings import readings
    from pipeline.release.manifest import ManifestError, load
    from pipeline.release.snapshot import latest_snapshot, published_papers
    from pipeline.tables.ledger import build_ledger

    archive = Archive(settings.archive_dir)
    if damaged := sorted({damage.file for damage in archive.damages()}):
        raise dg.Failure(
            description=f"the archive is damaged ({', '.join(damaged)}), so nothing is released: "
            "see arxiv-ja-en verify --archive; restore it, or accept the loss (docs/operate.md)",
            allow_retries=False,
        )
    started = monotonic()
    newest = latest_snapshot(settings.snapshots_dir)
    try:
        require_removals(settings.removals_file, load(newest).withdrawn if newest else ())
        # Before anything is read: what changes from now on makes the tables due again.
        key = derived_key(*daily_keys(tables, settings.removals_file))
        removals = read_removals(settings.removals_file)
        published = published_papers(newest).collect()
    except (ManifestError, RemovalsError) as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    report = write_tables(
        tables,
        tables,
        published_splits=published.select("paper_id", "split"),
        removals=removals,
    )
    read = readings(archive.notes("day"))
    ledger = build_ledger(
        tables.scan("posts", Posts),
        pl.concat([tables.scan("captures", Captures), tables.scan("inbox_captures", Captures)]),
        tables.scan("quarantine", Quarantine),
        report.plan.observations.lazy(),
        read,
    )
    for fault in report.damaged:
        context.log.warning("%s; it was made again", fault)
    warn_of_damage(context, tables, ["observations", "removed", "ledger"])
    # What the checks and the snapshot need of the plan, beside the tables.
    tables.write("observations", report.plan.observations, key=key)
    tables.write("removed", report.plan.removed, key=key)
    tables.write("readings", read, key=key)
    # Last: its key is the mark that all of them are made.
    tables.write("ledger", ledger, key=key)
    seconds = round(monotonic() - started, 3)
    categories = tables.read("categories", Categories)
    drawn = largest_categories(categories, papers=tables.count("papers"))
    more: dict[str, dict[str, Any]] = {
        "papers": _changes(tables.scan("papers", Papers), published),
        "categories": {"largest categories": picture(drawn)},
        "ledger": _outcomes(ledger),
    }
    for of in JOINED:
        table = of.table
        latest = tables.scan(table, of.model, tables.parts(table)[-1:] or None)
        yield dg.MaterializeResult(
            asset_key=table,
            metadata={
                ROW_COUNT: tables.count(table),
                "bytes": tables.size(table),
                "seconds": seconds,
                "last rows": preview(of, latest.tail(PREVIEW_ROWS)),
                **more.get(table, {}),
            },
        )


def _changes(papers: pl.LazyFrame, published: pl.DataFrame) -> dict[str, int]:
    """How many papers the last snapshot did not have, and how many it had in an older version."""
    known = published.lazy().select("paper_id", published_version="version")
    both = papers.select("paper_id", "version").join(known, on="paper_id", how="left")
    was = pl.col("published_version")
    counted = both.select(new=was.is_null().sum(), revised=(pl.col("version") > was).sum())
    return counted.collect().row(0, named=True)


def _outcomes(ledger: pl.DataFrame) -> dict[str, Any]:
    """The states of the posts as numbers, the latest days and the broken rules as pictures."""
    states = dict.fromkeys(LEDGER_STATES, 0) | dict(ledger["state"].value_counts().iter_rows())
    broken = ledger.filter(pl.col("state") == "quarantined")
    reasons = broken.select(reasons=pl.col("reason").str.split(", "))
    return {
        "announced": ledger.height,
        **states,
        "posts per day": picture(posts_per_day(ledger)),
        "quarantine reasons": picture(reasons_of(reasons, "Quarantined posts by broken rule")),
    }
