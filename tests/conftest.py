"""What all tests share: hypothesis profiles, the folder of real input, settings of their own."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from pipeline.settings import ENV_PREFIX, PROJECT_ROOT, settings

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
