"""What the acquire tests share: settings for a blog that is being served."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.sample import SampleSite
from pipeline.settings import Settings, load_settings


@pytest.fixture
def settings_for(tmp_path: Path) -> Callable[..., Settings]:
    """Settings for a blog that is being served: quick, in a data folder of the test's own."""

    def build(site: SampleSite | str, **changes: object) -> Settings:
        base_url = site if isinstance(site, str) else site.base_url
        quick = {"delay_seconds": 0.0, "timeout_seconds": 5.0, "data_dir": tmp_path / "data"}
        return load_settings(base_url=base_url, **quick | changes)

    return build
