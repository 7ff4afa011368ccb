"""Sentence pairs, and what can be measured about a translation without a reference."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from pandera.polars import DataFrameModel, Field

from pipeline.schema.columns import Strings

BEADS = ("1-1", "2-1", "1-2", "3-1", "1-3", "2-2", "1-0", "0-1")
"""How many English and Japanese sentences, in this order, a bead joins."""


def sides_fit_bead(en: pl.Expr, ja: pl.Expr) -> pl.Expr:
    """Whether a side is empty just where the column `bead` says that it has no sentence."""
    bead = pl.col("bead")
    return ((en == "") == (bead == "0-1")) & ((ja == "") == (bead == "1-0"))


def finite(data: pa.PolarsData) -> pl.LazyFrame:
    """Whether a measure is a finite number or null; to polars, NaN is greater than any bound."""
    return data.lazyframe.select(pl.col(data.key).is_finite().fill_null(value=True))


class SentencePairs(DataFrameModel):
    """One row per aligned bead of a pair of abstracts."""

    day: pl.Date = Field(description="Digest day (JST), the partition.")
    pair_id: str = Field(description="The pair of abstracts, as in records.")
    index: pl.Int32 = Field(ge=0, description="Place of the bead in the abstract, from 0.")
    bead: str = Field(isin=BEADS, description="English-Japanese sentence counts: 1-1, 2-1, …")
    en: str = Field(description="English side, one line; empty in 0-1.")
    ja: str = Field(description="Japanese side, one line; empty in 1-0.")
    en_start: pl.Int32 = Field(ge=0, description="Offset of the side in abstract_en, characters.")
    en_end: pl.Int32 = Field(description="End of the side in abstract_en, exclusive.")
    ja_start: pl.Int32 = Field(ge=0, description="Offset of the side in abstract_ja, characters.")
    ja_end: pl.Int32 = Field(description="End of the side in abstract_ja, exclusive.")
    score: pl.Float32 = Field(ge=0, le=1, description="Chance that the bead is right, 0 to 1.")
    length_z: pl.Float32 = Field(
        nullable=True,
        description="Surplus of English length, in standard errors; null if one-sided.",
    )
    numbers_kept: pl.Float32 = Field(
        nullable=True, ge=0, le=1, description="Share of the bead's English numbers kept."
    )
    latin_terms_kept: pl.Float32 = Field(
        nullable=True, ge=0, le=1, description="Share of its acronyms and names kept."
    )
    urls_kept: pl.Float32 = Field(nullable=True, ge=0, le=1, description="Share of its URLs kept.")
    latex_kept: pl.Float32 = Field(
        nullable=True, ge=0, le=1, description="Share of its formulas kept as they are."
    )
    lexicon_coverage: pl.Float32 = Field(
        nullable=True,
        ge=0,
        le=1,
        description="Share of its English words known to the lexicon that have a counterpart.",
    )
    script_ratio: pl.Float32 = Field(
        nullable=True, ge=0, le=1, description="Share of kana and kanji among its Japanese letters."
    )
    omission: str = Field(
        nullable=True, description="English words that the Japanese seems to drop, if any."
    )
    flags: Strings = Field(description="Doubts about this bead, by name.")
    aligner_version: str = Field(description="Version of splitter, aligner and lexicon.")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True
        unique = ["day", "pair_id", "index"]

    @pa.check("length_z", name="length_not_finite")
    @classmethod
    def _length_is_finite(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return finite(data)

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


class PairSignals(DataFrameModel):
    """One row per pair of abstracts: what its translation kept."""

    day: pl.Date = Field(description="Digest day (JST), the partition.")
    pair_id: str = Field(description="The pair of abstracts, as in records.")
    length_ratio: pl.Float32 = Field(
        ge=0, description="Characters of Japanese per character of English."
    )
    length_z: pl.Float32 = Field(
        description="Surplus of English over what the Japanese length predicts, in standard errors."
    )
    numbers_kept: pl.Float32 = Field(
        nullable=True, ge=0, le=1, description="Share of English numbers found in the Japanese."
    )
    latin_terms_kept: pl.Float32 = Field(
        nullable=True, ge=0, le=1, description="Share of English acronyms and names kept."
    )
    urls_kept: pl.Float32 = Field(
        nullable=True, ge=0, le=1, description="Share of the English side's URLs kept."
    )
    latex_kept: pl.Float32 = Field(
        nullable=True, ge=0, le=1, description="Share of the English formulas kept as they are."
    )
    lexicon_coverage: pl.Float32 = Field(
        nullable=True,
        ge=0,
        le=1,
        description="Share of English words known to the lexicon that have a counterpart.",
    )
    duplicate_sentences: pl.Int32 = Field(
        ge=0, description="Japanese sentences that stand there already, the English ones not."
    )
    unfinished_end: bool = Field(
        description="Whether the Japanese stops without an end mark where the English has one."
    )
    sentence_coverage: pl.Float32 = Field(
        ge=0, le=1, description="Share of sentences, both sides, that are aligned to one."
    )
    script_ratio: pl.Float32 = Field(
        ge=0, le=1, description="Share of kana and kanji among the Japanese side's letters."
    )
    alignment_score: pl.Float32 = Field(ge=0, le=1, description="Mean score of the beads.")
    omissions: Strings = Field(
        description="English spans that the Japanese seems to drop, whole sentences included."
    )
    flags: Strings = Field(description="omission_suspected, untranslated, truncated, …")
    aligner_version: str = Field(description="Version of splitter, aligner and lexicon.")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True
        unique = ["day", "pair_id"]

    @pa.check("length_ratio", "length_z", name="length_not_finite")
    @classmethod
    def _lengths_are_finite(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return finite(data)
