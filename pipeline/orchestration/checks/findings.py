"""A check, the step that evaluates several, and what Dagster shows of their findings."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import dagster as dg

from pipeline.orchestration.shown import as_table
from pipeline.orchestration.table_store import TableStore
from pipeline.settings import Settings
from pipeline.tables.integrity import Finding

ACCEPT_DRIFT_TAG = "arxiv-ja-en/accept-drift"
"""A run with this tag publishes although a share or a count has left its usual range."""

Judge = Callable[[TableStore, Settings, dg.DagsterRun], Sequence[Finding]]
"""What a check finds wrong in the tables, in the light of the run that made them."""


class Check(NamedTuple):
    """A check; its failure keeps everything downstream from being made."""

    asset: str
    name: str
    description: str
    judge: Judge
    may_be_accepted: bool = False
    """Whether what it finds may be right: a run with the tag then goes on all the same."""

    @property
    def key(self) -> dg.AssetCheckKey:
        """What Dagster knows it by."""
        return dg.AssetCheckKey(dg.AssetKey(self.asset), self.name)

    @property
    def spec(self) -> dg.AssetCheckSpec:
        """What Dagster shows of it before it was ever evaluated."""
        accept = f" A run with the tag {ACCEPT_DRIFT_TAG} goes on although it fails."
        described = self.description + (accept if self.may_be_accepted else "")
        return dg.AssetCheckSpec(self.name, asset=self.asset, description=described, blocking=True)


def step(name: str, checks: Sequence[Check]) -> dg.AssetChecksDefinition:
    """One step that evaluates `checks`, or those of them that were selected.

    A step of its own for each would cost a second of Dagster's bookkeeping for every ten.
    """

    @dg.multi_asset_check(name=name, specs=[check.spec for check in checks], can_subset=True)
    def evaluate(
        context: dg.AssetCheckExecutionContext,
        settings: dg.ResourceParam[Settings],
        tables: dg.ResourceParam[TableStore],
    ) -> Iterator[dg.AssetCheckResult]:
        for check in checks:
            if check.key in context.selected_asset_check_keys:
                findings = check.judge(tables, settings, context.run)
                accepted = check.may_be_accepted and ACCEPT_DRIFT_TAG in context.run.tags
                yield result(check, findings, accepted=accepted)

    return evaluate


def result(check: Check, findings: Sequence[Finding], *, accepted: bool) -> dg.AssetCheckResult:
    """Passed when there are no findings, or they are accepted; with offending rows and remedy."""
    metadata: dict[str, dg.MetadataValue] = {
        "rows at fault": dg.MetadataValue.int(sum(finding.rows for finding in findings))
    }
    for finding in findings:
        metadata[f"{finding.reason}: rows"] = dg.MetadataValue.int(finding.rows)
        metadata[f"{finding.reason}: what to do"] = dg.MetadataValue.text(finding.remedy)
        if finding.examples.height:
            metadata[f"{finding.reason}: first rows"] = as_table(finding.examples)
    return dg.AssetCheckResult(
        asset_key=check.asset,
        check_name=check.name,
        passed=accepted or not findings,
        severity=dg.AssetCheckSeverity.WARN if accepted else dg.AssetCheckSeverity.ERROR,
        description="; ".join(str(finding) for finding in findings) or None,
        metadata=metadata,
    )
