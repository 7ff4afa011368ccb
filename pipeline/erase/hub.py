"""Erasing papers from the Hub: what a new version leaves of earlier ones.

A version without the papers has to be published first. Then the tags of versions that hold them
are deleted, the history of `main` is squashed, and the large files that nothing names any more are
deleted from the Hub's storage. Each step looks at what is there, so that one that was cut off is
done by the next call.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.release.errors import PublicationError
from pipeline.release.hub_commit import HubCommit
from pipeline.release.published import Published, PublishedVersions
from pipeline.release.repository import Repository

if TYPE_CHECKING:
    from huggingface_hub.hf_api import LFSFileInfo

CACHED = (
    "what others have downloaded, and caches of theirs, cannot be called back; ids of old commits "
    "may answer until the Hub collects them, without the data files: its support can be asked"
)
"""What no call to the Hub changes."""

_CONVERTED = "refs/convert/"
"""Where the Hub keeps what its viewer shows and searches: Parquet, and an index in DuckDB."""
_MADE_ANEW = (
    "the Hub makes it anew of the new version, within hours as a rule; then erase again, and "
    "squash that ref by HfApi.super_squash_history where its history is longer"
)


@dataclass(frozen=True)
class HubErasure:
    """What a repository still holds of papers.

    Attributes:
        repo_id: the repository.
        version: the version at its head, which does not hold them.
        tags: the tags of versions that hold them; to be deleted.
        n_commits: commits on `main`; to be squashed where there are several.
        is_tag_behind: whether the tag of `version` names a commit with a longer history.
        files: large files that no tag, branch or pull request needs; to be deleted.
        by_hand: what a person has to do, one line each.
    """

    repo_id: str
    version: str
    tags: tuple[str, ...]
    n_commits: int
    is_tag_behind: bool
    files: tuple[LFSFileInfo, ...]
    by_hand: tuple[str, ...]

    @property
    def is_done(self) -> bool:
        """Whether nothing is left that a call could do."""
        return not (self.tags or self.files or self.is_tag_behind or self.n_commits > 1)

    def lines(self) -> Iterator[str]:
        """What is to be done, one line each."""
        if self.tags:
            yield f"delete the tags {', '.join(self.tags)}, which hold it"
        if self.n_commits > 1:
            yield f"squash the {self.n_commits:,} commits of main to one"
        if self.n_commits > 1 or self.is_tag_behind:
            yield f"have the tag {self.version} name that commit; its files stay the same"
        if self.files:
            size = sum(file.size for file in self.files)
            yield (
                f"delete {len(self.files):,} stored files ({size:,} bytes) that no version needs"
            )


def plan_hub_erasure(repo_id: str, paper_ids: Collection[str]) -> HubErasure:
    """What of the papers a repository holds; nothing is changed.

    Args:
        repo_id: dataset repository, `owner/name`.
        paper_ids: every id that a paper ever had.

    Raises:
        PublicationError: the newest version holds them, or the Hub cannot be asked.
    """
    return _asked(repo_id, lambda repository: _plan(repository, paper_ids))


def erase_from_hub(repo_id: str, paper_ids: Collection[str], snapshots: Path) -> HubErasure:
    """Do all that `plan_hub_erasure` finds.

    Args:
        repo_id: dataset repository, `owner/name`.
        paper_ids: every id that a paper ever had.
        snapshots: the folder of local snapshots, where it is kept what was published.

    Returns:
        What is left to do: what is to be done by hand.

    Raises:
        PublicationError: the newest version holds them, or the Hub does not do what it was asked.
    """

    def erase(repository: Repository) -> HubErasure:
        _erase(repository, paper_ids, PublishedVersions(snapshots, repo_id))
        left = _plan(repository, paper_ids)
        if not left.is_done:
            raise PublicationError(f"{repo_id} still has to: {'; '.join(left.lines())}")
        return left

    return _asked(repo_id, erase)


def _asked(repo_id: str, action: Callable[[Repository], HubErasure]) -> HubErasure:
    from httpx2 import HTTPError
    from huggingface_hub import HfApi

    if not os.environ.get("HF_TOKEN"):
        raise PublicationError("HF_TOKEN is not set: the Hub's token is read from it alone")
    try:
        return action(Repository(HfApi(), repo_id))
    except (HTTPError, OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise PublicationError(f"{repo_id}: the Hub refused or did not answer: {reason}") from error


def _erase(repository: Repository, paper_ids: Collection[str], known: PublishedVersions) -> None:
    api, name = repository.api, repository.repo_id
    plan = _plan(repository, paper_ids)
    for tag in plan.tags:
        api.delete_tag(name, tag=tag, repo_type="dataset")
    if plan.n_commits > 1:
        before = HubCommit.at(repository, repository.head())
        message = f"Publish {plan.version}"
        api.super_squash_history(name, commit_message=message, repo_type="dataset")
        if _blobs(HubCommit.at(repository, repository.head())) != _blobs(before):
            raise PublicationError(f"{name}: main holds other files after its history was squashed")
    head = repository.head()
    if repository.tags().get(plan.version) != head:
        # Noted as not tagged first: a tag that a kill leaves unmade is then made by the next call.
        known.note(plan.version, Published(head))
        if plan.version in repository.tags():
            api.delete_tag(name, tag=plan.version, repo_type="dataset")
        api.create_tag(name, tag=plan.version, revision=head, repo_type="dataset")
        known.note(plan.version, Published(head, tagged=True))
    # Found anew: what only the old history named is needed by nobody now. The history that is left
    # names none of them, so no commit, and no tag, changes.
    files = _plan(repository, paper_ids).files
    api.permanently_delete_lfs_files(name, files, rewrite_history=False, repo_type="dataset")


def _plan(repository: Repository, paper_ids: Collection[str]) -> HubErasure:
    name = repository.repo_id
    head = HubCommit.at(repository, repository.head())
    if head.ours is None:
        raise PublicationError(f"{name} holds no version of this dataset at its head")
    search = _Search(repository, paper_ids)
    if held := search.holding(head.sha):
        raise PublicationError(
            f"{name} still holds it in its newest version, {head.ours.manifest.version} "
            f"({min(held.values())}): publish one without it first"
        )
    refs = repository.api.list_repo_refs(name, repo_type="dataset", include_pull_requests=True)
    needed, tags, by_hand = search.stored(head.sha), [], []
    for tag in refs.tags:
        if search.holding(tag.target_commit):
            tags.append(tag.name)
        else:
            needed |= search.stored(tag.target_commit)
    others = [branch for branch in refs.branches if branch.name != "main"]
    for ref in [*others, *refs.converts, *(refs.pull_requests or [])]:
        held = search.holding(ref.target_commit)
        needed |= search.stored(ref.target_commit) - {*held}
        if held and {*held} & search.listed():
            by_hand.append(f"{ref.ref} holds it in {min(held.values())}: {_remedy(ref.ref)}")
        if ref.ref.startswith(_CONVERTED) and (unread := search.unread(ref.target_commit)):
            by_hand.append(f"{ref.ref} has {min(unread)}, which is not looked into: {_MADE_ANEW}")
    version = head.ours.manifest.version
    named = {tag.name: tag.target_commit for tag in refs.tags}
    commits = repository.api.list_repo_commits(name, repo_type="dataset", revision="main")
    return HubErasure(
        repo_id=name,
        version=version,
        tags=tuple(sorted(tags)),
        n_commits=len(commits),
        is_tag_behind=version in named and named[version] != head.sha,
        files=tuple(file for file in search.files if file.file_oid not in needed),
        by_hand=(*by_hand, CACHED),
    )


def _remedy(ref: str) -> str:
    if ref.startswith(_CONVERTED):
        return _MADE_ANEW
    if ref.startswith("refs/pr/"):
        return "close it; its copy of the file is deleted here"
    return "delete the branch, if it is not needed; its copy of the file is deleted here"


def _blobs(commit: HubCommit) -> dict[str, str]:
    return {path: file.blob_id for path, file in commit.files.items()}


class _Search:
    """Looks for papers in the large files of commits, in each file once."""

    def __init__(self, repository: Repository, paper_ids: Collection[str]) -> None:
        self._repository = repository
        self._ids = sorted(paper_ids)
        self._trees: dict[str, Mapping[str, Any]] = {}
        self._found: dict[str, bool] = {}
        self.files = [*repository.api.list_lfs_files(repository.repo_id, repo_type="dataset")]

    def listed(self) -> set[str]:
        """SHA-256 of each large file that is stored."""
        return {file.file_oid for file in self.files}

    def stored(self, commit: str) -> set[str]:
        """SHA-256 of each large file of a commit."""
        return {file.lfs.sha256 for file in self._tree(commit).values() if file.lfs}

    def holding(self, commit: str) -> dict[str, str]:
        """The large files of a commit that hold one of the papers: path by SHA-256."""
        return {
            file.lfs.sha256: path
            for path, file in self._tree(commit).items()
            if file.lfs and path.endswith(".parquet") and self._holds(path, commit, file.lfs.sha256)
        }

    def unread(self, commit: str) -> list[str]:
        """The large files of a commit that are not Parquet."""
        tree = self._tree(commit).items()
        return [path for path, file in tree if file.lfs and not path.endswith(".parquet")]

    def _tree(self, commit: str) -> Mapping[str, Any]:
        if commit not in self._trees:
            self._trees[commit] = self._repository.files(commit)
        return self._trees[commit]

    def _holds(self, path: str, commit: str, sha256: str) -> bool:
        """Whether a file has a row of one of the papers; one that is not stored any more has none.

        A Parquet file that cannot be read counts as one that has.
        """
        if sha256 not in self._found:
            self._found[sha256] = sha256 in self.listed() and self._has_row(path, commit)
        return self._found[sha256]

    def _has_row(self, path: str, commit: str) -> bool:
        with TemporaryDirectory() as folder:
            file = self._repository.download(path, commit, folder)
            try:
                rows = pl.scan_parquet(file)
                if "paper_id" not in rows.collect_schema():
                    return False
                mine = pl.col("paper_id").is_in(self._ids)
                return not rows.filter(mine).head(1).collect().is_empty()
            except pl.exceptions.PolarsError:
                return True
