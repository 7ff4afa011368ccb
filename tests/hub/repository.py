"""What the local Hub keeps of a dataset repository: commits, tags, objects."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


def blob_oid(content: bytes) -> str:
    """Git's name of a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass(frozen=True)
class StoredFile:
    """A file in a commit: its content, or for a large file the name of its object."""

    size: int
    content: bytes | None = None
    sha256: str | None = None

    @property
    def oid(self) -> str:
        if self.content is not None:
            return blob_oid(self.content)
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\n"
        return blob_oid(f"{pointer}size {self.size}\n".encode())


@dataclass(frozen=True)
class Commit:
    oid: str
    parent: str | None
    message: str
    files: dict[str, StoredFile]


@dataclass
class Repository:
    """One dataset repository with its history on `main`."""

    name: str
    private: bool = False
    resource_group: str | None = None
    commits: dict[str, Commit] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    """Commits by the full names of other branches, conversions and pull requests."""
    pushed: dict[str, str] = field(default_factory=dict)
    """The path of each large file that was ever committed and not deleted, by its SHA-256."""

    def __post_init__(self) -> None:
        attributes = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"
        first = {".gitattributes": StoredFile(len(attributes), attributes)}
        self.commit("initial commit", first)

    @property
    def head(self) -> Commit:
        return self.commits[self.log[-1]]

    def commit(self, message: str, files: dict[str, StoredFile]) -> Commit:
        parent = self.log[-1] if self.log else None
        tree = "".join(f"{path} {file.oid}\n" for path, file in sorted(files.items()))
        oid = hashlib.sha1(f"{parent}\n{message}\n{tree}".encode()).hexdigest()
        self.commits[oid] = Commit(oid, parent, message, files)
        self.log.append(oid)
        self.pushed |= {file.sha256: path for path, file in files.items() if file.sha256}
        return self.commits[oid]

    def squash(self, message: str) -> None:
        """Have `main` be one commit that holds what its head holds."""
        files = self.head.files
        self.log.clear()
        self.commit(message, files)

    def resolve(self, revision: str) -> Commit | None:
        """The commit of a branch, a tag, or a commit's own name."""
        if revision in {"main", "refs/heads/main"}:
            return self.head
        return self.commits.get(self.tags.get(revision, revision))
