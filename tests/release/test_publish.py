from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hub.client import Client, client
from tests.hub.server import Hub, serve_hub
from tests.release.conftest import Build
from tests.release.invented import invent

PUBLISH = "pipeline.release.publish:publish"


@dataclass(frozen=True)
class World:
    hub: Hub
    client: Client
    log: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("hub")
    log = folder / "client.log"
    with (
        serve_hub(folder / "server") as hub,
        client(hub.url, folder / "home", log, HF_HUB_DISABLE_XET="1") as caller,
    ):
        yield World(hub, caller, log)


def test_a_snapshot_becomes_one_commit_and_one_tag(world: World, build: Build):
    snapshot = build(invent(20))
    done = world.client.call(PUBLISH, snapshot.path, "owner/first")
    repository = world.hub.repositories["owner/first"]
    assert len(repository.log) == 2
    assert repository.tags == {snapshot.version: repository.head.oid} == {done.version: done.commit}
    assert set(repository.head.files) == {
        *snapshot.manifest.files,
        "manifest.json",
        ".gitattributes",
    }
