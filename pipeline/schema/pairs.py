"""Sentence pairs, and what can be measured about a translation without a reference."""

from __future__ import annotations

from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.polars import Field

from pipeline.schema.columns import DAY, Share, Strings, made_from
from pipeline.schema.records import RECORDS
from pipeline.schema.table import Table, TableModel

BEADS = ("1-1", "2-1", "1-2", "3-1", "1-3", "2-2", "1-0", "0-1")
"""How many English and Japanese sentences, in this order, a bead joins."""


def sides_fit_bead(en: pl.Expr, ja: pl.Expr) -> pl.Expr:
    """Whether a side is empty just where the column `bead` says that it has no sentence."""
    bead = pl.col("bead")
    return ((en == "") == (bead == "0-1")) & ((ja == "") == (bead == "1-0"))


def _finite(data: pa.PolarsData) -> pl.LazyFrame:
    """Whether a measure is a finite number or null; to polars, NaN is greater than any bound."""
    return data.lazyframe.select(pl.col(data.key).is_finite().fill_null(value=True))


_ABSTRACTS = ("records.abstract_en", "records.abstract_ja")

URLS_KEPT = Field(nullable=True, ge=0, le=1, description="Share of URLs kept.")
LATEX_KEPT = Field(nullable=True, ge=0, le=1, description="Share of formulas kept as they are.")
LEXICON_COVERAGE = Field(
    nullable=True, ge=0, le=1, description="Share of known English words with a counterpart."
)
"""What is measured of whole abstracts and of beads alike."""


def bead_flags(*made_of: str) -> Any:
    """The column `flags` of a table of beads."""
    return Field(description="Doubts about this bead, by name.", metadata=made_from(*made_of))


class PairMeasures(TableModel):
    """What is measured of a pair of abstracts, without a reference."""

    length_ratio: pl.Float32 = Field(ge=0, description="Japanese characters per English one.")
    length_z: pl.Float32 = Field(description="Surplus of English length, in standard errors.")
    numbers_kept: Share = Field(
        nullable=True, ge=0, le=1, description="Share of English numbers found in the Japanese."
    )
    latin_terms_kept: Share = Field(
        nullable=True, ge=0, le=1, description="Share of English acronyms and names kept."
    )
    urls_kept: Share = URLS_KEPT
    latex_kept: Share = LATEX_KEPT
    lexicon_coverage: Share = LEXICON_COVERAGE
    duplicate_sentences: pl.Int32 = Field(ge=0, description="Japanese sentences said twice.")
    unfinished_end: bool = Field(description="Whether the Japanese stops without an end mark.")
    sentence_coverage: Share = Field(ge=0, le=1, description="Share of aligned sentences.")
    script_ratio: Share = Field(ge=0, le=1, description="Kana and kanji among letters.")
    alignment_score: Share = Field(ge=0, le=1, description="Mean score of the beads.")
    omissions: Strings = Field(description="English spans that the Japanese seems to drop.")

    # Named as the rule is: of a name in the decorator, pandera 0.35 lets one subclass know.
    @pa.check("length_ratio", "length_z")
    @classmethod
    def length_not_finite(cls, data: pa.PolarsData) -> pl.LazyFrame:
        """A measure without bounds is a finite number."""
        return _finite(data)


class BeadMeasures(TableModel):
    """A bead of an abstract, and what is measured of it."""

    index: pl.Int32 = Field(ge=0, description="Place of the bead in the abstract, from 0.")
    bead: str = Field(isin=BEADS, description="English-Japanese sentence counts: 1-1, 2-1, …")
    score: Share = Field(ge=0, le=1, description="Chance that the bead is right, 0 to 1.")
    length_z: pl.Float32 = Field(
        nullable=True,
        description="Surplus of English length, in standard errors; null if one-sided.",
    )
    numbers_kept: Share = Field(
        nullable=True, ge=0, le=1, description="Share of the bead's English numbers kept."
    )
    latin_terms_kept: Share = Field(
        nullable=True, ge=0, le=1, description="Share of its acronyms and names kept."
    )
    omission: str = Field(
        nullable=True, description="English words that the Japanese seems to drop, if any."
    )

    # Named as the rule is: see `PairMeasures`.
    @pa.check("length_z")
    @classmethod
    def length_not_finite(cls, data: pa.PolarsData) -> pl.LazyFrame:
        """A measure without bounds is a finite number."""
        return _finite(data)


class _OfDay(TableModel):
    """Columns of what is made of a day's pairs."""

    day: pl.Date = DAY
    pair_id: str = Field(description="The pair of abstracts, as in records.")
    aligner_version: str = Field(
        description="Version of splitter, aligner and lexicon.", metadata=made_from()
    )


class SentencePairs(BeadMeasures, _OfDay):
    """One row per aligned bead of a pair of abstracts."""

    en: str = Field(description="English side, one line; empty in 0-1.")
    ja: str = Field(description="Japanese side, one line; empty in 1-0.")
    en_start: pl.Int32 = Field(ge=0, description="Offset of the side in abstract_en, characters.")
    en_end: pl.Int32 = Field(description="End of the side in abstract_en, exclusive.")
    ja_start: pl.Int32 = Field(ge=0, description="Offset of the side in abstract_ja, characters.")
    ja_end: pl.Int32 = Field(description="End of the side in abstract_ja, exclusive.")
    urls_kept: Share = URLS_KEPT
    latex_kept: Share = LATEX_KEPT
    lexicon_coverage: Share = LEXICON_COVERAGE
    script_ratio: Share = Field(
        nullable=True, ge=0, le=1, description="Kana and kanji among its letters."
    )
    flags: Strings = bead_flags(*_ABSTRACTS)

    class Config:
        """A bead of a pair has one row a day."""

        unique = ["day", "pair_id", "index"]

    @pa.dataframe_check(name="sides_unlike_bead")
    @classmethod
    def _sides_are_those_of_the_bead(cls, data: pa.PolarsData) -> pl.LazyFrame:
        fit = sides_fit_bead(pl.col("en"), pl.col("ja"))
        return data.lazyframe.select(fit.fill_null(value=True))

    @pa.dataframe_check(name="end_before_start")
    @classmethod
    def _spans_end_where_they_start_or_later(cls, data: pa.PolarsData) -> pl.LazyFrame:
        spans = (pl.col(f"{side}_start") <= pl.col(f"{side}_end") for side in ("en", "ja"))
        return data.lazyframe.select(pl.all_horizontal(spans))


SENTENCE_PAIRS = Table(
    table="sentence_pairs",
    model=SentencePairs,
    description="The sentences of a day's abstracts, aligned.",
    preview=("bead", "en", "ja", "score", "flags"),
    inputs=(RECORDS,),
    rest_from=_ABSTRACTS,
)


class PairSignals(PairMeasures, _OfDay):
    """One row per pair of abstracts: what its translation kept."""

    flags: Strings = Field(
        description="omission_suspected, untranslated, truncated, …",
        metadata=made_from(*_ABSTRACTS),
    )

    class Config:
        """A pair has one row a day."""

        unique = ["day", "pair_id"]


PAIR_SIGNALS = Table(
    table="pair_signals",
    model=PairSignals,
    description="How good a day's translations look.",
    preview=("sentence_coverage", "alignment_score", "length_ratio", "omissions", "flags"),
    inputs=(RECORDS,),
    rest_from=_ABSTRACTS,
)
