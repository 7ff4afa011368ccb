"""A house of its own for every test: Dagster's home, a data folder, the sample site."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner, Result
from dagster._core.storage.defs_state.base import set_defs_state_storage

from pipeline.cli import main
from pipeline.sample import SampleSite, serve_sample
from pipeline.settings import PROJECT_ROOT, Settings, load_settings, settings

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
        """The console script as a process of its own."""
        return [sys.executable, "-m", "pipeline.cli", *args]

    def run(self, *args: str, **env: str) -> Result:
        """Run the console script in this house, in this process: imports are paid for once."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (self.env | env).items():
                patch.setenv(name, value)
            settings.cache_clear()
            try:
                return CliRunner().invoke(main, args, prog_name="arxiv-ja-en")
            finally:
                settings.cache_clear()

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        """The Dagster instance that the console script and the UI use."""
        with chdir(self.root), dg.DagsterInstance.from_config(str(self.root)) as made:
            yield made

    def refresh(self, *args: str) -> Result:
        """Refresh the sample's days."""
        return self.run("refresh", "--from", DAYS[0], "--to", DAYS[-1], *args)


def obstruct(house: House, table: str) -> Path:
    """A folder in the way of a table, or of `table/day`, which cannot be written meanwhile."""
    path = Path(str(house.settings.tables_dir)) / f"{table}.parquet"
    obstacle = path.with_name(f".{path.name}.new")
    obstacle.mkdir(parents=True)
    return obstacle


@pytest.fixture(autouse=True)
def no_instance_of_another_test() -> Iterator[None]:
    """Dagster remembers the instance that a context entered, also after both are gone."""
    with set_defs_state_storage(None):
        yield


@pytest.fixture
def site() -> Iterator[SampleSite]:
    with serve_sample() as served:
        yield served


@pytest.fixture
def house(tmp_path: Path, site: SampleSite) -> House:
    shutil.copy(PROJECT_ROOT / "dagster.yaml", tmp_path)
    return House(tmp_path, site)
