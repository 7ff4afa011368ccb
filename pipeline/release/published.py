"""What was published from here: beside the snapshots, so that it is backed up with them.

A tag that somebody has deleted is not made again, and a repository that is gone is not made anew
without being asked to: neither can be told from what the Hub shows now.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.release.errors import PublicationError

PUBLISHED = "published.json"


@dataclass(frozen=True, slots=True)
class Published:
    """A version that was sent to a repository.

    Attributes:
        commit: the commit that brought it; None from when it was begun until that is known.
        tagged: whether its tag was made.
    """

    commit: str | None = None
    tagged: bool = False


class PublishedVersions:
    """The versions of a repository that were published from a folder of snapshots."""

    def __init__(self, snapshots: Path, repo_id: str) -> None:
        self._path = snapshots / PUBLISHED
        self._repo_id = repo_id

    def versions(self) -> dict[str, Published]:
        """What is known, by version.

        Raises:
            PublicationError: the file cannot be read.
        """
        return {
            version: Published(**known)
            for version, known in self._read().get(self._repo_id, {}).items()
        }

    def note(self, version: str, known: Published) -> None:
        """Keep what is known of a version now; the file is replaced whole."""
        content = self._read()
        if content.get(self._repo_id, {}).get(version) == asdict(known):
            return
        content.setdefault(self._repo_id, {})[version] = asdict(known)
        self._write(content)

    def forget(self) -> None:
        """Drop what is known of the repository: it was made anew."""
        content = self._read()
        if content.pop(self._repo_id, None):
            self._write(content)

    def _write(self, content: Mapping[str, Any]) -> None:
        text = json.dumps(content, indent=1, sort_keys=True) + "\n"
        beside = self._path.with_name(f".{PUBLISHED}.{secrets.token_hex(4)}")
        with beside.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)

    def _read(self) -> dict[str, dict[str, dict[str, Any]]]:
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            assert isinstance(content, dict)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AssertionError) as error:
            raise PublicationError(
                f"{self._path} cannot be read ({error}): restore it from a back-up, or delete it"
            ) from None
        return content
