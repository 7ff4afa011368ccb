from __future__ import annotations

from datetime import date

from pipeline.release.snapshot import latest_snapshot, published_splits
from pipeline.release.verify import verify_snapshot
from tests.release.conftest import Build
from tests.release.invented import invent, revise


def test_a_snapshot_is_named_by_its_day_and_passes_its_own_checks(build: Build):
    snapshot = build(invent(40))
    assert snapshot.is_new
    assert snapshot.path.name == snapshot.version == "v2025.03.31"
    assert verify_snapshot(snapshot.path) == []
    assert snapshot.manifest.n_papers == 40
    assert latest_snapshot(snapshot.path.parent) == snapshot.path


def test_nothing_new_gives_the_parent(build: Build):
    first = build(invent(40))
    again = build(invent(40), parent=first, day=date(2025, 4, 1))
    assert not again.is_new
    assert again.path == first.path
    assert build(invent(40)).path == first.path


def test_only_the_months_that_changed_are_written_again(build: Build):
    papers = invent(40)
    first = build(papers)
    papers[0] = revise(papers[0])
    second = build(papers, parent=first, day=date(2025, 4, 1))
    written = {
        path
        for path in second.manifest.data_files
        if (second.path / path).stat().st_ino != (first.path / path).stat().st_ino
    }
    month = papers[0].month
    monthly = ("en-ja", "en-ja-sentences", "papers", "versions")
    # The table of authors says when each was last seen.
    assert written == {f"{config}/train-{month}.parquet" for config in monthly} | {
        "authors/train.parquet"
    }


def test_published_splits_are_those_of_the_parent(build: Build):
    papers = invent(40)
    splits = published_splits(build(papers).path).collect()
    assert dict(splits.iter_rows()) == {paper.paper_id: paper.split for paper in papers}
    assert published_splits(None).collect().is_empty()
