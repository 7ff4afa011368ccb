"""Which rows of a frame break which rule of its table's model, by the rule's name."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from pandera.polars import DataFrameModel

VIOLATIONS_SCHEMA = pl.Schema(
    {"row": pl.Int64(), "reason": pl.String(), "column": pl.String(), "value": pl.String()}
)

_WHOLE_TABLE = {
    "column_in_dataframe": "missing_column",
    "column_in_schema": "unknown_column",
    "column_ordered": "columns_out_of_order",
}
_NOUN = {"version_date": "date"}


def reason_name(check: str, column: str | None) -> str:
    """The name of the rule behind one of pandera's failure cases.

    A check of our own is called by its name; a check of pandera's by what it says of the column:
    `missing_x` (null), `duplicate_x` (not unique), `bad_x` (pattern, range, list of values).

    >>> reason_name("not_nullable", "version_date")
    'missing_date'
    >>> reason_name("greater_than_or_equal_to(1)", "version")
    'bad_version'
    """
    noun = _NOUN.get(column or "", column)
    if check in _WHOLE_TABLE:
        return _WHOLE_TABLE[check]
    if check == "not_nullable":
        return f"missing_{noun}"
    if check == "field_uniqueness":
        return f"duplicate_{noun}"
    if check.startswith("dtype("):
        return f"wrong_type_{noun}"
    if "(" in check:
        return f"bad_{noun}"
    return check


def violations(model: type[DataFrameModel], frame: pl.DataFrame) -> pl.DataFrame:
    """Every breach of `model`'s rules in `frame`.

    Returns:
        One row per breach, in the order of rows and then reasons: `row` (position in `frame`;
        null where the table as a whole is wrong), `reason`, `column` (null for rules over several
        columns) and `value` (the offending value, as text).
    """
    import pandera.errors

    schema = copy(model.to_schema())
    schema.unique = None  # pandera's own check of it fails where a column is named `index`
    twice = _duplicates(model, frame)
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases: pl.DataFrame = errors.failure_cases
    else:
        return twice
    per_column = pl.col("schema_context") == "Column"
    column = pl.when(per_column).then("column")
    names = cases.select("check", column=column).unique()
    named = names.with_columns(
        reason=pl.Series([reason_name(*row) for row in names.rows()], dtype=pl.String)
    )
    found = (
        cases.select(
            pl.col("index").cast(pl.Int64).alias("row"),
            "check",
            column.alias("column"),
            pl.col("failure_case").cast(pl.String).alias("value"),
        )
        .join(named, on=["check", "column"], how="left", nulls_equal=True)
        .select(*VIOLATIONS_SCHEMA.names())
        .unique(["row", "reason"], keep="first", maintain_order=True)
    )
    return pl.concat([found, twice]).sort("row", "reason", nulls_last=True)


def key_of(model: type[DataFrameModel]) -> list[str]:
    """The columns that together tell the rows of `model` apart; none where it names none.

    >>> from pipeline.schema import Papers, Versions
    >>> key_of(Papers), key_of(Versions)
    (['paper_id'], ['paper_id', 'version'])
    """
    schema = model.to_schema()
    together = [schema.unique] if isinstance(schema.unique, str) else list(schema.unique or ())
    return together or [name for name, column in schema.columns.items() if column.unique]


def _duplicates(model: type[DataFrameModel], frame: pl.DataFrame) -> pl.DataFrame:
    """The rows whose key, of several columns, stands twice."""
    key = key_of(model)
    if len(key) < 2 or not set(key) <= set(frame.columns):
        return pl.DataFrame(schema=VIOLATIONS_SCHEMA)
    return (
        frame.select(key)
        .with_row_index("row")
        .filter(pl.struct(key).is_duplicated())
        .select(
            pl.col("row").cast(pl.Int64),
            reason=pl.lit("duplicate_key"),
            column=pl.lit(None, pl.String),
            value=pl.concat_str(pl.col(key).cast(pl.String), separator=" ", ignore_nulls=True),
        )
    )
