"""A house of its own for every test: Dagster's home, a data folder, the sample site.

Each is a copy: Dagster takes a second to make its databases, and a refresh of the sample takes
three, so each worker makes an empty home and a refreshed one once.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner, Result
from dagster._core.storage.defs_state.base import set_defs_state_storage

from pipeline import schema
from pipeline.cli import main
from pipeline.sample import SampleSite, serve_sample
from pipeline.settings import PROJECT_ROOT, Settings, load_settings, settings
from tests.orchestration.processes import Command, start

DAYS = ["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07"]
"""The days of the sample site."""

CONFIGS = [config.name for config in schema.CONFIGS]


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
            "COLUMNS": "100",
            "DAGSTER_HOME": str(self.root),
            "ARXIV_JA_EN_DATA_DIR": str(self.root / "data"),
            "ARXIV_JA_EN_DELAY_SECONDS": "0",
            "ARXIV_JA_EN_BASE_URL": self.site.base_url,
        }

    def command(self, *args: str) -> list[str]:
        """The console script as a process of its own."""
        return [sys.executable, "-m", "pipeline.cli", *args]

    def start(self, *args: str, prepare: Callable[[], object] | None = None, **env: str) -> Command:
        """Start the console script in this house, as a process of its own."""
        return start(args, self.env | env, self.root / "printed", prepare)

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
    """A folder in the place of a table, or of `table/day`, which cannot be written meanwhile."""
    obstacle = Path(str(house.settings.tables_dir)) / f"{table}.parquet"
    obstacle.unlink(missing_ok=True)
    obstacle.mkdir(parents=True)
    return obstacle


@pytest.fixture(autouse=True)
def no_instance_of_another_test() -> Iterator[None]:
    """Dagster remembers the instance that a context entered, also after both are gone."""
    with set_defs_state_storage(None):
        yield


@pytest.fixture(scope="session")
def port() -> int:
    """A port for the sample site: a copied archive names the address that it was crawled from.

    It is below the ports that the system gives out, so that nobody has it between two tests.
    """
    for candidate in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return candidate
    raise OSError("no port is free on 127.0.0.1 from 20000 to 31999")


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dagster's home with its databases, before any run."""
    root = tmp_path_factory.mktemp("empty")
    shutil.copy(PROJECT_ROOT / "dagster.yaml", root)
    with chdir(root), dg.DagsterInstance.from_config(str(root)):
        pass
    return root


@dataclass
class SampleHome:
    """A house in which the sample has been refreshed once.

    Attributes:
        root: the house's folder; to be copied, not to be changed.
        done: how the refresh ended.
    """

    root: Path
    done: Result


@pytest.fixture(scope="session")
def sample_home(
    empty_home: Path, port: int, tmp_path_factory: pytest.TempPathFactory
) -> SampleHome:
    root = tmp_path_factory.mktemp("sample")
    shutil.copytree(empty_home, root, dirs_exist_ok=True)
    with serve_sample(port) as served:
        done = House(root, served).refresh()
    assert done.exit_code == 0, done.output
    return SampleHome(root, done)


@pytest.fixture
def site(port: int) -> Iterator[SampleSite]:
    with serve_sample(port) as served:
        yield served


@pytest.fixture
def house(empty_home: Path, tmp_path: Path, site: SampleSite) -> House:
    """A house in which nothing has run."""
    shutil.copytree(empty_home, tmp_path, dirs_exist_ok=True)
    return House(tmp_path, site)


@pytest.fixture
def refreshed(sample_home: SampleHome, tmp_path: Path, site: SampleSite) -> House:
    """A house in which the sample has been refreshed; the site has logged no request."""
    shutil.copytree(sample_home.root, tmp_path, dirs_exist_ok=True)
    return House(tmp_path, site)
