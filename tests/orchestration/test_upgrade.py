"""What the last release made goes on working; how its folder was kept is in tests/upgrade."""

from __future__ import annotations

import tarfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import pipeline.pair
import pipeline.pair.stage
import pipeline.parse.posts
import pipeline.validate.records
from pipeline.release.manifest import load, open_snapshot, published_schema
from pipeline.release.verify import verify_snapshot
from pipeline.sample import Entry, Post
from pipeline.sample.pages import entry_html
from pipeline.settings import PROJECT_ROOT
from tests.hub.client import client
from tests.hub.server import serve_hub
from tests.orchestration.conftest import DAYS, House

KEPT = PROJECT_ROOT / "tests" / "upgrade" / "home-0.1.0.tar.xz"
OLD, NEW = "v2025.03.07", "v2025.03.08"
REPO = "owner/upgraded"

NEW_POST = Post(
    post_id=9_001,
    slug="invented-after-the-upgrade",
    posted_at=datetime(2025, 3, 8, 3, 0, tzinfo=UTC),
    title="An Invented Study of Folders That Were Kept",
    content=entry_html(
        Entry(
            abstract_ja="この要約は架空のものである。保存されたフォルダを調べた。",
            abstract_en="This abstract is invented. It studies folders that were kept for a year.",
            authors=("Ann Invented",),
            date="2025-03-07 03:41:11+00:00",
            arxiv="2503.90999v1",
        )
    ),
    categories=("cs.DL",),
)


@pytest.fixture
def kept(house: House) -> House:
    """A house with the data folder that the last release made."""
    with tarfile.open(KEPT) as archive:
        archive.extractall(house.root / "data", filter="data")
    return house


def papers_of(snapshot: Path) -> pl.DataFrame:
    files = open_snapshot(snapshot).data_files("papers")
    return pl.read_parquet(files, columns=["paper_id", "split"]).sort("paper_id")


def refreshed(kept: House) -> Path:
    """Refresh the old days and a new one, with one new post; the folder of snapshots."""
    kept.site.blog.publish(NEW_POST)
    done = kept.run("refresh", "--from", DAYS[0], "--to", "2025-03-08")
    assert done.exit_code == 0, done.output
    return kept.settings.snapshots_dir


def test_days_are_made_anew_by_another_version_of_the_code(
    kept: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pipeline.parse.posts, "PARSER_VERSION", "next")
    monkeypatch.setattr(pipeline.validate.records, "VALIDATOR_VERSION", "next")
    monkeypatch.setattr(pipeline.pair, "ALIGNER_VERSION", "next")
    monkeypatch.setattr(pipeline.pair.stage, "ALIGNER_VERSION", "next")

    snapshots = refreshed(kept)

    tables = kept.settings.tables_dir
    for table, version in (("posts", "parser_version"), ("pair_signals", "aligner_version")):
        made_by = pl.read_parquet(str(tables / table / "*.parquet"), columns=["day", version])
        assert made_by["day"].n_unique() == len(DAYS) + 1
        assert made_by[version].unique().to_list() == ["next"]
    old, new = papers_of(snapshots / OLD), papers_of(snapshots / NEW)
    assert new.filter(pl.col("paper_id") != "2503.90999").equals(old)


def test_a_folder_and_a_repository_of_the_last_release_go_on(kept: House, tmp_path: Path):
    before = load(kept.settings.snapshots_dir / OLD)

    snapshots = refreshed(kept)

    assert load(snapshots / OLD) == before
    after = load(snapshots / NEW)
    assert (after.parent, after.n_papers) == (OLD, before.n_papers + 1)
    assert (after.history[-1].added, after.history[-1].removed) == (1, 0)
    assert verify_snapshot(snapshots / NEW) == []
    old, new = papers_of(snapshots / OLD), papers_of(snapshots / NEW)
    assert new.filter(pl.col("paper_id") != "2503.90999").equals(old)

    with (
        serve_hub(tmp_path / "hub") as hub,
        client(hub.url, tmp_path / "hf", tmp_path / "log", HF_HUB_DISABLE_XET="1") as caller,
    ):
        first = caller.call("tests.upgrade.publication:upload", str(snapshots / OLD), REPO, OLD)
        published = caller.call("pipeline.release.publish:publish", snapshots / NEW, REPO)
        repository = hub.repositories[REPO]
        assert repository.tags == {OLD: first, NEW: published.commit}
        assert repository.head.oid == published.commit
    # What did not change is not sent again.
    unchanged = {path for path, entry in before.files.items() if after.files.get(path) == entry}
    assert not unchanged & set(published.files_sent)


def test_every_column_of_the_last_release_is_still_published(kept: House):
    now = published_schema()
    gone = [
        f"{config}.{column} ({dtype})"
        for config, columns in load(kept.settings.snapshots_dir / OLD).schema.items()
        for column, dtype in columns.items()
        if now.get(config, {}).get(column) != dtype
    ]
    assert gone == [], (
        "a column that is renamed or dropped is published for one more release, its description "
        "beginning with `Deprecated:`; see docs/deploy.md"
    )
