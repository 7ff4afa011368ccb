"""What the pipeline knows of a table besides its rows: each is described here once, by a constant.

Build, store, assets, checks, verification, card, manifest, demo, bench and tests read these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from pandera.polars import DataFrameModel

from pipeline.schema.columns import SPLITS, Sources
from pipeline.schema.derive import FieldDoc, field_docs, grain, polars_schema

PARTITION = ("split", "submitted_month")
"""The columns of a monthly table that name the file a row is in."""


class TableModel(DataFrameModel):
    """Base of all tables: exactly the columns of the model, in its order.

    Columns of a base class stand before those of the class itself.
    """

    class Config:
        """No column more, and none in another place."""

        strict = True
        ordered = True


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the pipeline.

    Attributes:
        table: its name: that of its asset and of its files.
        model: its columns and rules.
        description: what it holds, as a sentence; what a row is, the model says.
        preview: the columns that a preview has room for.
        inputs: the tables that it is made from; a column that one of them has too is carried over.
        rest_from: where the columns come from of which neither field nor inputs say it.
    """

    table: str
    model: type[DataFrameModel]
    description: str
    preview: tuple[str, ...]
    inputs: tuple[Table, ...] = ()
    rest_from: Sources = ()

    @property
    def grain(self) -> str:
        """What one row is."""
        return grain(self.model)

    @cached_property
    def column_sources(self) -> Mapping[str, Sources]:
        """For each column that comes from other tables, the columns it comes from.

        A page, the archive or the bundled taxonomy is no table, and not named.
        """
        found = {}
        for name, column in self.model.to_schema().columns.items():
            carried = (f"{table.table}.{name}" for table in self.inputs)
            said = (column.metadata or {}).get("made_from")
            sources = self._of_inputs(said or ()) or self._of_inputs(carried) or self.rest_from
            if sources and said != ():
                found[name] = sources
        return found

    def _of_inputs(self, columns: Iterable[str]) -> Sources:
        known = {f"{of.table}.{name}" for of in self.inputs for name in polars_schema(of.model)}
        return tuple(column for column in columns if column in known)


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns of which every value stands in columns of another table.

    Attributes:
        reason: names what is wrong where one does not.
        columns: of the table that refers; of a list, each value.
        to: the table that is referred to.
        their: its columns, where they are called otherwise.
        kind: which rows refer, by their column `kind`; all where it is None.
    """

    reason: str
    columns: tuple[str, ...]
    to: str
    their: tuple[str, ...] = ()
    kind: str | None = None

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Each column with the one that it refers to."""
        return tuple(zip(self.columns, self.their or self.columns, strict=True))


@dataclass(frozen=True, slots=True)
class Count:
    """A column that counts the rows of another table.

    Attributes:
        column: the count.
        key: the column whose value the counted rows have.
        of: the table that is counted.
        theirs: its column with that value, or with a list that holds it.
    """

    column: str
    key: str
    of: str
    theirs: str

    @property
    def reason(self) -> str:
        """Names what is wrong where the count is."""
        return f"wrong_{self.column}"


@dataclass(frozen=True, kw_only=True)
class Config(Table):
    """A table that is released, as one config of the dataset.

    Attributes:
        name: what `load_dataset` calls it, and the folder of its files.
        internal: columns of the table that are not published.
        first: columns that stand first, in this order: those that are large and those that a
            revision leaves alone, so that what it changes lies close together in the file.
        order: columns by which the rows of a file are sorted; together they are a key.
        monthly: whether it has one file per split and month of submission; else one file, `train`.
        row_group_rows: rows in a row group: what a reader that streams takes in at once.
        references: what it says of other tables.
        counts: what it counts of other tables.
    """

    name: str
    internal: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    order: tuple[str, ...]
    monthly: bool = False
    row_group_rows: int = 30_000
    references: tuple[Reference, ...] = ()
    counts: tuple[Count, ...] = ()

    @cached_property
    def fields(self) -> tuple[FieldDoc, ...]:
        """The published columns, in order."""
        dtypes = polars_schema(self.model)
        docs = {
            doc.name: replace(doc, dtype=dtypes[doc.name])
            for doc in field_docs(self.model)
            if doc.name not in self.internal
        }
        names = (*self.first, *(name for name in docs if name not in self.first))
        return tuple(docs[name] for name in names)

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits it may have, in the order in which they are listed."""
        return SPLITS if self.monthly else ("train",)
