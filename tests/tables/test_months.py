"""The tables on disk: the same bytes whatever the order of arrival, at once or day by day."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.schema import (
    CONFIGS,
    PairSignals,
    Records,
    SentencePairs,
    polars_schema,
    violations,
)
from pipeline.storage import TableStore
from pipeline.tables.build import build_tables
from pipeline.tables.integrity import check_references
from pipeline.tables.months import write_tables
from pipeline.tables.plan import NO_REMOVALS
from tests.tables.invented import DAY, SUBJECTS, WHEN, few, pairs_of, record, records, worlds

MODELS = {config.table: config.model for config in CONFIGS}
DAILY = {"records": Records, "pair_signals": PairSignals, "sentence_pairs": SentencePairs}


def lay_out(folder: Path, frame: pl.DataFrame) -> None:
    """The daily tables of the records, as the stages before would write them."""
    signals, beads = pairs_of(frame)
    for table, rows in zip(DAILY, (frame, signals, beads), strict=True):
        (folder / table).mkdir(parents=True, exist_ok=True)
        for (day,), of_day in rows.group_by("day", maintain_order=True):
            of_day.write_parquet(folder / table / f"{day}.parquet")


def build(source: Path, into: Path, **options):
    """Bring the tables up to date with the daily ones."""
    return write_tables(TableStore(source), TableStore(into), **options)


def digests(folder: Path) -> dict[str, str]:
    """Every file of the folder with the hash of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def tables_in(folder: Path) -> dict[str, pl.LazyFrame]:
    """The tables as a reader finds them."""
    return {
        config.table: pl.scan_parquet(
            sorted((folder / config.table).glob("*.parquet"))
            if config.monthly
            else folder / f"{config.table}.parquet"
        )
        for config in CONFIGS
    }


@few
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_has_no_part_in_the_tables(world, random):
    order = list(range(world.height))
    random.shuffle(order)
    with TemporaryDirectory() as folder:
        for name, frame in (("a", world), ("b", world[order])):
            lay_out(Path(folder, name), frame)
            build(Path(folder, name), Path(folder, f"tables-{name}"))
        assert digests(Path(folder, "tables-a")) == digests(Path(folder, "tables-b"))


@few
@given(worlds())
def test_every_world_makes_tables_that_keep_all_rules(world):
    signals, beads = pairs_of(world)
    made = build_tables(world.lazy(), signals.lazy(), beads.lazy())
    tables = {name: made.tables[name].collect() for name in MODELS}
    for name, model in MODELS.items():
        assert violations(model, tables[name]).is_empty()
    assert check_references({name: frame.lazy() for name, frame in tables.items()}) == []


@few
@given(worlds())
def test_days_added_one_by_one_make_the_same_bytes_as_all_at_once(world):
    with TemporaryDirectory() as folder:
        for day in sorted(world["day"].unique()):
            lay_out(Path(folder, "days"), world.filter(pl.col("day") == day))
            build(Path(folder, "days"), Path(folder, "grown"))
        build(Path(folder, "days"), Path(folder, "whole"))
        assert digests(Path(folder, "grown")) == digests(Path(folder, "whole"))


@few
@given(worlds())
def test_reading_the_site_again_changes_no_row(world):
    again = world.with_columns(
        pl.col("captured_at") + timedelta(days=30), archive_file=pl.lit("crawl-9.warc.gz")
    )
    once = build_tables(world.lazy(), *(frame.lazy() for frame in pairs_of(world)))
    twice = pl.concat([again, world])
    built = build_tables(twice.lazy(), *(frame.lazy() for frame in pairs_of(twice)))
    for name in MODELS:
        assert built.tables[name].collect().equals(once.tables[name].collect()), name


def test_the_files_hold_what_the_frames_say(tmp_path):
    frame = records(
        record(version=1),
        record(version=2, day=DAY + timedelta(days=1)),
        record(arxiv_id="2502.90001", title=SUBJECTS[1]),
    )
    lay_out(tmp_path, frame)
    build(tmp_path, tmp_path / "tables")
    made = build_tables(frame.lazy(), *(rows.lazy() for rows in pairs_of(frame)))
    for name, table in tables_in(tmp_path / "tables").items():
        assert table.collect().equals(made.tables[name].collect()), name


def test_rows_stand_by_month_and_id_and_every_reader_finds_them(tmp_path):
    ids = ["2503.90002", "2502.90009", "2503.90001", "hep-th/9901999"]
    rows = [record(arxiv_id=i, title=f"Title {n}") for n, i in enumerate(ids)]
    lay_out(tmp_path, records(*rows))
    build(tmp_path, tmp_path / "tables")
    found = duckdb.sql(
        f"select paper_id, translation.ja <> '' from '{tmp_path}/tables/parallel/*.parquet'"
    ).fetchall()
    assert found == [
        (i, True) for i in ("hep-th/9901999", "2502.90009", "2503.90001", "2503.90002")
    ]


def test_only_months_whose_rows_changed_are_written_again(tmp_path):
    source, into = tmp_path / "days", tmp_path / "tables"
    lay_out(source, records(record(), record(arxiv_id="2502.90001", title=SUBJECTS[1])))
    assert build(source, into).months_written == 2
    old = {path: path.stat().st_mtime_ns for path in into.rglob("*.parquet")}
    assert build(source, into).months_written == 0
    assert old == {path: path.stat().st_mtime_ns for path in into.rglob("*.parquet")}
    lay_out(source, records(record(day=DAY + timedelta(days=1), version=2)))
    assert build(source, into).months_written == 1
    assert (into / "papers/2502.parquet").exists() is False
    same = into / "papers/2025-02.parquet"
    assert old[same] == same.stat().st_mtime_ns


@pytest.mark.parametrize("table", DAILY)
def test_a_month_follows_its_days_when_they_get_the_columns_of_now(tmp_path, table):
    source, into = tmp_path / "days", tmp_path / "tables"
    lay_out(source, records(record(), record(arxiv_id="2502.90001", title=SUBJECTS[1])))
    build(source, into)
    whole = digests(into)
    day = source / table / f"{DAY}.parquet"
    now = pl.read_parquet(day)
    now.drop("flags").write_parquet(day)
    assert build(source, into).months_written == 2
    now.write_parquet(day)
    assert build(source, into).months_written == 2
    assert digests(into) == whole
    assert build(source, into).months_written == 0


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
def test_a_table_with_other_columns_than_now_is_written_again(tmp_path, config):
    source, into = tmp_path / "days", tmp_path / "tables"
    lay_out(source, records(record()))
    build(source, into)
    whole = digests(into)
    store, month = TableStore(into), "2025-03" if config.monthly else None
    rows, key = store.read(config.table, config.model, month), store.key(config.table, month)
    store.write(config.table, rows.drop(config.preview[-1]), part=month, key=str(key))
    assert digests(into) != whole
    build(source, into)
    assert digests(into) == whole


SAID = {
    "title": SUBJECTS[1],
    "abstract_en": "Another abstract, as long as it has to be.",
    "abstract_ja": "別の架空の要約。",
    "authors": ["C. Other"],
    "categories": ["math.CO"],
    "version": 2,
    "version_date": WHEN - timedelta(days=1),
    "provider": "another",
    "translator": None,
    "kind": "summary",
    "title_ja": "架空の論文",
    "source_url": "https://invented.example/?p=7",
    "posted_at": WHEN + timedelta(hours=5),
    "flags": ["missing_title"],
    "archive_file": "crawl-2.warc.gz",
    "record_offset": 7,
    "entry_index": 3,
}
"""Another value for each column of a record that the tables show."""


def test_these_are_all_that_the_tables_show_of_a_record():
    shown = {name for model in MODELS.values() for name in polars_schema(model)}
    of_records = set(polars_schema(Records)) & shown
    # The first follows from others; a place in the archive stands for what was captured there.
    derived = {"paper_id", "arxiv_id", "pair_id", "captured_at", "payload_digest", "record_id"}
    assert set(SAID) == of_records - derived


@pytest.mark.parametrize("column", SAID)
def test_whatever_a_record_says_otherwise_is_written(tmp_path, column):
    lay_out(tmp_path, records(record()))
    build(tmp_path, tmp_path / "tables")
    lay_out(tmp_path, records(record(**{column: SAID[column]})))
    build(tmp_path, tmp_path / "tables")
    build(tmp_path, tmp_path / "anew")
    assert digests(tmp_path / "tables") == digests(tmp_path / "anew")


def test_pairs_that_come_after_their_record_are_written(tmp_path):
    """The process ended between the two: what is known of the day's pairs is of the old text."""
    lay_out(tmp_path, records(record()))
    changed = records(record(abstract_en="Another abstract, as long as it has to be."))
    changed.write_parquet(tmp_path / "records" / f"{DAY}.parquet")
    build(tmp_path, tmp_path / "tables")
    lay_out(tmp_path, changed)
    build(tmp_path, tmp_path / "tables")
    assert tables_in(tmp_path / "tables")["parallel_sentences"].collect().height
    build(tmp_path, tmp_path / "anew")
    assert digests(tmp_path / "tables") == digests(tmp_path / "anew")


def test_a_new_aligner_writes_its_months_again(tmp_path):
    lay_out(tmp_path, records(record()))
    build(tmp_path, tmp_path / "tables")
    path = tmp_path / "pair_signals" / f"{DAY}.parquet"
    newer = pl.read_parquet(path).with_columns(aligner_version=pl.lit("2"), length_z=pl.lit(9.0))
    newer.cast({"length_z": pl.Float32}).write_parquet(path)
    assert build(tmp_path, tmp_path / "tables").months_written == 1
    assert tables_in(tmp_path / "tables")["parallel"].collect()["length_z"].to_list() == [9.0]


def test_a_month_that_lost_its_papers_is_taken_away(tmp_path):
    lay_out(tmp_path, records(record(), record(arxiv_id="2502.90001", title=SUBJECTS[1])))
    build(tmp_path, tmp_path / "tables")
    asked = pl.DataFrame({"kind": ["arxiv_id"], "value": ["2502.90001"]})
    build(tmp_path, tmp_path / "tables", removals=asked)
    assert tables_in(tmp_path / "tables")["papers"].collect()["paper_id"].to_list() == [
        "2503.90001"
    ]
    assert build(tmp_path, tmp_path / "tables", removals=NO_REMOVALS).months_written == 1


def test_what_was_cut_short_is_finished_by_the_next_call(tmp_path):
    lay_out(tmp_path, records(record(), record(arxiv_id="2502.90001", title=SUBJECTS[1])))
    build(tmp_path, tmp_path / "tables")
    whole = digests(tmp_path / "tables")
    (tmp_path / "tables/parallel/2025-03.parquet").unlink()
    (tmp_path / "tables/papers/2025-02.parquet").write_bytes(b"PAR1 cut")
    left = tmp_path / "tables/papers/.2025-02.parquet.cut"
    left.write_bytes(b"left by a killed run")
    os.utime(left, (1e9, 1e9))
    report = build(tmp_path, tmp_path / "tables")
    (told,) = report.damaged
    assert told.startswith(f"{tmp_path}/tables/papers/2025-02.parquet is damaged (")
    assert digests(tmp_path / "tables") == whole


def test_no_records_make_empty_tables(tmp_path):
    report = build(tmp_path, tmp_path / "tables")
    assert report.months == 0
    assert pl.read_parquet(tmp_path / "tables/authors.parquet").is_empty()
