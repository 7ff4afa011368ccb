"""A snapshot on the Hub as an earlier release left it; called in a process of its own."""

from __future__ import annotations


def upload(folder: str, repo: str, version: str) -> str:
    """Put the files of a snapshot into a new repository: one commit, which the tag names."""
    from huggingface_hub import HfApi

    api = HfApi()
    api.create_repo(repo, repo_type="dataset")
    commit = api.upload_folder(repo_id=repo, folder_path=folder, repo_type="dataset").oid
    api.create_tag(repo, tag=version, revision=commit, repo_type="dataset")
    return commit
