"""The routes by which a client looks at a repository and takes its files."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from tests.hub.repository import Commit, Repository, StoredFile
from tests.hub.request import HubError, Request
from tests.hub.state import Hub
from tests.hub.xet import file_hashes

_PAGE = 1000
"""Entries in a page of a listing."""


def info(request: Request, owner: str, name: str, revision: str = "main") -> None:
    """A repository, and the names of a revision's files."""
    repository = request.repository(owner, name)
    commit = request.commit(owner, name, revision)
    request.answer(
        {
            "id": repository.name,
            "sha": commit.oid,
            "private": repository.private,
            "gated": False,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "tags": [],
            "siblings": [{"rfilename": path} for path in sorted(commit.files)],
        }
    )


def refs(request: Request, owner: str, name: str) -> None:
    """The branch and the tags of a repository."""
    repository = request.repository(owner, name)
    request.answer(
        {
            "branches": [
                {"name": "main", "ref": "refs/heads/main", "targetCommit": repository.head.oid},
                *_others(repository, "refs/heads/"),
            ],
            "converts": _others(repository, "refs/convert/"),
            "pullRequests": _others(repository, "refs/pr/"),
            "tags": [
                {"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": oid}
                for tag, oid in repository.tags.items()
            ],
        }
    )


def _others(repository: Repository, below: str) -> list[dict[str, str]]:
    return [
        {"name": ref.removeprefix(below), "ref": ref, "targetCommit": oid}
        for ref, oid in repository.others.items()
        if ref.startswith(below)
    ]


def commits(request: Request, owner: str, name: str, revision: str) -> None:
    """The commits that lead to a revision, newest first."""
    repository = request.repository(owner, name)
    commit: Commit | None = request.commit(owner, name, revision)
    listed = []
    while commit is not None:
        listed.append(
            {
                "id": commit.oid,
                "title": commit.message,
                "message": "",
                "date": "2025-03-31T00:00:00.000Z",
                "authors": [],
            }
        )
        commit = repository.commits[commit.parent] if commit.parent else None
    request.answer(listed)


def _file_entry(path: str, file: StoredFile, hashes: dict[str, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "path": path, "size": file.size, "oid": file.oid}
    if file.sha256:
        entry["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": 130}
        if file.sha256 in hashes:
            entry["xetHash"] = hashes[file.sha256]
    return entry


def _folder_entry(path: str) -> dict[str, Any]:
    return {"type": "directory", "path": path, "size": 0, "oid": "0" * 40}


def _folders(files: dict[str, StoredFile]) -> list[str]:
    return sorted({path.rsplit("/", 1)[0] for path in files if "/" in path})


def tree(request: Request, owner: str, name: str, revision: str, folder: str) -> None:
    """What is in a folder of a revision (all of it, if that is empty), a page at a time."""
    files = request.commit(owner, name, revision).files
    below = f"{folder}/" if folder else ""
    if below and not any(path.startswith(below) for path in files):
        raise HubError(404, "EntryNotFound", f"{below} does not exist on {revision}")
    deep = request.query.get("recursive", "").lower() in {"true", "1"}

    def is_listed(path: str) -> bool:
        return path.startswith(below) and (deep or "/" not in path[len(below) :])

    hashes = file_hashes(request.hub.cas)
    listed = [_folder_entry(path) for path in _folders(files) if is_listed(path)]
    listed += [
        _file_entry(path, file, hashes) for path, file in sorted(files.items()) if is_listed(path)
    ]
    # As on the Hub, a long listing comes in pages.
    start = int(request.query.get("cursor", 0))
    headers = {}
    if start + _PAGE < len(listed):
        url = f"{request.hub.url}{urlsplit(request.path).path}"
        query = f"recursive={request.query.get('recursive', '')}&cursor={start + _PAGE}"
        headers["Link"] = f'<{url}?{query}>; rel="next"'
    request.answer(listed[start : start + _PAGE], headers=headers)


def paths_info(request: Request, owner: str, name: str, revision: str) -> None:
    """Those of the wanted paths that a revision has."""
    files = request.commit(owner, name, revision).files
    if request.headers.get("Content-Type", "").startswith("application/json"):
        paths = request.json()["paths"]
    else:
        paths = parse_qs(request.body.decode()).get("paths", [])
    hashes, folders = file_hashes(request.hub.cas), _folders(files)
    found = [_file_entry(path, files[path], hashes) for path in paths if path in files]
    found += [_folder_entry(path) for path in paths if path in folders]
    request.answer(found)


def resolve(request: Request, owner: str, name: str, revision: str, path: str) -> None:
    """A file of a revision: what it is for HEAD, else its content or a range of that."""
    commit = request.commit(owner, name, revision)
    file = commit.files.get(path)
    if file is None:
        raise HubError(404, "EntryNotFound", f"{path} does not exist on {revision}")
    headers = {
        "X-Repo-Commit": commit.oid,
        "ETag": f'"{file.sha256 or file.oid}"',
        "Accept-Ranges": "bytes",
        "Content-Type": "application/octet-stream",
    }
    hashes = file_hashes(request.hub.cas)
    if file.sha256 in hashes:
        route = f"/api/datasets/{owner}/{name}/xet-read-token/{quote(commit.oid)}"
        headers["X-Xet-Hash"] = hashes[file.sha256]
        headers["X-Xet-Refresh-Route"] = request.hub.url + route
        headers["X-Linked-Size"] = str(file.size)
        headers["X-Linked-Etag"] = f'"{file.sha256}"'
    if request.command == "HEAD":
        request.answer(b"", headers={**headers, "Content-Length": str(file.size)})
        return
    content = _content(request.hub, file)
    span = request.headers.get("Range", "").removeprefix("bytes=")
    if not span:
        request.answer(content, headers=headers)
        return
    first, last = span.split("-")
    begin = int(first) if first else max(0, len(content) - int(last))
    end = int(last) + 1 if first and last else len(content)
    headers["Content-Range"] = f"bytes {begin}-{min(end, len(content)) - 1}/{len(content)}"
    request.answer(content[begin:end], 206, headers)


def _content(hub: Hub, file: StoredFile) -> bytes:
    if file.content is not None:
        return file.content
    assert file.sha256 is not None
    stored = hub.object(file.sha256)
    if not stored.exists():
        raise HubError(501, message="this file is in Xet's store alone")
    return stored.read_bytes()
