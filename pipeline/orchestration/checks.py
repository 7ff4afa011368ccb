"""The checks: what must hold of the tables before anything is published.

Each failure says how many rows break which rule, shows the first ten, and one sentence on what to
do. The rows are the site's words; they are shown as table cells, which the UI escapes.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

import dagster as dg
import polars as pl

from pipeline.orchestration.assets.acquire import days_were_read
from pipeline.orchestration.assets.tables import RELEASED
from pipeline.orchestration.partitions import days_of
from pipeline.orchestration.table_store import TableStore
from pipeline.schema import Captures, Ledger, Papers, Posts, Quarantine
from pipeline.settings import Settings
from pipeline.tables.integrity import Finding

ACCEPT_DRIFT_TAG = "arxiv-ja-en/accept-drift"
"""A run with this tag publishes although a day's share of troubled posts has left its range."""


_RECORD = ["day", "archive_file", "record_offset"]


def _result(findings: Sequence[Finding], severity: dg.AssetCheckSeverity) -> dg.AssetCheckResult:
    """Passed when there are no findings; else the findings, with offending rows and remedy."""
    metadata: dict[str, dg.MetadataValue] = {}
    for finding in findings:
        metadata[f"{finding.reason}: rows"] = dg.MetadataValue.int(finding.rows)
        metadata[f"{finding.reason}: what to do"] = dg.MetadataValue.text(finding.remedy)
        if finding.examples.height:
            metadata[f"{finding.reason}: first rows"] = _shown(finding.examples)
    return dg.AssetCheckResult(
        passed=not findings,
        severity=severity,
        description="; ".join(str(finding) for finding in findings) or None,
        metadata=metadata,
    )


def _shown(rows: pl.DataFrame) -> dg.TableMetadataValue:
    """Rows as a table in the UI; anything but numbers as text."""
    plain = rows.with_columns(
        pl.col(name).map_elements(str, return_dtype=pl.String)
        for name, dtype in rows.schema.items()
        if dtype.is_nested() or dtype.is_temporal()
    )
    return dg.MetadataValue.table(
        [
            dg.TableRecord({name: "" if v is None else v for name, v in row.items()})
            for row in plain.iter_rows(named=True)
        ]
    )


Judge = Callable[[TableStore, Settings], Iterable[Finding]]


def _blocking(asset: str, name: str, description: str, judge: Judge) -> dg.AssetChecksDefinition:
    """A check whose failure keeps everything downstream from being made."""

    @dg.asset_check(asset=asset, name=name, description=description, blocking=True)
    def check(
        settings: dg.ResourceParam[Settings], tables: dg.ResourceParam[TableStore]
    ) -> dg.AssetCheckResult:
        return _result(list(judge(tables, settings)), dg.AssetCheckSeverity.ERROR)

    return check


def _rules_of(table: str) -> dg.AssetChecksDefinition:
    def judge(tables: TableStore, settings: Settings) -> Iterable[Finding]:
        from pipeline.tables.integrity import check_table

        del settings
        return check_table(table, RELEASED[table], tables.scan_parts(table, RELEASED[table]))

    return _blocking(
        table,
        "keeps_its_rules",
        "Columns, types, ranges, patterns and keys are those of the table's model.",
        judge,
    )


def _references(tables: TableStore, settings: Settings) -> Iterable[Finding]:
    from pipeline.tables.integrity import check_references

    del settings
    return check_references(
        {table: tables.scan_parts(table, model) for table, model in RELEASED.items()}
    )


def _splits(tables: TableStore, settings: Settings) -> Iterable[Finding]:
    from pipeline.release.snapshot import latest_snapshot, published_papers
    from pipeline.tables.integrity import check_splits

    published = published_papers(latest_snapshot(settings.snapshots_dir))
    return check_splits(tables.scan_parts("papers", Papers), published)


def _lost(tables: TableStore, settings: Settings) -> Iterable[Finding]:
    from pipeline.release.snapshot import latest_snapshot, published_papers
    from pipeline.tables.integrity import check_lost

    published = published_papers(latest_snapshot(settings.snapshots_dir))
    sightings = pl.scan_parquet(str(tables.path("sightings")))
    return check_lost(tables.scan_parts("papers", Papers), published, sightings)


def _balance(tables: TableStore, settings: Settings) -> Iterable[Finding]:
    from pipeline.tables.integrity import check_ledger
    from pipeline.tables.ledger import announced_per_day

    del settings
    captures = [tables.scan_parts("captures", Captures), tables.scan("inbox_captures", Captures)]
    announced = announced_per_day(tables.scan_parts("posts", Posts), pl.concat(captures))
    return check_ledger(tables.scan("ledger", Ledger), announced)


@dg.asset_check(
    asset="quarantine",
    blocking=True,
    description="The share of troubled entries of the run's days is what it was on the days "
    "before. Blocks everything downstream; a run with the tag "
    f"{ACCEPT_DRIFT_TAG} goes on all the same.",
)
def usual_share(
    context: dg.AssetCheckExecutionContext, tables: dg.ResourceParam[TableStore]
) -> dg.AssetCheckResult:
    """Compare the run's days with the trailing ones."""
    from pipeline.validate.drift import TRAILING_DAYS, daily_counts, find_drift

    days = days_of(context.run)
    if not days:
        return dg.AssetCheckResult(passed=True, description="The run has no days to judge.")
    first = min(days) - timedelta(days=TRAILING_DAYS)
    reach = [(first + timedelta(n)).isoformat() for n in range((max(days) - first).days + 1)]
    # What people drop in the inbox says nothing of how the site's pages look.
    crawled = tables.scan_parts("captures", Captures, reach)
    posts, quarantine = (
        tables.scan_parts(name, model, reach).join(crawled, on=_RECORD, how="semi")
        for name, model in (("posts", Posts), ("quarantine", Quarantine))
    )
    drifts = find_drift(daily_counts(posts, quarantine), days)
    accepted = ACCEPT_DRIFT_TAG in context.run.tags
    return dg.AssetCheckResult(
        passed=not drifts or accepted,
        severity=dg.AssetCheckSeverity.WARN if accepted else dg.AssetCheckSeverity.ERROR,
        description="; ".join(str(drift) for drift in drifts) or None,
        metadata={"days judged": len(days), "measures that left their range": len(drifts)},
    )


checks = [
    days_were_read,
    usual_share,
    *(_rules_of(table) for table in RELEASED),
    _blocking(
        "papers",
        "tables_agree",
        "Every key that one released table uses stands in the table it points to.",
        _references,
    ),
    _blocking("papers", "splits_stay", "No published paper has moved to another split.", _splits),
    _blocking(
        "papers",
        "none_lost",
        "Every published paper is still there, removed on request, or known by its id by now.",
        _lost,
    ),
    _blocking(
        "ledger",
        "balances",
        "On every day, the states of the posts sum to what the site announced.",
        _balance,
    ),
]
"""All checks, in the order of the tables."""
