"""Publication by Xet: the client uploads chunks to a store of its own kind, the Hub names them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pipeline.release.manifest import Snapshot
from tests.hub.client import Client, client
from tests.hub.server import serve_hub
from tests.hub.state import Hub
from tests.hub.xet import stored_bytes
from tests.release.conftest import Build
from tests.release.invented import invent, revise

REPO = "owner/xet"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with serve_hub(tmp_path / "server") as served:
        yield served


@pytest.fixture
def caller(hub: Hub, tmp_path: Path) -> Iterator[Client]:
    with client(hub.url, tmp_path / "home", tmp_path / "log") as made:
        yield made


def test_two_days_by_xet(hub: Hub, caller: Client, build: Build, tmp_path: Path):
    papers = invent(40)
    first = build(papers)
    papers[0] = revise(papers[0])
    second = build(papers, parent=first, day=date(2025, 4, 1))
    for snapshot in (first, second):
        caller.call("pipeline.release.publish:publish", snapshot.path, REPO)
    assert hub.count("lfs-upload") == 0
    repository = hub.repositories[REPO]
    assert repository.tags == {first.version: repository.log[1], second.version: repository.log[2]}
    for snapshot in (first, second):
        _downloads(caller, snapshot, tmp_path)


def _downloads(caller: Client, snapshot: Snapshot, tmp_path: Path) -> None:
    path = "papers/train-2025-02.parquet"
    got = caller.call(
        "tests.release.consumers:download", REPO, path, snapshot.version, str(tmp_path / "got")
    )
    assert got == (snapshot.path / path).read_bytes()


def test_a_text_in_several_configs_is_sent_once(hub: Hub, caller: Client, build: Build):
    """Each config goes in a session of its own, so that the next knows its chunks."""
    snapshot = build(invent(1500, months=("2025-02",)))
    caller.call("pipeline.release.publish:publish", snapshot.path, REPO)
    data = sum(entry.bytes for entry in snapshot.manifest.data_files.values())
    assert 0 < stored_bytes(hub.cas) < data
