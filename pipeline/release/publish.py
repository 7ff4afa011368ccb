"""Publication: local unless a repository on the Hub is named."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl

from pipeline.release.errors import ReleaseRefusedError
from pipeline.release.hub import Publication, publish_to_hub
from pipeline.release.manifest import RESTORE, open_snapshot
from pipeline.release.verify import verify_snapshot


def publish(
    snapshot: Path,
    repo_id: str | None = None,
    *,
    private: bool | None = None,
    resource_group: str | None = None,
    accept_foreign: bool = False,
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
        accept_foreign: whether files that others have put into the places of ours may be replaced,
            and a repository that is gone be made anew.

    Raises:
        ReleaseRefusedError: the snapshot fails its checks or must not follow what is published.
        PublicationError: the Hub did not do what was asked; nothing or all of it was published.
    """
    if problems := verify_snapshot(snapshot):
        head = f"{snapshot} is refused; where a file is missing or damaged, {RESTORE}:"
        raise ReleaseRefusedError("\n".join([head, *problems]))
    opened = open_snapshot(snapshot)
    if repo_id is None:
        return Publication(opened.version, str(snapshot), commit=None)
    from huggingface_hub import constants

    papers = opened.data_files("papers")
    sources = pl.scan_parquet(papers).select(pl.col("source_url").unique()).collect().to_series()
    if reason := rehearsal(sources, constants.ENDPOINT):
        raise ReleaseRefusedError(f"{snapshot.name} is refused: {reason}")
    return publish_to_hub(
        opened,
        repo_id,
        private=private,
        resource_group=resource_group,
        accept_foreign=accept_foreign,
    )


def rehearsal(sources: Iterable[str], endpoint: str) -> str | None:
    """Why papers from these addresses must not go to the Hub at `endpoint`; None where they may.

    What was crawled from this machine is the invented sample, or a test: it may be published to a
    Hub on this machine, to rehearse, and nowhere else.
    """
    here = sorted({source for source in sources if _is_loopback(source)})
    if here and not _is_loopback(endpoint):
        return f"its papers were crawled from this machine ({here[0]}), not from the digest site"
    return None


def _is_loopback(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:  # no address that anything could be fetched from
        return False
    return host in {"localhost", "::1"} or host.startswith("127.")
