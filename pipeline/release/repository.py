"""The dataset repository on the Hub, as its client sees it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from pipeline.release.configs import BY_NAME
from pipeline.release.errors import ReleaseRefusedError
from pipeline.release.manifest import MANIFEST, Manifest, Snapshot, load
from pipeline.release.parquet import file_sha256

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.hf_api import RepoFile

ACCEPT = "`arxiv-ja-en publish --accept-foreign`"
"""The command that replaces what is not ours."""


class Held(NamedTuple):
    """What a commit of ours holds."""

    manifest: Manifest
    digest: str
    """SHA-256 of the manifest."""


@dataclass(frozen=True)
class Repository:
    """The dataset repository, as its client sees it."""

    api: HfApi
    repo_id: str

    def ensure(self, private: bool | None, resource_group: str | None, *, may_be_new: bool) -> bool:
        """Make the repository where there is none.

        Returns:
            Whether it was made.

        Raises:
            ReleaseRefusedError: it is to be private and is not, or is gone.
        """
        from huggingface_hub.errors import RepositoryNotFoundError

        try:
            info = self.api.dataset_info(self.repo_id)
        except RepositoryNotFoundError:
            if not may_be_new:
                raise ReleaseRefusedError(
                    f"{self.repo_id} was published to and is not there any more: deleted, renamed, "
                    f"or hidden from this token; {ACCEPT} makes it anew"
                ) from None
            self.api.create_repo(
                self.repo_id,
                repo_type="dataset",
                private=private,
                resource_group_id=resource_group,
                exist_ok=True,
            )
            return True
        if private and not info.private:
            raise ReleaseRefusedError(f"{self.repo_id} is public and was to be private")
        return False

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

    def held(self, commit: str) -> Held:
        """The manifest that a commit holds, and its digest."""
        with TemporaryDirectory() as folder:
            self.download(MANIFEST, commit, folder)
            held = Snapshot(Path(folder), load(Path(folder)))
            return Held(held.manifest, held.digest)

    def digest(self, path: str, commit: str) -> str:
        """SHA-256 of a file of a commit."""
        with TemporaryDirectory() as folder:
            return file_sha256(self.download(path, commit, folder))

    def download(self, path: str, commit: str, into: str) -> Path:
        """Bring a file of a commit into a folder."""
        return Path(
            self.api.hf_hub_download(
                self.repo_id, path, repo_type="dataset", revision=commit, local_dir=into
            )
        )
