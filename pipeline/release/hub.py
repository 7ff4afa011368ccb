"""Publication on the Hub: all or nothing, and as often as one likes.

One commit brings a snapshot, one tag names it. What the Hub holds, not what it answered, decides
what is left to do: after a lost answer, a refusal or a kill, the next attempt looks first.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pipeline.release.configs import BY_NAME
from pipeline.release.errors import PublicationError, ReleaseRefusedError
from pipeline.release.manifest import MANIFEST, FileEntry, Manifest, Snapshot, load
from pipeline.release.parquet import file_sha256
from pipeline.release.refusals import refusals

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
    from huggingface_hub.hf_api import RepoFile

ATTEMPTS = 5
FIRST_WAIT = 0.5
"""Attempts to commit, and seconds before the second; the wait doubles from one to the next."""

_TRANSIENT = {408, 409, 412, 425, 429}
"""Answers below 500 that say: look again. 412 is a parent that is no longer the head."""


@dataclass(frozen=True)
class Publication:
    """Where a snapshot was published.

    Attributes:
        version: the snapshot's name, and its tag on the Hub.
        target: the folder, or `owner/name` of the repository.
        commit: the commit that the tag names; None where it is local.
        files_sent: the files that differed from what the Hub held.
    """

    version: str
    target: str
    commit: str | None
    files_sent: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """What happened, in one sentence."""
        if self.commit is None:
            return f"{self.version} is published locally, in {self.target}; no repository is named."
        done = f"{len(self.files_sent):,} files sent" if self.files_sent else "nothing new to send"
        return f"{self.version} is published to {self.target}, commit {self.commit[:12]}: {done}."


@dataclass(frozen=True)
class _Repository:
    """The dataset repository, as its client sees it."""

    api: HfApi
    repo_id: str

    def ensure(self, private: bool | None, resource_group: str | None) -> None:
        """Make the repository where there is none.

        Raises:
            ReleaseRefusedError: it is to be private and is not.
        """
        from huggingface_hub.errors import RepositoryNotFoundError

        try:
            info = self.api.dataset_info(self.repo_id)
        except RepositoryNotFoundError:
            self.api.create_repo(
                self.repo_id,
                repo_type="dataset",
                private=private,
                resource_group_id=resource_group,
                exist_ok=True,
            )
            return
        if private and not info.private:
            raise ReleaseRefusedError(f"{self.repo_id} is public and was to be private")

    def upload(self, adds: list[CommitOperationAdd]) -> None:
        """Bring the files' content to the Hub's storage, where no commit names it yet.

        One config after the other: a text that several configs hold is then known again. In one
        go, half of it would be sent for each.
        """
        for name in BY_NAME:
            of_config = [add for add in adds if add.path_in_repo.startswith(f"{name}/")]
            if of_config:
                self.api.preupload_lfs_files(
                    self.repo_id, of_config, repo_type="dataset", free_memory=False
                )

    def head(self) -> str:
        """The commit that `main` names."""
        sha = self.api.dataset_info(self.repo_id, revision="main").sha
        assert sha is not None
        return sha

    def tags(self) -> dict[str, str]:
        """The commit of each tag."""
        refs = self.api.list_repo_refs(self.repo_id, repo_type="dataset")
        return {tag.name: tag.target_commit for tag in refs.tags}

    def files(self, commit: str) -> dict[str, RepoFile]:
        """The files of a commit, by path."""
        from huggingface_hub.hf_api import RepoFile

        tree = self.api.list_repo_tree(
            self.repo_id, recursive=True, revision=commit, repo_type="dataset"
        )
        return {item.path: item for item in tree if isinstance(item, RepoFile)}

    def manifest(self, commit: str) -> Manifest:
        """The manifest that a commit holds."""
        with TemporaryDirectory() as folder:
            self.api.hf_hub_download(
                self.repo_id, MANIFEST, repo_type="dataset", revision=commit, local_dir=folder
            )
            return load(Path(folder))


def _expected(snapshot: Snapshot) -> dict[str, FileEntry]:
    """Every file of the snapshot, the manifest included."""
    path = snapshot.path / MANIFEST
    own = FileEntry(bytes=path.stat().st_size, sha256=file_sha256(path))
    return {**snapshot.manifest.files, MANIFEST: own}


def _is_same(snapshot: Snapshot, path: str, entry: FileEntry, held: RepoFile | None) -> bool:
    """Whether the Hub holds this file: large files are known by SHA-256, others by git's SHA-1."""
    if held is None:
        return False
    if held.lfs is not None:
        return held.lfs.sha256 == entry.sha256
    content = (snapshot.path / path).read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
    return held.blob_id == blob.hexdigest()


def _to_send(snapshot: Snapshot, held: Mapping[str, RepoFile]) -> list[str]:
    """Files of the snapshot that the Hub does not hold as they are."""
    return [
        path
        for path, entry in _expected(snapshot).items()
        if not _is_same(snapshot, path, entry, held.get(path))
    ]


def _to_delete(
    snapshot: Snapshot, held: Mapping[str, RepoFile], before: Manifest | None
) -> list[str]:
    """Files that an earlier snapshot left, and whatever else stands in the configs' folders."""
    ours = set(before.files if before else ()) | {p for p in held if p.split("/")[0] in BY_NAME}
    return sorted((ours & set(held)) - set(_expected(snapshot)))


def _refuse(snapshot: Snapshot, before: Manifest | None, held: Mapping[str, RepoFile]) -> None:
    if before:
        reasons = refusals(snapshot.manifest, before)
    elif any(path.endswith(".parquet") for path in held):
        reasons = [f"the repository holds Parquet files but no {MANIFEST}: not one of ours"]
    else:
        return
    if reasons:
        raise ReleaseRefusedError("\n".join([f"{snapshot.version} is refused:", *reasons]))


def _operations(
    snapshot: Snapshot, send: list[str], delete: list[str]
) -> tuple[list[CommitOperationAdd], list[CommitOperationDelete]]:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    adds = [CommitOperationAdd(path, snapshot.path / path) for path in send]
    return adds, [CommitOperationDelete(path) for path in delete]


def _is_whole(manifest: Manifest, held: Mapping[str, RepoFile]) -> bool:
    """Whether a commit holds what its manifest says, by size and, for large files, by SHA-256."""
    return all(
        (file := held.get(path)) is not None
        and file.size == entry.bytes
        and (file.lfs is None or file.lfs.sha256 == entry.sha256)
        for path, entry in manifest.files.items()
    )


def _name(repository: _Repository, version: str, commit: str) -> None:
    """Tag a commit.

    Raises:
        PublicationError: the tag names another commit; it is not moved.
    """
    repository.api.create_tag(
        repository.repo_id, tag=version, revision=commit, repo_type="dataset", exist_ok=True
    )
    named = repository.tags().get(version)
    if named != commit:
        raise PublicationError(f"tag {version} names {named}, not {commit}; a tag is never moved")


def _publish_once(repository: _Repository, snapshot: Snapshot, sent: list[str]) -> str:
    """Bring the Hub to hold the snapshot, committed and tagged, from whatever it holds now.

    Args:
        repository: where to.
        snapshot: what.
        sent: the files that were sent are added to it.

    Returns:
        The commit that the tag names.
    """
    tags = repository.tags()
    if snapshot.version in tags:
        commit = tags[snapshot.version]
        if other := _to_send(snapshot, repository.files(commit)):
            raise ReleaseRefusedError(
                f"tag {snapshot.version} of {repository.repo_id} holds another snapshot: "
                f"{', '.join(other[:3])} differ; a tag is never moved"
            )
        return commit

    head = repository.head()
    held = repository.files(head)
    before = repository.manifest(head) if MANIFEST in held else None
    send, delete = _to_send(snapshot, held), _to_delete(snapshot, held, before)
    if not send and not delete:
        _name(repository, snapshot.version, head)
        return head
    _refuse(snapshot, before, held)
    if before and before.version not in tags and _is_whole(before, held):
        _name(repository, before.version, head)  # its publication was cut off before the tag

    adds, deletes = _operations(snapshot, send, delete)
    repository.upload(adds)
    sent[:] = send
    commit = repository.api.create_commit(
        repository.repo_id,
        [*adds, *deletes],
        commit_message=f"Publish {snapshot.version}",
        repo_type="dataset",
        parent_commit=head,
    ).oid
    if wrong := _to_send(snapshot, repository.files(commit)):
        raise PublicationError(f"commit {commit} does not hold {', '.join(wrong[:3])} as sent")
    _name(repository, snapshot.version, commit)
    return commit


def _is_final(error: Exception) -> bool:
    """Whether another attempt would be answered alike."""
    # An upload's error comes wrapped in a RuntimeError.
    response = getattr(error.__cause__ or error, "response", None)
    status = getattr(response, "status_code", None)
    return status is not None and status < 500 and status not in _TRANSIENT


def publish_to_hub(
    snapshot: Snapshot, repo_id: str, *, private: bool | None, resource_group: str | None
) -> Publication:
    """Publish a snapshot that passed its checks; see `publish`.

    After a failure that may pass, it looks again and does what is left. A commit whose answer was
    lost is found as the head that holds everything; of two that are under way at once one wins,
    since both name the same parent.

    Raises:
        ReleaseRefusedError: it must not follow what is published, or its tag is taken.
        PublicationError: the Hub did not do what was asked.
    """
    from httpx2 import HTTPError
    from huggingface_hub import HfApi

    if not os.environ.get("HF_TOKEN"):
        raise ReleaseRefusedError("HF_TOKEN is not set: the Hub's token is read from it alone")
    repository = _Repository(HfApi(), repo_id)
    sent: list[str] = []
    for attempt in range(ATTEMPTS):
        try:
            repository.ensure(private, resource_group)
            commit = _publish_once(repository, snapshot, sent)
        except (HTTPError, OSError, RuntimeError) as error:
            if _is_final(error) or attempt == ATTEMPTS - 1:
                raise PublicationError(
                    f"{snapshot.version} could not be published to {repo_id}: {error}"
                ) from error
            time.sleep(FIRST_WAIT * 2**attempt)
        else:
            return Publication(snapshot.version, repo_id, commit, tuple(sent))
    raise AssertionError("the last attempt returns or raises")
