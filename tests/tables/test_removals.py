"""What people ask to take out is taken out whenever tables are built."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.tables import removals
from pipeline.tables.plan import plan_tables
from pipeline.tables.removals import RemovalsError, read_removals, require_removals
from tests.tables.invented import SUBJECTS, record, records

_HEADER = "kind,value,requested_on,note\n"


def _plan(*requests):
    rows = [
        record(version=1),
        record(version=2),
        record(arxiv_id="2503.90002", title=SUBJECTS[1], authors=["C. Other"]),
        record(arxiv_id=None, version=None, title=SUBJECTS[2], authors=["D. Last"]),
    ]
    asked = pl.DataFrame(requests, schema={"kind": pl.String, "value": pl.String}, orient="row")
    return plan_tables(records(*rows).lazy(), removals=asked)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("arxiv_id", "2503.90001"),
        ("arxiv_id", "arXiv:2503.90001v2"),
        ("arxiv_id", "https://arxiv.org/abs/2503.90001v1"),
        ("paper_id", "2503.90001"),
        ("author", "B. Writer"),
        ("author", "b writer"),
    ],
)
def test_a_paper_is_taken_out_with_all_its_versions(kind, value):
    plan = _plan((kind, value))
    assert "2503.90001" not in plan.versions["paper_id"]
    assert plan.versions.height == 2
    assert plan.removed.rows() == [("2503.90001", kind, value)]
    assert plan.observations["role"].to_list() == ["removed", "removed", "paper", "paper"]


def test_an_old_id_is_known_with_its_subject_class_and_a_name_with_its_accents():
    old = record(arxiv_id="math/0309999", authors=["Kurt Gödel"])
    for request in (("arxiv_id", "math.GT/0309999v2"), ("author", r"Kurt G{\"o}del")):
        asked = pl.DataFrame([request], schema=["kind", "value"], orient="row")
        assert plan_tables(records(old).lazy(), removals=asked).versions.is_empty()


def test_a_removal_under_the_title_id_holds_when_the_id_becomes_known():
    nameless = record(arxiv_id=None, version=None)
    asked = pl.DataFrame({"kind": ["paper_id"], "value": [nameless["paper_id"]]})
    plan = plan_tables(records(nameless, record()).lazy(), removals=asked)
    assert plan.versions.is_empty()
    assert plan.removed["paper_id"].to_list() == ["2503.90001"]


def test_a_request_that_concerns_nothing_removes_nothing():
    plan = _plan(("author", "Nobody"), ("arxiv_id", "2503.99999"))
    assert plan.versions.height == 4
    assert plan.removed.is_empty()


def test_a_published_paper_of_which_nothing_is_left_is_taken_out_too():
    asked = pl.DataFrame({"kind": ["paper_id"] * 2, "value": ["2503.90077", "2503.90088"]})
    published = pl.DataFrame({"paper_id": ["2503.90001", "2503.90077"], "split": ["train"] * 2})
    plan = plan_tables(records(record()).lazy(), published_splits=published, removals=asked)
    assert plan.removed["paper_id"].to_list() == ["2503.90077"]
    assert plan.versions.height == 1


def test_a_request_is_taken_back_by_a_line_of_its_own():
    taken = ("author", "C. Other"), ("arxiv_id", "2503.90001")
    assert _plan(*taken).removed["paper_id"].to_list() == ["2503.90001", "2503.90002"]
    back = _plan(*taken, ("reinstated", "arXiv:2503.90002v1"))
    assert back.removed["paper_id"].to_list() == ["2503.90001"]


def test_a_fresh_folder_gets_a_list_without_requests(tmp_path, monkeypatch):
    monkeypatch.setattr(removals, "FORMER_FILE", tmp_path / "none.csv")
    path = tmp_path / "data" / "removals.csv"
    require_removals(path, ())
    assert read_removals(path).is_empty()
    path.write_text(f"{_HEADER}author,A. Author,,\n")
    require_removals(path, ["2503.90001"])
    assert read_removals(path).height == 1


def test_the_list_of_the_first_release_is_taken_over(tmp_path, monkeypatch):
    former = tmp_path / "reference.csv"
    former.write_text(f"{_HEADER}author,A. Author,,\n")
    monkeypatch.setattr(removals, "FORMER_FILE", former)
    require_removals(tmp_path / "data" / "removals.csv", ["2503.90001"])
    assert read_removals(tmp_path / "data" / "removals.csv").rows() == [("author", "A. Author")]


def test_without_its_list_nothing_is_made_where_papers_were_taken_out(tmp_path, monkeypatch):
    monkeypatch.setattr(removals, "FORMER_FILE", tmp_path / "none.csv")
    path = tmp_path / "removals.csv"
    with pytest.raises(RemovalsError, match="is missing, and 2 papers were left out on request"):
        require_removals(path, ["2503.90001", "2503.90002"])
    assert not path.exists()


def test_a_list_is_read_with_its_comments_skipped(tmp_path):
    path = tmp_path / "removals.csv"
    path.write_text(f"# why\n{_HEADER}author,A. Author,2025-03-04,by mail\n")
    assert read_removals(path).rows() == [("author", "A. Author")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind,value\n", "columns must be"),
        (f"{_HEADER}name,A. Author,,\n", "request 1 needs a kind"),
        (f"{_HEADER}author,A,,\nauthor,,,\n", "request 2 needs a kind"),
        (f"{_HEADER}arxiv_id,2503.9,,\n", "request 1: '2503.9' is no paper's id"),
        (f"{_HEADER}reinstated,A. Author,,\n", "request 1: 'A. Author' is no paper's id"),
        ("\xff" * 9, "columns must be"),
        (f"{_HEADER}paper_id,t-12,,\n", "request 1: 't-12' is no paper's id"),
    ],
)
def test_a_list_that_cannot_be_trusted_stops_the_build(tmp_path, text, message):
    path = tmp_path / "removals.csv"
    path.write_text(text)
    with pytest.raises(RemovalsError, match=message):
        read_removals(path)
