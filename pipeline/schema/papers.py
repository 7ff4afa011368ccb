"""The released tables of papers: models, which are the dataset's documentation, and configs."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from pandera.polars import Field

from pipeline.schema.columns import (
    ARXIV_ID,
    AUTHORS,
    ENTRY_INDEX,
    KIND,
    MONTH,
    PAPER_ID,
    POSTED_AT,
    RECORD_ID,
    RECORD_OFFSET,
    SPLITS,
    TITLE_JA,
    TRANSLATOR,
    VERSION_DATE,
    Offsets,
    Strings,
    Translation,
    UtcTime,
    made_from,
)
from pipeline.schema.pairs import (
    PAIR_SIGNALS,
    SENTENCE_PAIRS,
    BeadMeasures,
    PairMeasures,
    bead_flags,
    sides_fit_bead,
)
from pipeline.schema.records import RECORDS
from pipeline.schema.table import PARTITION, Config, Count, Reference, TableModel

_ID = "arXiv id without version; `t-` and a title hash where none is known."

NOTES = ("texturize_ambiguous", "texturize_undone")
"""What `records.flags` names that is no doubt about the text, but what a blog did to it."""

_FLAGS = Field(description="Doubts about the record, by name.")
_NOTES = Field(
    description="What a blog did to the text and was undone or not; no doubt, by name.",
    metadata=made_from("records.flags"),
)
_VERSION = Field(nullable=True, ge=1, description="Version, if known.")
_PROVIDER = Field(nullable=True, description="Digest site, as named.")
_SOURCE_URL = Field(description="Post from which the texts come.")


def _one_line(data: pa.PolarsData) -> pl.LazyFrame:
    """Whether neither side of a translation has a line break."""
    sides = (pl.col(data.key).struct.field(side) for side in ("en", "ja"))
    return data.lazyframe.select(pl.all_horizontal(~s.str.contains(r"[\n\r]") for s in sides))


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
    abstract_ja: str = Field(description="Japanese, machine-made: what it is, `kind` says.")
    kind: str = KIND
    title_ja: str = TITLE_JA
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
    flags: Strings = _FLAGS
    notes: Strings = _NOTES

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
    abstract_ja: str = Field(description="Japanese of this version: what it is, `kind` says.")
    kind: str = KIND
    title_ja: str = TITLE_JA
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
    record_id: str = RECORD_ID
    entry_index: pl.Int32 = ENTRY_INDEX
    payload_digest: str = Field(description="Digest of the captured page's body.")

    class Config:
        """A version of a paper has one row."""

        unique = ["paper_id", "version"]

    @pa.dataframe_check(name="source_url_not_listed")
    @classmethod
    def _source_url_is_one_of_all(cls, data: pa.PolarsData) -> pl.LazyFrame:
        listed = pl.col("source_urls").list.contains(pl.col("source_url"))
        return data.lazyframe.select(listed | pl.col("source_url").is_null())


class Parallel(PairMeasures, _OnePaper):
    """One row per paper: its abstract in English and Japanese, and how good the pair looks."""

    translation: Translation = Field(
        description="The abstract, each side on one line: `en` original, `ja` machine-made.",
        metadata=made_from("records.abstract_en", "records.abstract_ja"),
    )
    ja_line_ends: Offsets = Field(
        description="Where the translator ended a line of `ja`, in characters; empty if nowhere.",
        metadata=made_from("records.abstract_ja"),
    )
    version: pl.Int16 = _VERSION
    translator: str = TRANSLATOR
    flags: Strings = Field(description="Doubts about record and translation, by name.")
    notes: Strings = _NOTES

    @pa.check("translation", name="empty_side")
    @classmethod
    def _both_sides_have_text(cls, data: pa.PolarsData) -> pl.LazyFrame:
        pair = pl.col(data.key)
        full = (pair.struct.field(side).fill_null("") != "" for side in ("en", "ja"))
        return data.lazyframe.select(pl.all_horizontal(full) | pair.is_null())

    @pa.check("translation", name="line_feed_in_side")
    @classmethod
    def _sides_are_one_line(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return _one_line(data)


class Summaries(_OnePaper):
    """One row per paper of which the Japanese is a summary by a language model."""

    version: pl.Int16 = _VERSION
    title_ja: str = TITLE_JA
    abstract_en: str = Field(description="Original abstract, on one line.")
    points: Strings = Field(
        description="What the summary says, a point each, without bullets and labels.",
        metadata=made_from("records.abstract_ja"),
    )
    translator: str = TRANSLATOR
    flags: Strings = _FLAGS
    notes: Strings = _NOTES

    @pa.check("points", name="no_points")
    @classmethod
    def _says_something(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(data.key).list.len() > 0)


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
        return _one_line(data)

    @pa.dataframe_check(name="sides_unlike_bead")
    @classmethod
    def _sides_are_those_of_the_bead(cls, data: pa.PolarsData) -> pl.LazyFrame:
        pair = pl.col("translation")
        sides = (pair.struct.field(side).fill_null("") for side in ("en", "ja"))
        return data.lazyframe.select(sides_fit_bead(*sides) | pair.is_null())


_KEY_OF_PAPER = ("paper_id", *PARTITION)
_KEY_OF_VERSION = (*_KEY_OF_PAPER, "version")

PAPER_TABLES = (
    Config(
        name="en-ja",
        table="parallel",
        model=Parallel,
        description="The parallel corpus: abstract and translation, with signals and flags.",
        preview=("paper_id", "translation", "alignment_score", "flags", "split"),
        inputs=(RECORDS, PAIR_SIGNALS),
        internal=PARTITION,
        first=(
            *("translation", "paper_id", "arxiv_id", "title", "categories"),
            *("version", "translator"),
        ),
        order=("paper_id",),
        monthly=True,
        references=(Reference("pair_of_no_paper", _KEY_OF_VERSION, "papers"),),
    ),
    Config(
        name="en-ja-sentences",
        table="parallel_sentences",
        model=ParallelSentences,
        description="The sentence pairs of every paper's abstract.",
        preview=("paper_id", "bead", "translation", "score", "flags"),
        inputs=(RECORDS, SENTENCE_PAIRS),
        internal=PARTITION,
        first=("translation", "paper_id", "version"),
        order=("paper_id", "index"),
        monthly=True,
        row_group_rows=100_000,
        references=(Reference("sentences_of_no_paper", _KEY_OF_VERSION, "papers"),),
    ),
    Config(
        name="en-ja-summaries",
        table="summaries",
        model=Summaries,
        description="Abstracts whose Japanese is a summary by a language model, not a translation.",
        preview=("paper_id", "title_ja", "points", "split"),
        inputs=(RECORDS,),
        internal=PARTITION,
        first=("abstract_en", "points", "paper_id", "arxiv_id", "title", "title_ja", "categories"),
        order=("paper_id",),
        monthly=True,
        references=(Reference("summary_of_no_paper", _KEY_OF_VERSION, "papers"),),
    ),
    Config(
        name="papers",
        table="papers",
        model=Papers,
        description="The papers, with both abstracts.",
        preview=("paper_id", "version", "title", "abstract_ja", "authors"),
        inputs=(RECORDS,),
        internal=("pair_id",),
        first=(
            *("paper_id", "arxiv_id", "abstract_en", "abstract_ja", "title", "authors"),
            *("author_ids", "categories", "submitted_month", "split"),
        ),
        order=("paper_id",),
        monthly=True,
        references=(
            Reference("version_not_in_versions", _KEY_OF_VERSION, "versions"),
            Reference(
                "translation_not_in_parallel", _KEY_OF_VERSION, "parallel", kind="translation"
            ),
            Reference("summary_not_in_summaries", _KEY_OF_VERSION, "summaries", kind="summary"),
            Reference("author_not_in_authors", ("author_ids",), "authors", ("author_id",)),
            Reference("category_not_in_categories", ("categories",), "categories", ("code",)),
        ),
        counts=(Count("n_versions", "paper_id", of="versions", theirs="paper_id"),),
    ),
    Config(
        name="versions",
        table="versions",
        model=Versions,
        description="What was seen, and where.",
        preview=("paper_id", "version", "title", "abstract_ja", "source_url"),
        inputs=(RECORDS,),
        internal=PARTITION,
        first=("paper_id", "abstract_en", "abstract_ja", "title"),
        order=("version", "paper_id"),
        monthly=True,
        references=(Reference("version_of_no_paper", _KEY_OF_PAPER, "papers"),),
    ),
)
"""Made month by month (`tables.build.MONTHLY`); the first is the default config."""
