"""Assets of the pair stage."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from pipeline.orchestration.daily import DayInput, derive_days
from pipeline.orchestration.described import described
from pipeline.orchestration.partitions import digest_days, one_run_for_a_range
from pipeline.orchestration.progress import Progress
from pipeline.orchestration.table_store import TableStore
from pipeline.schema import PairSignals, Records, SentencePairs


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            "sentence_pairs",
            deps=["records"],
            **described(
                "The sentences of a day's abstracts, aligned.",
                SentencePairs,
                "polars",
                work="pair/alignment.py",
            ),
        ),
        dg.AssetSpec(
            "pair_signals",
            deps=["records"],
            **described(
                "How good a day's translations look.",
                PairSignals,
                "polars",
                work="pair/signals.py",
            ),
        ),
    ],
    name="paired",
    group_name="pair",
    partitions_def=digest_days,
    backfill_policy=one_run_for_a_range,
)
def paired(
    context: dg.AssetExecutionContext,
    tables: dg.ResourceParam[TableStore],
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[None]]:
    """Align the days whose records, or whose aligner, changed."""
    from pipeline.pair import ALIGNER_VERSION, PairedAbstracts, pair_records

    def input_of(day: str) -> DayInput:
        def make() -> list[pl.DataFrame]:
            # Of a day that gained a record, the pairs that were computed before are taken over.
            known = PairedAbstracts(
                tables.scan("sentence_pairs", SentencePairs, day).collect(),
                tables.scan("pair_signals", PairSignals, day).collect(),
            )
            result = pair_records(tables.scan("records", Records, day).collect(), known=known)
            return [result.sentence_pairs, result.pair_signals]

        return DayInput(tables.key("records", day) or "", make)

    yield from derive_days(
        context,
        tables,
        progress,
        makes=["sentence_pairs", "pair_signals"],
        version=ALIGNER_VERSION,
        input_of=input_of,
    )
