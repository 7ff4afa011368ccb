"""Each check finds its fault, shows ten rows at most and says what to do."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.schema import Authors, Glossary, Papers, Versions, rows_to_frame
from pipeline.tables import integrity
from pipeline.tables.build import build_tables
from pipeline.tables.integrity import (
    COUNTS,
    REFERENCES,
    check_lost,
    check_references,
    check_splits,
    check_table,
)
from pipeline.tables.plan import plan_tables
from tests.schema.rows import VALID
from tests.tables.invented import SUBJECTS, pairs_of, record, records


@pytest.fixture
def tables():
    frame = records(
        record(version=1),
        record(version=2),
        record(arxiv_id="2503.90002", title=SUBJECTS[1], authors=["C. Other"]),
        record(arxiv_id="2503.90003", title=SUBJECTS[2], kind="summary"),
    )
    made = build_tables(frame.lazy(), *(rows.lazy() for rows in pairs_of(frame)))
    tables = {name: rows.collect() for name, rows in made.tables.items()}
    # Two papers are too few for a glossary.
    return tables | {"glossary": rows_to_frame(Glossary, [VALID[Glossary]])}


def _lazy(tables):
    return {name: rows.lazy() for name, rows in tables.items()}


def test_sound_tables_have_no_findings(tables):
    assert check_references(_lazy(tables)) == []
    assert check_table("papers", Papers, tables["papers"].lazy()) == []


def test_a_broken_rule_is_found_with_its_rows(tables):
    papers = tables["papers"].with_columns(split=pl.lit("dev"))
    (finding,) = check_table("papers", Papers, papers.lazy())
    assert (finding.reason, finding.rows) == ("bad_split", 3)
    assert finding.examples["paper_id"].to_list() == [
        "2503.90001",
        "2503.90002",
        "2503.90003",
    ]
    assert finding.remedy.endswith(".")
    assert "bad_split in 3 rows" in str(finding)


def test_at_most_ten_rows_are_shown_and_texts_are_cut():
    names = pl.DataFrame(
        {"author_id": [f"a-{n:016x}" for n in range(20)], "name": ["x" * 500] * 20}
    )
    frame = names.with_columns(
        n_papers=pl.lit(0, pl.Int32), first_seen=pl.date(2025, 1, 1), last_seen=pl.date(2025, 1, 1)
    )
    (finding,) = check_table("authors", Authors, frame.lazy())
    assert (finding.reason, finding.rows, finding.examples.height) == ("bad_n_papers", 20, 10)
    assert finding.examples["name"].str.len_chars().max() == 120


def test_rows_of_later_batches_are_shown_until_there_are_ten(monkeypatch):
    monkeypatch.setattr(integrity, "_BATCH", 100)
    frame = pl.DataFrame(
        {
            "author_id": [f"a-{n:016x}" for n in range(200)],
            "name": [f"name {n}" for n in range(200)],
        }
    ).with_columns(
        # One row of the first hundred is wrong, and all of the second.
        n_papers=pl.Series([n != 7 and n < 100 for n in range(200)]).cast(pl.Int32),
        first_seen=pl.date(2025, 1, 1),
        last_seen=pl.date(2025, 1, 1),
    )
    (finding,) = check_table("authors", Authors, frame.lazy())
    assert finding.rows == 101
    assert finding.examples["name"].to_list() == ["name 7", *(f"name {n}" for n in range(100, 109))]


def test_a_key_that_stands_twice_is_found(tables):
    twice = pl.concat([tables["versions"], tables["versions"][:1]])
    (finding,) = check_table("versions", Versions, twice.lazy())
    assert (finding.reason, finding.rows) == ("duplicate_key", 2)


def test_wrong_columns_are_named(tables):
    renamed = tables["papers"].rename({"title": "name"}).lazy()
    (finding,) = check_table("papers", Papers, renamed)
    assert finding.reason == "wrong_columns"
    assert set(finding.examples["column"]) == {"title", "name"}


def test_columns_in_another_order_are_wrong(tables):
    turned = tables["papers"].select(reversed(tables["papers"].columns)).lazy()
    (finding,) = check_table("papers", Papers, turned)
    assert finding.examples["column"].to_list() == ["order"]


@pytest.mark.parametrize(
    ("table", "change", "reason"),
    [
        ("versions", lambda rows: rows.filter(pl.col("version") != 2), "version_not_in_versions"),
        ("versions", lambda rows: rows.filter(pl.col("version") != 1), "wrong_n_versions"),
        ("papers", lambda rows: rows[:1], "version_of_no_paper"),
        ("authors", lambda rows: rows[1:], "author_not_in_authors"),
        ("categories", lambda rows: rows[:0], "category_not_in_categories"),
        ("parallel", lambda rows: rows[:1], "translation_not_in_parallel"),
        (
            "parallel",
            lambda rows: rows.with_columns(split=pl.lit("test")),
            "pair_of_no_paper",
        ),
        (
            "parallel_sentences",
            lambda rows: rows.with_columns(paper_id=pl.lit("2503.99999")),
            "sentences_of_no_paper",
        ),
    ],
)
def test_tables_that_contradict_each_other_are_found(tables, table, change, reason):
    tables[table] = change(tables[table])
    assert reason in {finding.reason for finding in check_references(_lazy(tables))}


@pytest.mark.parametrize(("config", "rule"), REFERENCES, ids=lambda of: getattr(of, "reason", None))
def test_every_reference_is_checked(tables, config, rule):
    tables[rule.to] = tables[rule.to].clear()
    found = {(finding.table, finding.reason) for finding in check_references(_lazy(tables))}
    assert (config.table, rule.reason) in found


@pytest.mark.parametrize(("config", "rule"), COUNTS, ids=lambda of: getattr(of, "reason", None))
def test_every_count_is_checked(tables, config, rule):
    tables[config.table] = tables[config.table].with_columns(pl.col(rule.column) + 1)
    found = {(finding.table, finding.reason) for finding in check_references(_lazy(tables))}
    assert found == {(config.table, rule.reason)}


def test_a_paper_that_changed_its_split_is_found(tables):
    published = tables["papers"].select("paper_id", split=pl.lit("test"))
    (finding,) = check_splits(tables["papers"].lazy(), published.lazy())
    assert finding.reason == "split_changed"
    same = tables["papers"].select("paper_id", "split").lazy()
    assert check_splits(tables["papers"].lazy(), same) == []


def test_a_paper_that_got_lost_is_found():
    nameless = record(arxiv_id=None, version=None)
    frame = records(nameless, record(), record(arxiv_id="2503.90002", title=SUBJECTS[1]))
    asked = pl.DataFrame({"kind": ["arxiv_id"], "value": ["2503.90002"]})
    plan = plan_tables(frame.lazy(), removals=asked)
    gone = plan.observations.lazy(), plan.removed.lazy()
    papers = plan.versions.lazy().select("paper_id")
    explained = pl.LazyFrame({"paper_id": [nameless["paper_id"], "2503.90001", "2503.90002"]})
    assert check_lost(papers, explained, *gone) == []
    lost = pl.LazyFrame({"paper_id": ["2503.90077"]})
    (finding,) = check_lost(papers, lost, *gone)
    assert finding.reason == "paper_lost"
    assert finding.examples["paper_id"].to_list() == ["2503.90077"]
