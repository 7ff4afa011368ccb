"""A house in which the sample was refreshed once: nothing of it is changed by a test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from pipeline.sample import serve_sample
from pipeline.settings import PROJECT_ROOT
from tests.orchestration.conftest import House


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("house")
    shutil.copy(PROJECT_ROOT / "dagster.yaml", root)
    with serve_sample() as site:
        house = House(root, site)
        done = house.refresh()
        assert done.exit_code == 0, done.output
        yield house
