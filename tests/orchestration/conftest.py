"""A house of its own for every test: Dagster's home, a data folder, the sample site."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.sample import SampleSite, serve_sample
from pipeline.settings import PROJECT_ROOT, Settings, load_settings

DAYS = ["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07"]
"""The days of the sample site."""

CONFIGS = ["en-ja", "en-ja-sentences", "papers", "versions", "authors", "categories"]


@dataclass
class House:
    """Dagster's home and a data folder below one directory, and the environment that names them."""

    root: Path
    site: SampleSite

    @property
    def settings(self) -> Settings:
        return load_settings(
            data_dir=self.root / "data", base_url=self.site.base_url, delay_seconds=0
        )

    @property
    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            "DAGSTER_HOME": str(self.root),
            "ARXIV_JA_EN_DATA_DIR": str(self.root / "data"),
            "ARXIV_JA_EN_DELAY_SECONDS": "0",
            "ARXIV_JA_EN_BASE_URL": self.site.base_url,
        }

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "pipeline.cli", *args]

    def run(self, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run the console script in this house."""
        return subprocess.run(
            self.command(*args),
            env=self.env | env,
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def refresh(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Refresh the sample's days."""
        return self.run("refresh", "--from", DAYS[0], "--to", DAYS[-1], *args)


@pytest.fixture
def site() -> Iterator[SampleSite]:
    with serve_sample() as served:
        yield served


@pytest.fixture
def house(tmp_path: Path, site: SampleSite) -> House:
    shutil.copy(PROJECT_ROOT / "dagster.yaml", tmp_path)
    return House(tmp_path, site)
