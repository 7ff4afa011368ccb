"""What all tests share: hypothesis profiles, the folder of real input, settings of their own."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from pipeline.settings import ENV_PREFIX, PROJECT_ROOT, settings

if TYPE_CHECKING:
    from tests.orchestration.conftest import House

# What the imports leave never goes away; to look through it again and again takes a tenth of a run.
gc.set_threshold(20_000, 50, 100)

hypothesis_settings.register_profile(
    "default",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
hypothesis_settings.register_profile("thorough", deadline=None, max_examples=1000)
hypothesis_settings.load_profile("default")


def pytest_collection_finish() -> None:
    """Leave what the imports made out of garbage collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def shared_dir() -> Path:
    """The folder of real input beside the checkout; the test is skipped where there is none."""
    folder = PROJECT_ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no folder of real input beside the checkout")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """Tests see the defaults, whatever the person who runs them has set."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(ENV_PREFIX) or name == "HF_TOKEN":
                patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def _no_settings_of_another_test() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house in which the sample was refreshed once; no test changes anything in it."""
    from pipeline.sample import serve_sample
    from tests.orchestration.conftest import House

    root = tmp_path_factory.mktemp("house")
    shutil.copy(PROJECT_ROOT / "dagster.yaml", root)
    with serve_sample() as site:
        house = House(root, site)
        done = house.refresh()
        assert done.exit_code == 0, done.output
        yield house
