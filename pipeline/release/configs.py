"""What is published: the configs of the dataset, their columns, and the order of their rows.

A config is what `load_dataset(repo, config)` names. Each is made of one table; columns that serve
only the pipeline stay behind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import polars as pl
from pandera.polars import DataFrameModel

from pipeline.schema import (
    Authors,
    Categories,
    FieldDoc,
    Papers,
    Parallel,
    ParallelSentences,
    Versions,
    field_docs,
    grain,
    polars_schema,
)
from pipeline.schema.columns import SPLITS

LANGUAGES = ("en", "ja")


@dataclass(frozen=True)
class Config:
    """One config of the dataset.

    Attributes:
        name: what `load_dataset` calls it, and the folder of its files.
        table: the pipeline's name of the table it is made of.
        model: that table's model.
        internal: columns of the table that are not published.
        stable: columns that stand first, in this order: those that are large and those that a
            revision leaves alone, so that what it changes lies close together in the file.
        order: columns by which the rows of a file are sorted; together they are a key.
        monthly: whether it has one file per split and month of submission; else one file, `train`.
        row_group_rows: rows in a row group: what a reader that streams takes in at once.
    """

    name: str
    table: str
    model: type[DataFrameModel]
    internal: tuple[str, ...]
    stable: tuple[str, ...]
    order: tuple[str, ...]
    monthly: bool
    row_group_rows: int

    @cached_property
    def fields(self) -> tuple[FieldDoc, ...]:
        """The published columns, in order."""
        dtypes = polars_schema(self.model)
        docs = {
            doc.name: replace(doc, dtype=dtypes[doc.name])
            for doc in field_docs(self.model)
            if doc.name not in self.internal
        }
        return tuple(
            docs[name] for name in (*self.stable, *(n for n in docs if n not in self.stable))
        )

    @property
    def grain(self) -> str:
        """What one row is."""
        return grain(self.model)

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits it may have, in the order in which they are listed."""
        return SPLITS if self.monthly else ("train",)


PARTITION = ("split", "submitted_month")
"""The columns of a monthly table that name the file a row is in."""

CONFIGS = (
    Config(
        name="en-ja",
        table="parallel",
        model=Parallel,
        internal=("submitted_month", "split"),
        stable=("translation", "paper_id", "arxiv_id", "title", "categories"),
        order=("paper_id",),
        monthly=True,
        row_group_rows=30_000,
    ),
    Config(
        name="en-ja-sentences",
        table="parallel_sentences",
        model=ParallelSentences,
        internal=("submitted_month", "split"),
        stable=("translation", "paper_id"),
        order=("paper_id", "index"),
        monthly=True,
        row_group_rows=100_000,
    ),
    Config(
        name="papers",
        table="papers",
        model=Papers,
        internal=("pair_id",),
        stable=(
            "paper_id",
            "arxiv_id",
            "abstract_en",
            "abstract_ja",
            "title",
            "authors",
            "author_ids",
            "categories",
            "submitted_month",
            "split",
        ),
        order=("paper_id",),
        monthly=True,
        row_group_rows=30_000,
    ),
    Config(
        name="versions",
        table="versions",
        model=Versions,
        internal=("submitted_month", "split"),
        stable=("paper_id", "abstract_en", "abstract_ja", "title"),
        order=("version", "paper_id"),
        monthly=True,
        row_group_rows=30_000,
    ),
    Config(
        name="authors",
        table="authors",
        model=Authors,
        internal=(),
        stable=("author_id", "name", "first_seen"),
        order=("first_seen", "author_id"),
        monthly=False,
        row_group_rows=100_000,
    ),
    Config(
        name="categories",
        table="categories",
        model=Categories,
        internal=(),
        stable=(),
        order=("code",),
        monthly=False,
        row_group_rows=30_000,
    ),
)
"""Every config; the first is the default."""

BY_NAME = {config.name: config for config in CONFIGS}


def data_file(config: Config, split: str, month: str | None) -> str:
    """The path of a data file in the snapshot: `en-ja/train-2025-03.parquet`."""
    return f"{config.name}/{split}-{month}.parquet" if month else f"{config.name}/{split}.parquet"


def dtype_name(dtype: pl.DataType) -> str:
    """A column's type as the documentation and the manifest name it."""
    match dtype:
        case pl.List():
            return f"list<{dtype_name(cast('pl.DataType', dtype.inner))}>"
        case pl.Struct():
            return "translation<" + ", ".join(field.name for field in dtype.fields) + ">"
        case pl.Datetime():
            return f"timestamp[{dtype.time_unit}, {dtype.time_zone}]"
        case _:
            return str(dtype).lower()
