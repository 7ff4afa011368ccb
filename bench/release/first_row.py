"""Seconds from `load_dataset(..., streaming=True)` to the first row of the default config.

    python -m bench.release.first_row SNAPSHOT

publishes a snapshot to a Hub on loopback and streams it by tag, in a process that has `datasets`
imported; five times, each with a cache of its own.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.release.manifest import load
from tests.hub.client import client
from tests.hub.server import serve_hub

REPO = "owner/first-row"


def first_row(revision: str, cache: str) -> float:
    """Seconds to the first row."""
    from datasets import load_dataset

    start = time.perf_counter()
    rows = load_dataset(REPO, revision=revision, split="train", streaming=True, cache_dir=cache)
    next(iter(rows))
    return time.perf_counter() - start


def main() -> None:
    """Publish, stream, print."""
    snapshot = Path(sys.argv[1])
    with TemporaryDirectory() as name:
        folder = Path(name)
        with (
            serve_hub(folder / "hub") as hub,
            client(hub.url, folder / "home", folder / "log", HF_HUB_DISABLE_XET="1") as caller,
        ):
            caller.call("pipeline.release.publish:publish", snapshot, REPO)
            version = load(snapshot).version
            times = [
                caller.call("bench.release.first_row:first_row", version, str(folder / str(i)))
                for i in range(5)
            ]
    print(" ".join(f"{seconds:.2f}" for seconds in times), "seconds")


if __name__ == "__main__":
    main()
