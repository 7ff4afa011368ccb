"""The tables that are released; their models are the dataset's documentation."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from pandera.polars import DataFrameModel, Field

from pipeline.schema.columns import (
    ARXIV_ID,
    MONTH,
    PAPER_ID,
    SPLITS,
    Strings,
    Translation,
    UtcTime,
)
from pipeline.schema.pairs import BEADS, finite, sides_fit_bead

_PAPER_ID = "arXiv id without version; `t-` and a title hash where none is known."


class Papers(DataFrameModel):
    """One row per paper, as of its latest version."""

    paper_id: str = Field(unique=True, str_matches=PAPER_ID, description=_PAPER_ID)
    arxiv_id: str = Field(nullable=True, str_matches=ARXIV_ID, description="arXiv id, if known.")
    version: pl.Int16 = Field(nullable=True, ge=1, description="Latest version seen, if known.")
    title: str = Field(description="English title.")
    abstract_en: str = Field(description="Original abstract.")
    abstract_ja: str = Field(description="Machine translation of the abstract.")
    authors: Strings = Field(description="Author names in order.")
    author_ids: Strings = Field(description="Keys of `authors`, in the same order.")
    categories: Strings = Field(description="arXiv categories; alphabetical, primary unknown.")
    submitted_month: str = Field(
        str_matches=MONTH, description="Month of first submission, YYYY-MM, from the id."
    )
    version_date: UtcTime = Field(description="arXiv's time stamp of the version, UTC.")
    translator: str = Field(nullable=True, description="Translation service, as named.")
    provider: str = Field(nullable=True, description="Digest site, as named.")
    source_url: str = Field(description="Post from which the texts come.")
    posted_at: UtcTime = Field(nullable=True, description="When the site posted it, UTC.")
    n_versions: pl.Int16 = Field(ge=1, description="Versions of the paper in `versions`.")
    pair_id: str = Field(description="Hash of both abstracts; key of the signals.")
    split: str = Field(isin=SPLITS, description="train, validation or test; never changes.")
    flags: Strings = Field(description="Doubts about the record, by name.")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True

    @pa.dataframe_check(name="author_ids_match_authors")
    @classmethod
    def _author_ids_match_authors(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(
            pl.col("authors").list.len() == pl.col("author_ids").list.len()
        )


class Versions(DataFrameModel):
    """One row per version of a paper that was ever seen, with where it was seen first."""

    paper_id: str = Field(str_matches=PAPER_ID, description=_PAPER_ID)
    version: pl.Int16 = Field(nullable=True, ge=1, description="Version; null where unknown.")
    title: str = Field(description="English title of this version.")
    abstract_en: str = Field(description="Original abstract of this version.")
    abstract_ja: str = Field(description="Machine translation of this version's abstract.")
    version_date: UtcTime = Field(description="arXiv's time stamp of the version, UTC.")
    translator: str = Field(nullable=True, description="Translation service, as named.")
    provider: str = Field(nullable=True, description="Digest site, as named.")
    source_url: str = Field(description="Post from which the texts come.")
    source_urls: Strings = Field(description="Every post and page it was seen on, sorted.")
    posted_at: UtcTime = Field(nullable=True, description="When the site posted it, UTC.")
    captured_at: UtcTime = Field(description="When this text was first received, UTC.")
    archive_file: str = Field(description="WARC file of that capture.")
    record_offset: pl.Int64 = Field(ge=0, description="Byte offset of its record in that file.")
    payload_digest: str = Field(description="Digest of the captured page's body.")
    submitted_month: str = Field(str_matches=MONTH, description="As in `papers`.")
    split: str = Field(isin=SPLITS, description="As in `papers`.")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True
        unique = ["paper_id", "version"]

    @pa.dataframe_check(name="source_url_not_listed")
    @classmethod
    def _source_url_is_one_of_all(cls, data: pa.PolarsData) -> pl.LazyFrame:
        listed = pl.col("source_urls").list.contains(pl.col("source_url"))
        return data.lazyframe.select(listed | pl.col("source_url").is_null())


class Authors(DataFrameModel):
    """One row per distinct author name: a name, not a person."""

    author_id: str = Field(
        unique=True, str_matches=r"^a-[0-9a-f]{16}$", description="`a-` and a hash of the name."
    )
    name: str = Field(str_length={"min_value": 1}, description="Name as published.")
    n_papers: pl.Int32 = Field(ge=1, description="Papers that list the name.")
    first_seen: pl.Date = Field(description="Earliest version date among them, UTC.")
    last_seen: pl.Date = Field(description="Latest version date among them, UTC.")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True

    @pa.dataframe_check(name="first_seen_after_last")
    @classmethod
    def _first_seen_is_first(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("first_seen") <= pl.col("last_seen"))


class Categories(DataFrameModel):
    """One row per arXiv category that a paper is in."""

    code: str = Field(unique=True, description="Category code, such as cs.CL.")
    archive: str = Field(description="Archive it belongs to, such as cs.")
    name_en: str = Field(nullable=True, description="arXiv's name; null for an unknown code.")
    name_ja: str = Field(nullable=True, description="Name in Japanese; null for an unknown code.")
    n_papers: pl.Int32 = Field(ge=1, description="Papers that list the category.")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True


class Parallel(DataFrameModel):
    """One row per paper: its abstract in English and Japanese, and how good the pair looks."""

    translation: Translation = Field(description="The abstract: `en` original, `ja` machine-made.")
    paper_id: str = Field(unique=True, str_matches=PAPER_ID, description=_PAPER_ID)
    arxiv_id: str = Field(nullable=True, str_matches=ARXIV_ID, description="arXiv id, if known.")
    version: pl.Int16 = Field(nullable=True, ge=1, description="Version, if known.")
    title: str = Field(description="English title.")
    categories: Strings = Field(description="arXiv categories; alphabetical, primary unknown.")
    translator: str = Field(nullable=True, description="Translation service, as named.")
    length_ratio: pl.Float32 = Field(ge=0, description="Japanese characters per English one.")
    length_z: pl.Float32 = Field(description="Surplus of English length, in standard errors.")
    numbers_kept: pl.Float32 = Field(
        nullable=True, ge=0, le=1, description="Share of English numbers found in the Japanese."
    )
    latin_terms_kept: pl.Float32 = Field(
        nullable=True, ge=0, le=1, description="Share of English acronyms and names kept."
    )
    urls_kept: pl.Float32 = Field(nullable=True, ge=0, le=1, description="Share of URLs kept.")
    latex_kept: pl.Float32 = Field(
        nullable=True, ge=0, le=1, description="Share of formulas kept as they are."
    )
    lexicon_coverage: pl.Float32 = Field(
        nullable=True, ge=0, le=1, description="Share of known English words with a counterpart."
    )
    duplicate_sentences: pl.Int32 = Field(ge=0, description="Japanese sentences said twice.")
    unfinished_end: bool = Field(description="Whether the Japanese stops without an end mark.")
    sentence_coverage: pl.Float32 = Field(ge=0, le=1, description="Share of aligned sentences.")
    script_ratio: pl.Float32 = Field(ge=0, le=1, description="Kana and kanji among letters.")
    alignment_score: pl.Float32 = Field(ge=0, le=1, description="Mean score of the beads.")
    omissions: Strings = Field(description="English spans that the Japanese seems to drop.")
    flags: Strings = Field(description="Doubts about record and translation, by name.")
    submitted_month: str = Field(str_matches=MONTH, description="As in `papers`.")
    split: str = Field(isin=SPLITS, description="As in `papers`.")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True

    @pa.check("length_ratio", "length_z", name="length_not_finite")
    @classmethod
    def _lengths_are_finite(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return finite(data)

    @pa.check("translation", name="empty_side")
    @classmethod
    def _both_sides_have_text(cls, data: pa.PolarsData) -> pl.LazyFrame:
        pair = pl.col(data.key)
        full = (pair.struct.field(side).fill_null("") != "" for side in ("en", "ja"))
        return data.lazyframe.select(pl.all_horizontal(full) | pair.is_null())


class ParallelSentences(DataFrameModel):
    """One row per aligned bead of a paper's abstract."""

    translation: Translation = Field(description="The bead's sides, one line each.")
    paper_id: str = Field(str_matches=PAPER_ID, description=_PAPER_ID)
    version: pl.Int16 = Field(nullable=True, ge=1, description="Version, if known.")
    index: pl.Int32 = Field(ge=0, description="Place of the bead in the abstract, from 0.")
    bead: str = Field(isin=BEADS, description="English-Japanese sentence counts: 1-1, 2-1, …")
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
    omission: str = Field(
        nullable=True, description="English words that the Japanese seems to drop, if any."
    )
    flags: Strings = Field(description="Doubts about this bead, by name.")
    submitted_month: str = Field(str_matches=MONTH, description="As in `papers`.")
    split: str = Field(isin=SPLITS, description="As in `papers`.")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True
        unique = ["paper_id", "index"]

    @pa.check("length_z", name="length_not_finite")
    @classmethod
    def _length_is_finite(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return finite(data)

    @pa.check("translation", name="line_feed_in_side")
    @classmethod
    def _sides_are_one_line(cls, data: pa.PolarsData) -> pl.LazyFrame:
        sides = (pl.col(data.key).struct.field(side) for side in ("en", "ja"))
        one_line = (~s.str.contains(r"[\n\r]") for s in sides)
        return data.lazyframe.select(pl.all_horizontal(one_line))

    @pa.dataframe_check(name="sides_unlike_bead")
    @classmethod
    def _sides_are_those_of_the_bead(cls, data: pa.PolarsData) -> pl.LazyFrame:
        pair = pl.col("translation")
        sides = (pair.struct.field(side).fill_null("") for side in ("en", "ja"))
        return data.lazyframe.select(sides_fit_bead(*sides) | pair.is_null())
