"""A refresh in a few lines, for the person who started it."""

from __future__ import annotations

from pipeline.orchestration.headless import RefreshOutcome
from pipeline.schema import LEDGER_STATES


def summary_lines(outcome: RefreshOutcome) -> list[str]:
    """What a refresh did: fetched, parsed, quarantined, papers, new, revised, snapshot; or why not.

    A figure of a step that did not run is left out.
    """
    rows = {
        "fetched": _figure(outcome, "captures", "requests", "{:.0f} requests")
        + _figure(outcome, "captures", "bytes", ", {:.0f} bytes"),
        "parsed": _figure(outcome, "posts", "dagster/partition_row_count", "{:.0f} entries"),
        "quarantined": _figure(outcome, "quarantine", "dagster/partition_row_count", "{:.0f}"),
        "papers": _figure(outcome, "papers", "dagster/row_count", "{:.0f}"),
        "new": _figure(outcome, "snapshot", "added", "{:.0f}"),
        "revised": _figure(outcome, "snapshot", "revised", "{:.0f}"),
        "snapshot": outcome.texts.get("snapshot", {}).get("folder", ""),
        "ledger": _ledger(outcome),
    }
    lines = [f"{name:<12} {value}" for name, value in rows.items() if value]
    lines += [f"{'failed':<12} {failure}" for failure in outcome.failures]
    return lines


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
