"""The routes by which a client takes away for good: tags, history, large files."""

from __future__ import annotations

from tests.hub.request import HubError, Request


def delete_tag(request: Request, owner: str, name: str, tag: str) -> None:
    """Forget a tag; its commit stays."""
    request.writer()
    with request.hub.lock:
        if request.repository(owner, name).tags.pop(tag, None) is None:
            raise HubError(404, "RevisionNotFound", f"Invalid rev id: {tag}")
    request.answer({})


def squash(request: Request, owner: str, name: str, branch: str) -> None:
    """Have `main` be one commit; the old ones still answer to their ids."""
    request.writer()
    if branch != "main":
        raise HubError(400, message=f"{branch} is no branch")
    with request.hub.lock:
        request.repository(owner, name).squash(request.json()["message"])
    request.answer({})


def lfs_files(request: Request, owner: str, name: str) -> None:
    """Every large file that is stored, whether or not a commit names it."""
    request.writer()
    request.answer(
        [
            {
                "fileOid": sha256,
                "filename": path,
                "oid": sha256,
                "pushedAt": "2025-03-31T00:00:00.000Z",
                "ref": "main",
                "size": request.hub.object(sha256).stat().st_size,
            }
            for sha256, path in sorted(request.repository(owner, name).pushed.items())
        ]
    )


def delete_lfs_files(request: Request, owner: str, name: str) -> None:
    """Delete large files from storage; commits that name them stay."""
    request.writer()
    deletions = request.json()["deletions"]
    if deletions["rewriteHistory"]:
        raise HubError(400, message="this Hub rewrites no history")
    repository = request.repository(owner, name)
    for sha256 in deletions["sha"]:
        if repository.pushed.pop(sha256, None) is None:
            raise HubError(404, message=f"no stored file {sha256}")
        request.hub.object(sha256).unlink(missing_ok=True)
    request.answer({})
