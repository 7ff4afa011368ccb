"""What a refresh did, in figures: from the metadata of its runs to the lines of its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg

from pipeline.orchestration.dagster_private import PARTITION_ROW_COUNT, ROW_COUNT
from pipeline.schema import LEDGER_STATES

Figures = dict[str, dict[str, float]]
"""By asset, its numeric metadata."""


@dataclass(frozen=True, slots=True)
class RefreshOutcome:
    """How a refresh ended.

    Attributes:
        success: whether every step of every run succeeded, and every check that counts.
        run_ids: the Dagster runs it consisted of, in order.
        failed: the steps and checks that failed; why, was shown when they did.
        figures: by asset, its numeric metadata, summed over the days of all runs.
        texts: by asset, its other metadata, of the last run.
    """

    success: bool
    run_ids: list[str]
    failed: list[str]
    figures: Figures = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)


def outcome_of(
    results: Sequence[dg.ExecuteInProcessResult], failed: Sequence[str]
) -> RefreshOutcome:
    """The outcome of these runs, with the metadata of what they made.

    Of what several runs made, the last counts; but each of their snapshots added something.
    """
    numbers: dict[tuple[str, str | None], dict[str, float]] = {}
    texts: dict[str, dict[str, str]] = {}
    for result in results:
        for event in result.get_asset_materialization_events():
            assert event.asset_key is not None
            asset = event.asset_key.to_user_string()
            part = result.run_id if asset == "snapshot" else event.partition
            metadata = event.step_materialization_data.materialization.metadata
            numbers[asset, part] = _numbers_in(metadata)
            texts.setdefault(asset, {}).update(_texts_in(metadata))
    return RefreshOutcome(
        success=all(result.success for result in results) and not failed,
        run_ids=[result.run_id for result in results],
        failed=list(dict.fromkeys(failed)),
        figures=_sums(numbers),
        texts=texts,
    )


def _numbers_in(metadata: Mapping[str, dg.MetadataValue]) -> dict[str, float]:
    return {
        name: value.value or 0
        for name, value in metadata.items()
        if isinstance(value, dg.IntMetadataValue | dg.FloatMetadataValue)
    }


def _texts_in(metadata: Mapping[str, dg.MetadataValue]) -> dict[str, str]:
    return {
        name: str(value.value)
        for name, value in metadata.items()
        if isinstance(value, dg.TextMetadataValue | dg.PathMetadataValue)
    }


def _sums(numbers: Mapping[tuple[str, str | None], Mapping[str, float]]) -> Figures:
    """By asset, the sums over its parts."""
    figures: Figures = {}
    for (asset, _), counts in numbers.items():
        of_asset = figures.setdefault(asset, {})
        for name, count in counts.items():
            of_asset[name] = of_asset.get(name, 0.0) + count
    return figures


def summary_lines(outcome: RefreshOutcome) -> list[str]:
    """What a refresh did: fetched, parsed, quarantined, papers, new, revised, snapshot, ledger.

    A figure of a step that did not run is left out.
    """
    rows = {
        "fetched": _figure(outcome, "captures", "requests", "{:.0f} requests")
        + _figure(outcome, "captures", "bytes", ", {:.0f} bytes"),
        "parsed": _figure(outcome, "posts", PARTITION_ROW_COUNT, "{:.0f} entries"),
        "quarantined": _figure(outcome, "quarantine", PARTITION_ROW_COUNT, "{:.0f}"),
        "papers": _figure(outcome, "papers", ROW_COUNT, "{:.0f}"),
        "new": _figure(outcome, "snapshot", "added", "{:.0f}"),
        "revised": _figure(outcome, "snapshot", "revised", "{:.0f}"),
        "snapshot": outcome.texts.get("snapshot", {}).get("folder", ""),
        "published": _publication(outcome),
        "ledger": _ledger(outcome),
        "failed": "; ".join(outcome.failed),
    }
    return [f"{name:<12} {value}" for name, value in rows.items() if value]


def _publication(outcome: RefreshOutcome) -> str:
    """Repository, commit, tag and address of what was published on the Hub."""
    told = outcome.texts.get("publication", {})
    if not told.get("address", "").startswith(("http://", "https://")):
        return ""
    return f"{told['target']}, commit {told['commit']}, tag {told['tag']}, {told['address']}"


def _figure(outcome: RefreshOutcome, asset: str, name: str, form: str) -> str:
    figures = outcome.figures.get(asset, {})
    return form.format(figures[name]) if name in figures else ""


def _ledger(outcome: RefreshOutcome) -> str:
    figures = outcome.figures.get("ledger", {})
    if "announced" not in figures:
        return ""
    states = [
        f"{figures[state]:.0f} {state.replace('_', ' ')}"
        for state in LEDGER_STATES
        if figures.get(state)
    ]
    return f"{figures['announced']:.0f} announced = " + (" + ".join(states) or "0")
