"""`arxiv-ja-en erase`, on a data folder that a refresh has filled."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipeline.archive.archive import Archive
from pipeline.archive.verification import verify_archive
from pipeline.release.snapshot import snapshots
from pipeline.release.verify import verify_snapshot
from pipeline.sample.blog import Blog
from pipeline.sample.posts_file import read_posts
from pipeline.sample.quirks import Quirks
from pipeline.sample.site import respond
from pipeline.storage import TableStore
from tests.hub.server import serve_hub
from tests.hub.state import TOKEN, Hub
from tests.orchestration.conftest import House

REVISED = "2503.90004"
"""A paper of the sample that was posted in two versions."""


@pytest.fixture
def house(sample: House, tmp_path: Path) -> House:
    """A house of its own, as the sample's first refresh left it."""
    root = tmp_path / "house"
    shutil.copytree(sample.root, root)
    return House(root, sample.site)


def texts_of(folder: Path, paper_id: str) -> set[str]:
    """What a snapshot has of the paper: the title and both abstracts of each version."""
    rows = pl.read_parquet(folder / "versions/**/*.parquet").filter(paper_id=paper_id)
    columns = rows.select("title", "abstract_ja", "abstract_en").iter_columns()
    return {text for column in columns for text in column if text}


def files_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file below a folder, as text: what is packed is unpacked."""
    for path in folder.rglob("*"):
        if path.suffix in {".parquet", ".doubted"}:
            rows = pl.read_parquet(path)
            yield str(path), "\n".join(json.dumps(row, default=str, ensure_ascii=False)
                                       for row in rows.to_dicts())  # fmt: skip
        elif path.suffix == ".gz":
            text = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
            yield str(path), text + re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text)
        elif path.is_file():
            yield str(path), path.read_bytes().decode("utf-8", "replace")


def holding(house: House, texts: set[str]) -> set[str]:
    """The files of the data folder in which one of the texts stands, whole."""
    quoted = {json.dumps(text, ensure_ascii=False)[1:-1] for text in texts}
    return {
        name
        for name, text in files_of(house.settings.data_dir)
        if any(said in text for said in {*texts, *quoted})
    }


def state(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_without_yes_it_is_only_listed(house: House) -> None:
    before = state(house.settings.data_dir)
    listed = house.run("erase", REVISED)
    assert listed.exit_code == 0, listed.output
    assert f"add {REVISED} to removals.csv" in listed.output
    assert "Nothing was changed" in listed.output
    assert "delete these runs in Dagster" in listed.output
    after = state(house.settings.data_dir)
    assert before == {path: after[path] for path in before}


@pytest.mark.parametrize("role", ["revised", "duplicate", "plain"])
def test_nothing_in_the_data_folder_holds_it_afterwards(house: House, role: str) -> None:
    observations = TableStore(house.settings.tables_dir).scan("observations").collect()
    if role == "revised":
        paper_id = REVISED
    elif role == "duplicate":
        paper_id = observations.filter(role="duplicate")["paper_id"][0]
    else:
        once = observations.filter(pl.len().over("paper_id") == 1)
        paper_id = once.filter(role="paper")["paper_id"][0]
    (released,) = snapshots(house.settings.snapshots_dir)
    texts = texts_of(released, paper_id)
    assert len(holding(house, texts)) > 3
    done = house.run("erase", paper_id, "--yes")
    assert done.exit_code == 0, done.output
    assert holding(house, texts) == set()
    (left,) = snapshots(house.settings.snapshots_dir)
    assert verify_snapshot(left) == []
    assert paper_id in json.loads((left / "manifest.json").read_text())["withdrawn"]
    assert verify_archive(house.settings.archive_dir).damages == []
    assert Archive(house.settings.archive_dir).damages() == []
    again = house.run("erase", paper_id)
    assert "To be done:\n  - nothing\n" in again.output
    refreshed = house.refresh()
    assert refreshed.exit_code == 0, refreshed.output
    assert snapshots(house.settings.snapshots_dir) == [left]


def test_a_file_that_it_was_imported_from_is_named(house: House) -> None:
    posts = TableStore(house.settings.tables_dir).scan("posts").filter(arxiv_id=REVISED).collect()
    address = f"/{min(posts['day']):%Y/%m/%d}/"
    page = respond(Blog(read_posts()), Quirks(), address, house.site.base_url)
    inbox = house.settings.inbox_dir
    inbox.mkdir(exist_ok=True)
    (inbox / "a page.html").write_bytes(page.body)
    assert house.refresh().exit_code == 0
    listed = house.run("erase", REVISED)
    assert f"delete {inbox / 'done' / 'a page.html'}, from which it was imported" in listed.output
    newest = snapshots(house.settings.snapshots_dir)[-1]
    texts = texts_of(newest, REVISED)
    done = house.run("erase", REVISED, "--yes")
    assert done.exit_code == 0, done.output
    assert holding(house, texts) == {str(inbox / "done" / "a page.html")}


def test_a_damaged_record_costs_only_itself(house: House) -> None:
    posts = TableStore(house.settings.tables_dir).scan("posts").filter(arxiv_id=REVISED).collect()
    (name,) = posts["archive_file"].unique()
    path = house.settings.archive_dir / name
    data = bytearray(path.read_bytes())
    data[posts["record_offset"][0] + 40] ^= 255
    path.write_bytes(data)
    failed = house.run("erase", REVISED, "--yes")
    assert failed.exit_code == 1
    assert name in failed.output
    assert "Traceback" not in failed.output


def test_every_post_is_still_accounted_for(house: House) -> None:
    before = TableStore(house.settings.tables_dir).read("ledger")
    house.run("erase", REVISED, "--yes")
    after = TableStore(house.settings.tables_dir).read("ledger")

    def counts(ledger: pl.DataFrame) -> dict[str, int]:
        return dict(ledger.group_by("state").len().iter_rows())

    was, now = counts(before), counts(after)
    assert now["not_a_paper"] == was["not_a_paper"] + 2
    assert now["paper"] == was["paper"] - 1
    assert sum(now.values()) == sum(was.values())


def test_a_release_that_fails_stops_before_anything_is_deleted(house: House) -> None:
    (folder,) = snapshots(house.settings.snapshots_dir)
    data = next((folder / "papers").rglob("*.parquet"))
    data.write_bytes(data.read_bytes()[:-1])
    stopped = house.run("erase", REVISED, "--yes")
    assert stopped.exit_code == 1
    assert snapshots(house.settings.snapshots_dir) == [folder]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["2503.99999"], "Error: 2503.99999: no such paper in the tables or snapshots here"),
        (["../x"], "Error: '../x' names no paper: write its id, such as 2503.01234"),
        ([REVISED, "--from-hub"], "--from-hub needs ARXIV_JA_EN_HUB_REPO to name a repository"),
    ],
)
def test_what_cannot_be_erased_is_one_line(house: House, arguments: list[str], line: str) -> None:
    failed = house.run("erase", *arguments)
    assert failed.exit_code != 0
    assert line in failed.output
    assert "Traceback" not in failed.output


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with serve_hub(tmp_path / "hub") as there:
        yield there


def test_one_command_erases_it_here_and_on_the_hub(house: House, hub: Hub) -> None:
    env = {
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": TOKEN,
        "HF_HOME": str(house.root / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "ARXIV_JA_EN_HUB_REPO": "owner/whole",
    }

    def run(*args: str) -> str:
        done = subprocess.run(
            house.command(*args), env=house.env | env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert TOKEN not in done.stdout + done.stderr
        return done.stdout

    run("publish")
    assert "once a version without it is published" in run("erase", REVISED, "--from-hub")
    run("erase", REVISED, "--from-hub", "--yes")
    repository = hub.repositories["owner/whole"]
    (left,) = snapshots(house.settings.snapshots_dir)
    assert [*repository.tags] == [left.name]
    assert len(repository.log) == 1
    for sha256 in repository.pushed:
        rows = pl.read_parquet(hub.object(sha256))
        assert "paper_id" not in rows.columns or REVISED not in rows["paper_id"]
    again = run("erase", REVISED, "--from-hub")
    assert "To be done on owner/whole:\n  - nothing\n" in again
