"""A Hub on loopback: enough of its interface for the unmodified client to publish and to load.

It keeps real commits and tags and the objects they name, asks for the token, serves ranges, and
fails by switch (`faults`). Large files come by LFS, or by Xet: then its object store is a folder
that `hf_xet` writes to itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.hub.faults import Faults, kill
from tests.hub.repository import Commit, Repository, StoredFile
from tests.hub.xet import file_hashes

TOKEN = "hf_a_token_of_the_local_hub"

Route = Callable[["_Handler", list[str]], None]


class Hub:
    """The Hub's state, and its address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repositories: dict[str, Repository] = {}
        self.faults = Faults()
        self.requests: list[tuple[str, int, int]] = []
        """Route, status and bytes received of every request that was answered."""
        self.lock = threading.Lock()
        self.url = ""
        (folder / "objects").mkdir(parents=True)

    @property
    def cas(self) -> Path:
        """The folder that is Xet's object store."""
        return self.folder / "cas"

    def object(self, sha256: str) -> Path:
        """Where a large file's content is."""
        return self.folder / "objects" / sha256

    def count(self, route: str) -> int:
        """How many requests of a route were done."""
        return sum(1 for name, status, _ in self.requests if name == route and status < 300)


class _Error(Exception):
    def __init__(self, status: int, code: str | None = None, message: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message or code or str(status)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement
    hub: Hub
    route = ""

    def log_request(self, *_: object) -> None:
        """The tests' output is not the place."""

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _serve(self) -> None:
        self.body = self._body()
        url = urlsplit(self.path)
        self.query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        segments = [unquote(part) for part in url.path.strip("/").split("/")]
        self.route, action, arguments = _find(self.command, segments)
        fault = self.hub.faults.take(self.route)
        kind = fault.kind if fault else None
        if fault and kind == "kill before":
            kill(fault.pid)
        if kind == "slow":
            time.sleep(0.5)
        if kind in {"refused", "kill before"}:
            self.close_connection = True
            return
        self.lost = kind in {"lost", "kill after"}
        try:
            if isinstance(kind, int):
                raise _Error(kind, message="a fault by switch")
            action(self, arguments)
        except _Error as error:
            headers = {"X-Error-Code": error.code} if error.code else {}
            self.answer({"error": error.message}, error.status, headers)
        if fault and kind == "kill after":
            kill(fault.pid)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def answer(
        self, body: Any = None, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        """Send JSON or bytes; nothing at all, if the answer is to be lost."""
        self.hub.requests.append((self.route, status, len(self.body)))
        if self.lost:
            self.close_connection = True
            return
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "Content-Length" not in (headers or {}):
            self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def json(self) -> Any:
        return json.loads(self.body)

    def writer(self) -> None:
        """Let only those pass who may write."""
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise _Error(401, message="Invalid username or password.")

    def repository(self, owner: str, name: str) -> Repository:
        repository = self.hub.repositories.get(f"{owner}/{name}")
        if repository is None:
            raise _Error(404, "RepoNotFound", "Repository not found")
        if repository.private and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise _Error(404, "RepoNotFound", "Repository not found")
        return repository

    def commit(self, owner: str, name: str, revision: str) -> Commit:
        commit = self.repository(owner, name).resolve(revision)
        if commit is None:
            raise _Error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit


def _create(request: _Handler, _: list[str]) -> None:
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


def _validate_yaml(request: _Handler, _: list[str]) -> None:
    request.answer({"errors": [], "warnings": []})


def _info(request: _Handler, at: list[str]) -> None:
    owner, name, revision = at[0], at[1], at[2] if len(at) > 2 else "main"
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


def _entry(path: str, file: StoredFile, hashes: dict[str, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "path": path, "size": file.size, "oid": file.oid}
    if file.sha256:
        entry["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": 130}
        if file.sha256 in hashes:
            entry["xetHash"] = hashes[file.sha256]
    return entry


def _folders(files: dict[str, StoredFile]) -> list[str]:
    return sorted({path.rsplit("/", 1)[0] for path in files if "/" in path})


def _tree(request: _Handler, at: list[str]) -> None:
    owner, name, revision, *rest = at
    files = request.commit(owner, name, revision).files
    below = "/".join(rest) + "/" if rest else ""
    if below and not any(path.startswith(below) for path in files):
        raise _Error(404, "EntryNotFound", f"{below} does not exist on {revision}")
    deep = request.query.get("recursive", "").lower() in {"true", "1"}
    listed: list[dict[str, Any]] = [
        {"type": "directory", "path": folder, "size": 0, "oid": "0" * 40}
        for folder in _folders(files)
        if folder.startswith(below) and (deep or "/" not in folder[len(below) :])
    ]
    hashes = file_hashes(request.hub.cas)
    listed += [
        _entry(path, file, hashes)
        for path, file in sorted(files.items())
        if path.startswith(below) and (deep or "/" not in path[len(below) :])
    ]
    # As on the Hub, a long listing comes in pages.
    start, page = int(request.query.get("cursor", 0)), 1000
    headers = {}
    if start + page < len(listed):
        url = f"{request.hub.url}{urlsplit(request.path).path}"
        query = f"recursive={request.query.get('recursive', '')}&cursor={start + page}"
        headers["Link"] = f'<{url}?{query}>; rel="next"'
    request.answer(listed[start : start + page], headers=headers)


def _paths_info(request: _Handler, at: list[str]) -> None:
    owner, name, revision = at
    files = request.commit(owner, name, revision).files
    if request.headers.get("Content-Type", "").startswith("application/json"):
        paths = request.json()["paths"]
    else:
        paths = parse_qs(request.body.decode()).get("paths", [])
    hashes = file_hashes(request.hub.cas)
    found = [_entry(path, files[path], hashes) for path in paths if path in files]
    found += [
        {"type": "directory", "path": path, "size": 0, "oid": "0" * 40}
        for path in paths
        if path in _folders(files)
    ]
    request.answer(found)


def _refs(request: _Handler, at: list[str]) -> None:
    repository = request.repository(*at)
    request.answer(
        {
            "branches": [
                {"name": "main", "ref": "refs/heads/main", "targetCommit": repository.head.oid}
            ],
            "converts": [],
            "tags": [
                {"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": oid}
                for tag, oid in repository.tags.items()
            ],
        }
    )


def _preupload(request: _Handler, at: list[str]) -> None:
    request.writer()
    files = request.commit(*at).files
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


def _lfs_batch(request: _Handler, at: list[str]) -> None:
    request.writer()
    url = request.hub.url
    objects = []
    for wanted in request.json()["objects"]:
        entry = dict(wanted)
        if not request.hub.object(wanted["oid"]).exists():
            entry["actions"] = {
                "upload": {"href": f"{url}/lfs/upload/{wanted['oid']}"},
                "verify": {"href": f"{url}/lfs/verify"},
            }
        objects.append(entry)
    request.answer({"transfer": "basic", "objects": objects})


def _lfs_upload(request: _Handler, at: list[str]) -> None:
    if hashlib.sha256(request.body).hexdigest() != at[0]:
        raise _Error(400, message="content does not match its oid")
    request.hub.object(at[0]).write_bytes(request.body)
    request.answer({})


def _lfs_verify(request: _Handler, _: list[str]) -> None:
    request.writer()
    if not request.hub.object(request.json()["oid"]).exists():
        raise _Error(404, message="no such object")
    request.answer({})


def _xet_token(request: _Handler, at: list[str]) -> None:
    if at[2] == "write":
        request.writer()
    request.repository(at[0], at[1])
    expires = int(time.time()) + 3600
    cas = f"local://{request.hub.cas}"
    request.answer(
        {"casUrl": cas, "exp": expires, "accessToken": "xet"},
        headers={
            "X-Xet-Cas-Url": cas,
            "X-Xet-Token-Expiration": str(expires),
            "X-Xet-Access-Token": "xet",
        },
    )


def _commit(request: _Handler, at: list[str]) -> None:
    request.writer()
    owner, name, branch = at
    lines = [json.loads(line) for line in request.body.splitlines()]
    header = lines[0]["value"]
    with request.hub.lock:
        repository = request.repository(owner, name)
        if branch != "main":
            raise _Error(404, "RevisionNotFound", f"Invalid rev id: {branch}")
        if header.get("parentCommit", repository.head.oid) != repository.head.oid:
            raise _Error(412, message="A commit has happened since. Please refresh and try again.")
        files = dict(repository.head.files)
        for line in lines[1:]:
            _apply(request.hub, files, line["key"], line["value"])
        commit = repository.commit(header["summary"], files)
    url = f"{request.hub.url}/datasets/{repository.name}/commit/{commit.oid}"
    request.answer({"commitUrl": url, "commitOid": commit.oid, "success": True})


def _apply(hub: Hub, files: dict[str, StoredFile], key: str, value: dict[str, Any]) -> None:
    path = value["path"]
    match key:
        case "file":
            content = base64.b64decode(value["content"])
            files[path] = StoredFile(len(content), content)
        case "lfsFile":
            oid = value["oid"]
            if not hub.object(oid).exists() and oid not in file_hashes(hub.cas):
                raise _Error(400, message=f"{path}: its content was not uploaded")
            files[path] = StoredFile(value["size"], sha256=oid)
        case "deletedFile":
            if files.pop(path, None) is None:
                raise _Error(404, "EntryNotFound", "A file with this name doesn't exist")
        case "deletedFolder":
            for below in [name for name in files if name.startswith(path.rstrip("/") + "/")]:
                del files[below]
        case _:
            raise _Error(400, message=f"unknown operation {key}")


def _tag(request: _Handler, at: list[str]) -> None:
    request.writer()
    owner, name, revision = at
    commit, tag = request.commit(owner, name, revision), request.json()["tag"]
    with request.hub.lock:
        tags = request.repository(owner, name).tags
        if tag in tags:
            raise _Error(409, message="Tag reference exists already")
        tags[tag] = commit.oid
    request.answer({})


def _resolve(request: _Handler, at: list[str]) -> None:
    owner, name, revision, *rest = at
    commit, path = request.commit(owner, name, revision), "/".join(rest)
    file = commit.files.get(path)
    if file is None:
        raise _Error(404, "EntryNotFound", f"{path} does not exist on {revision}")
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
    content = file.content
    if content is None:
        assert file.sha256 is not None
        stored = request.hub.object(file.sha256)
        if not stored.exists():
            raise _Error(501, message="this file is in Xet's store alone")
        content = stored.read_bytes()
    span = request.headers.get("Range", "").removeprefix("bytes=")
    if not span:
        request.answer(content, headers=headers)
        return
    first, last = span.split("-")
    begin = int(first) if first else max(0, len(content) - int(last))
    end = int(last) + 1 if first and last else len(content)
    headers["Content-Range"] = f"bytes {begin}-{min(end, len(content)) - 1}/{len(content)}"
    request.answer(content[begin:end], 206, headers)


def _unknown(request: _Handler, at: list[str]) -> None:
    raise _Error(404, message=f"the local Hub has no {request.command} {'/'.join(at)}")


def _find(method: str, segments: list[str]) -> tuple[str, Route, list[str]]:
    """The route's name, its action, and what in the address it is about."""
    match method, segments:
        case "POST", ["api", "repos", "create"]:
            return "create", _create, []
        case "POST", ["api", "validate-yaml"]:
            return "validate-yaml", _validate_yaml, []
        case "GET", ["api", "datasets", owner, name]:
            return "info", _info, [owner, name]
        case "GET", ["api", "datasets", owner, name, "revision", revision]:
            return "info", _info, [owner, name, revision]
        case "GET", ["api", "datasets", owner, name, "tree", *rest]:
            # A path below the revision comes as one segment with %2F.
            return (
                "tree",
                _tree,
                [owner, name, rest[0], *"/".join(rest[1:]).split("/")][
                    : None if len(rest) > 1 else 3
                ],
            )
        case "POST", ["api", "datasets", owner, name, "paths-info", revision]:
            return "paths-info", _paths_info, [owner, name, revision]
        case "GET", ["api", "datasets", owner, name, "refs"]:
            return "refs", _refs, [owner, name]
        case "POST", ["api", "datasets", owner, name, "preupload", revision]:
            return "preupload", _preupload, [owner, name, revision]
        case "POST", ["api", "datasets", owner, name, "commit", revision]:
            return "commit", _commit, [owner, name, revision]
        case "POST", ["api", "datasets", owner, name, "tag", revision]:
            return "tag", _tag, [owner, name, revision]
        case "GET", ["api", "datasets", owner, name, "xet-write-token", _]:
            return "xet-token", _xet_token, [owner, name, "write"]
        case "GET", ["api", "datasets", owner, name, "xet-read-token", _]:
            return "xet-token", _xet_token, [owner, name, "read"]
        case "POST", ["datasets", owner, name, "info", "lfs", "objects", "batch"]:
            return "lfs-batch", _lfs_batch, [owner, name.removesuffix(".git")]
        case "PUT", ["lfs", "upload", oid]:
            return "lfs-upload", _lfs_upload, [oid]
        case "POST", ["lfs", "verify"]:
            return "lfs-verify", _lfs_verify, []
        case (("GET" | "HEAD"), ["datasets", owner, name, "resolve", revision, *path]):
            return "resolve", _resolve, [owner, name, revision, *"/".join(path).split("/")]
        case _:
            return "unknown", _unknown, segments


@contextmanager
def serve_hub(folder: Path) -> Iterator[Hub]:
    """A Hub on a free port of 127.0.0.1, its objects in `folder`."""
    hub = Hub(folder)
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
