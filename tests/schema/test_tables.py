"""What must be said of every table, and what cannot be derived: each test says what is missing."""

from __future__ import annotations

import ast
from collections import Counter
from hashlib import sha256
from json import dumps
from pathlib import Path

import polars as pl
import pytest

from pipeline.release.manifest import published_schema
from pipeline.release.refusals import SCHEMAS
from pipeline.schema import (
    CONFIGS,
    JOINED,
    TABLES,
    Config,
    Table,
    key_of,
    polars_schema,
)
from pipeline.settings import PROJECT_ROOT
from pipeline.tables.build import COUNTED, MONTHLY
from tests.schema.rows import BROKEN, VALID

every_table = pytest.mark.parametrize("of", TABLES.values(), ids=TABLES)
every_config = pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)


@every_table
def test_a_table_has_example_rows(of: Table):
    name = of.model.__name__
    assert of.model in VALID, f"tests/schema/rows.py has no valid row of {name}: add one to VALID"
    assert any(model is of.model for model, _, _ in BROKEN), f"and none in BROKEN of {name}"


@every_table
def test_a_table_says_which_columns_a_preview_shows(of: Table):
    missing = {*of.preview} - {*polars_schema(of.model)}
    assert of.preview, f"{of.table} has no preview: name a few columns"
    assert not missing, f"the preview of {of.table} names columns that it has not: {missing}"


@every_table
def test_a_column_says_where_its_values_come_from(of: Table):
    """All columns of the joined tables; what is before them is also read from pages."""
    expected = {*polars_schema(of.model)} if of in JOINED else set()
    missing = sorted(expected - {*of.column_sources})
    assert not missing, (
        f"{of.table}: {', '.join(missing)} has no lineage: name the columns that it is made from "
        "by `made_from`, or the table that it is carried over from in `inputs`"
    )
    for sources in of.column_sources.values():
        for source in sources:
            table, column = source.split(".")
            assert column in polars_schema(TABLES[table].model), f"{source} is no column"


@every_config
def test_a_config_has_a_function_that_makes_its_table(config: Config):
    place = "MONTHLY" if config.monthly else "COUNTED"
    makers = {**MONTHLY} if config.monthly else {**COUNTED}
    assert config.table in makers, (
        f"nothing makes {config.table}: add a function to {place} in pipeline/tables/build.py"
    )


@every_config
def test_a_config_names_columns_that_it_has_and_a_key(config: Config):
    columns = polars_schema(config.model)
    named = {*config.internal, *config.first, *config.order}
    named |= {own for reference in config.references for own, _ in reference.pairs}
    named |= {name for count in config.counts for name in (count.key, count.column)}
    assert named <= {*columns}, f"{config.name} names {named - {*columns}}, which it has not"
    assert not {*config.first, *config.order} & {*config.internal}, "they are not published"
    assert key_of(config.model), f"{config.name} needs a key: `unique` in its model"
    for reference in config.references:
        assert {b for _, b in reference.pairs} <= {*polars_schema(TABLES[reference.to].model)}
    for count in config.counts:
        assert count.theirs in polars_schema(TABLES[count.of].model)


@every_config
def test_a_config_refers_to_another_table(config: Config):
    assert config.references, (
        f"nothing ties {config.table} to the other tables: add a `Reference` to its config"
    )


@every_config
def test_what_counts_is_checked(config: Config):
    counting = {name for name in polars_schema(config.model) if name.startswith("n_")}
    unchecked = counting - {count.column for count in config.counts}
    assert not unchecked, f"{config.name}: {unchecked} counts, but no `Count` says what"


def test_columns_that_changed_have_a_note():
    digest = sha256(dumps(published_schema()).encode()).hexdigest()[:16]
    assert digest == SCHEMAS[-1][0], (
        f"the published columns changed: append {digest} to SCHEMAS in pipeline/release/refusals.py"
        " with a note for those who build on them"
    )
    assert all(note.strip() for _, note in SCHEMAS), "SCHEMAS has a version without a note"


def test_no_column_is_described_twice():
    """Columns of one meaning share a field or a base class; others need other words."""
    told = Counter(
        word.value.value
        for path in Path(PROJECT_ROOT, "pipeline", "schema").glob("*.py")
        for word in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(word, ast.keyword)
        and word.arg == "description"
        and isinstance(word.value, ast.Constant)
    )
    assert len(told) > 80
    assert [text for text, times in told.items() if times > 1] == []


def test_a_measure_of_pairs_is_the_same_column_wherever_it_stands():
    signals, parallel = (TABLES[name].model.to_schema() for name in ("pair_signals", "parallel"))
    shared = [
        name
        for name, of in polars_schema(TABLES["pair_signals"].model).items()
        if name in parallel.columns and (of == pl.Float32 or of == pl.Int32)
    ]
    assert len(shared) > 9
    for name in shared:
        assert signals.columns[name].description == parallel.columns[name].description
