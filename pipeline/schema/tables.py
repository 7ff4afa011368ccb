"""The models of the tables that are released: they are the dataset's documentation."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from pandera.polars import Field

from pipeline.schema.columns import (
    ARXIV_ID,
    AUTHORS,
    MONTH,
    PAPER_ID,
    POSTED_AT,
    RECORD_OFFSET,
    SPLITS,
    TRANSLATOR,
    VERSION_DATE,
    Strings,
    Translation,
    UtcTime,
    made_from,
)
from pipeline.schema.pairs import (
    BeadMeasures,
    PairMeasures,
    bead_flags,
    sides_fit_bead,
)
from pipeline.schema.table import TableModel

_ID = "arXiv id without version; `t-` and a title hash where none is known."

_VERSION = Field(nullable=True, ge=1, description="Version, if known.")
_PROVIDER = Field(nullable=True, description="Digest site, as named.")
_SOURCE_URL = Field(description="Post from which the texts come.")


class _OfPaper(TableModel):
    """The paper that a row belongs to."""

    paper_id: str = Field(str_matches=PAPER_ID, description=_ID)
    submitted_month: str = Field(
        str_matches=MONTH,
        description="Month of first submission, YYYY-MM, from the id.",
        metadata=made_from("records.paper_id", "records.version_date"),
    )
    split: str = Field(
        isin=SPLITS,
        description="train, validation or test; never changes.",
        metadata=made_from("records.paper_id", "records.title_key", "records.near_keys"),
    )


class _OnePaper(_OfPaper):
    """A paper that has one row."""

    paper_id: str = Field(unique=True, str_matches=PAPER_ID, description=_ID)
    arxiv_id: str = Field(
        nullable=True,
        str_matches=ARXIV_ID,
        description="arXiv id, if known.",
        metadata=made_from("records.paper_id"),
    )
    title: str = Field(description="English title.")
    categories: Strings = Field(description="arXiv categories; alphabetical, primary unknown.")


class Papers(_OnePaper):
    """One row per paper, as of its latest version."""

    version: pl.Int16 = Field(nullable=True, ge=1, description="Latest version seen, if known.")
    abstract_en: str = Field(description="Original abstract.")
    abstract_ja: str = Field(description="Machine translation of the abstract.")
    authors: Strings = AUTHORS
    author_ids: Strings = Field(
        description="Keys of `authors`, in the same order.", metadata=made_from("records.authors")
    )
    version_date: UtcTime = VERSION_DATE
    translator: str = TRANSLATOR
    provider: str = _PROVIDER
    source_url: str = _SOURCE_URL
    posted_at: UtcTime = POSTED_AT
    n_versions: pl.Int16 = Field(
        ge=1,
        description="Versions of the paper in `versions`.",
        metadata=made_from("records.paper_id", "records.version"),
    )
    pair_id: str = Field(description="Hash of both abstracts; key of the signals.")
    flags: Strings = Field(description="Doubts about the record, by name.")

    @pa.dataframe_check(name="author_ids_match_authors")
    @classmethod
    def _author_ids_match_authors(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(
            pl.col("authors").list.len() == pl.col("author_ids").list.len()
        )


class Versions(_OfPaper):
    """One row per version of a paper that was ever seen, with where it was seen first."""

    version: pl.Int16 = Field(nullable=True, ge=1, description="Version; null where unknown.")
    title: str = Field(description="English title of this version.")
    abstract_en: str = Field(description="Original abstract of this version.")
    abstract_ja: str = Field(description="Machine translation of this version's abstract.")
    version_date: UtcTime = VERSION_DATE
    translator: str = TRANSLATOR
    provider: str = _PROVIDER
    source_url: str = _SOURCE_URL
    source_urls: Strings = Field(
        description="Every post and page it was seen on, sorted.",
        metadata=made_from("records.source_url"),
    )
    posted_at: UtcTime = POSTED_AT
    captured_at: UtcTime = Field(description="When this text was first received, UTC.")
    archive_file: str = Field(description="WARC file of that capture.")
    record_offset: pl.Int64 = RECORD_OFFSET
    payload_digest: str = Field(description="Digest of the captured page's body.")

    class Config:
        """A version of a paper has one row."""

        unique = ["paper_id", "version"]

    @pa.dataframe_check(name="source_url_not_listed")
    @classmethod
    def _source_url_is_one_of_all(cls, data: pa.PolarsData) -> pl.LazyFrame:
        listed = pl.col("source_urls").list.contains(pl.col("source_url"))
        return data.lazyframe.select(listed | pl.col("source_url").is_null())


class Authors(TableModel):
    """One row per distinct author name: a name, not a person."""

    author_id: str = Field(
        unique=True, str_matches=r"^a-[0-9a-f]{16}$", description="`a-` and a hash of the name."
    )
    name: str = Field(str_length={"min_value": 1}, description="Name as published.")
    n_papers: pl.Int32 = Field(
        ge=1,
        description="Papers that list the name.",
        metadata=made_from("records.authors", "records.paper_id"),
    )
    first_seen: pl.Date = Field(
        description="Earliest version date among them, UTC.",
        metadata=made_from("records.authors", "records.version_date"),
    )
    last_seen: pl.Date = Field(
        description="Latest version date among them, UTC.",
        metadata=made_from("records.authors", "records.version_date"),
    )

    @pa.dataframe_check(name="first_seen_after_last")
    @classmethod
    def _first_seen_is_first(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("first_seen") <= pl.col("last_seen"))


class Categories(TableModel):
    """One row per arXiv category that a paper is in."""

    code: str = Field(unique=True, description="Category code, such as cs.CL.")
    archive: str = Field(description="Archive it belongs to, such as cs.")
    name_en: str = Field(nullable=True, description="arXiv's name; null for an unknown code.")
    name_ja: str = Field(nullable=True, description="Name in Japanese; null for an unknown code.")
    n_papers: pl.Int32 = Field(
        ge=1,
        description="Papers that list the category.",
        metadata=made_from("records.categories", "records.paper_id"),
    )


class Parallel(PairMeasures, _OnePaper):
    """One row per paper: its abstract in English and Japanese, and how good the pair looks."""

    translation: Translation = Field(
        description="The abstract: `en` original, `ja` machine-made.",
        metadata=made_from("records.abstract_en", "records.abstract_ja"),
    )
    version: pl.Int16 = _VERSION
    translator: str = TRANSLATOR
    flags: Strings = Field(description="Doubts about record and translation, by name.")

    @pa.check("translation", name="empty_side")
    @classmethod
    def _both_sides_have_text(cls, data: pa.PolarsData) -> pl.LazyFrame:
        pair = pl.col(data.key)
        full = (pair.struct.field(side).fill_null("") != "" for side in ("en", "ja"))
        return data.lazyframe.select(pl.all_horizontal(full) | pair.is_null())


class ParallelSentences(BeadMeasures, _OfPaper):
    """One row per aligned bead of a paper's abstract."""

    translation: Translation = Field(
        description="The bead's sides, one line each.",
        metadata=made_from("sentence_pairs.en", "sentence_pairs.ja"),
    )
    version: pl.Int16 = _VERSION
    flags: Strings = bead_flags("sentence_pairs.flags")

    class Config:
        """A bead of a paper has one row."""

        unique = ["paper_id", "index"]

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
