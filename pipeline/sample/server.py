"""Serves a blog on loopback."""

from __future__ import annotations

import gzip
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pipeline.sample.blog import Blog, Post
from pipeline.sample.posts_file import read_posts
from pipeline.sample.quirks import Quirks
from pipeline.sample.responses import Response
from pipeline.sample.site import respond

Intercept = Callable[["SampleHandler"], bool]
"""Sees a request first; True when it has dealt with it, by an answer or by a broken connection."""


@dataclass
class LoggedRequest:
    """A request that the server received; logged on arrival, completed when it is answered."""

    method: str
    target: str
    """Path and query, as sent."""
    headers: dict[str, str]
    """By lower-case name."""
    connection: tuple[str, int]
    """The client's address and port: the same for all requests of one connection."""
    received_at: float
    """`time.monotonic()` at its arrival, in seconds."""
    status: int | None = None
    """Status of the answer, known before it is written; None where an intercept dealt with it."""
    answered_at: float | None = None
    """`time.monotonic()` when the answer was written or the connection broken, in seconds."""


@dataclass
class SampleSite:
    """A blog that is being served; `blog`, `quirks` and `intercept` may change meanwhile."""

    base_url: str
    blog: Blog
    quirks: Quirks
    intercept: Intercept | None = None
    requests: list[LoggedRequest] = field(default_factory=list)
    """All requests in the order of their arrival."""
    _arrivals: Iterator[Post] = field(default_factory=lambda: iter(()), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answer(self, target: str, host: str) -> Response:
        """The answer to a GET of path and query, addressed to that host."""
        with self._lock:
            response = respond(self.blog, self.quirks, target, f"http://{host}")
            if response.shows_posts:
                for post in self._arrivals:
                    self.blog.publish(post)
                    break
            return response


class SampleHandler(BaseHTTPRequestHandler):
    """Handles the requests of one connection."""

    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a GET."""
        self._handle()

    def do_HEAD(self) -> None:
        """Answer a HEAD."""
        self._handle()

    def send(self, response: Response) -> None:
        """Write an answer, compressed where the client accepts it."""
        body = response.body
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        for name, value in response.headers:
            self.send_header(name, value)
        if body and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, compresslevel=1, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _handle(self) -> None:
        site = self.server.site
        logged = LoggedRequest(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            connection=self.client_address,
            received_at=time.monotonic(),
        )
        site.requests.append(logged)
        try:
            if site.intercept is None or not site.intercept(self):
                host = self.headers.get("Host", site.base_url.removeprefix("http://"))
                response = site.answer(self.path, host)
                logged.status = response.status
                self.send(response)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            logged.answered_at = time.monotonic()

    def version_string(self) -> str:
        """The Server header."""
        return "Apache"

    def log_message(self, *_: Any, **__: Any) -> None:
        """Nothing: requests are in the site's log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: SampleSite

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of the server's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve_sample(
    port: int = 0,
    *,
    quirks: Quirks | None = None,
    posts: Iterable[Post] | None = None,
    intercept: Intercept | None = None,
) -> Iterator[SampleSite]:
    """Serve a blog on 127.0.0.1 while the context lasts.

    Args:
        port: the port; 0 for any that is free.
        quirks: how the blog behaves; by default as the demo's.
        posts: its posts; by default those of `data/sample/`.
        intercept: sees each request first, to make faults.

    Raises:
        OSError: the port cannot be bound.
        SampleError: the sample's files cannot be used.
    """
    quirks = quirks or Quirks()
    blog = Blog(list(read_posts() if posts is None else posts))
    with _Server(("127.0.0.1", port), SampleHandler) as server:
        server.site = SampleSite(
            base_url=f"http://127.0.0.1:{server.server_address[1]}",
            blog=blog,
            quirks=quirks,
            intercept=intercept,
            _arrivals=iter(quirks.arrivals),
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.site
        finally:
            server.shutdown()
            thread.join()
