"""How an asset describes its table in the UI: grain, columns with their types, units and rules."""

from __future__ import annotations

from typing import Any, TypedDict

import dagster as dg
from pandera.polars import DataFrameModel

from pipeline.schema import field_docs, grain

OWNERS = ["team:arxiv-ja-en"]


class Description(TypedDict):
    """Arguments of an asset or its spec."""

    description: str
    metadata: dict[str, Any]
    kinds: set[str]
    owners: list[str]


def described(what: str, model: type[DataFrameModel], *kinds: str) -> Description:
    """The arguments of an asset or its spec that describe its table.

    Args:
        what: what the table holds, as a sentence; its grain is added.
        model: the table's model.
        kinds: what it is made with, shown as icons.
    """
    return {
        "description": f"{what} {grain(model)}",
        "metadata": {"dagster/column_schema": column_schema(model)},
        "kinds": {*kinds},
        "owners": OWNERS,
    }


def column_schema(model: type[DataFrameModel]) -> dg.TableSchema:
    """The columns of a table as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=doc.name,
                type=str(doc.dtype),
                description=doc.description,
                constraints=dg.TableColumnConstraints(nullable=doc.nullable),
            )
            for doc in field_docs(model)
        ]
    )
