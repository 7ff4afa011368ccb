"""What a commit on the Hub holds, next to a snapshot."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.release.configs import BY_NAME
from pipeline.release.manifest import MANIFEST, FileEntry, Snapshot
from pipeline.release.repository import Held, Repository

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile


@dataclass(frozen=True)
class HubCommit:
    """A commit of a dataset repository.

    Attributes:
        repository: where it is.
        sha: its name.
        files: its files, by path.
        ours: the snapshot that it brought; None where it has no manifest.
    """

    repository: Repository
    sha: str
    files: Mapping[str, RepoFile]
    ours: Held | None

    @classmethod
    def at(cls, repository: Repository, sha: str) -> HubCommit:
        """The commit of that name."""
        files = repository.files(sha)
        return cls(repository, sha, files, repository.held(sha) if MANIFEST in files else None)

    def to_send(self, snapshot: Snapshot) -> list[str]:
        """Files of the snapshot that it does not hold as they are."""
        return [
            path
            for path, entry in _expected(snapshot).items()
            if not _is_same(snapshot, path, entry, self.files.get(path))
        ]

    def to_delete(self, snapshot: Snapshot) -> list[str]:
        """Files that an earlier snapshot left, and whatever else stands in the configs' folders."""
        ours = {*(self.ours.manifest.files if self.ours else ())} | self._in_our_folders()
        return sorted((ours & {*self.files}) - {*_expected(snapshot)})

    def foreign(self, snapshot: Snapshot) -> list[str]:
        """Files in the places of ours that somebody else has put there, changed or deleted."""
        if self.ours is None:
            return sorted(({*_expected(snapshot)} | self._in_our_folders()) & {*self.files})
        files = self.ours.manifest.files
        changed = {path for path, entry in files.items() if not self._is_as_published(path, entry)}
        return sorted(changed | (self._in_our_folders() - {*files}))

    def is_whole(self) -> bool:
        """Whether it holds what its manifest says, by size and, for large files, by SHA-256."""
        return self.ours is not None and all(
            (file := self.files.get(path)) is not None
            and file.size == entry.bytes
            and (file.lfs is None or file.lfs.sha256 == entry.sha256)
            for path, entry in self.ours.manifest.files.items()
        )

    def _in_our_folders(self) -> set[str]:
        return {path for path in self.files if path.split("/")[0] in BY_NAME}

    def _is_as_published(self, path: str, entry: FileEntry) -> bool:
        held = self.files.get(path)
        if held is None or held.size != entry.bytes:
            return False
        if held.lfs is not None:
            return bool(held.lfs.sha256 == entry.sha256)
        return self.repository.digest(path, self.sha) == entry.sha256


def _expected(snapshot: Snapshot) -> dict[str, FileEntry]:
    """Every file of the snapshot, the manifest included."""
    own = FileEntry(bytes=(snapshot.path / MANIFEST).stat().st_size, sha256=snapshot.digest)
    return {**snapshot.manifest.files, MANIFEST: own}


def _is_same(snapshot: Snapshot, path: str, entry: FileEntry, held: RepoFile | None) -> bool:
    """Whether the Hub holds this file: large files are known by SHA-256, others by git's SHA-1."""
    if held is None:
        return False
    if held.lfs is not None:
        return bool(held.lfs.sha256 == entry.sha256)
    content = (snapshot.path / path).read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
    return bool(held.blob_id == blob.hexdigest())
