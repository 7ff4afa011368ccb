"""Publication: local unless a repository on the Hub is named."""

from __future__ import annotations

from pathlib import Path

from pipeline.release.errors import ReleaseRefusedError
from pipeline.release.hub import Publication, publish_to_hub
from pipeline.release.manifest import open_snapshot
from pipeline.release.verify import verify_snapshot


def publish(
    snapshot: Path,
    repo_id: str | None = None,
    *,
    private: bool | None = None,
    resource_group: str | None = None,
) -> Publication:
    """Publish a snapshot: on the Hub where a repository is named, else where it stands.

    The Hub's token is read from `HF_TOKEN` by its client. Running it again after any failure ends
    in one commit and one tag.

    Args:
        snapshot: the snapshot's folder.
        repo_id: dataset repository, `owner/name`.
        private: whether a repository that is made now is private; None: as its owner's settings
            say. A public repository is refused where True.
        resource_group: the organisation's resource group that a repository made now belongs to.

    Raises:
        ReleaseRefusedError: the snapshot fails its checks or must not follow what is published.
        PublicationError: the Hub did not do what was asked; nothing or all of it was published.
    """
    if problems := verify_snapshot(snapshot):
        raise ReleaseRefusedError("\n".join([f"{snapshot.name} is refused:", *problems]))
    opened = open_snapshot(snapshot)
    if repo_id is None:
        return Publication(opened.version, str(snapshot), commit=None)
    return publish_to_hub(opened, repo_id, private=private, resource_group=resource_group)
