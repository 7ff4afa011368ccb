"""How an asset describes its table in the UI: grain, columns with types, rules and origins."""

from __future__ import annotations

from typing import Any, TypedDict

import dagster as dg
from pandera.polars import DataFrameModel

from pipeline.schema import field_docs, grain
from pipeline.schema.lineage import column_sources
from pipeline.settings import PROJECT_ROOT

OWNERS = ["team:arxiv-ja-en"]


class Description(TypedDict):
    """Arguments of an asset or its spec."""

    description: str
    metadata: dict[str, Any]
    kinds: set[str]
    owners: list[str]


def asset_metadata(what: str, model: type[DataFrameModel], *kinds: str, work: str) -> Description:
    """The arguments of an asset or its spec that describe its table.

    Args:
        what: what the table holds, as a sentence; its grain is added.
        model: the table's model.
        kinds: what it is made with, shown as icons.
        work: the module below `pipeline/` that does the work; the asset's own is linked anyway.
    """
    metadata: dict[str, Any] = {
        "dagster/column_schema": column_schema(model),
        **code_link(work),
    }
    if column_sources(model):
        metadata["dagster/column_lineage"] = column_lineage(model)
    return {
        "description": f"{what} {grain(model)}",
        "metadata": metadata,
        "kinds": {*kinds},
        "owners": OWNERS,
    }


def code_link(work: str) -> dict[str, dg.CodeReferencesMetadataValue]:
    """Metadata that links an asset to the module below `pipeline/` that does its work."""
    module = dg.LocalFileCodeReference(
        file_path=str(PROJECT_ROOT / "pipeline" / work), line_number=1, label=f"pipeline/{work}"
    )
    return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[module])}


def column_schema(model: type[DataFrameModel]) -> dg.TableSchema:
    """The columns of a table as Dagster shows them, each with the columns it comes from."""
    sources = column_sources(model)
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=doc.name,
                type=str(doc.dtype),
                description=f"{doc.description}{_origin(sources.get(doc.name, ()))}",
                constraints=dg.TableColumnConstraints(nullable=doc.nullable),
            )
            for doc in field_docs(model)
        ]
    )


def column_lineage(model: type[DataFrameModel]) -> dg.TableColumnLineage:
    """The columns of a table that come from other assets' columns."""
    return dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(*source.split(".", 1))  # asset and column
                for source in sources
            ]
            for column, sources in column_sources(model).items()
        }
    )


def _origin(sources: tuple[str, ...]) -> str:
    """The lineage in words, as Dagster's open-source UI shows it nowhere else."""
    return f" — from {', '.join(f'`{source}`' for source in sources)}" if sources else ""
