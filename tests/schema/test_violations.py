"""Every rule of every model: one test breaks it and sees exactly its reason."""

from __future__ import annotations

from copy import copy
from math import nan
from typing import Any

import pandera.errors
import polars as pl
import pytest

from pipeline import schema
from pipeline.schema import key_of, polars_schema, rows_to_frame, violations
from pipeline.schema.violations import reason_name
from tests.schema.rows import BROKEN, RECORD, VALID, Model


def _name(value: Any) -> str | None:
    return getattr(value, "__name__", None)


@pytest.mark.parametrize("model", VALID, ids=_name)
def test_a_row_that_keeps_every_rule_has_no_violation(model):
    assert violations(model, rows_to_frame(model, [VALID[model]])).is_empty()


@pytest.mark.parametrize(("model", "reason", "change"), BROKEN, ids=_name)
def test_breaking_one_rule_gives_exactly_its_reason(model, reason, change):
    # The other row shows that the reason is told of the right one.
    rows = [_another(model), VALID[model] | change]
    found = violations(model, rows_to_frame(model, rows))
    assert found.select("row", "reason").rows() == [(1, reason)]


def _another(model: Model) -> dict[str, Any]:
    """A valid row with another key."""
    keys = {
        "record_offset": 9,
        "entry_index": 9,
        "post": "9",
        "code": "cs.LG",
        "author_id": "a-" + "9" * 16,
        "index": 9,
        "pair_id": "9" * 32,
        "paper_id": "t-" + "9" * 16,
    }
    row = VALID[model]
    changed = {k: v for k, v in keys.items() if k in row}
    if not changed:  # the key is of this table alone
        changed = {k: f"other {row[k]}" for k in key_of(model) if isinstance(row[k], str)}
    if model is schema.Records:
        changed |= {"arxiv_id": None, "version": None}
    return VALID[model] | changed


@pytest.mark.parametrize("model", [model for model in VALID if key_of(model)], ids=_name)
def test_a_key_that_stands_twice_is_named(model):
    key = key_of(model)
    reason = f"duplicate_{key[0]}" if len(key) == 1 else "duplicate_key"
    found = violations(model, rows_to_frame(model, [VALID[model]] * 2))
    assert found.select("row", "reason").rows() == [(0, reason), (1, reason)]


def test_every_table_has_a_key():
    assert [model for model in VALID if not key_of(model)] == []


def test_several_broken_rules_are_all_named():
    row = RECORD | {"abstract_ja": None, "version_date": None, "abstract_en": "Short."}
    found = violations(schema.Records, rows_to_frame(schema.Records, [row]))
    assert found["reason"].to_list() == ["missing_abstract_ja", "missing_date", "short_abstract_en"]


@pytest.mark.parametrize("model", VALID, ids=_name)
def test_a_table_of_other_columns_is_wrong_as_a_whole(model):
    frame = rows_to_frame(model, [VALID[model]])
    last = frame.columns[-1]
    wrong = {
        "missing_column": frame.drop(last),
        "unknown_column": frame.with_columns(more=1),
        "columns_out_of_order": frame.select(last, pl.exclude(last)),
        f"wrong_type_{last}": frame.with_columns(pl.lit(1.5).alias(last)),
    }
    for reason, table in wrong.items():
        found = violations(model, table).select("row", "reason").unique().rows()
        assert (None, reason) in found, reason


@pytest.mark.parametrize("model", VALID, ids=_name)
def test_every_rule_is_broken_by_a_case(model):
    changes = [change for of, _reason, change in BROKEN if of is model]
    unbroken = _rules_of(model) - _rules_broken_by(model, changes)
    assert not unbroken, (
        f"no row in tests/schema/rows.py breaks these rules of {model.__name__}, add one each to "
        f"BROKEN: {sorted(unbroken, key=str)}"
    )


def _rules_of(model: Model) -> set[tuple[str | None, str]]:
    """The rules for values that a model has: the column, if it is of one, and pandera's name."""
    table = model.to_schema()
    rules: set[tuple[str | None, str]] = {(None, str(c.error or c.name)) for c in table.checks}
    for name, column in table.columns.items():
        rules |= {(name, str(check.error or check.name)) for check in column.checks}
        rules |= set() if column.nullable else {(name, "not_nullable")}
    return rules


def _rules_broken_by(model: Model, changes: list[dict[str, Any]]) -> set[tuple[str | None, str]]:
    """The rules that pandera itself finds broken in valid rows with these changes."""
    table = copy(model.to_schema())
    table.unique = None  # keys are broken by a test of their own
    rows = rows_to_frame(model, [VALID[model] | change for change in changes])
    with pytest.raises(pandera.errors.SchemaErrors) as raised:
        table.validate(rows, lazy=True)
    cases = raised.value.failure_cases.select("schema_context", "column", "check").rows()
    return {(column if context == "Column" else None, check) for context, column, check in cases}


def test_no_measure_may_be_nan():
    for model, row in VALID.items():
        types = polars_schema(model)
        for name in [name for name, of in types.items() if of == pl.Float32]:
            frame = rows_to_frame(model, [row | {name: nan}])
            assert not violations(model, frame).is_empty(), (model, name)


def test_every_check_has_a_reason_that_is_a_plain_name():
    for model in VALID:
        table = model.to_schema()
        names = [reason_name(check.error or check.name, None) for check in table.checks]
        for name, column in table.columns.items():
            names += [reason_name(str(check.error or check.name), name) for check in column.checks]
        assert all(name.replace("_", "").isalnum() and name.islower() for name in names), names


def test_pandera_and_ids_agree_on_what_an_arxiv_id_is():
    for bad in (
        "2513.90001",
        "0703.9001",
        "0704.90012",
        "1501.9001",
        "9107.90012",
        "hep-th/0704001",
    ):
        row = RECORD | {"arxiv_id": bad, "paper_id": bad}
        found = violations(schema.Records, rows_to_frame(schema.Records, [row]))["reason"].to_list()
        assert "bad_arxiv_id" in found, bad
