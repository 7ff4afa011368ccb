"""One request to the local Hub, as its routes see it: what was sent, what it names, the answer."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.hub.repository import Commit, Repository
from tests.hub.state import TOKEN, Hub


class HubError(Exception):
    """The Hub refuses: a status, and the code by which the client knows why.

    Attributes:
        status: of the answer.
        code: the answer's `X-Error-Code`, if it has one.
        message: what the answer says.
    """

    def __init__(self, status: int, code: str | None = None, message: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message or code or str(status)


class Request(BaseHTTPRequestHandler):
    """A request whose body is read and whose answer is not yet sent.

    Attributes:
        hub: the Hub that is asked.
        route: the route's name in `Hub.requests` and in a `Fault`.
        body: what was sent.
        query: the address's parameters; of those given twice the last.
        lost: whether the connection closes instead of the answer.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement
    hub: Hub
    route: str
    body: bytes
    query: dict[str, str]
    lost: bool

    def log_request(self, *_: object) -> None:
        """The tests' output is not the place."""

    def receive(self) -> None:
        """Read the body and the query."""
        self.body = self._body()
        query = parse_qs(urlsplit(self.path).query)
        self.query = {key: values[-1] for key, values in query.items()}

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

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
        for name, value in {"Content-Length": str(len(raw)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def _has_token(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def writer(self) -> None:
        """Let only those pass who may write.

        Raises:
            HubError: the request is without the token.
        """
        if not self._has_token():
            raise HubError(401, message="Invalid username or password.")

    def repository(self, owner: str, name: str) -> Repository:
        """The repository of that name.

        Raises:
            HubError: there is none, or it is private and the request is without the token.
        """
        repository = self.hub.repositories.get(f"{owner}/{name}")
        if repository is None or (repository.private and not self._has_token()):
            raise HubError(404, "RepoNotFound", "Repository not found")
        return repository

    def commit(self, owner: str, name: str, revision: str) -> Commit:
        """The commit of a branch, a tag, or a commit's own name.

        Raises:
            HubError: there is none, or no such repository.
        """
        commit = self.repository(owner, name).resolve(revision)
        if commit is None:
            raise HubError(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit
