"""Files dropped in the inbox go the way of all pages, to the snapshot."""

from __future__ import annotations

import os
import shutil
import urllib.request
from pathlib import Path

import polars as pl
import pytest

from pipeline.release.verify import verify_snapshot
from tests.orchestration.conftest import DAYS, House


def drop(house: House, name: str, content: bytes) -> None:
    inbox = house.root / "data" / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / name).write_bytes(content)
    os.utime(inbox / name, (1e9, 1e9))  # as if it had been there for long


def newest_snapshot(house: House) -> Path:
    return sorted((house.root / "data" / "snapshots").glob("v*"))[-1]


def read(snapshot: Path, config: str) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path) for path in sorted((snapshot / config).glob("*"))])


def test_a_real_page_of_ten_entries_gives_ten_papers(house: House, shared_dir: Path) -> None:
    inbox = house.root / "data" / "inbox"
    inbox.mkdir(parents=True)
    shutil.copy(shared_dir / "digest" / "cs-cl.txt", inbox)

    done = house.run("refresh", "--from", DAYS[0], "--to", DAYS[0])

    assert done.exit_code == 0, done.output
    assert verify_snapshot(newest_snapshot(house)) == []
    papers = read(newest_snapshot(house), "papers").filter(pl.col("arxiv_id").is_null())
    assert papers.height == 10
    assert papers["paper_id"].str.contains(r"^t-[0-9a-f]{16}$").all()
    assert papers["version"].null_count() == 10, "the text names no version, none is invented"
    assert papers["version_date"].dt.date().unique().to_list() == [
        papers["version_date"].dt.date().min()
    ]
    assert papers["provider"].unique().to_list() == ["arxiv.jp"]
    assert papers["translator"].unique().to_list() == ["DeepL"]
    for row in papers.iter_rows(named=True):
        assert len(row["title"]) > 20
        assert len(row["abstract_en"]) > 500
        assert len(row["abstract_ja"]) > 200
        assert row["authors"]
        assert "cs.CL" in row["categories"]
    pairs = read(newest_snapshot(house), "en-ja-sentences")
    assert set(papers["paper_id"]) <= set(pairs["paper_id"])
    assert [p.name for p in (inbox / "done").iterdir()] == ["cs-cl.txt"]


def test_the_summary_counts_what_came_through_the_inbox(house: House) -> None:
    page = urllib.request.urlopen(f"{house.site.base_url}/2025/03/04/").read()
    drop(house, "page.html", page)

    done = house.run("refresh", "--from", DAYS[0], "--to", DAYS[0])

    assert done.exit_code == 0, done.output
    summary = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    of_day = pl.read_parquet(house.root / "data" / "tables" / "posts" / f"{DAYS[0]}.parquet")
    of_page = pl.read_parquet(house.root / "data" / "tables" / "posts" / f"{DAYS[1]}.parquet")
    assert of_page.height > 0
    assert summary["parsed"] == f"{of_day.height + of_page.height} entries"
    assert summary["new"] == summary["papers"]


def test_posts_of_days_that_cannot_be_are_archived_and_spoil_nothing(house: House) -> None:
    posts = urllib.request.urlopen(f"{house.site.base_url}/wp-json/wp/v2/posts?per_page=2").read()
    for year in ("1995", "2095"):
        drop(house, f"posts-{year}.json", posts.replace(b'"2025-03-', f'"{year}-03-'.encode()))

    done = house.run("refresh", "--from", DAYS[0], "--to", DAYS[0])

    assert done.exit_code == 0, done.output
    (beyond,) = [line for line in done.stderr.splitlines() if "archived, not parsed" in line]
    assert "1995-03-07 to 2095-03-07" in beyond
    assert newest_snapshot(house).name == "v2025.03.03"
    assert house.run("refresh", "--from", DAYS[0], "--to", DAYS[0]).exit_code == 0


@pytest.mark.parametrize("day", ["1995-03-07", "2995-03-07", "yesterday"])
def test_a_day_that_cannot_be_is_usage_and_takes_nothing(house: House, day: str) -> None:
    drop(house, "page.html", b"x")

    done = house.run("import", "--day", day, str(house.root / "data" / "inbox" / "page.html"))

    assert done.exit_code == 2
    assert day in done.stderr
    assert not (house.root / "data" / "archive").exists()


def test_what_cannot_be_used_is_rejected_with_a_reason_and_stops_nothing(refreshed: House) -> None:
    house = refreshed
    drop(house, "empty.html", b"")
    drop(house, "noise.txt", bytes(range(256)) * 40)
    drop(house, "letter.html", b"<html><body><p>Dear reader, this is no digest.</p></body></html>")

    done = house.refresh()

    assert done.exit_code == 0, done.output
    assert verify_snapshot(newest_snapshot(house)) == []
    rejected = house.root / "data" / "inbox" / "rejected"
    for name in ("empty.html", "noise.txt"):
        assert (rejected / name).is_file()
        assert (rejected / f"{name}.reason.txt").read_text().strip()
        assert name in done.stderr
    assert not [p for p in (house.root / "data" / "inbox").iterdir() if p.is_file()]


def test_what_waits_is_released_though_the_site_is_down(house: House) -> None:
    page = urllib.request.urlopen(f"{house.site.base_url}/2025/03/04/").read()
    drop(house, "page.html", page)
    nowhere = "http://127.0.0.1:9"
    done = house.run("refresh", "--from", DAYS[0], "--to", DAYS[-1], "--base-url", nowhere)
    assert done.exit_code == 1, "the days were not read"
    assert "captures" in done.stdout
    snapshot = newest_snapshot(house)
    assert verify_snapshot(snapshot) == []
    papers = read(snapshot, "papers")
    assert papers.height == 8
    assert str(snapshot) in done.stdout

    again = house.run("refresh", "--from", DAYS[0], "--to", DAYS[-1], "--base-url", nowhere)
    assert again.exit_code == 1
    assert newest_snapshot(house) == snapshot
    assert house.refresh().exit_code == 0
    assert read(newest_snapshot(house), "papers").height == 40
