"""A Hub on loopback: enough of its interface for the unmodified client to publish and to load.

It keeps real commits and tags and the objects they name, asks for the token, serves ranges, and
fails by switch (`faults`). Large files come by LFS, or by Xet: then its object store is a folder
that `hf_xet` writes to itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.hub import erasing, large_files, reading, writing
from tests.hub.faults import kill
from tests.hub.request import HubError, Request
from tests.hub.state import Hub

Action = Callable[..., None]
"""What a route does with a request, and with what in its address it is about."""


def _unknown(request: Request, *segments: str) -> None:
    raise HubError(404, message=f"the local Hub has no {request.command} {'/'.join(segments)}")


def _find(method: str, segments: list[str]) -> tuple[str, Action, list[str]]:
    """The route's name, its action, and what in the address it is about."""
    match method, segments:
        case "POST", ["api", "repos", "create"]:
            return "create", writing.create, []
        case "POST", ["api", "validate-yaml"]:
            return "validate-yaml", writing.validate_yaml, []
        case "GET", ["api", "datasets", owner, name]:
            return "info", reading.info, [owner, name]
        case "GET", ["api", "datasets", owner, name, "revision", revision]:
            return "info", reading.info, [owner, name, revision]
        case "GET", ["api", "datasets", owner, name, "refs"]:
            return "refs", reading.refs, [owner, name]
        case "GET", ["api", "datasets", owner, name, "tree", revision, *path]:
            # The client sends a folder as one segment, its slashes as %2F.
            return "tree", reading.tree, [owner, name, revision, "/".join(path)]
        case "POST", ["api", "datasets", owner, name, "paths-info", revision]:
            return "paths-info", reading.paths_info, [owner, name, revision]
        case (("GET" | "HEAD"), ["datasets", owner, name, "resolve", revision, *path]):
            return "resolve", reading.resolve, [owner, name, revision, "/".join(path)]
        case "POST", ["api", "datasets", owner, name, "preupload", revision]:
            return "preupload", writing.preupload, [owner, name, revision]
        case "POST", ["api", "datasets", owner, name, "commit", revision]:
            return "commit", writing.commit, [owner, name, revision]
        case "POST", ["api", "datasets", owner, name, "tag", revision]:
            return "tag", writing.tag, [owner, name, revision]
        case "DELETE", ["api", "datasets", owner, name, "tag", tag]:
            return "delete-tag", erasing.delete_tag, [owner, name, tag]
        case "POST", ["api", "datasets", owner, name, "super-squash", branch]:
            return "squash", erasing.squash, [owner, name, branch]
        case "GET", ["api", "datasets", owner, name, "commits", revision]:
            return "commits", reading.commits, [owner, name, revision]
        case "GET", ["api", "datasets", owner, name, "lfs-files"]:
            return "lfs-files", erasing.lfs_files, [owner, name]
        case "POST", ["api", "datasets", owner, name, "lfs-files", "batch"]:
            return "delete-lfs-files", erasing.delete_lfs_files, [owner, name]
        case "POST", ["datasets", _, _, "info", "lfs", "objects", "batch"]:
            return "lfs-batch", large_files.lfs_batch, []
        case "PUT", ["lfs", "upload", oid]:
            return "lfs-upload", large_files.lfs_upload, [oid]
        case "POST", ["lfs", "verify"]:
            return "lfs-verify", large_files.lfs_verify, []
        case "GET", ["api", "datasets", owner, name, "xet-write-token", _]:
            return "xet-token", large_files.xet_write_token, [owner, name]
        case "GET", ["api", "datasets", owner, name, "xet-read-token", _]:
            return "xet-token", large_files.xet_read_token, [owner, name]
        case _:
            return "unknown", _unknown, segments


class _Handler(Request):
    def _serve(self) -> None:
        self.receive()
        segments = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
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
                raise HubError(kind, message="a fault by switch")
            if kind == "echo":
                raise HubError(403, message=f"{dict(self.headers)} may not do this")
            action(self, *arguments)
        except HubError as error:
            headers = {"X-Error-Code": error.code} if error.code else {}
            self.answer({"error": error.message}, error.status, headers)
        if fault and kind == "kill after":
            kill(fault.pid)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815


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
