"""The stage as a function of frames: records in, sentence pairs and signals out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import polars as pl

from pipeline.pair.abstracts import PairedAbstract, one_line, pair_abstract
from pipeline.pair.lexicon import shipped_version
from pipeline.schema import PairSignals, SentencePairs, empty_frame, polars_schema

RULES_VERSION = "3"
"""Version of splitter, aligner, signals and flags; raise it when a column gets other values.

A new column needs none: what was stored without it is made again (`pipeline.storage`).
"""

ALIGNER_VERSION = f"{RULES_VERSION}-{shipped_version()}"
"""Names what pairs depend on beside the texts: the rules' version and the lexicon's."""

BATCH = 500
"""Pairs a process takes at a time."""

PARALLEL_FROM = 2_000
"""Pairs from which starting a second process (about a second) pays."""

Pair = tuple[str, str, str]
"""A pair_id, the English and the Japanese abstract."""


@dataclass(frozen=True, slots=True)
class PairedAbstracts:
    """What the stage gives for a frame of records.

    Attributes:
        sentence_pairs: a frame of schema.SentencePairs, by day, pair_id and index.
        pair_signals: a frame of schema.PairSignals, by day and pair_id.
    """

    sentence_pairs: pl.DataFrame
    pair_signals: pl.DataFrame


def _bead_rows(pair_id: str, en: str, ja: str, paired: PairedAbstract) -> Iterator[dict[str, Any]]:
    for index, scored in enumerate(paired.beads):
        bead, omission = scored.bead, scored.omission
        en_start, en_end = _side(paired.english, bead.en_start, bead.en_end)
        ja_start, ja_end = _side(paired.japanese, bead.ja_start, bead.ja_end)
        yield {
            "pair_id": pair_id,
            "index": index,
            "bead": bead.kind,
            "en": one_line(en[en_start:en_end]),
            "ja": one_line(ja[ja_start:ja_end]),
            "en_start": en_start,
            "en_end": en_end,
            "ja_start": ja_start,
            "ja_end": ja_end,
            "score": scored.score,
            "length_z": bead.z if bead.aligned else None,
            "lexicon_coverage": scored.lexicon_coverage,
            "omission": one_line(en[omission.start : omission.end]) if omission else None,
            "flags": scored.flags,
            "aligner_version": ALIGNER_VERSION,
            **scored.kept._asdict(),
        }


def _side(spans: Sequence[tuple[int, int]], first: int, last: int) -> tuple[int, int]:
    """Where a bead's side stands; an empty one stands where it would be."""
    if first < last:
        return spans[first][0], spans[last - 1][1]
    at = spans[first - 1][1] if first else 0
    return at, at


def _signal_row(pair_id: str, en: str, paired: PairedAbstract) -> dict[str, Any]:
    omissions = [scored.omission for scored in paired.beads if scored.omission]
    return {
        "pair_id": pair_id,
        "omissions": [one_line(en[omission.start : omission.end]) for omission in omissions],
        "flags": paired.flags,
        "aligner_version": ALIGNER_VERSION,
        **paired.signals._asdict(),
    }


def _frame(
    model: type[SentencePairs] | type[PairSignals], rows: list[dict[str, Any]]
) -> pl.DataFrame:
    """The rows without the day; each has just the columns of the model."""
    schema = polars_schema(model)
    del schema["day"]
    return pl.DataFrame(
        {name: [row[name] for row in rows] for name in schema}, schema=schema, strict=True
    )


def _pair_batch(batch: Sequence[Pair]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Frames of a batch, without the day."""
    beads: list[dict[str, Any]] = []
    signals: list[dict[str, Any]] = []
    for pair_id, en, ja in batch:
        paired = pair_abstract(en, ja)
        beads.extend(_bead_rows(pair_id, en, ja, paired))
        signals.append(_signal_row(pair_id, en, paired))
    return _frame(SentencePairs, beads), _frame(PairSignals, signals)


def _paired(pairs: Sequence[Pair], workers: int) -> Iterable[tuple[pl.DataFrame, pl.DataFrame]]:
    batches = [pairs[start : start + BATCH] for start in range(0, len(pairs), BATCH)]
    if workers < 2 or len(batches) < 2:
        yield from map(_pair_batch, batches)
        return
    # polars' threads do not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_pair_batch, batches)


def pair_records(
    records: pl.DataFrame, *, known: PairedAbstracts | None = None, workers: int | None = None
) -> PairedAbstracts:
    """Sentence pairs and signals of every pair of abstracts in `records`.

    Args:
        records: a frame of schema.Records; only day, pair_id and the abstracts are read. A pair
            that occurs several times on a day gives its rows once.
        known: what an earlier call gave; pairs in it are taken from there, where the aligner was
            the same, instead of computed again.
        workers: processes; by default one, or all processors for a large frame. The result is the
            same for any number.
    """
    wanted = records.select("day", "pair_id").unique().sort("day", "pair_id")
    if wanted.is_empty():
        return PairedAbstracts(empty_frame(SentencePairs), empty_frame(PairSignals))
    pairs = (
        records.select("pair_id", "abstract_en", "abstract_ja").unique("pair_id").sort("pair_id")
    )
    beads, signals = [], []
    if known is not None:
        same = pl.col("aligner_version") == ALIGNER_VERSION
        asked = pairs.select("pair_id")
        signals.append(
            known.pair_signals.filter(same)
            .unique("pair_id", keep="first", maintain_order=True)
            .drop("day")
            .join(asked, on="pair_id", how="semi")
        )
        beads.append(
            known.sentence_pairs.filter(same)
            .unique(["pair_id", "index"], keep="first", maintain_order=True)
            .drop("day")
            .join(signals[0].select("pair_id"), on="pair_id", how="semi")
        )
        pairs = pairs.join(signals[0].select("pair_id"), on="pair_id", how="anti").sort("pair_id")
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if len(pairs) >= PARALLEL_FROM else 1
    for bead_frame, signal_frame in _paired(pairs.rows(), workers):
        beads.append(bead_frame)
        signals.append(signal_frame)
    return PairedAbstracts(
        _with_day(wanted, beads, SentencePairs, ["day", "pair_id", "index"]),
        _with_day(wanted, signals, PairSignals, ["day", "pair_id"]),
    )


def _with_day(
    wanted: pl.DataFrame,
    frames: list[pl.DataFrame],
    model: type[SentencePairs] | type[PairSignals],
    order: list[str],
) -> pl.DataFrame:
    """The rows of `frames` for every day that has their pair, in the model's columns."""
    columns = list(polars_schema(model))
    return wanted.join(pl.concat(frames), on="pair_id", how="inner").select(columns).sort(order)
