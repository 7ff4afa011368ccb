"""What a server may do to a request, chosen by a seed; in the end it does nothing any more."""

from __future__ import annotations

import contextlib
import gzip
import random
import select
import socket
import struct
import time
from collections.abc import Callable
from email.utils import formatdate

from pipeline.sample import SampleHandler

BOMB = gzip.compress(b"<!-- " + bytes(40 << 20), compresslevel=1)
"""40 MB in 180 kB."""

Fault = Callable[[SampleHandler, random.Random], None]


def _head(handler: SampleHandler, status: int, headers: dict[str, str]) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()


def _body(handler: SampleHandler) -> tuple[bytes, str]:
    site = handler.server.site
    response = site.answer(handler.path, handler.headers["Host"])
    return response.body, response.content_type


def _close(handler: SampleHandler) -> None:
    handler.close_connection = True


def server_error(handler: SampleHandler, rng: random.Random) -> None:
    body = "<html><body>壊れました</body></html>".encode()
    _head(handler, rng.choice([500, 502, 503, 504]), {"Content-Length": str(len(body))})
    handler.wfile.write(body)


def too_many(handler: SampleHandler, rng: random.Random) -> None:
    in_a_second = formatdate(time.time() + 1, usegmt=True)
    retry_after = rng.choice(["0", "1", in_a_second, "soon"])
    _head(handler, 429, {"Content-Length": "0", "Retry-After": retry_after})


def reset(handler: SampleHandler, rng: random.Random) -> None:
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    _close(handler)


def stall(handler: SampleHandler, rng: random.Random) -> None:
    """Say nothing until the client hangs up."""
    select.select([handler.connection], [], [], 10)
    _close(handler)


def slow_drip(handler: SampleHandler, rng: random.Random) -> None:
    """Send so slowly that it would take minutes."""
    body, content_type = _body(handler)
    _head(handler, 200, {"Content-Type": content_type, "Content-Length": str(len(body))})
    with contextlib.suppress(OSError):
        for position in range(len(body)):
            handler.wfile.write(body[position : position + 1])
            if select.select([handler.connection], [], [], 0.05)[0]:
                break
    _close(handler)


def truncated(handler: SampleHandler, rng: random.Random) -> None:
    body, content_type = _body(handler)
    _head(handler, 200, {"Content-Type": content_type, "Content-Length": str(len(body))})
    handler.wfile.write(body[: rng.randrange(len(body))])
    _close(handler)


def wrong_length(handler: SampleHandler, rng: random.Random) -> None:
    """A Content-Length that is too small: the client cannot see that there is more."""
    body, content_type = _body(handler)
    length = rng.randrange(1, max(2, len(body)))
    _head(handler, 200, {"Content-Type": content_type, "Content-Length": str(length)})
    with contextlib.suppress(OSError):
        handler.wfile.write(body)
    _close(handler)


def half_gzip(handler: SampleHandler, rng: random.Random) -> None:
    """A compressed body of which the end is missing, with the length that it has."""
    body, content_type = _body(handler)
    packed = gzip.compress(body)[: -rng.randrange(9, 60)]
    headers = {"Content-Type": content_type, "Content-Encoding": "gzip"}
    _head(handler, 200, headers | {"Content-Length": str(len(packed))})
    handler.wfile.write(packed)


def gzip_bomb(handler: SampleHandler, rng: random.Random) -> None:
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
    _head(handler, 200, headers | {"Content-Length": str(len(BOMB))})
    with contextlib.suppress(OSError):
        handler.wfile.write(BOMB)


def wrong_charset(handler: SampleHandler, rng: random.Random) -> None:
    """The right bytes under a wrong name."""
    body, content_type = _body(handler)
    named = content_type.split(";")[0] + "; charset=ISO-8859-1"
    _head(handler, 200, {"Content-Type": named, "Content-Length": str(len(body))})
    handler.wfile.write(body)


def off_site(handler: SampleHandler, rng: random.Random) -> None:
    target = rng.choice(
        [
            "http://localhost:1/",
            "https://example.org/",
            "file:///etc/passwd",
            "//[",
            "http://10.0.0.1/",
        ]
    )
    _head(handler, 302, {"Location": target, "Content-Length": "0"})


def in_circles(handler: SampleHandler, rng: random.Random) -> None:
    _head(handler, 302, {"Location": handler.path, "Content-Length": "0"})


def empty(handler: SampleHandler, rng: random.Random) -> None:
    _head(handler, 200, {"Content-Type": "text/html; charset=UTF-8", "Content-Length": "0"})


FAULTS: list[Fault] = [
    server_error,
    too_many,
    reset,
    stall,
    slow_drip,
    truncated,
    wrong_length,
    half_gzip,
    gzip_bomb,
    wrong_charset,
    off_site,
    in_circles,
    empty,
]


class Faults:
    """An intercept that spoils requests by seed until it has spoilt enough of them."""

    def __init__(self, seed: int, most: int = 12, chance: float = 0.4) -> None:
        self._random = random.Random(seed)
        self._chance = chance
        self.left = most
        self.made: list[str] = []

    def __call__(self, handler: SampleHandler) -> bool:
        if self.left <= 0 or self._random.random() >= self._chance:
            return False
        self.left -= 1
        fault = self._random.choice(FAULTS)
        if handler.path == "/robots.txt" and fault in (empty, wrong_length, half_gzip):
            fault = server_error  # what a client cannot see would change the rules it keeps
        self.made.append(fault.__name__)
        fault(handler, self._random)
        return True
