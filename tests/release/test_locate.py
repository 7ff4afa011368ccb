"""`verify` and `diff` of tags on a Hub on loopback, by the unmodified client."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from pipeline.release.manifest import MANIFEST, Snapshot
from pipeline.release.snapshot import build_snapshot
from tests.hub.client import Client, client
from tests.hub.faults import Fault
from tests.hub.repository import StoredFile
from tests.hub.server import serve_hub
from tests.hub.state import TOKEN, Hub
from tests.release.invented import Paper, invent, revise, tables

REPO = "owner/located"


@dataclass(frozen=True)
class World:
    """The Hub with two snapshots, a client of it, and the snapshots' folders."""

    hub: Hub
    client: Client
    folder: Path
    first: Snapshot
    second: Snapshot

    def run(self, *args: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a command; neither shows the token or a traceback."""
        out, err = self.folder / "out", self.folder / "err"
        code = self.client.call("tests.release.consumers:command", list(args), str(out), str(err))
        told = out.read_text(), err.read_text()
        for text in (*told, (self.folder / "log").read_text()):
            assert TOKEN not in text
            assert "Traceback" not in text
        assert isinstance(code, int)
        return code, *told

    def tag(self, name: str, changes: Mapping[str, bytes | None]) -> str:
        """A new tag: the second snapshot with other contents, None for a file that is gone."""
        repository = self.hub.repositories[REPO]
        files = dict(repository.commits[repository.tags[self.second.version]].files)
        for path, content in changes.items():
            del files[path]
            if content is not None:
                files[path] = StoredFile(len(content), content)
        repository.tags[name] = repository.commit(name, files).oid
        return f"{REPO}@{name}"

    @property
    def changed_papers(self) -> str:
        """A file of papers that only the second snapshot has."""
        return next(
            path
            for path, entry in self.second.manifest.data_files.items()
            if path.startswith("papers/") and self.first.manifest.files.get(path) != entry
        )

    def address(self, snapshot: Snapshot) -> str:
        return f"{REPO}@{snapshot.version}"


def build(papers: list[Paper], into: Path, day: date, parent: Path | None) -> Snapshot:
    return build_snapshot(
        tables(papers),
        into,
        parent=parent,
        day=day,
        code_version="test",
        archive_digest="sha256:" + "0" * 64,
        ledger={"paper": len(papers)},
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("located")
    papers = invent(12)
    first = build(papers, folder / "snapshots", date(2025, 3, 31), None)
    later = [revise(papers[0]), *papers[1:], *invent(1, start=12)]
    second = build(later, folder / "snapshots", date(2025, 4, 1), first.path)
    # Progress bars are not switched off from outside: a pipe is to be left without them.
    with (
        serve_hub(folder / "server") as hub,
        client(
            hub.url,
            folder / "home",
            folder / "log",
            HF_HUB_DISABLE_XET="1",
            HF_HUB_DISABLE_PROGRESS_BARS=None,
        ) as caller,
    ):
        for snapshot in (first, second):
            caller.call("pipeline.release.publish:publish", snapshot.path, REPO)
        (folder / "log").write_bytes(b"")
        yield World(hub, caller, folder, first, second)


@pytest.fixture
def world(served: World) -> World:
    served.hub.faults.clear()
    return served


def assert_refused(done: tuple[int, str, str], *said: str) -> None:
    """Exit code 1 and one line, which says all that."""
    code, out, err = done
    assert (code, out) == (1, "")
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert all(word in err for word in said), err


def test_a_tag_is_verified_as_its_folder_is(world: World):
    for snapshot in (world.first, world.second):
        code, out, err = world.run("verify", world.address(snapshot))
        assert (code, err) == (0, "")
        assert out.startswith(f"{snapshot.version}: ")
        assert world.run("verify", str(snapshot.path)) == (0, out, "")


def test_a_tag_is_exported_as_its_folder_is(world: World, tmp_path: Path):
    sources = {"tag": world.address(world.second), "folder": str(world.second.path)}
    for name, source in sources.items():
        options = ["--format", "moses", "--category", "cs.LG", "--out", str(tmp_path / name)]
        code, _, err = world.run("export", source, *options)
        assert (code, err) == (0, "")
    texts = [
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in sources
    ]
    # The sidecar says where they were from.
    assert [texts[0].pop("en-ja.moses.json"), texts[1].pop("en-ja.moses.json")]
    assert texts[0] == texts[1] != {}


def test_a_paper_of_a_tag_is_traced_cited_and_explored(world: World):
    paper_id, address = invent(1)[0].paper_id, world.address(world.second)
    code, out, err = world.run("trace", paper_id, "--snapshot", address)
    assert (code, err) == (0, "")
    assert "version 2 of 2" in out
    assert "urn:uuid:00000000-0000-4000-8000-" in out
    code, out, _ = world.run("cite", address)
    assert f"datasets/{REPO}/tree/{world.second.version}" in out
    paths = ["/", f"/paper/{paper_id}", f"/paper/{paper_id}/trace", "/quarantine"]
    pages = world.client.call("tests.release.consumers:explored", address, paths)
    assert [status for status, _ in pages] == [200, 200, 200, 404]
    assert "13 papers" in pages[0][1]


@pytest.mark.parametrize(
    "command",
    [
        ("export", f"{REPO}@none", "--format", "tsv", "--out", "none"),
        ("trace", "2503.90000", "--snapshot", f"{REPO}@none"),
        ("explore", f"{REPO}@none"),
        ("cite", f"{REPO}@none"),
        ("explore", "owner/none@v2025.03.31"),
    ],
)
def test_what_the_hub_does_not_have_is_one_line(world: World, command: tuple[str, ...]):
    assert_refused(world.run(*command), "cannot be had from the Hub")


@pytest.mark.parametrize("option", [(), ("--json",)], ids=["text", "json"])
def test_two_tags_differ_as_their_folders_do(world: World, option: tuple[str, ...]):
    a, b = world.first, world.second
    done = world.run("diff", *option, world.address(a), world.address(b))
    assert done == world.run("diff", *option, str(a.path), str(b.path))
    assert done == world.run("diff", *option, str(a.path), world.address(b))
    code, out, err = done
    assert (code, err) == (0, "")
    if option:
        told = json.loads(out)
        assert (told["before"], told["after"]) == (a.version, b.version)
        assert (len(told["added"]), len(told["revised"]), told["removed"]) == (1, 1, [])
    else:
        assert f"{b.version} against {a.version}" in out


def test_diff_fetches_the_papers_alone(world: World):
    world.hub.requests.clear()
    assert world.run("diff", world.address(world.second), world.address(world.second))[0] == 0
    wanted = 2 * (len(world.second.data_files("papers")) + 1)
    assert world.hub.count("resolve") == 2 * wanted  # each is asked about, and fetched


def test_damage_on_the_hub_is_named(world: World):
    path = world.changed_papers
    whole = (world.second.path / path).read_bytes()
    flipped = world.tag("flipped", {path: bytes([whole[0] ^ 1]) + whole[1:]})
    code, out, err = world.run("verify", flipped)
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        f"{path}: its sha256 is not the one in {MANIFEST}",
        f"Error: {flipped}: 1 problem",
    ]
    several = world.tag("several", {path: None, "README.md": b"Another card.\n"})
    code, out, err = world.run("verify", several)
    assert (code, out) == (1, "")
    said = err.splitlines()
    assert f"{path}: missing" in said
    assert any(line.startswith("README.md: 14 bytes, ") for line in said)
    assert said[-1] == f"Error: {several}: 2 problems"


def test_an_object_that_the_hub_lost_half_of_is_named(world: World):
    path = world.changed_papers
    stored = world.hub.object(world.second.manifest.files[path].sha256)
    whole = stored.read_bytes()
    stored.write_bytes(whole[: len(whole) // 2])
    try:
        done = world.run("verify", world.address(world.second))
    finally:
        stored.write_bytes(whole)
    assert_refused(done, world.address(world.second), path)


@pytest.mark.parametrize("content", [None, b"PAR1 and no more"], ids=["gone", "no Parquet"])
def test_diff_of_a_damaged_tag_says_that_it_is(world: World, content: bytes | None):
    damaged = world.tag(f"damaged-{content is None}", {world.changed_papers: content})
    done = world.run("diff", world.address(world.first), damaged)
    assert_refused(done, damaged, "is damaged", "verify")


@pytest.mark.parametrize("command", ["verify", "diff"])
@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("owner/nobody-has-it@v2025.03.31", "there is no such dataset repository"),
        (f"{REPO}@v1999.01.01", "the repository has no such tag"),
        ("owner/a--b@v2025.03.31", "cannot be had from the Hub"),
        ("v1999.01.01", "no snapshot"),
    ],
    ids=["repository", "tag", "name", "version"],
)
def test_what_is_not_there_is_one_line(world: World, command: str, what: str, said: str):
    other = [str(world.first.path)] if command == "diff" else []
    assert_refused(world.run(command, what, *other), what, said)


@pytest.mark.parametrize("command", ["verify", "diff"])
def test_what_is_no_snapshot_is_one_line(world: World, tmp_path: Path, command: str):
    bare = world.tag(f"bare-{command}", {MANIFEST: None})
    other = [str(world.first.path)] if command == "diff" else []
    for what in (str(tmp_path), bare):
        assert_refused(world.run(command, *other, what), f"{what}: no snapshot", MANIFEST)


@pytest.mark.parametrize(("route", "status"), [("info", 503), ("resolve", 403)])
def test_what_the_hub_answered_is_told(world: World, route: str, status: int):
    world.hub.faults.add(Fault(route, status, times=1000))
    done = world.run("verify", world.address(world.first))
    assert_refused(done, world.address(world.first), str(status))
