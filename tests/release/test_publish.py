"""Publication against a Hub on loopback, by the unmodified client, with everything that fails."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.release.configs import BY_NAME
from pipeline.release.hub import Publication
from pipeline.release.manifest import Snapshot
from pipeline.release.published import Published, PublishedVersions
from tests.hub.client import Client, KilledError, RemoteError, client
from tests.hub.faults import Fault
from tests.hub.repository import Repository, StoredFile
from tests.hub.server import serve_hub
from tests.hub.state import TOKEN, Hub
from tests.release.conftest import Build, builder
from tests.release.invented import invent, revise

PUBLISH = "pipeline.release.publish:publish"


@dataclass(frozen=True)
class World:
    """The Hub, a client of it, and what the client printed."""

    hub: Hub
    client: Client
    log: Path

    def publish(self, snapshot: Snapshot, repo: str, **options: Any) -> Publication:
        done = self.client.call(PUBLISH, snapshot.path, f"owner/{repo}", **options)
        assert isinstance(done, Publication)
        return done

    def repository(self, repo: str) -> Repository:
        return self.hub.repositories[f"owner/{repo}"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("hub")
    log = folder / "client.log"
    with (
        serve_hub(folder / "server") as hub,
        client(hub.url, folder / "home", log, HF_HUB_DISABLE_XET="1") as caller,
    ):
        yield World(hub, caller, log)


@pytest.fixture
def world(served: World) -> World:
    served.hub.faults.clear()
    served.hub.requests.clear()
    return served


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Snapshot]:
    """A snapshot, and the one of the next day: a new paper, a revised one; not to be changed."""
    build = builder(tmp_path_factory.mktemp("two_days"))
    papers = invent(12)
    first = build(papers)
    papers[0] = revise(papers[0])
    second = build([*papers, *invent(1, start=12)], parent=first, day=date(2025, 4, 1))
    return first, second


def assert_holds(repository: Repository, snapshot: Snapshot) -> None:
    """The tag names a commit with exactly the snapshot's files."""
    files = repository.commits[repository.tags[snapshot.version]].files
    assert set(files) == {*snapshot.manifest.files, "manifest.json", ".gitattributes"}
    for path, entry in snapshot.manifest.files.items():
        assert files[path].size == entry.bytes
        assert files[path].sha256 in (None, entry.sha256)


def test_a_snapshot_becomes_one_commit_and_one_tag(world: World, two_days):
    snapshot, _ = two_days
    done = world.publish(snapshot, "first")
    repository = world.repository("first")
    assert len(repository.log) == 2
    assert repository.tags == {snapshot.version: repository.head.oid} == {done.version: done.commit}
    assert_holds(repository, snapshot)
    assert snapshot.version in done.message


def test_what_is_published_is_not_sent_again(world: World, two_days):
    world.publish(two_days[0], "again")
    done = world.publish(two_days[0], "again")
    assert done.files_sent == ()
    assert len(world.repository("again").log) == 2
    assert world.hub.count("commit") == 1


def test_only_files_that_changed_travel(world: World, two_days):
    first, second = two_days
    world.publish(first, "next")
    world.hub.requests.clear()
    done = world.publish(second, "next")
    changed = {
        path
        for path, entry in second.manifest.files.items()
        if first.manifest.files.get(path) != entry
    }
    assert set(done.files_sent) == changed | {"manifest.json"}
    sent = sum(size for route, _, size in world.hub.requests if route == "lfs-upload")
    data = changed & set(second.manifest.data_files)
    assert sent == sum(second.manifest.files[path].bytes for path in data)
    assert_holds(world.repository("next"), first)
    assert_holds(world.repository("next"), second)


def test_files_that_are_no_longer_made_are_deleted_and_others_kept(world: World, build: Build):
    papers = invent(12)
    first = build(papers)
    world.publish(first, "gone")
    repository = world.repository("gone")
    repository.commit(
        "a note", {**repository.head.files, "NOTE.md": repository.head.files["README.md"]}
    )
    march = [paper for paper in papers if paper.month == "2025-03"]
    removals = [paper.paper_id for paper in papers if paper.month != "2025-03"]
    second = build(march, parent=first, day=date(2025, 4, 1), removals=removals)
    world.publish(second, "gone")
    files = set(repository.head.files)
    assert "NOTE.md" in files
    assert {path for path in files if path.split("/")[0] in BY_NAME} == set(
        second.manifest.data_files
    )


@pytest.mark.parametrize(
    "fault",
    [
        Fault("commit", "lost"),
        Fault("commit", "refused"),
        Fault("commit", 412),
        Fault("commit", 503),
        Fault("commit", 500, times=2),
        Fault("tag", "lost"),
        Fault("tag", 502),
        Fault("tree", 504),
        Fault("refs", "refused"),
        Fault("create", 500),
        Fault("preupload", 503),
        Fault("lfs-upload", 500),
        Fault("*", "slow", times=1),
    ],
    ids=lambda fault: f"{fault.route}-{fault.kind}",
)
def test_a_failure_that_passes_leaves_one_commit_and_one_tag(
    world: World, two_days, fault: Fault, request: pytest.FixtureRequest
):
    name = f"fault-{fault.route.replace('*', 'any')}-{fault.kind}"
    world.hub.faults.add(fault)
    world.publish(two_days[0], name)
    repository = world.repository(name)
    assert len(repository.log) == 2
    assert repository.tags == {two_days[0].version: repository.head.oid}
    assert_holds(repository, two_days[0])


def test_a_failure_that_stays_leaves_main_as_it_was_and_the_next_run_ends_it(
    world: World, two_days
):
    first, second = two_days
    world.publish(first, "stays")
    repository = world.repository("stays")
    head = repository.head
    world.hub.faults.add(Fault("commit", 403))
    with pytest.raises(RemoteError, match="PublicationError"):
        world.publish(second, "stays")
    assert repository.head is head
    world.publish(second, "stays")
    assert_holds(repository, second)


def test_a_commit_of_somebody_else_is_built_upon(world: World, two_days):
    """The 412 is real here: the head moves between the look and the commit."""
    first, second = two_days
    world.publish(first, "moves")
    repository = world.repository("moves")
    world.hub.faults.add(Fault("preupload", "slow"))
    moved = False

    def move(_: int) -> None:
        nonlocal moved
        moved = True
        repository.commit("a human's note", {**repository.head.files})

    world.client.call(PUBLISH, second.path, "owner/moves", on_start=move)
    assert moved
    assert [repository.commits[oid].message for oid in repository.log[1:]] == [
        f"Publish {first.version}",
        "a human's note",
        f"Publish {second.version}",
    ]
    assert_holds(repository, second)


def test_killed_at_twenty_points_the_hub_is_always_consistent(world: World, two_days):
    first, second = two_days
    world.publish(first, "count")
    before = len(world.hub.requests)
    world.publish(second, "count")
    points = [
        (n, moment)
        for n in range(len(world.hub.requests) - before)
        for moment in ("kill before", "kill after")
    ]
    assert len(points) >= 20
    for i, (n, moment) in enumerate(sorted(random.Random(5).sample(points, 20))):
        name = f"killed-{i}"
        source = world.repository("count")
        start = source.commits[source.log[1]]
        repository = world.hub.repositories[f"owner/{name}"] = Repository(f"owner/{name}")
        repository.tags[first.version] = repository.commit(start.message, start.files).oid

        def arm(pid: int, skip: int = n, kind: str = moment) -> None:
            world.hub.faults.add(Fault("*", kind, skip=skip, pid=pid))

        with pytest.raises(KilledError):
            world.client.call(PUBLISH, second.path, f"owner/{name}", on_start=arm)
        head = repository.head.files
        assert head["manifest.json"] in (
            start.files["manifest.json"],
            source.head.files["manifest.json"],
        )
        assert head in (start.files, source.head.files)
        world.hub.faults.clear()
        world.publish(second, name)
        assert len(repository.log) == 3
        assert repository.tags == {
            first.version: repository.log[1],
            second.version: repository.log[2],
        }
        assert_holds(repository, second)


def test_a_tag_that_a_kill_left_out_is_made_up_for_by_the_next_snapshot(
    world: World, two_days, monkeypatch: pytest.MonkeyPatch
):
    first, second = two_days
    world.publish(first, "untagged")
    repository = world.repository("untagged")
    oid = repository.tags.pop(first.version)
    # As it stands from the commit until the tag is made.
    PublishedVersions(first.path.parent, "owner/untagged").note(first.version, Published(oid))
    world.publish(second, "untagged")
    assert repository.tags == {first.version: oid, second.version: repository.head.oid}


def test_a_tag_that_was_deleted_is_not_made_again(world: World, two_days):
    first, second = two_days
    world.publish(first, "deleted-tag")
    repository = world.repository("deleted-tag")
    del repository.tags[first.version]
    done = world.publish(first, "deleted-tag")
    assert (done.commit, done.is_tagged) == (repository.head.oid, False)
    assert "was deleted on the Hub, and is not made again" in done.message
    world.publish(second, "deleted-tag")
    assert [*repository.tags] == [second.version]


def test_a_tag_is_never_moved(world: World, two_days, build: Build, tmp_path: Path):
    world.publish(two_days[0], "taken")
    repository = world.repository("taken")
    tags = dict(repository.tags)
    other = build(invent(15), into=tmp_path / "elsewhere")
    assert other.version == two_days[0].version
    with pytest.raises(RemoteError, match="a tag is never moved"):
        world.publish(other, "taken")
    assert repository.tags == tags


def test_a_snapshot_must_descend_from_what_is_published(
    world: World, two_days, build: Build, tmp_path: Path
):
    world.publish(two_days[1], "line")
    stranger = build(invent(30), into=tmp_path / "elsewhere", day=date(2025, 5, 1))
    with pytest.raises(RemoteError, match="does not descend"):
        world.publish(stranger, "line")
    with pytest.raises(RemoteError, match="does not descend"):
        world.publish(two_days[0], "line")
    assert len(world.repository("line").log) == 2


def test_somebody_elses_repository_is_left_alone(world: World, two_days):
    world.publish(two_days[0], "theirs")
    repository = world.repository("theirs")
    files = {p: f for p, f in repository.head.files.items() if p != "manifest.json"}
    repository.commit("no manifest", files)
    with pytest.raises(RemoteError, match="put there, changed or deleted by somebody else"):
        world.publish(two_days[1], "theirs")
    assert len(repository.log) == 3


def test_another_dataset_of_the_same_name_does_not_follow(
    world: World, two_days, build: Build, tmp_path: Path
):
    world.publish(two_days[0], "namesake")
    folder = tmp_path / "elsewhere"
    other = build(invent(20, start=50), into=folder)
    assert other.version == two_days[0].version
    child = build(invent(24, start=50), into=folder, parent=other, day=date(2025, 4, 1))
    with pytest.raises(RemoteError, match="but another of its name"):
        world.publish(child, "namesake")
    assert len(world.repository("namesake").log) == 2


def test_a_line_without_digests_is_known_by_its_figures(build: Build):
    first = build(invent(12))
    second = build(invent(14), parent=first, day=date(2025, 4, 1))
    third = build(invent(16), parent=second, day=date(2025, 4, 2)).manifest
    old = replace(third, history=tuple(replace(step, digest=None) for step in third.history))
    assert old.follows(first.manifest, first.digest)
    other = build(invent(13), into=first.path.parent / "other")
    assert not old.follows(other.manifest, other.digest)
    assert not third.follows(other.manifest, other.digest)
    assert third.follows(first.manifest, first.digest)
    assert not third.follows(third, second.digest)


def edit(repository: Repository, path: str, content: bytes) -> None:
    """Somebody changes a file of `main`."""
    held = StoredFile(len(content), content)
    repository.commit("by hand", {**repository.head.files, path: held})


@pytest.mark.parametrize("path", ["README.md", "en-ja/train-2020-01.parquet"])
def test_the_first_publication_replaces_nothing_of_others(world: World, two_days, path: str):
    name = f"used-{path[:2]}".lower()
    repository = world.hub.repositories[f"owner/{name}"] = Repository(f"owner/{name}")
    edit(repository, path, b"mine")
    edit(repository, "NOTE.md", b"mine too")
    with pytest.raises(RemoteError, match=f"{path}, put there.*--accept-foreign") as refused:
        world.publish(two_days[0], name)
    assert "NOTE.md" not in str(refused.value)
    assert repository.head.files[path].content == b"mine"
    world.publish(two_days[0], name, accept_foreign=True)
    assert repository.head.files["NOTE.md"].content == b"mine too"
    assert path == "README.md" or path not in repository.head.files
    assert repository.tags == {two_days[0].version: repository.head.oid}


@pytest.mark.parametrize("path", ["README.md", "manifest.json", "LICENSE.md"])
@pytest.mark.parametrize("then", [0, 1], ids=["nothing new", "a new snapshot"])
def test_a_file_that_was_edited_or_deleted_by_hand_is_seen(
    world: World, two_days, path: str, then: int
):
    name = f"edited-{path.split('.')[0].lower()}-{then}"
    world.publish(two_days[0], name)
    repository = world.repository(name)
    if path == "README.md":
        edit(repository, path, b"---\nmine: yes\n---\n")
    else:
        files = {p: f for p, f in repository.head.files.items() if p != path}
        repository.commit("by hand", files)
    mine = repository.head.oid
    with pytest.raises(RemoteError, match="--accept-foreign"):
        world.publish(two_days[then], name)
    assert repository.head.oid == mine
    tagged = dict(repository.tags)
    done = world.publish(two_days[then], name, accept_foreign=True)
    assert path in done.files_sent
    assert repository.tags[two_days[0].version] == tagged[two_days[0].version]
    assert repository.head.files[path].size == (two_days[then].path / path).stat().st_size
    assert world.publish(two_days[then], name).files_sent == ()


def test_a_repository_that_is_gone_is_made_anew_when_asked_for(world: World, two_days):
    world.publish(two_days[0], "dropped")
    del world.hub.repositories["owner/dropped"]
    with pytest.raises(RemoteError, match="is not there any more: deleted, renamed, or hidden"):
        world.publish(two_days[1], "dropped")
    assert "owner/dropped" not in world.hub.repositories
    world.publish(two_days[1], "dropped", accept_foreign=True)
    assert [*world.repository("dropped").tags] == [two_days[1].version]


def test_what_is_known_of_publications_that_cannot_be_read_is_said(world: World, build: Build):
    snapshot = build(invent(12))
    (snapshot.path.parent / "published.json").write_text("{")
    with pytest.raises(RemoteError, match=r"published\.json cannot be read"):
        world.publish(snapshot, "unknown")


def test_a_damaged_snapshot_is_refused(world: World, build: Build):
    snapshot = build(invent(12))
    file = snapshot.path / next(iter(snapshot.manifest.data_files))
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(RemoteError, match="ReleaseRefusedError"):
        world.publish(snapshot, "damaged")
    assert "owner/damaged" not in world.hub.repositories


def test_private_and_the_organisations_group_are_as_asked(world: World, two_days):
    world.publish(two_days[0], "secret", private=True, resource_group="team")
    assert world.repository("secret").private
    assert world.repository("secret").resource_group == "team"
    world.publish(two_days[0], "open")
    assert not world.repository("open").private
    with pytest.raises(RemoteError, match="is public and was to be private"):
        world.publish(two_days[0], "open", private=True)


def test_without_a_token_nothing_is_asked_of_the_hub(
    world: World, two_days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from pipeline.release.errors import ReleaseRefusedError
    from pipeline.release.publish import publish

    monkeypatch.delenv("HF_TOKEN", raising=False)
    with pytest.raises(ReleaseRefusedError, match="HF_TOKEN"):
        publish(two_days[0].path, "owner/no-token")
    assert world.hub.requests == []


def test_without_a_repository_it_is_published_locally_and_says_so(two_days):
    from pipeline.release.publish import publish

    done = publish(two_days[0].path)
    assert done.commit is None
    assert "locally" in done.message


def test_the_token_appears_nowhere(world: World, two_days):
    """Neither in what was published nor in what the client printed, failures included."""
    world.hub.faults.add(Fault("commit", 403))
    with pytest.raises(RemoteError) as caught:
        world.publish(two_days[0], "token")
    assert TOKEN not in str(caught.value)
    world.publish(two_days[0], "token")
    assert TOKEN.encode() not in world.log.read_bytes()
    for file in two_days[0].path.rglob("*"):
        assert file.is_dir() or TOKEN.encode() not in file.read_bytes()
