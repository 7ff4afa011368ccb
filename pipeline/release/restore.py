"""Bringing a published snapshot back from the Hub: the parent of the next one."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

from filelock import FileLock

from pipeline.release.errors import PublicationError
from pipeline.release.locate import download, readable
from pipeline.release.manifest import MANIFEST, is_version, load, version_key
from pipeline.release.published import Published, PublishedVersions
from pipeline.release.snapshot import LOCK
from pipeline.release.verify import damaged_files, verify_snapshot


def restore(repo_id: str, tag: str | None, into: Path) -> Path:
    """Bring a snapshot back from a tag, verified; the newest version where none is named.

    It is complete under its name or not there at all. One that is there already and whole is left;
    one that is damaged is replaced.

    Args:
        repo_id: dataset repository, `owner/name`.
        tag: a version's name.
        into: the folder of all snapshots.

    Returns:
        The snapshot's folder.

    Raises:
        PublicationError: the Hub does not have it, or what it has is not whole.
        ManifestError: what it has is no snapshot, or of a newer schema.
    """
    tags = _tags(repo_id)
    version = tag or max(filter(is_version, tags), key=version_key, default=None)
    if version is None:
        raise PublicationError(f"{repo_id} has no tag that names a version")
    into.mkdir(parents=True, exist_ok=True)
    with FileLock(into / LOCK):
        folder = Path(mkdtemp(prefix=".restore-", dir=into))
        try:
            download(repo_id, version, folder, None)
            found = readable(folder)
            _drop_others(folder, {*found.manifest.files, MANIFEST})
            target = into / found.version
            if problems := verify_snapshot(folder):
                raise PublicationError(
                    f"{repo_id}@{version} is not whole, nothing is restored: {problems[0]}"
                )
            if target.exists() and not _is_there(target, found.digest):
                shutil.rmtree(target)
            if not target.exists():
                folder.chmod(0o755)
                folder.rename(target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    known = PublishedVersions(into, repo_id)
    for name in filter(is_version, tags):
        known.note(name, Published(tags[name], tagged=True))
    return target


def _drop_others(folder: Path, ours: set[str]) -> None:
    """Remove what the Hub and its client keep beside the snapshot's files."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not [*path.iterdir()]:
            path.rmdir()
        elif path.is_file() and path.relative_to(folder).as_posix() not in ours:
            path.unlink()


def _is_there(target: Path, digest: str) -> bool:
    """Whether a snapshot is the one that is to be restored, and whole.

    Raises:
        PublicationError: it is whole, and another one.
    """
    try:
        files = load(target).files
        is_whole = not [*damaged_files(target, files)]
    except ValueError:
        return False
    if is_whole and readable(target).digest != digest:
        raise PublicationError(
            f"{target} is another snapshot of that name: move it away, then restore"
        )
    return is_whole


def _tags(repo_id: str) -> dict[str, str]:
    """The commit of each tag.

    Raises:
        PublicationError: the Hub cannot be asked, or has no such repository.
    """
    from httpx2 import HTTPError
    from huggingface_hub import HfApi

    try:
        refs = HfApi().list_repo_refs(repo_id, repo_type="dataset")
    except (HTTPError, OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise PublicationError(f"{repo_id} cannot be had from the Hub: {reason}") from error
    return {tag.name: tag.target_commit for tag in refs.tags}
