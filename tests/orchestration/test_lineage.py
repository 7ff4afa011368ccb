"""Lineage is what a change shows: a column's values change with those it is said to come from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import polars as pl
import pytest

from pipeline.archive.archive import Archive
from pipeline.orchestration.build import build_definitions
from pipeline.pair import pair_records
from pipeline.parse.posts import posts_of
from pipeline.schema import CONFIGS, RECORDS, TABLES, Table, polars_schema
from pipeline.tables.build import build_tables
from pipeline.validate.records import validate_posts
from tests.orchestration.conftest import House, SampleHome

JOINED_ON = {"day", "pair_id"}
"""What says which rows belong together: changed on one side alone, there is nothing to compare."""
MAY_STAY = {"flags", "notes", "split", "n_papers", "n_versions", "ja_line_ends"}
"""What is judged or counted may come out the same although a column that it comes from changed."""


@pytest.fixture
def posts(sample_home: SampleHome) -> pl.DataFrame:
    """One valid post of each paper of the sample, so that which observation counts is no question.

    Half of them are known by their title alone, and were seen where posts have no address.
    """
    archive = Archive(sample_home.root / "data" / "archive")
    entries = posts_of(archive.captures(archive.index())).filter(pl.col("content") == "entry")
    valid = validate_posts(entries).records.unique("paper_id", keep="first")
    keys = ["archive_file", "record_offset", "entry_index"]
    single = entries.join(valid, on=keys, how="semi").unique("arxiv_id", keep="any").sort("title")
    lacking = [pl.lit(None).alias(name) for name in ("arxiv_id", "version", "post_url")]
    kinds = pl.Series("kind", ["summary"] * 3 + ["translation"] * (single.height - 3))
    single = single.with_columns(kinds, title_ja=pl.lit("架空の題"))
    return pl.concat([single[::2], single[1::2].with_columns(lacking)])


def other(values: pl.Series) -> pl.Series:
    """Other values that the rules allow as well."""
    match values.name:
        case "arxiv_id" | "paper_id":
            return values.str.replace("^25", "24").str.replace("^t-.{4}", "t-abcd")
        case "authors" | "author_ids":
            return values.list.concat(pl.Series([["Mina Exempli"]]))
        case "categories":
            return values.list.concat(pl.Series([["nlin.CG"]]))
        case "kind":
            return pl.Series(values.name, [None] * len(values), dtype=pl.String)
        case "removed_lines":
            removed = [{"reason": "share", "text": "Tweet"}]
            return pl.Series(values.name, [removed] * len(values), dtype=values.dtype)
        case "abstract_en":
            return values + " It is an invented sentence, and it ends here."
        case "abstract_ja":
            return values + "これは作り物の文である。"
        case "en" | "ja":  # without half of what the glossary counts
            return values.str.head(values.str.len_chars() // 2)
    match values.dtype:
        case pl.String():
            return values + "-again"
        case pl.List(inner=pl.UInt64()):
            return values.list.eval(pl.element() ^ 1)
        case pl.List():
            return values.list.concat(pl.Series([["again"]], dtype=values.dtype))
        case pl.Boolean():
            return ~values
        case pl.Date() | pl.Datetime():
            return values + timedelta(days=400)
    return values + 1


def changed(before: pl.DataFrame, after: pl.DataFrame) -> set[str]:
    """The columns that are no longer the same, whatever the order of rows."""
    return {
        name
        for name in before.columns
        if sorted(before[name].to_list(), key=repr) != sorted(after[name].to_list(), key=repr)
    }


def declared(of: Table, source: str) -> set[str]:
    return {column for column, sources in of.column_sources.items() if source in sources}


def test_columns_of_records_change_with_the_columns_of_posts_that_they_come_from(
    posts: pl.DataFrame,
) -> None:
    before = validate_posts(posts).records
    assert before.height == posts.height > 30
    for column in set(posts.columns) - {"content"}:  # which says whether there is a record at all
        after = validate_posts(posts.with_columns(other(posts[column]))).records
        found, said = changed(before, after), declared(RECORDS, f"posts.{column}")
        assert found <= said, column
        assert said - found <= MAY_STAY, column


def test_columns_of_the_released_tables_change_with_what_they_come_from(
    posts: pl.DataFrame,
) -> None:
    records = validate_posts(posts).records
    paired = pair_records(records)
    inputs = {
        "records": records,
        "pair_signals": paired.pair_signals,
        "sentence_pairs": paired.sentence_pairs,
    }
    before = _released(inputs)
    assert before["papers"].height == records.height
    for asset, rows in inputs.items():
        for column in set(rows.columns) - JOINED_ON - {"kind"}:  # which says in which table it is
            after = _released(inputs | {asset: rows.with_columns(other(rows[column]))})
            for config in CONFIGS:
                table = config.table
                found = changed(before[table], after[table]) - JOINED_ON
                said = declared(config, f"{asset}.{column}") - JOINED_ON
                assert found <= said, f"{table} by {asset}.{column}"
                assert said - found <= MAY_STAY, f"{table} by {asset}.{column}"


def _released(inputs: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    made = build_tables(
        inputs["records"].lazy(), inputs["pair_signals"].lazy(), inputs["sentence_pairs"].lazy()
    )
    return {table: rows.collect() for table, rows in made.tables.items()}


def test_every_source_is_a_column_of_an_asset_upstream(house: House) -> None:
    graph = build_definitions(house.settings).resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        metadata = graph.get(key).metadata
        if "dagster/column_lineage" not in metadata:
            continue
        columns = {column.name for column in metadata["dagster/column_schema"].columns}
        upstream = {parent.to_user_string() for parent in graph.get(key).parent_keys}
        for column, deps in metadata["dagster/column_lineage"].deps_by_column.items():
            assert column in columns
            for dep in deps:
                source = dep.asset_key.to_user_string()
                assert source in upstream, f"{key.to_user_string()}.{column}"
                assert dep.column_name in polars_schema(TABLES[source].model)
