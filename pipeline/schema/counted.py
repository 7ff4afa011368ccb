"""The released tables that are counted over those of papers: models and configs."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from pandera.polars import Field

from pipeline.schema.columns import Share, Strings, made_from
from pipeline.schema.pairs import SENTENCE_PAIRS
from pipeline.schema.records import RECORDS
from pipeline.schema.table import Config, Count, Reference, TableModel


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


_SENTENCES = tuple(f"sentence_pairs.{column}" for column in ("en", "ja", "score", "flags"))


class Glossary(TableModel):
    """One row per English term and one of its Japanese renderings."""

    term: str = Field(
        str_length={"min_value": 3}, description="English term, in its most frequent form."
    )
    ja: str = Field(
        str_length={"min_value": 1},
        description="Japanese rendering.",
        metadata=made_from(*_SENTENCES),
    )
    count: pl.Int32 = Field(ge=1, description="Sentence pairs with the term that have it.")
    share: Share = Field(ge=0, le=1, description="Their share of those with the term.")
    papers: pl.Int32 = Field(ge=1, description="Papers with the term.")
    variants: Strings = Field(description="Other forms of the term, and its abbreviations.")
    categories: Strings = Field(
        description="Categories of these papers.",
        metadata=made_from(*_SENTENCES, "records.categories"),
    )

    class Config:
        """A rendering of a term has one row."""

        unique = ["term", "ja"]


COUNTED_TABLES = (
    Config(
        name="authors",
        table="authors",
        model=Authors,
        description="The names that papers list: names, not persons.",
        preview=("name", "n_papers", "first_seen", "last_seen"),
        inputs=(RECORDS,),
        rest_from=("records.authors",),
        first=("author_id", "name", "first_seen"),
        order=("first_seen", "author_id"),
        row_group_rows=100_000,
        references=(Reference("author_of_no_paper", ("author_id",), "papers", ("author_ids",)),),
        counts=(Count("n_papers", "author_id", of="papers", theirs="author_ids"),),
    ),
    Config(
        name="categories",
        table="categories",
        model=Categories,
        description="The arXiv categories that papers are in.",
        preview=("code", "name_en", "name_ja", "n_papers"),
        inputs=(RECORDS,),
        rest_from=("records.categories",),
        order=("code",),
        references=(Reference("category_of_no_paper", ("code",), "papers", ("categories",)),),
        counts=(Count("n_papers", "code", of="papers", theirs="categories"),),
    ),
    Config(
        name="glossary",
        table="glossary",
        model=Glossary,
        description="English terms and their Japanese renderings, found in the sentence pairs.",
        preview=("term", "ja", "count", "share", "papers"),
        inputs=(RECORDS, SENTENCE_PAIRS),
        rest_from=_SENTENCES,
        order=("term", "ja"),
        references=(Reference("term_of_no_category", ("categories",), "categories", ("code",)),),
    ),
)
"""Made when the papers are (`tables.build.COUNTED`)."""
