"""A data folder that was lost goes on from what is published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pipeline.release.manifest import MANIFEST, Snapshot, open_snapshot
from pipeline.release.verify import verify_snapshot
from tests.damage import DAMAGES, Damage
from tests.hub.client import Client, RemoteError, client
from tests.hub.repository import StoredFile
from tests.hub.server import serve_hub
from tests.hub.state import Hub
from tests.release.conftest import builder
from tests.release.invented import invent

REPO = "owner/restored"
PUBLISH = "pipeline.release.publish:publish"
RESTORE = "pipeline.release.restore:restore"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, Client, list[Snapshot]]]:
    """A Hub with two versions, a client of it, and the snapshots where they were made."""
    folder = tmp_path_factory.mktemp("restore")
    build = builder(folder / "made")
    first = build(invent(12))
    second = build(invent(14), parent=first, day=date(2025, 4, 1))
    with (
        serve_hub(folder / "server") as hub,
        client(hub.url, folder / "home", folder / "log", HF_HUB_DISABLE_XET="1") as caller,
    ):
        for snapshot in (first, second):
            caller.call(PUBLISH, snapshot.path, REPO)
        yield hub, caller, [first, second]


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


@pytest.mark.parametrize("which", [0, 1, None])
def test_a_version_comes_back_as_it_was(world, tmp_path: Path, which: int | None) -> None:
    _, caller, made = world
    tag = made[which].version if which is not None else None
    snapshot = made[1 if which is None else which]
    restored = caller.call(RESTORE, REPO, tag, tmp_path)
    assert restored == tmp_path / snapshot.version
    assert files(restored) == files(snapshot.path)
    assert verify_snapshot(restored) == []
    assert not [*tmp_path.glob(".restore-*")]


def test_the_next_snapshot_follows_what_was_restored(world, tmp_path: Path) -> None:
    hub, caller, _ = world
    restored = open_snapshot(caller.call(RESTORE, REPO, None, tmp_path))
    third = builder(tmp_path)(invent(15), parent=restored, day=date(2025, 4, 2))
    done = caller.call(PUBLISH, third.path, REPO)
    assert done.version == third.version
    repository = hub.repositories[REPO]
    assert repository.tags[third.version] == repository.head.oid
    repository.log.pop()
    del repository.tags[third.version]


def test_a_tag_that_is_deleted_later_is_not_made_again(world, tmp_path: Path) -> None:
    hub, caller, _ = world
    caller.call(RESTORE, REPO, None, tmp_path)
    known = json.loads((tmp_path / "published.json").read_text())[REPO]
    assert {version: entry["commit"] for version, entry in known.items()} == hub.repositories[
        REPO
    ].tags


def test_what_is_there_and_whole_is_left(world, tmp_path: Path) -> None:
    _, caller, _ = world
    restored = caller.call(RESTORE, REPO, None, tmp_path)
    before = {path: path.stat().st_ino for path in restored.rglob("*")}
    assert caller.call(RESTORE, REPO, None, tmp_path) == restored
    assert {path: path.stat().st_ino for path in restored.rglob("*")} == before


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("which", [MANIFEST, "data"])
def test_what_is_damaged_is_replaced(world, tmp_path: Path, damage: Damage, which: str) -> None:
    _, caller, made = world
    restored = caller.call(RESTORE, REPO, None, tmp_path)
    table = made[1].data_files("papers")[0].relative_to(made[1].path)
    damage(restored / (MANIFEST if which == MANIFEST else table))
    caller.call(RESTORE, REPO, None, tmp_path)
    assert files(restored) == files(made[1].path)


def test_another_snapshot_of_that_name_is_not_overwritten(world, tmp_path: Path) -> None:
    _, caller, made = world
    other = builder(tmp_path)(invent(20, start=40), day=date(2025, 4, 1))
    before = files(other.path)
    with pytest.raises(RemoteError, match="is another snapshot of that name: move it away"):
        caller.call(RESTORE, REPO, made[1].version, tmp_path)
    assert files(other.path) == before


def test_what_is_not_whole_on_the_hub_is_not_restored(world, tmp_path: Path) -> None:
    hub, caller, made = world
    repository = hub.repositories[REPO]
    head = repository.commits[repository.tags[made[1].version]]
    cut = {**head.files, "README.md": StoredFile(3, b"cut")}
    repository.tags["v2025.04.05"] = repository.commit("cut", cut).oid
    try:
        with pytest.raises(RemoteError, match=r"is not whole, nothing is restored: README\.md"):
            caller.call(RESTORE, REPO, "v2025.04.05", tmp_path)
    finally:
        del repository.tags["v2025.04.05"]
        repository.log.pop()
    assert [*tmp_path.glob("v*")] == []


@pytest.mark.parametrize(
    ("repo", "tag"), [(REPO, "v2019.01.01"), ("owner/nothing", None), ("no repo", None)]
)
def test_what_is_not_there_is_one_line(world, tmp_path: Path, repo: str, tag: str | None) -> None:
    _, caller, _ = world
    with pytest.raises(RemoteError, match="cannot be had from the Hub"):
        caller.call(RESTORE, repo, tag, tmp_path)
    assert [*tmp_path.glob("v*")] == []
