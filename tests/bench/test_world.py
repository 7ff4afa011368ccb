"""The world that the bench draws: it keeps the rules, and grows by a day as the real one does."""

from __future__ import annotations

import pytest

from bench.world.synthetic import World, write_world
from pipeline.schema import violations
from pipeline.tables.integrity import check_references
from tests.tables.test_months import MODELS, build, digests, tables_in


@pytest.mark.slow
def test_a_synthetic_world_keeps_all_rules_and_grows_by_a_day(tmp_path):
    days = write_world(World(700), tmp_path / "days", extra_day=True)
    last = tmp_path / "days" / "records" / f"{days[-1]}.parquet"
    aside = last.with_suffix(".aside")
    last.rename(aside)
    build(tmp_path / "days", tmp_path / "tables")
    aside.rename(last)
    build(tmp_path / "days", tmp_path / "tables")
    build(tmp_path / "days", tmp_path / "whole")
    assert digests(tmp_path / "tables") == digests(tmp_path / "whole")
    tables = tables_in(tmp_path / "tables")
    for name, model in MODELS.items():
        assert violations(model, tables[name].collect()).is_empty()
    assert check_references(tables) == []
    assert [path.name for path in (tmp_path / "tables/papers").iterdir()] == ["2016-01.parquet"]
