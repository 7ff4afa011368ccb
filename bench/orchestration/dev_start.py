"""Seconds from `dagster dev` to a UI that lists all assets.

Usage: python -m bench.orchestration.dev_start

First in an empty home, where Dagster makes its database; then warm, in the same home again.
"""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.ui.dagster_dev import dagster_dev

WARM = 3


def ready(home: Path) -> float:
    """Seconds until the webserver answers, and with all assets."""
    # Nothing is crawled: no run is started, also not by a schedule.
    settings = {"ARXIV_JA_EN_DATA_DIR": str(home / "data"), "ARXIV_JA_EN_SCHEDULE": "false"}
    with dagster_dev(home, settings) as running:
        asked = time.monotonic()
        if not running.query("{ assetNodes { id } }")["assetNodes"]:
            raise RuntimeError("the webserver answers before the code is loaded")
        return running.ready_after + time.monotonic() - asked


def main() -> None:
    """Start it so many times, print."""
    with TemporaryDirectory() as home:
        first, *warm = (ready(Path(home)) for _ in range(1 + WARM))
    print(f"dagster dev, ready: {first:.1f} s in an empty home;", end=" ")
    print("warm", " ".join(f"{seconds:.1f}" for seconds in warm), "s")


if __name__ == "__main__":
    main()
