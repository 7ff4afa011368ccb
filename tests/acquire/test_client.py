"""One request: whatever the server does, it ends in time, with bounded memory, and says why."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from pipeline.acquire.client import MAX_BODY, RefusalError, download, open_client
from pipeline.acquire.crawl import CrawlError, crawl
from pipeline.archive.archive import Archive
from pipeline.archive.writer import Exchange
from pipeline.sample import SampleHandler, serve_sample
from pipeline.settings import SettingError, Settings
from tests.acquire.blogs import FIRST_DAY, invented_posts
from tests.acquire.faults import BOMB

Build = Callable[..., Settings]
Answer = Callable[[socket.socket], None]


@contextmanager
def serve_once(answer: Answer) -> Iterator[str]:
    """Serve one request with what `answer` writes to its connection; then the server is gone."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(ConnectionError):
                connection, _ = listening.accept()
                with connection:
                    connection.recv(65_536)
                    answer(connection)

        with ThreadPoolExecutor(1) as thread:
            serving = thread.submit(serve)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
            serving.result()


def fetch(url: str, seconds: float = 30.0) -> Exchange:
    async def once() -> Exchange:
        async with open_client("127.0.0.1", "arxiv-ja-en/0") as client:
            return await download(client, url, seconds)

    return asyncio.run(once())


def written(*parts: bytes) -> Answer:
    return lambda connection: connection.sendall(b"\r\n".join(parts))


def dripped(data: bytes) -> Answer:
    """Send so slowly that it would take minutes, every byte in time."""

    def drip(connection: socket.socket) -> None:
        for position in range(len(data)):
            connection.sendall(data[position : position + 1])
            time.sleep(0.05)

    return drip


def silent(connection: socket.socket) -> None:
    """Wait until the client hangs up."""
    connection.settimeout(30)
    assert connection.recv(1) == b""


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        connection.sendall(bytes(1 << 20))


OK = b"HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (dripped(OK + b"\r\nX-Slow: " + b"x" * 5000), "no answer in time"),
        (dripped(OK + b"\r\n\r\n" + b"x" * 5000), "no answer in time"),
        (silent, "no answer in time"),
    ],
    ids=["headers", "body", "nothing"],
)
def test_time_is_bounded_for_the_whole_answer(answer: Answer, reason: str) -> None:
    with serve_once(answer) as url, pytest.raises(RefusalError, match=reason):
        fetch(url, seconds=0.5)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (endless, "an answer of more than 32 MB"),
        (
            written(OK, b"Content-Length: %d" % (MAX_BODY + 1), b"", b"x"),
            "an answer of more than 32 MB",
        ),
        (written(OK, b"Content-Encoding: gzip", b"", BOMB), "an answer of more than 32 MB"),
        (
            written(OK, b"Content-Encoding: gzip, gzip", b"", gzip.compress(BOMB)),
            "an answer of more than 32 MB",
        ),
        (
            written(OK, b"Content-Encoding: gzip, gzip", b"Content-Encoding: gzip", b"", b"x"),
            "the answer is compressed 3 times",
        ),
        (written(OK, b"Content-Encoding: gzip", b"", b"no gzip"), "cannot be decompressed"),
        (written(OK, b"Transfer-Encoding: chunked", b"", b"5", b"abc"), "the answer broke off"),
        (written(OK, b"Content-Length: 9", b"", b"abc"), "the answer broke off"),
        (written(b"SSH-2.0-OpenSSH_9.2", b"", b""), "the answer is not valid HTTP"),
        (written(OK, b"X: " + b"x" * (200 << 10), b"", b""), "the answer is not valid HTTP"),
        (written(OK, b"Content-Length: 3", b"Content-Length: 4", b"", b"abcd"), "not valid HTTP"),
        (
            written(OK, b"Transfer-Encoding: chunked, chunked", b"", b"0", b"", b""),
            "not valid HTTP",
        ),
        (written(), "the answer broke off"),
    ],
)
def test_a_broken_or_too_large_answer_has_a_reason(answer: Answer, reason: str) -> None:
    with serve_once(answer) as url, pytest.raises(RefusalError, match=reason):
        fetch(url)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "X-GZIP", "identity, gzip", "utf-8"])
def test_a_body_is_decoded_as_its_server_says(encoding: str) -> None:
    body = b"<html></html>" if encoding == "utf-8" else gzip.compress(b"<html></html>")
    header = f"Content-Encoding: {encoding}".encode()
    with serve_once(written(OK, header, b"", body)) as url:
        exchange = fetch(url)
    assert exchange.body == b"<html></html>"
    assert exchange.header("Content-Encoding") == encoding


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_after_one_that_got_no_answer_is_sent(scheme: str) -> None:
    """The one connection is free again, whether the answer or the handshake was waited for."""

    async def twice(stalled: str, well: str) -> Exchange:
        async with open_client("127.0.0.1", "arxiv-ja-en/0") as client:
            with pytest.raises(RefusalError, match="no answer in time"):
                await download(client, stalled, 2.0)
            return await download(client, well, 30)

    with (
        serve_once(silent) as stalled,
        serve_once(written(OK, b"Content-Length: 2", b"", b"ok")) as well,
    ):
        exchange = asyncio.run(twice(stalled.replace("http", scheme), well))
    assert exchange.body == b"ok"


def test_headers_are_kept_as_they_came() -> None:
    head = (OK, b"X-WP-Total: 3", b"Set-Cookie: a=1", b"Set-Cookie: b=\xe9", b"Content-Length: 0")
    with serve_once(written(*head, b"", b"")) as url:
        exchange = fetch(url)
    assert exchange.headers[:3] == (
        ("X-WP-Total", "3"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=\xe9"),
    )
    assert exchange.url == url


def test_a_proxy_is_used_and_its_password_is_kept_from_the_archive(
    settings_for: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_proxy(handler: SampleHandler) -> bool:
        assert handler.path.startswith("http://digest.invalid/")
        path = handler.path.removeprefix("http://digest.invalid")
        handler.send(proxy.answer(path, "digest.invalid"))
        return True

    with serve_sample(posts=invented_posts([2]), intercept=as_proxy) as proxy:
        address = proxy.base_url.replace("http://", "http://user:hushhush@")
        monkeypatch.setenv("HTTP_PROXY", address)
        monkeypatch.delenv("NO_PROXY", raising=False)
        settings = settings_for("http://digest.invalid")
        (row,) = crawl([FIRST_DAY], settings=settings).rows
        assert row.captured == 2
        sent = {request.headers["proxy-authorization"] for request in proxy.requests}
    secret = b64encode(b"user:hushhush").decode()
    assert sent == {f"Basic {secret}"}
    (warc,) = Archive(settings.archive_dir).files()
    plain = gzip.decompress(warc.read_bytes())
    assert b"hushhush" not in plain
    assert secret.encode() not in plain


@pytest.mark.parametrize("address", ["socks5://user:hushhush@127.0.0.1:1", "ftp://user:hushhush@x"])
def test_a_proxy_that_cannot_be_used_is_one_line(
    address: str, settings_for: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", address)
    with pytest.raises(CrawlError) as caught:
        crawl([FIRST_DAY], settings=settings_for("http://digest.invalid"))
    assert str(caught.value) == (
        "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names a proxy that cannot be used"
    )
    assert isinstance(caught.value.__cause__, SettingError | None)
