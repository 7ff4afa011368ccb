"""The checks: each passes on the sample, fails on tables that are wrong, and says what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from pipeline.archive.archive import Archive
from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.checks import ACCEPT_DRIFT_TAG
from pipeline.release.manifest import MANIFEST, open_snapshot
from pipeline.release.parquet import file_sha256
from pipeline.release.snapshot import latest_snapshot
from pipeline.schema import CONFIGS, TABLES
from pipeline.settings import Settings, load_settings
from tests.orchestration.conftest import DAYS, House, SampleHome

JOINED = [config.table for config in CONFIGS]
UNREAD = {("captures", "no_days_unread")}
"""Fails of the sample, whose last day is long past."""
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def settings(sample_home: SampleHome, tmp_path: Path) -> Settings:
    """The sample's tables and snapshot, to be spoiled."""
    shutil.copytree(sample_home.root / "data", tmp_path / "data")
    return load_settings(data_dir=tmp_path / "data")


def evaluate(
    settings: Settings, tags: dict[str, str] | None = None, table: str | None = None
) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
    """All checks, or those of a table, by asset and name: over all days, as a person runs them."""
    selection = (
        dg.AssetSelection.checks_for_assets(table)
        if table
        else dg.AssetSelection.all_asset_checks()
    )
    job = dg.define_asset_job("judge", selection=selection)
    definitions = dg.Definitions.merge(build_definitions(settings), dg.Definitions(jobs=[job]))
    with dg.DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def("judge").execute_in_process(
            instance=instance, tags=tags, raise_on_error=False
        )
    return {
        (found.asset_key.to_user_string(), found.check_name): found
        for found in done.get_asset_check_evaluations()
    }


def failures(found: dict[tuple[str, str], dg.AssetCheckEvaluation]) -> set[tuple[str, str]]:
    return {name for name, evaluation in found.items() if not evaluation.passed}


def files_of(settings: Settings, table: str) -> list[Path]:
    """The table's files, by name."""
    folder = Path(str(settings.tables_dir))
    single = folder / f"{table}.parquet"
    return [single] if single.exists() else sorted((folder / table).glob("*.parquet"))


def spoil(settings: Settings, table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Rewrite the table's first file that has rows."""
    for path in files_of(settings, table):
        rows = pl.read_parquet(path)
        if rows.height:
            change(rows).write_parquet(path)
            return
    raise AssertionError(f"{table} has no rows")


def spoil_snapshot(settings: Settings, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Rewrite a file of the last snapshot's papers, as if it had been published so."""
    latest = latest_snapshot(settings.snapshots_dir)
    assert latest is not None
    snapshot = open_snapshot(latest)
    path = snapshot.data_files("papers")[0]
    change(pl.read_parquet(path)).write_parquet(path)
    files = dict(snapshot.manifest.files)
    name = path.relative_to(latest).as_posix()
    files[name] = replace(files[name], bytes=path.stat().st_size, sha256=file_sha256(path))
    (latest / MANIFEST).write_text(replace(snapshot.manifest, files=files).dumps())


def shown(evaluation: dg.AssetCheckEvaluation) -> tuple[list[dict[str, object]], str]:
    """The offending rows of a failure and what to do about it, of its first finding."""
    tables = [v for v in evaluation.metadata.values() if isinstance(v, dg.TableMetadataValue)]
    remedies = [v.value for k, v in evaluation.metadata.items() if k.endswith("what to do")]
    closer = [v.value for k, v in evaluation.metadata.items() if k.endswith("to look closer")]
    assert str(closer[0]).startswith("arxiv-ja-en ")
    return [dict(record.data) for record in tables[0].records], str(remedies[0])


def test_every_table_is_checked_and_the_sample_passes(settings: Settings) -> None:
    found = evaluate(settings)

    assert failures(found) == UNREAD
    counts = found["ledger", "balances"].metadata
    assert [counts[name].value for name in ("posts taken back", "posts moved")] == [0, 0]
    assert {(table, "keeps_its_rules") for table in TABLES} <= found.keys()
    assert {(table, "counts_hold") for table in JOINED} <= found.keys()
    assert {
        *(("papers", name) for name in ("tables_agree", "splits_stay", "none_lost")),
        ("ledger", "balances"),
        ("quarantine", "usual_share"),
        ("captures", "days_were_read"),
        ("captures", "archive_is_whole"),
    } <= found.keys()


EMPTY = {"inbox_captures", "summaries"}
"""Tables of which the sample has no rows."""


@pytest.mark.parametrize("table", sorted(TABLES.keys() - EMPTY))
def test_a_row_that_stands_twice_breaks_the_rules_of_its_table(
    settings: Settings, table: str
) -> None:
    spoil(settings, table, lambda rows: pl.concat([rows] * 12))

    evaluation = evaluate(settings, table=table)[(table, "keeps_its_rules")]

    assert not evaluation.passed
    assert evaluation.blocking
    rows, remedy = shown(evaluation)
    assert 1 <= len(rows) <= 10, "the first ten"
    assert remedy.endswith(".")
    assert "duplicate" in (evaluation.description or "")


def test_a_damaged_archive_is_named_and_stops_nothing(settings: Settings) -> None:
    path = Archive(settings.archive_dir).files()[0]
    path.write_bytes(path.read_bytes()[:2000])

    evaluation = evaluate(settings)[("captures", "archive_is_whole")]

    assert not evaluation.passed
    assert not evaluation.blocking
    assert f"{path.name}: truncated: 2,000 of" in (evaluation.description or "")
    table = evaluation.metadata["damages"]
    assert isinstance(table, dg.TableMetadataValue)
    assert "Restore" in str(table.records[0].data["damage"])


def test_what_came_through_the_inbox_is_judged_before_it_is_parsed(settings: Settings) -> None:
    rows = pl.read_parquet(files_of(settings, "captures")[0])
    pl.concat([rows] * 2).write_parquet(files_of(settings, "inbox_captures")[0])

    found = evaluate(settings)

    assert ("inbox_captures", "keeps_its_rules") in failures(found)
    assert found["inbox_captures", "keeps_its_rules"].blocking


def test_offending_rows_are_cells_of_a_table_and_never_in_the_message(settings: Settings) -> None:
    spoil(
        settings,
        "categories",
        lambda rows: rows.with_columns(code=pl.lit(HOSTILE), archive=pl.lit(HOSTILE)),
    )

    evaluation = evaluate(settings, table="categories")[("categories", "keeps_its_rules")]

    rows, remedy = shown(evaluation)
    assert rows[0]["code"] == HOSTILE, "as text of a cell, which the UI escapes"
    assert HOSTILE not in remedy
    assert HOSTILE not in (evaluation.description or "")
    assert not any(isinstance(v, dg.MarkdownMetadataValue) for v in evaluation.metadata.values())


def other_split(rows: pl.DataFrame) -> pl.DataFrame:
    moved = pl.col("split").replace({"train": "test", "test": "train", "validation": "train"})
    return rows.with_columns(split=moved)


def test_a_paper_in_another_split_than_it_was_published_in_is_found(settings: Settings) -> None:
    spoil_snapshot(settings, other_split)

    evaluation = evaluate(settings, table="papers")[("papers", "splits_stay")]

    assert not evaluation.passed
    rows, remedy = shown(evaluation)
    assert {"paper_id", "split", "published_in"} == rows[0].keys()
    assert "do not publish" in remedy


def test_a_published_paper_that_is_gone_is_found(settings: Settings) -> None:
    spoil(settings, "papers", lambda rows: rows.tail(-1))

    found = evaluate(settings)

    assert {("papers", "none_lost"), ("papers", "tables_agree")} <= failures(found)
    rows, remedy = shown(found["papers", "none_lost"])
    assert rows[0].keys() == {"paper_id"}
    assert "lost records" in remedy


def test_a_ledger_that_lacks_a_post_does_not_balance(settings: Settings) -> None:
    spoil(settings, "ledger", lambda rows: rows.tail(-3))

    found = evaluate(settings)

    assert failures(found) == {("ledger", "balances"), *UNREAD}
    rows, _ = shown(found["ledger", "balances"])
    assert rows == [{"day": DAYS[0], "in_ledger": 9, "announced": 12}]


def test_sentences_that_dwindle_are_found_and_may_be_accepted(settings: Settings) -> None:
    for path in files_of(settings, "parallel_sentences"):
        pl.read_parquet(path).filter(pl.col("index") == 0).write_parquet(path)

    table = "parallel_sentences"
    evaluation = evaluate(settings, table=table)[(table, "counts_hold")]

    assert not evaluation.passed
    ((row,), remedy) = shown(evaluation)
    assert (row["table"], row["published"], row["now"]) == ("parallel_sentences", 291, 40)
    assert "arxiv-ja-en diff" in remedy
    accepted = evaluate(settings, {ACCEPT_DRIFT_TAG: "yes"}, table)
    assert accepted[table, "counts_hold"].passed


def test_a_label_that_went_missing_is_named_with_an_example(settings: Settings) -> None:
    last_day = files_of(settings, "posts")[-1]
    rows = pl.read_parquet(last_day)
    many = pl.concat([rows] * 10).with_columns(
        abstract_ja=pl.lit(None, dtype=pl.String),
        raw=pl.lit(HOSTILE),
        entry_index=pl.int_range(pl.len(), dtype=pl.Int32),
    )
    many.write_parquet(last_day)

    evaluation = evaluate(settings, table="quarantine")[("quarantine", "usual_share")]

    assert not evaluation.passed
    assert evaluation.blocking
    examples, remedy = shown(evaluation)
    assert "abstract_ja" in remedy
    assert examples[0]["its text"] == HOSTILE
    assert examples[0]["day"] == DAYS[-1]
    assert HOSTILE not in (evaluation.description or "")
    accepted = evaluate(settings, {ACCEPT_DRIFT_TAG: "yes"}, "quarantine")
    assert accepted["quarantine", "usual_share"].passed


def test_a_failed_check_keeps_everything_downstream_from_being_made(
    refreshed: House,
) -> None:
    house = refreshed
    of_no_post = pl.lit("2401.99999").alias("paper_id")
    spoil_snapshot(
        house.settings, lambda rows: pl.concat([rows, rows.head(1).with_columns(of_no_post)])
    )
    before = sorted(house.settings.snapshots_dir.rglob("*"))

    done = house.run("refresh", "--from", DAYS[0], "--to", DAYS[-1])

    assert done.exit_code == 1
    assert "none_lost" in done.output
    assert "✓ snapshot" not in done.output
    assert sorted(house.settings.snapshots_dir.rglob("*")) == before
