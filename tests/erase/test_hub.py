"""A paper that is erased from the Hub is in no file that the Hub serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from pipeline.release.manifest import Snapshot
from tests.hub.client import Client, KilledError, RemoteError, client
from tests.hub.faults import Fault
from tests.hub.repository import Repository, StoredFile
from tests.hub.server import serve_hub
from tests.hub.state import Hub
from tests.release.conftest import builder
from tests.release.invented import invent

REPO = "owner/erased"
PUBLISH = "pipeline.release.publish:publish"
PLAN = "pipeline.erase.hub:plan_hub_erasure"
ERASE = "pipeline.erase.hub:erase_from_hub"


@dataclass
class World:
    """A Hub with four versions; the third and fourth are without the first's last paper."""

    hub: Hub
    caller: Client
    made: list[Snapshot]
    paper_id: str

    @property
    def repository(self) -> Repository:
        return self.hub.repositories[REPO]

    @property
    def snapshots(self) -> Path:
        return self.made[0].path.parent

    def served(self, sha256: str) -> bool:
        return self.hub.object(sha256).exists()

    def holding(self) -> list[str]:
        """The stored files that have a row of the paper."""
        return [sha256 for sha256 in self.repository.pushed if self._has_row(sha256)]

    def _has_row(self, sha256: str) -> bool:
        rows = pl.read_parquet(BytesIO(self.hub.object(sha256).read_bytes()))
        return "paper_id" in rows.columns and self.paper_id in rows["paper_id"]

    def publish(self, snapshot: Snapshot) -> None:
        self.caller.call(PUBLISH, snapshot.path, REPO)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    build = builder(tmp_path / "made")
    papers = invent(12)
    before = build(papers[:10])
    held = build(papers, parent=before, day=date(2025, 4, 1))
    paper_id = papers[-1].paper_id
    without = build(papers[:-1], parent=held, day=date(2025, 4, 2), removals=[paper_id])
    with (
        serve_hub(tmp_path / "server") as hub,
        client(hub.url, tmp_path / "home", tmp_path / "log", HF_HUB_DISABLE_XET="1") as caller,
    ):
        there = World(hub, caller, [before, held, without], paper_id)
        for snapshot in there.made:
            there.publish(snapshot)
        yield there


def test_what_is_to_be_done_is_listed_and_not_done(world: World) -> None:
    state = (dict(world.repository.tags), list(world.repository.log), dict(world.repository.pushed))
    plan = world.caller.call(PLAN, REPO, [world.paper_id])
    assert plan.tags == (world.made[1].version,)
    assert plan.n_commits == 4
    assert {*world.holding()} <= {file.file_oid for file in plan.files}
    assert len([*plan.lines()]) == 4
    assert state == (world.repository.tags, world.repository.log, world.repository.pushed)


def test_nothing_that_is_served_holds_it_afterwards(world: World) -> None:
    before, _, without = world.made
    assert len(world.holding()) > 2
    world.caller.call(ERASE, REPO, [world.paper_id], world.snapshots)
    assert world.holding() == []
    assert {*world.repository.tags} == {before.version, without.version}
    assert len(world.repository.log) == 1
    assert world.repository.tags[without.version] == world.repository.head.oid
    assert world.caller.call(PLAN, REPO, [world.paper_id]).is_done


def test_every_other_version_is_whole(world: World, tmp_path: Path) -> None:
    world.caller.call(ERASE, REPO, [world.paper_id], world.snapshots)
    for snapshot in (world.made[0], world.made[2]):
        restored = world.caller.call(
            "pipeline.release.restore:restore", REPO, snapshot.version, tmp_path / "back"
        )
        assert (restored / "manifest.json").read_bytes() == (
            snapshot.path / "manifest.json"
        ).read_bytes()


def test_the_next_version_is_published_as_ever(world: World) -> None:
    world.caller.call(ERASE, REPO, [world.paper_id], world.snapshots)
    world.publish(world.made[2])
    assert world.made[1].version not in world.repository.tags
    papers = [*invent(11), *invent(1, start=30)]
    following = builder(world.snapshots)(
        papers, parent=world.made[2], day=date(2025, 4, 3), removals=[world.paper_id]
    )
    world.publish(following)
    assert world.repository.tags[following.version] == world.repository.head.oid


def test_a_version_that_still_holds_it_stops_all(world: World) -> None:
    other = invent(1)[0].paper_id
    with pytest.raises(RemoteError, match="still holds it in its newest version"):
        world.caller.call(ERASE, REPO, [other], world.snapshots)
    assert len(world.repository.tags) == 3


@pytest.mark.parametrize("ref", ["refs/pr/1", "refs/convert/parquet", "refs/heads/mine"])
def test_other_refs_are_named_and_lose_only_the_files_that_hold_it(world: World, ref: str) -> None:
    own = pl.DataFrame({"note": ["of somebody else"]})
    buffer = BytesIO()
    own.write_parquet(buffer)
    sha256 = "f" * 64
    world.hub.object(sha256).write_bytes(buffer.getvalue())
    files = dict(world.repository.commits[world.repository.tags[world.made[1].version]].files)
    files["extra.parquet"] = StoredFile(len(buffer.getvalue()), sha256=sha256)
    main = list(world.repository.log)
    world.repository.others[ref] = world.repository.commit("of somebody else", files).oid
    world.repository.log[:] = main
    plan = world.caller.call(PLAN, REPO, [world.paper_id])
    assert [line for line in plan.by_hand if line.startswith(f"{ref} holds it in ")]
    world.caller.call(ERASE, REPO, [world.paper_id], world.snapshots)
    assert world.holding() == []
    assert world.served(sha256)
    assert ref in world.repository.others


def test_an_index_that_cannot_be_read_is_named_and_kept(world: World) -> None:
    sha256 = "e" * 64
    world.hub.object(sha256).write_bytes(b"an index")
    main = list(world.repository.log)
    files = {"default/index.duckdb": StoredFile(8, sha256=sha256)}
    world.repository.others["refs/convert/duckdb"] = world.repository.commit("index", files).oid
    world.repository.log[:] = main
    plan = world.caller.call(ERASE, REPO, [world.paper_id], world.snapshots)
    named = "refs/convert/duckdb has default/index.duckdb, which is not looked into"
    assert [line for line in plan.by_hand if line.startswith(named)]
    assert world.served(sha256)


@pytest.mark.parametrize("kind", ["kill before", "kill after"])
@pytest.mark.parametrize("route", ["delete-tag", "squash", "tag", "delete-lfs-files"])
def test_what_a_kill_leaves_undone_is_done_by_the_next_call(
    world: World, route: str, kind: str
) -> None:
    def kill_at(pid: int) -> None:
        world.hub.faults.add(Fault(route, kind, pid=pid))

    with pytest.raises(KilledError):
        world.caller.call(ERASE, REPO, [world.paper_id], world.snapshots, on_start=kill_at)
    world.caller.call(ERASE, REPO, [world.paper_id], world.snapshots)
    assert world.holding() == []
    assert world.repository.tags[world.made[2].version] == world.repository.head.oid
    assert {*world.repository.tags} == {world.made[0].version, world.made[2].version}


def test_a_hub_that_refuses_is_one_line(world: World) -> None:
    world.hub.faults.add(Fault("squash", 403))
    with pytest.raises(RemoteError, match=r"PublicationError.*the Hub refused") as refused:
        world.caller.call(ERASE, REPO, [world.paper_id], world.snapshots)
    assert "\n" not in str(refused.value)
