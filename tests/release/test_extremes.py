"""What the models allow goes all the way: paired, joined, checked, released and loaded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.pair.stage import pair_records
from pipeline.release.configs import CONFIGS
from pipeline.release.publish import rehearsal
from pipeline.release.snapshot import build_snapshot, published_papers
from pipeline.release.verify import verify_snapshot
from pipeline.schema import PairSignals, Posts, Records, SentencePairs, rows_to_frame, violations
from pipeline.storage import TableStore
from pipeline.tables.integrity import check_lost, check_references, check_splits, check_table
from pipeline.tables.months import write_tables
from pipeline.validate.records import validate_posts
from tests.hub.client import Client, client
from tests.schema.extremes import drawn_rows, extreme_rows
from tests.tables.invented import record, records
from tests.tables.test_ledger import post

KEY = ["day", "archive_file", "record_offset", "entry_index"]
DERIVED = ("paper_id", "title_key", "pair_id", "content_id")
"""What validation makes of the other columns: a row that it did not make so is no record."""


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A process that loads snapshots from folders, and knows no Hub."""
    folder = tmp_path_factory.mktemp("reader")
    with client("http://127.0.0.1:9", folder / "home", folder / "log", HF_HUB_OFFLINE="1") as made:
        yield made


def released(frame: pl.DataFrame, reader: Client) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Take records through every stage after validation, and load what is released of them."""
    paired = pair_records(frame)
    assert violations(PairSignals, paired.pair_signals).is_empty()
    assert violations(SentencePairs, paired.sentence_pairs).is_empty()
    with TemporaryDirectory() as folder:
        store = TableStore(Path(folder, "tables"))
        daily = {
            "records": frame,
            "pair_signals": paired.pair_signals,
            "sentence_pairs": paired.sentence_pairs,
        }
        for table, rows in daily.items():
            for (day,), of_day in rows.partition_by("day", as_dict=True).items():
                store.write(table, of_day, part=str(day), key="invented")
        report = write_tables(store, store)
        tables = {config.table: store.scan(config.table, config.model) for config in CONFIGS}
        found = [f for c in CONFIGS for f in check_table(c.table, c.model, tables[c.table])]
        found += check_references(tables)
        assert found == []
        snapshot = build_snapshot(
            tables,
            Path(folder, "snapshots"),
            parent=None,
            day=date(2025, 3, 31),
            code_version="test",
            archive_digest="sha256:" + "0" * 64,
            ledger={},
        )
        assert verify_snapshot(snapshot.path) == []
        published = published_papers(snapshot.path)
        assert check_splits(tables["papers"], published) == []
        gone = report.plan.observations.lazy(), report.plan.removed.lazy()
        assert check_lost(tables["papers"], published, *gone) == []
        rehearsal(frame["source_url"], "https://hub.invalid")
        # A config without any row, such as that of authors whom no paper names, has no file.
        configs = [name for name, counts in snapshot.manifest.counts().items() if counts]
        loaded: dict[str, dict[str, list[dict[str, Any]]]] = reader.call(
            "tests.release.consumers:load", str(snapshot.path), folder, None, False, configs
        )
        papers = {row["paper_id"]: row for rows in loaded["papers"].values() for row in rows}
        for row in tables["papers"].drop("pair_id").collect().iter_rows(named=True):
            assert papers.pop(row["paper_id"]) == row
        assert not papers
        return loaded


def allowed(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The rows, derived columns and all, that keep the rules of `schema.Records`."""
    made = [
        record(**{name: value for name, value in row.items() if name not in DERIVED})
        for row in rows
    ]
    frame = records(*made).unique(KEY, keep="first", maintain_order=True)
    broken = violations(Records, frame)
    assert not broken["row"].has_nulls()
    return (
        frame.with_row_index("row")
        .filter(~pl.col("row").is_in(broken["row"].implode()))
        .drop("row")
    )


def validated(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The records that validation makes of posts, every entry being a record or in quarantine."""
    frame = rows_to_frame(Posts, rows).unique(KEY, keep="first", maintain_order=True)
    made = validate_posts(frame)
    entries = frame.filter(pl.col("content").is_in(["entry", "unreadable"]))
    assert made.records.height + made.quarantine.height == entries.height
    assert violations(Records, made.records).is_empty()
    return made.records


def numbered(rows: list[dict[str, Any]], first: int) -> list[dict[str, Any]]:
    """The rows, those of the usual paper each a paper of its own, at a place of its own."""
    usual = record()["arxiv_id"]
    return [
        {
            **row,
            "arxiv_id": f"2503.{10_000 + first + n}"
            if row["arxiv_id"] == usual
            else row["arxiv_id"],
            "record_offset": row["record_offset"] or first + n,
        }
        for n, row in enumerate(rows)
    ]


def test_every_extreme_that_the_models_allow_is_released(reader: Client):
    frame = pl.concat(
        [
            allowed(numbered(extreme_rows(Records, record()), 1)),
            validated(numbered(extreme_rows(Posts, post()), 2_000)),
        ]
    ).unique(KEY, keep="first")
    assert frame.height > 400
    # Extreme texts translate nothing, and make no glossary.
    assert released(frame, reader).keys() == {config.name for config in CONFIGS} - {"glossary"}


@settings(max_examples=max(3, settings().max_examples // 40))
@given(
    st.lists(drawn_rows(Records, record()), min_size=1, max_size=6),
    st.lists(drawn_rows(Posts, post()), max_size=6),
)
def test_what_the_models_allow_is_released(reader, rows, posts):
    frame = pl.concat([allowed(rows), validated(posts)]).unique(KEY, keep="first")
    if frame.height:
        released(frame, reader)
