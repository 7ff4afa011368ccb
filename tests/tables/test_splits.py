"""Splits: by title, by near duplicate, and for ever once published."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.tables.observations import title_hash
from pipeline.tables.plan import plan_tables
from pipeline.tables.splits import split_of
from tests.tables.invented import SUBJECTS, WHEN, abstract, few, record, records


def _splits(*rows, published=()):
    published = pl.DataFrame(
        published, schema={"paper_id": pl.String, "split": pl.String}, orient="row"
    )
    plan = plan_tables(records(*rows).lazy(), published_splits=published)
    return dict(plan.versions.select("paper_id", "split").rows())


def test_about_98_in_100_train():
    hashes = title_hash(pl.Series([f"title{n}" for n in range(20_000)]))
    counts = pl.select(split=split_of(pl.lit(hashes))).to_series().value_counts()
    found = dict(counts.rows())
    assert found.keys() == {"train", "validation", "test"}
    assert 150 < found["validation"] < 250
    assert 150 < found["test"] < 250


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_published_paper_keeps_its_split(split):
    assert _splits(record(), published=[("2503.90001", split)]) == {"2503.90001": split}


def test_a_paper_published_under_its_title_keeps_its_split_under_its_id():
    nameless = record(arxiv_id=None, version=None)
    published = [(nameless["paper_id"], "test")]
    assert _splits(nameless, record(), published=published) == {"2503.90001": "test"}


def test_the_split_under_the_id_comes_before_the_one_under_the_title():
    nameless = record(arxiv_id=None, version=None)
    published = [(nameless["paper_id"], "test"), ("2503.90001", "validation")]
    assert _splits(nameless, record(), published=published) == {"2503.90001": "validation"}


def test_the_title_of_the_first_version_decides_and_all_versions_agree():
    plan = plan_tables(
        records(record(version=1, title=SUBJECTS[0]), record(version=2, title=SUBJECTS[1])).lazy()
    )
    alone = _splits(record(version=1, title=SUBJECTS[0]))
    assert set(plan.versions["split"]) == set(alone.values())


@few
@given(st.permutations(range(4)), st.sampled_from(["train", "validation", "test"]))
def test_near_duplicates_share_a_split(order, split):
    rows = [
        record(arxiv_id=f"2503.9000{n}", title=f"{SUBJECTS[0]} {n}", abstract_en=text)
        for n, text in enumerate([abstract(SUBJECTS[0]), abstract(SUBJECTS[0], 1)] * 2)
    ]
    found = _splits(*(rows[n] for n in order), published=[("2503.90002", split)])
    assert set(found.values()) == {split}


def test_near_duplicates_that_were_published_apart_stay_apart():
    rows = [
        record(),
        record(arxiv_id="2503.90002", title=SUBJECTS[1], abstract_en=abstract(SUBJECTS[0], 1)),
    ]
    published = [("2503.90001", "train"), ("2503.90002", "test")]
    assert _splits(*rows, published=published) == dict(published)


def test_near_duplicates_are_counted_and_unlike_abstracts_are_not():
    near = [record(), record(arxiv_id="2503.90002", abstract_en=abstract(SUBJECTS[0], 1))]
    other = record(arxiv_id="2503.90003", title=SUBJECTS[2])
    assert plan_tables(records(*near, other).lazy()).near_duplicates == 2
    assert plan_tables(records(record(), other).lazy()).near_duplicates == 0


def test_the_month_is_of_the_id_else_of_the_first_version():
    late = WHEN + timedelta(days=60)
    with_id = record(arxiv_id="2502.90001", version=3, version_date=late)
    nameless = record(arxiv_id=None, version=None, title=SUBJECTS[1], version_date=late)
    plan = plan_tables(records(with_id, nameless).lazy())
    assert dict(plan.versions.select("paper_id", "submitted_month").rows()) == {
        "2502.90001": "2025-02",
        nameless["paper_id"]: "2025-05",
    }
