"""Findings as check results, and the two kinds of check that give them."""

from collections.abc import Callable, Sequence

import dagster as dg

from pipeline.orchestration.shown import as_table
from pipeline.orchestration.table_store import TableStore
from pipeline.settings import Settings
from pipeline.tables.integrity import Finding

ACCEPT_DRIFT_TAG = "arxiv-ja-en/accept-drift"
"""A run with this tag publishes although a share or a count has left its usual range."""

Judge = Callable[[TableStore, Settings, dg.DagsterRun], Sequence[Finding]]
"""What a check finds wrong in the tables, in the light of the run that made them."""


def blocking(asset: str, name: str, description: str, judge: Judge) -> dg.AssetChecksDefinition:
    """A check whose failure keeps everything downstream from being made."""

    @dg.asset_check(asset=asset, name=name, description=description, blocking=True)
    def check(
        context: dg.AssetCheckExecutionContext,
        settings: dg.ResourceParam[Settings],
        tables: dg.ResourceParam[TableStore],
    ) -> dg.AssetCheckResult:
        return result(judge(tables, settings, context.run))

    return check


def usual(asset: str, name: str, description: str, judge: Judge) -> dg.AssetChecksDefinition:
    """A blocking check of what is unusual and may be right: the tag lets such a run go on."""

    @dg.asset_check(
        asset=asset,
        name=name,
        description=f"{description} Blocks everything downstream; a run with the tag "
        f"{ACCEPT_DRIFT_TAG} goes on all the same.",
        blocking=True,
    )
    def check(
        context: dg.AssetCheckExecutionContext,
        settings: dg.ResourceParam[Settings],
        tables: dg.ResourceParam[TableStore],
    ) -> dg.AssetCheckResult:
        findings = judge(tables, settings, context.run)
        return result(findings, accepted=ACCEPT_DRIFT_TAG in context.run.tags)

    return check


def result(findings: Sequence[Finding], *, accepted: bool = False) -> dg.AssetCheckResult:
    """Passed when there are no findings, or they are accepted; with offending rows and remedy."""
    metadata: dict[str, dg.MetadataValue] = {}
    for finding in findings:
        metadata[f"{finding.reason}: rows"] = dg.MetadataValue.int(finding.rows)
        metadata[f"{finding.reason}: what to do"] = dg.MetadataValue.text(finding.remedy)
        if finding.examples.height:
            metadata[f"{finding.reason}: first rows"] = as_table(finding.examples)
    return dg.AssetCheckResult(
        passed=accepted or not findings,
        severity=dg.AssetCheckSeverity.WARN if accepted else dg.AssetCheckSeverity.ERROR,
        description="; ".join(str(finding) for finding in findings) or None,
        metadata=metadata,
    )
