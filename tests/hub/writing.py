"""The routes by which a client changes what there is: repositories, commits, tags."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.hub.repository import Repository, StoredFile
from tests.hub.request import HubError, Request
from tests.hub.state import Hub
from tests.hub.xet import file_hashes


def create(request: Request) -> None:
    """Make a repository; 409 if it is there."""
    request.writer()
    wanted = request.json()
    name = f"{wanted['organization']}/{wanted['name']}"
    url = f"{request.hub.url}/datasets/{name}"
    if name in request.hub.repositories:
        request.answer({"error": "You already created this dataset repo", "url": url}, 409)
        return
    request.hub.repositories[name] = Repository(
        name,
        private=wanted.get("visibility") == "private",
        resource_group=wanted.get("resourceGroupId"),
    )
    request.answer({"url": url, "name": name})


def validate_yaml(request: Request) -> None:
    """Find nothing wrong with a card's header."""
    request.answer({"errors": [], "warnings": []})


def preupload(request: Request, owner: str, name: str, revision: str) -> None:
    """Which files of a commit to come are large, and what is there in their place."""
    request.writer()
    files = request.commit(owner, name, revision).files
    request.answer(
        {
            "files": [
                {
                    "path": file["path"],
                    "uploadMode": "lfs" if file["path"].endswith(".parquet") else "regular",
                    "shouldIgnore": False,
                    "oid": (known := files.get(file["path"])) and (known.sha256 or known.oid),
                }
                for file in request.json()["files"]
            ]
        }
    )


def commit(request: Request, owner: str, name: str, branch: str) -> None:
    """Commit to `main` all that the body's lines say, or nothing."""
    request.writer()
    lines = [json.loads(line) for line in request.body.splitlines()]
    header = lines[0]["value"]
    with request.hub.lock:
        repository = request.repository(owner, name)
        if branch != "main":
            raise HubError(404, "RevisionNotFound", f"Invalid rev id: {branch}")
        if header.get("parentCommit", repository.head.oid) != repository.head.oid:
            message = "A commit has happened since. Please refresh and try again."
            raise HubError(412, message=message)
        files = dict(repository.head.files)
        for line in lines[1:]:
            _apply(request.hub, files, line["key"], line["value"])
        made = repository.commit(header["summary"], files)
    url = f"{request.hub.url}/datasets/{repository.name}/commit/{made.oid}"
    request.answer({"commitUrl": url, "commitOid": made.oid, "success": True})


def _apply(hub: Hub, files: dict[str, StoredFile], key: str, value: dict[str, Any]) -> None:
    """Do one operation of a commit to `files`."""
    path = value["path"]
    match key:
        case "file":
            content = base64.b64decode(value["content"])
            files[path] = StoredFile(len(content), content)
        case "lfsFile":
            oid = value["oid"]
            if not hub.object(oid).exists() and oid not in file_hashes(hub.cas):
                raise HubError(400, message=f"{path}: its content was not uploaded")
            files[path] = StoredFile(value["size"], sha256=oid)
        case "deletedFile":
            if files.pop(path, None) is None:
                raise HubError(404, "EntryNotFound", "A file with this name doesn't exist")
        case "deletedFolder":
            for below in [name for name in files if name.startswith(path.rstrip("/") + "/")]:
                del files[below]
        case _:
            raise HubError(400, message=f"unknown operation {key}")


def tag(request: Request, owner: str, name: str, revision: str) -> None:
    """Name a revision's commit; 409 if the name is taken."""
    request.writer()
    tagged, wanted = request.commit(owner, name, revision), request.json()["tag"]
    with request.hub.lock:
        tags = request.repository(owner, name).tags
        if wanted in tags:
            raise HubError(409, message="Tag reference exists already")
        tags[wanted] = tagged.oid
    request.answer({})
