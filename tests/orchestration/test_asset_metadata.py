"""Every asset says in the UI what it holds, whose it is, where its code is."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from pipeline.orchestration.assets.parse import daily_versions
from pipeline.orchestration.build import build_definitions
from pipeline.schema import JOINED, TABLES
from pipeline.settings import settings
from pipeline.tables.months import CODE

STAGES = {
    "acquire": {"captures", "inbox_captures"},
    "parse": {"posts"},
    "validate": {"records", "quarantine"},
    "pair": {"sentence_pairs", "pair_signals"},
    "tables": {of.table for of in JOINED},
    "release": {"snapshot", "publication"},
}


def test_every_asset_but_those_of_the_release_is_a_table() -> None:
    assert {*set().union(*STAGES.values())} == {*TABLES, *STAGES["release"]}


@pytest.fixture(scope="module")
def graph() -> dg.AssetGraph:
    return build_definitions(settings()).resolve_asset_graph()


def test_groups_are_the_stages_of_the_pipeline(graph: dg.AssetGraph) -> None:
    groups: dict[str, set[str]] = {}
    for key in graph.get_all_asset_keys():
        groups.setdefault(graph.get(key).group_name, set()).add(key.to_user_string())
    assert groups == STAGES


@pytest.mark.parametrize("stage", STAGES)
def test_every_asset_has_a_description_an_owner_kinds_and_links_to_code(
    graph: dg.AssetGraph, stage: str
) -> None:
    for name in STAGES[stage]:
        node = graph.get(dg.AssetKey(name))
        assert len(node.description or "") > 30, name
        assert list(node.owners) == ["team:arxiv-ja-en"], name
        assert any(tag.startswith("dagster/kind/") for tag in node.tags), name
        references = node.metadata["dagster/code_references"].code_references
        files = [Path(reference.file_path) for reference in references]
        assert f"assets/{stage}.py" in {"/".join(path.parts[-2:]) for path in files}, name
        assert len(files) == 2, "the asset, and the module that does the work"
        assert all(path.is_file() for path in files), name


def test_every_asset_says_the_version_of_its_code(graph: dg.AssetGraph) -> None:
    versions = {
        key.to_user_string(): graph.get(key).code_version for key in graph.get_all_asset_keys()
    }
    assert all(versions.values()), versions
    parser, validator, aligner = daily_versions()
    made_by = {"posts": parser, "records": validator, "pair_signals": aligner, "papers": CODE}
    assert made_by.items() <= versions.items()


@pytest.mark.parametrize("table", TABLES)
def test_every_column_of_a_table_is_described_with_its_type(
    graph: dg.AssetGraph, table: str
) -> None:
    node = graph.get(dg.AssetKey(table))
    assert "One row per" in (node.description or ""), "its grain"
    columns = node.metadata["dagster/column_schema"].columns
    assert {column.name for column in columns} >= {*TABLES[table].preview}
    for column in columns:
        assert len(column.description or "") > 5, column.name
