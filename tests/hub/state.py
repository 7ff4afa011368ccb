"""What the local Hub is and keeps: its repositories, its objects, what was asked of it."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.hub.faults import Faults
from tests.hub.repository import Repository

TOKEN = "hf_a_token_of_the_local_hub"
"""Who sends it may write, and may read what is private."""


class Hub:
    """The Hub's state, and its address.

    Attributes:
        folder: where its objects and Xet's store are.
        repositories: its dataset repositories by `owner/name`.
        faults: what is to fail.
        requests: route, status and bytes received of every request that was answered, or done
            with its answer lost.
        lock: held by what changes a repository's commits and tags.
        url: its address, without a slash at the end; empty until it is served.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repositories: dict[str, Repository] = {}
        self.faults = Faults()
        self.requests: list[tuple[str, int, int]] = []
        self.lock = threading.Lock()
        self.url = ""
        (folder / "objects").mkdir(parents=True)

    @property
    def cas(self) -> Path:
        """The folder that is Xet's object store."""
        return self.folder / "cas"

    def object(self, sha256: str) -> Path:
        """Where a large file's content is."""
        return self.folder / "objects" / sha256

    def count(self, route: str) -> int:
        """How many requests of a route were done."""
        return sum(1 for name, status, _ in self.requests if name == route and status < 300)
