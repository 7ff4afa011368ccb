"""Assets of the pair stage."""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import polars as pl

from pipeline import pair as pairing
from pipeline.orchestration.asset_metadata import asset_metadata
from pipeline.orchestration.daily import DayInput, derive_days, up_to_date
from pipeline.orchestration.guard import guarded
from pipeline.orchestration.partitions import digest_days, one_run_for_a_range
from pipeline.orchestration.progress import Progress
from pipeline.schema import PAIR_SIGNALS, SENTENCE_PAIRS, PairSignals, Records, SentencePairs
from pipeline.storage import TableStore, derived_key

AT_ONCE = 10_000
"""Records that are aligned together, on all cores: seconds of work, which is what a kill costs."""

_MADE = {SENTENCE_PAIRS: "pair/alignment.py", PAIR_SIGNALS: "pair/signals.py"}
"""What the stage makes, and the module that does the work."""


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            of.table,
            deps=["records"],
            **asset_metadata(of, "polars", work=work, version=pairing.ALIGNER_VERSION),
        )
        for of, work in _MADE.items()
    ],
    name="paired",
    group_name="pair",
    partitions_def=digest_days,
    backfill_policy=one_run_for_a_range,
)
@guarded
def paired(
    context: dg.AssetExecutionContext,
    tables: dg.ResourceParam[TableStore],
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[None]]:
    """Align the days whose records, or whose aligner, changed."""
    due = [
        day
        for day in context.partition_keys
        if not up_to_date(
            tables, tuple(_MADE), day, derived_key(pairing.ALIGNER_VERSION, _input(tables, day))
        )
    ]
    made: dict[str, list[pl.DataFrame]] = {}

    def input_of(day: str) -> DayInput:
        def make() -> list[pl.DataFrame]:
            if day not in made:
                made.update(_pair_days(tables, _next_days(tables, due[due.index(day) :])))
            return made.pop(day)

        return DayInput(_input(tables, day), make)

    yield from derive_days(
        context,
        tables,
        progress,
        makes=tuple(_MADE),
        version=pairing.ALIGNER_VERSION,
        input_of=input_of,
    )


def _input(tables: TableStore, day: str) -> str:
    return tables.key("records", day) or ""


def _next_days(tables: TableStore, days: list[str]) -> list[str]:
    """The first of `days`, and as many more as it takes to keep all cores busy."""
    taken, records = [], 0
    for day in days:
        taken.append(day)
        records += tables.count("records", day)
        if records >= AT_ONCE:
            break
    return taken


def _pair_days(tables: TableStore, days: list[str]) -> dict[str, list[pl.DataFrame]]:
    """Sentence pairs and signals of each day; what was computed before is taken over."""
    from pipeline.pair import PairedAbstracts, pair_records

    # Signals without their sentences, of a table that is lost or damaged, are no result.
    whole = [day for day in days if all(tables.key(of.table, day) for of in _MADE)]
    known = PairedAbstracts(
        tables.scan("sentence_pairs", SentencePairs, whole).collect(),
        tables.scan("pair_signals", PairSignals, whole).collect(),
    )
    paired = pair_records(tables.scan("records", Records, days).collect(), known=known)
    return {
        day: [
            rows.filter(pl.col("day") == date.fromisoformat(day))
            for rows in (paired.sentence_pairs, paired.pair_signals)
        ]
        for day in days
    }
