"""A check, the step that evaluates several, and what Dagster shows of their findings."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import dagster as dg
import polars as pl

from pipeline.acquire.days import describe_ranges
from pipeline.orchestration.checks.backlog import days_to_judge
from pipeline.orchestration.guard import guarded
from pipeline.orchestration.previews import as_table
from pipeline.settings import Settings
from pipeline.storage import TableStore
from pipeline.tables.integrity import Finding

ACCEPT_DRIFT_TAG = "arxiv-ja-en/accept-drift"
"""A run with this tag publishes although a share or a count has left its usual range."""


class Evaluation(NamedTuple):
    """What a check looks at.

    Attributes:
        tables: as the run has made them.
        settings: where the last snapshot is.
        run_id: of the run; tables and snapshot stay as they are while a step of it judges them.
        days: the days that a check of a daily table judges, in order; none means all.
    """

    tables: TableStore
    settings: Settings
    run_id: str
    days: tuple[date, ...] = ()


Judge = Callable[[Evaluation], Sequence[Finding]]
"""What a check finds wrong in the tables."""


class Check(NamedTuple):
    """A check; its failure keeps everything downstream from being made."""

    asset: str
    name: str
    description: str
    judge: Judge
    by_day: bool = False
    """Whether it judges days: those of the run, and those that it has not passed since."""
    may_be_accepted: bool = False
    """Whether what it finds may be right: a run with the tag then goes on all the same."""
    figures: Callable[[Evaluation], Mapping[str, int]] | None = None
    """Counts to show beside what it finds."""

    @property
    def key(self) -> dg.AssetCheckKey:
        """What Dagster knows it by."""
        return dg.AssetCheckKey(dg.AssetKey(self.asset), self.name)

    @property
    def spec(self) -> dg.AssetCheckSpec:
        """What Dagster shows of it before it was ever evaluated."""
        accept = f" A run with the tag {ACCEPT_DRIFT_TAG} goes on although it fails."
        text = self.description + (accept if self.may_be_accepted else "")
        return dg.AssetCheckSpec(self.name, asset=self.asset, description=text, blocking=True)


def step(name: str, checks: Sequence[Check]) -> dg.AssetChecksDefinition:
    """One step that evaluates `checks`, or those of them that were selected.

    A step of its own for each would cost a second of Dagster's bookkeeping for every ten.
    """

    @dg.multi_asset_check(name=name, specs=[check.spec for check in checks], can_subset=True)
    @guarded
    def evaluate(
        context: dg.AssetCheckExecutionContext,
        settings: dg.ResourceParam[Settings],
        tables: dg.ResourceParam[TableStore],
    ) -> Iterator[dg.AssetCheckResult]:
        for check in checks:
            if check.key in context.selected_asset_check_keys:
                days = (
                    days_to_judge(context.instance, check.key, context.run) if check.by_day else ()
                )
                of = Evaluation(tables, settings, context.run.run_id, days)
                findings = check.judge(of)
                accepted = check.may_be_accepted and ACCEPT_DRIFT_TAG in context.run.tags
                figures = check.figures(of) if check.figures else {}
                yield result(check, findings, days, accepted=accepted, figures=figures)

    return evaluate


def result(
    check: Check,
    findings: Sequence[Finding],
    days: Sequence[date],
    *,
    accepted: bool,
    figures: Mapping[str, int],
) -> dg.AssetCheckResult:
    """Passed when there are no findings, or they are accepted; with offending rows and remedy."""
    metadata: dict[str, dg.MetadataValue] = {
        "rows at fault": dg.MetadataValue.int(sum(finding.rows for finding in findings))
    }
    metadata |= {name: dg.MetadataValue.int(count) for name, count in figures.items()}
    if check.by_day:
        metadata["days judged"] = dg.MetadataValue.text(describe_ranges(days) or "all")
    for finding in findings:
        metadata |= _details(finding)
    return dg.AssetCheckResult(
        asset_key=check.asset,
        check_name=check.name,
        passed=accepted or not findings,
        severity=dg.AssetCheckSeverity.WARN if accepted else dg.AssetCheckSeverity.ERROR,
        description="; ".join(str(finding) for finding in findings) or None,
        metadata=metadata,
    )


def _details(finding: Finding) -> dict[str, dg.MetadataValue]:
    details: dict[str, dg.MetadataValue] = {
        f"{finding.reason}: rows": dg.MetadataValue.int(finding.rows),
        f"{finding.reason}: what to do": dg.MetadataValue.text(finding.remedy),
    }
    if finding.examples.height:
        details[f"{finding.reason}: first rows"] = as_table(finding.examples)
        details[f"{finding.reason}: to look closer"] = dg.MetadataValue.text(
            looking_closer(finding.examples)
        )
    return details


def looking_closer(examples: pl.DataFrame) -> str:
    """The commands that show where rows at fault come from, a line each.

    >>> print(looking_closer(pl.DataFrame({"paper_id": ["2503.90012", "2503.90012", None]})))
    arxiv-ja-en trace 2503.90012
    """
    ids = next((name for name in ("paper_id", "arxiv_id") if name in examples.columns), None)
    named: Iterable[object] = (
        examples.get_column(ids).drop_nulls().unique(maintain_order=True) if ids else []
    )
    lines = [f"arxiv-ja-en trace {shlex.quote(str(name))}" for name in named]
    if not lines and "day" in examples.columns:
        days = examples.get_column("day").drop_nulls().unique().sort()
        lines = [f"arxiv-ja-en quarantine --from {day} --to {day}" for day in days]
    return "\n".join(lines) or "arxiv-ja-en explore"
