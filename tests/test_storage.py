"""Tables between assets: whole or not at all, known by what they were made from."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import schema
from pipeline.orchestration.assets import tables as assets
from pipeline.schema import Captures, Categories, empty_frame, polars_schema
from pipeline.settings import load_settings
from pipeline.storage import KEY, TableError, TableStore, derived_key
from tests.schema.rows import VALID

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
        store.write("numbers", ROWS.with_columns(day=pl.lit(day)), part=day, key=f"k{day}")

    assert store.parts("numbers") == ["2025-03-03", "2025-03-04"]
    assert store.keys("numbers") == {
        "2025-03-03": "k2025-03-03",
        "2025-03-04": "k2025-03-04",
    }
    rows = store.scan("numbers", Captures).collect()
    assert rows["day"].to_list() == ["2025-03-03"] * 3 + ["2025-03-04"] * 3
    assert store.count("numbers") == 6
    only = store.scan("numbers", Captures, ["2025-03-04", "2025-03-09"]).collect()
    assert only.height == 3


def test_what_was_never_written_has_the_columns_of_its_model_and_no_rows(tmp_path: Path) -> None:
    store = TableStore(tmp_path)

    assert store.scan("captures", Captures).collect().equals(empty_frame(Captures))
    assert store.scan("captures", Captures, ["2025-03-03"]).collect().height == 0
    assert (store.key("captures"), store.parts("captures"), store.count("captures")) == (
        None,
        [],
        0,
    )


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_table_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    store = TableStore(tmp_path)
    store.write("numbers", ROWS, key="old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os if step == "fsync" else Path, step, full)
        with pytest.raises(TableError) as refused:
            store.write("numbers", ROWS.head(1), key="new")

    told = f"{tmp_path}/numbers.parquet cannot be written: No space left on device; is there room"
    assert str(refused.value).startswith(told)
    assert store.key("numbers") == "old"
    assert store.read("numbers").equals(ROWS)
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.parquet"]


def test_a_file_and_its_folder_are_on_the_disk_when_the_write_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(Path(f"/dev/fd/{descriptor}").resolve().name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    TableStore(tmp_path).write("numbers", ROWS, part="2025-03-03", key="k")

    file, folder = synced
    assert file.startswith(".2025-03-03.parquet.")
    assert folder == "numbers"


def test_what_a_killed_write_left_is_removed_and_what_another_is_writing_is_not(
    tmp_path: Path,
) -> None:
    old = [tmp_path / ".numbers.parquet.0123", tmp_path / ".others.parquet.new"]
    scratch = tmp_path / ".scratch-0123"
    scratch.mkdir()
    for path in old:
        path.write_bytes(b"half")
    for path in (*old, scratch):
        os.utime(path, (1e9, 1e9))
    being_written = tmp_path / ".numbers.parquet.4567"
    being_written.write_bytes(b"half")
    (tmp_path / ".keep").touch()

    TableStore(tmp_path).write("numbers", ROWS, key="k")

    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"numbers.parquet", being_written.name, ".keep"}


def test_two_that_write_the_same_table_do_not_meet(tmp_path: Path) -> None:
    def write(n: int) -> None:
        TableStore(tmp_path).write("numbers", ROWS.head(n), key=str(n))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, [1, 2, 3] * 20))

    store = TableStore(tmp_path)
    assert store.key("numbers") == str(store.count("numbers"))
    assert [path.name for path in tmp_path.iterdir()] == ["numbers.parquet"]


def test_the_same_rows_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        TableStore(tmp_path).write(name, ROWS, key="k")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


@given(flip=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_flipped_bit_is_noticed_wherever_it_is(flip: int, bit: int) -> None:
    with TemporaryDirectory() as folder:
        store = TableStore(folder)
        store.write("numbers", ROWS, part="2025-03-03", key="k")
        path = Path(folder, "numbers", "2025-03-03.parquet")
        data = bytearray(path.read_bytes())
        data[flip % len(data)] ^= 1 << bit
        path.write_bytes(data)

        if fault := store.fault("numbers", "2025-03-03"):
            assert fault.startswith(f"{path} is damaged (")
            assert store.key("numbers", "2025-03-03") is None
            assert store.keys("numbers") == {"2025-03-03": ""}
            with pytest.raises(TableError, match="is damaged"):
                store.scan("numbers")
        else:  # in the name of the digest: the rows are whole
            assert store.read("numbers", part="2025-03-03").equals(ROWS)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is empty"),
        (b"junk", "must contain a header and footer"),
        (b"PAR1" + bytes(1000), "must end with PAR1"),
        (b"PAR1" * 100, "footer size"),
    ],
)
def test_what_is_no_table_is_damaged_and_can_be_written_anew(
    tmp_path: Path, content: bytes, told: str
) -> None:
    store = TableStore(tmp_path)
    (tmp_path / "numbers.parquet").write_bytes(content)

    assert told in store.fault("numbers")
    assert store.key("numbers") is None
    with pytest.raises(TableError, match="is damaged"):
        store.count("numbers")

    store.write("numbers", ROWS, key="k")
    assert store.fault("numbers") == ""
    assert store.read("numbers").equals(ROWS)


def test_a_file_of_an_older_version_has_no_digest_and_is_read(tmp_path: Path) -> None:
    ROWS.write_parquet(tmp_path / "numbers.parquet", metadata={KEY: "k"})
    store = TableStore(tmp_path)
    assert (store.fault("numbers"), store.key("numbers")) == ("", "k")
    assert store.read("numbers").equals(ROWS)


def test_a_file_that_was_looked_at_is_not_read_again_before_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TableStore(tmp_path)
    store.write("numbers", ROWS, key="k")
    read: list[object] = []
    look = pl.read_parquet_metadata

    def noted(data: bytes) -> dict[str, str]:
        read.append(data)
        return look(data)

    monkeypatch.setattr(pl, "read_parquet_metadata", noted)

    assert [store.key("numbers"), TableStore(tmp_path).key("numbers")] == ["k", "k"]
    assert len(read) == 1
    store.write("numbers", ROWS, key="other")
    assert store.key("numbers") == "other"
    assert len(read) == 2


def test_a_file_with_columns_of_another_version_has_no_key(tmp_path: Path):
    store = TableStore(tmp_path)
    now = empty_frame(Categories)
    store.write("categories", now, key="k")
    assert store.key("categories") == "k"
    others = [now.drop("archive"), now.with_columns(more=1), now.select(sorted(now.columns))]
    for columns in [*others, now.cast({"n_papers": pl.Int64})]:
        store.write("categories", columns, key="k")
        assert store.key("categories") is None
        assert store.fault("categories") == ""
        store.write("papers", columns, part="2025-03", key="k")
        assert store.keys("papers") == {"2025-03": ""}


@pytest.mark.parametrize(
    ("other", "n_papers"),
    [
        (pl.exclude("n_papers"), None),
        ([pl.all(), pl.lit("more").alias("another")], 1),
        ([pl.col("n_papers"), pl.exclude("n_papers")], 1),
        ([pl.exclude("n_papers"), pl.lit(7, pl.Int64).alias("n_papers")], 7),
        ([pl.exclude("n_papers"), pl.lit("seven").alias("n_papers")], None),
        ([pl.exclude("n_papers"), pl.lit([[7]]).alias("n_papers")], None),
    ],
    ids=["one less", "one more", "another order", "wider", "text", "list"],
)
def test_a_file_of_other_columns_is_due_and_read_as_the_model_has_them(
    tmp_path: Path, other: Any, n_papers: int | None
) -> None:
    store = TableStore(tmp_path)
    now = pl.DataFrame([VALID[schema.Authors]], schema=polars_schema(schema.Authors))
    store.write("authors", now, part="2025-03-03", key="k")
    store.write("authors", now.select(other), part="2025-03-04", key="k")

    assert store.keys("authors") == {"2025-03-03": "k", "2025-03-04": ""}
    assert store.key("authors", "2025-03-04") is None
    assert store.outdated("authors") == {"2025-03-04"}
    assert store.fault("authors", "2025-03-04") == ""
    rows = store.scan("authors", schema.Authors).collect()
    assert rows.schema == now.schema
    assert rows["n_papers"].to_list() == [1, n_papers]
    assert rows.drop("n_papers").equals(pl.concat([now, now]).drop("n_papers"))
    assert store.count("authors") == 2


def test_keys_tell_inputs_apart() -> None:
    assert derived_key("a", "b") == derived_key("a", "b")
    assert derived_key("a", "b") != derived_key("b", "a")
    assert derived_key("a", "b") != derived_key("ab")


def test_a_request_for_removal_or_other_code_makes_the_joined_tables_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = tmp_path / "removals.csv"
    requests.write_text("kind,value,requested_on,note\n")
    store = TableStore(tmp_path / "tables")
    assert assets.daily_keys(store, requests) == [], "nothing is due where there is nothing"

    store.write("records", ROWS, part="2025-03-03", key="k")
    seen = [assets.daily_keys(store, requests)]
    requests.write_text("kind,value,requested_on,note\npaper_id,2503.90001,2025-03-03,\n")
    seen.append(assets.daily_keys(store, requests))
    monkeypatch.setattr(assets, "CODE", "another")
    seen.append(assets.daily_keys(store, requests))

    assert len({derived_key(*keys) for keys in seen}) == 3


def test_the_joined_tables_are_marked_as_made_when_all_of_them_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(data_dir=tmp_path)
    store = TableStore(settings.tables_dir)
    write = TableStore.write

    def killed(self: TableStore, table: str, rows: pl.DataFrame, **how: Any) -> None:
        if table == killed_at:
            raise KeyboardInterrupt
        write(self, table, rows, **how)

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
