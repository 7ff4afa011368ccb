"""From what a person types to a snapshot's folder: a path, a version's name, `REPO@TAG`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.release.errors import PublicationError
from pipeline.release.manifest import (
    MANIFEST,
    ManifestError,
    Snapshot,
    is_version,
    open_snapshot,
)
from pipeline.release.refusals import SCHEMA_VERSION

_REPO = re.compile(r"([\w.-]+/[\w.-]+)@([\w./-]+)")


def _reason(error: Exception) -> str:
    """Why the Hub's client failed, on one line."""
    from huggingface_hub.errors import (
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    if isinstance(error, RepositoryNotFoundError):
        return "there is no such dataset repository, or none that HF_TOKEN may read"
    if isinstance(error, RevisionNotFoundError):
        return "the repository has no such tag"
    if isinstance(error, LocalEntryNotFoundError) and error.__cause__:
        # It speaks of its cache, where nothing was looked for.
        return " ".join(str(error.__cause__).split())
    return " ".join(str(error).split())


def download(repo: str, revision: str, into: Path, patterns: list[str] | None) -> None:
    """Bring the files of a revision that fit one of the patterns, all by default, into a folder.

    Raises:
        PublicationError: the Hub does not have it, or cannot be asked.
    """
    from httpx2 import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not sys.stderr.isatty():
        disable_progress_bars()
    try:
        snapshot_download(
            repo,
            repo_type="dataset",
            revision=revision,
            local_dir=into,
            allow_patterns=patterns,
        )
    except (HTTPError, HFValidationError, OSError, RuntimeError) as error:
        raise PublicationError(
            f"{repo}@{revision} cannot be had from the Hub: {_reason(error)}"
        ) from error


@contextmanager
def located(what: str, snapshots: Path, *, papers_only: bool = False) -> Iterator[Path]:
    """The folder of a snapshot; one from the Hub is there until the block ends.

    Args:
        what: a snapshot's folder, the name of one in `snapshots`, or `owner/name@tag` on the Hub.
        snapshots: the folder of all local snapshots.
        papers_only: whether the manifest and the config `papers` are enough.

    Raises:
        ManifestError: there is no such snapshot.
        PublicationError: the Hub does not have it, or cannot be asked.
    """
    if (Path(what) / MANIFEST).is_file():
        yield Path(what)
    elif is_version(what) and (snapshots / what / MANIFEST).is_file():
        yield snapshots / what
    elif (match := _REPO.fullmatch(what)) is not None:
        with TemporaryDirectory() as folder:
            patterns = [MANIFEST, "papers/*"] if papers_only else None
            download(match[1], match[2], Path(folder), patterns)
            if not (Path(folder) / MANIFEST).is_file():
                raise ManifestError(f"{what}: no snapshot: it has no {MANIFEST}")
            yield Path(folder)
    else:
        raise ManifestError(
            f"{what}: no snapshot: neither a folder with {MANIFEST}, nor a version in "
            f"{snapshots}, nor REPO@TAG"
        )


def readable(folder: Path) -> Snapshot:
    """The snapshot in `folder`, whose columns this code knows.

    Raises:
        ManifestError: there is none, or it is of a newer schema.
    """
    snapshot = open_snapshot(folder)
    if (newer := snapshot.manifest.schema_version) > SCHEMA_VERSION:
        raise ManifestError(
            f"{snapshot.version}: its schema version is {newer}, this arxiv-ja-en knows "
            f"{SCHEMA_VERSION} and older: install a newer one"
        )
    return snapshot
