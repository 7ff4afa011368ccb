"""How an asset describes its table in the UI: grain, columns with types, rules and origins."""

from __future__ import annotations

from typing import Any, TypedDict

import dagster as dg

from pipeline.orchestration.dagster_private import CODE_REFERENCES, COLUMN_LINEAGE, COLUMN_SCHEMA
from pipeline.schema import Table, field_docs
from pipeline.settings import PACKAGE

OWNERS = ["team:arxiv-ja-en"]


class Description(TypedDict):
    """Arguments of an asset or its spec."""

    description: str
    metadata: dict[str, Any]
    kinds: set[str]
    owners: list[str]
    code_version: str


def asset_metadata(of: Table, *kinds: str, work: str, version: str) -> Description:
    """The arguments of an asset or its spec that describe its table.

    Args:
        of: the table.
        kinds: what it is made with, shown as icons.
        work: the module below `pipeline/` that does the work, in the folder of the asset's stage.
        version: of that code, as its tables are keyed by it; the UI marks what an older one made.
    """
    metadata: dict[str, Any] = {COLUMN_SCHEMA: column_schema(of), **code_link(work)}
    if of.column_sources:
        metadata[COLUMN_LINEAGE] = column_lineage(of)
    return {
        "description": f"{of.description} {of.grain}",
        "metadata": metadata,
        "kinds": {*kinds},
        "owners": OWNERS,
        "code_version": version,
    }


def code_link(work: str) -> dict[str, dg.CodeReferencesMetadataValue]:
    """Metadata that links an asset to its own module and to the one that does its work.

    `dg.with_source_code_references` would link every asset to the decorator `guarded`.
    """
    stage, _, _ = work.partition("/")
    references = tuple(
        dg.LocalFileCodeReference(
            file_path=str(PACKAGE / name), line_number=1, label=f"pipeline/{name}"
        )
        for name in (f"orchestration/assets/{stage}.py", work)
    )
    return {CODE_REFERENCES: dg.CodeReferencesMetadataValue(code_references=[*references])}


def column_schema(of: Table) -> dg.TableSchema:
    """The columns of a table as Dagster shows them, each with the columns it comes from."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=doc.name,
                type=str(doc.dtype),
                description=f"{doc.description}{_origin(of.column_sources.get(doc.name, ()))}",
                constraints=dg.TableColumnConstraints(nullable=doc.nullable),
            )
            for doc in field_docs(of.model)
        ]
    )


def column_lineage(of: Table) -> dg.TableColumnLineage:
    """The columns of a table that come from other assets' columns."""
    return dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(*source.split(".", 1))  # asset and column
                for source in sources
            ]
            for column, sources in of.column_sources.items()
        }
    )


def _origin(sources: tuple[str, ...]) -> str:
    """The lineage in words, as Dagster's open-source UI shows it nowhere else."""
    return f" — from {', '.join(f'`{source}`' for source in sources)}" if sources else ""
