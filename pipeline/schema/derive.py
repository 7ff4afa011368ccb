"""From a table's model: its polars schema, an empty frame, its fields' documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import polars as pl
from pandera.polars import DataFrameModel

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class FieldDoc:
    """What the documentation says of one column."""

    name: str
    dtype: pl.DataType
    nullable: bool
    description: str


def polars_schema(model: type[DataFrameModel]) -> pl.Schema:
    """Column names and polars types of `model`, in order."""
    return pl.Schema({name: col.dtype.type for name, col in model.to_schema().columns.items()})


def empty_frame(model: type[DataFrameModel]) -> pl.DataFrame:
    """A frame of no rows with the columns of `model`."""
    return pl.DataFrame(schema=polars_schema(model))


def field_docs(model: type[DataFrameModel]) -> list[FieldDoc]:
    """The columns of `model` with their descriptions, in order."""
    return [
        FieldDoc(name, col.dtype.type, bool(col.nullable), col.description or "")
        for name, col in model.to_schema().columns.items()
    ]


def grain(model: type[DataFrameModel]) -> str:
    """What one row of `model` is: the first line of its docstring."""
    return (model.__doc__ or "").strip().splitlines()[0]


def rows_to_frame(model: type[DataFrameModel], rows: list[dict[str, object]]) -> pl.DataFrame:
    """`rows` as a frame with exactly the columns and types of `model`.

    Raises:
        polars.exceptions.PolarsError: a value does not fit its column's type.
    """
    return pl.DataFrame(rows, schema=polars_schema(model), orient="row")


def arrow_schema(model: type[DataFrameModel]) -> pa.Schema:
    """The Arrow schema of `model`: names, types, nullability, descriptions as field metadata.

    Strings and lists are those with 32-bit offsets, which every reader of Parquet knows.
    """
    import pyarrow as pa

    return pa.schema(
        pa.field(
            doc.name,
            _arrow_type(doc.dtype),
            nullable=doc.nullable,
            metadata={"description": doc.description},
        )
        for doc in field_docs(model)
    )


def _arrow_type(dtype: pl.DataType) -> pa.DataType:
    import pyarrow as pa

    if dtype == pl.String:  # a model may name the class
        return pa.string()
    if isinstance(dtype, pl.List):
        return pa.list_(_arrow_type(cast("pl.DataType", dtype.inner)))
    if isinstance(dtype, pl.Struct):
        fields = [(field.name, cast("pl.DataType", field.dtype)) for field in dtype.fields]
        return pa.struct([(name, _arrow_type(of)) for name, of in fields])
    return pl.Series([], dtype=dtype).to_arrow().type
