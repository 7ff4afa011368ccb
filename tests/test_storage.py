"""Tables between assets: whole or not at all, known by what they were made from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from pipeline.orchestration.assets import tables as assets
from pipeline.schema import Captures, empty_frame
from pipeline.settings import load_settings
from pipeline.storage import TableStore, derived_key

ROWS = pl.DataFrame({"n": [1, 2, 3]})


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    store = TableStore(tmp_path)
    store.write("numbers", ROWS, key="k")

    assert store.scan("numbers", Captures).collect().equals(ROWS)
    assert store.count("numbers") == 3
    assert store.key("numbers") == "k"


def test_days_stand_in_order_and_read_as_one(tmp_path: Path) -> None:
    store = TableStore(tmp_path)
    for day in ("2025-03-04", "2025-03-03"):
        store.write("numbers", ROWS.with_columns(day=pl.lit(day)), day=day, key=f"k{day}")

    assert store.parts("numbers") == ["2025-03-03", "2025-03-04"]
    assert store.keys("numbers") == {
        "2025-03-03": "k2025-03-03",
        "2025-03-04": "k2025-03-04",
    }
    rows = store.scan_parts("numbers", Captures).collect()
    assert rows["day"].to_list() == ["2025-03-03"] * 3 + ["2025-03-04"] * 3
    assert store.count_parts("numbers") == 6
    only = store.scan_parts("numbers", Captures, ["2025-03-04", "2025-03-09"]).collect()
    assert only.height == 3


def test_what_was_never_written_has_the_columns_of_its_model_and_no_rows(tmp_path: Path) -> None:
    store = TableStore(tmp_path)

    assert store.scan("captures", Captures).collect().equals(empty_frame(Captures))
    assert store.scan_parts("captures", Captures, ["2025-03-03"]).collect().height == 0
    assert (store.key("captures"), store.parts("captures"), store.count("captures")) == (
        None,
        [],
        0,
    )


def test_a_write_that_fails_leaves_the_old_table_and_nothing_else(tmp_path: Path) -> None:
    store = TableStore(tmp_path)
    store.write("numbers", ROWS, key="old")
    broken = ROWS.lazy().select(pl.col("n").map_elements(_fail, return_dtype=pl.Int64))

    with pytest.raises(ValueError, match="1"):
        store.write("numbers", broken, key="new")
    store.write("others", ROWS, key="k")

    assert store.key("numbers") == "old"
    assert store.scan("numbers", Captures).collect().equals(ROWS)


def _fail(n: int) -> int:
    raise ValueError(n)


def test_what_a_killed_write_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    store = TableStore(tmp_path)
    (tmp_path / ".numbers.parquet.new").write_bytes(b"half")

    store.write("numbers", ROWS, key="k")

    assert [path.name for path in tmp_path.iterdir()] == ["numbers.parquet"]


def test_keys_tell_inputs_apart() -> None:
    assert derived_key("a", "b") == derived_key("a", "b")
    assert derived_key("a", "b") != derived_key("b", "a")
    assert derived_key("a", "b") != derived_key("ab")


def test_a_request_for_removal_or_other_code_makes_the_joined_tables_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = tmp_path / "removals.csv"
    requests.write_text("kind,value,requested_on,note\n")
    monkeypatch.setattr(assets, "REMOVALS_FILE", requests)
    store = TableStore(tmp_path / "tables")
    assert assets.daily_keys(store) == [], "nothing is due where there is nothing"

    store.write("records", ROWS, day="2025-03-03", key="k")
    seen = [assets.daily_keys(store)]
    requests.write_text("kind,value,requested_on,note\npaper_id,2503.90001,2025-03-03,\n")
    seen.append(assets.daily_keys(store))
    monkeypatch.setattr(assets, "CODE", "another")
    seen.append(assets.daily_keys(store))

    assert len({derived_key(*keys) for keys in seen}) == 3


def test_the_joined_tables_are_marked_as_made_when_all_of_them_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(data_dir=tmp_path)
    store = TableStore(settings.tables_dir)
    write = TableStore.write

    def killed(self: TableStore, table: str, rows: pl.DataFrame, **how: Any) -> int:
        if table == killed_at:
            raise KeyboardInterrupt
        return write(self, table, rows, **how)

    monkeypatch.setattr(TableStore, "write", killed)
    for killed_at in ("observations", "removed", None):
        with dg.DagsterInstance.ephemeral() as instance:
            made = dg.materialize(
                [assets.joined],
                instance=instance,
                resources={"settings": settings, "tables": store},
                raise_on_error=False,
            )
        assert made.success == (killed_at is None)
        assert (store.key("ledger") is not None) == made.success
