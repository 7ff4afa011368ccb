"""The released tables that are counted over those of papers: models and configs."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from pandera.polars import Field

from pipeline.schema.columns import made_from
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
)
"""Made when the papers are (`tables.build.COUNTED`)."""
