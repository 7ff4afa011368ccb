"""Tables in an object store: damage is noticed as on a disk, a refusal is one line."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import polars as pl
import pytest
from upath import UPath

from pipeline.storage import TableError, TableStore
from tests.servers import free_port

ROWS = pl.DataFrame({"n": range(1000)})


def store_in(bucket: str) -> TableStore:
    return TableStore(
        UPath(f"s3://{bucket}/tables", use_listings_cache=False, skip_instance_cache=True)
    )


@pytest.fixture
def environment(object_store: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in object_store.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environment")
def test_what_is_damaged_in_the_store_is_noticed_and_written_anew() -> None:
    store = store_in("arxiv-ja-en")
    store.write("numbers", ROWS, part="2025-03-03", key="k")
    path = store.path("numbers", "2025-03-03")
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 3] ^= 4
    for content in (whole[: len(whole) // 2], b"", b"junk", bytes(flipped)):
        path.write_bytes(content)
        assert store.keys("numbers") == {"2025-03-03": ""}
        assert store.fault("numbers", "2025-03-03").startswith(f"{path} is damaged (")
        with pytest.raises(TableError, match="is damaged"):
            store.scan("numbers")

    store.write("numbers", ROWS, part="2025-03-03", key="k")
    assert path.read_bytes() == whole
    assert store.read("numbers", part="2025-03-03").equals(ROWS)
    store.delete("numbers", "2025-03-03")
    assert store.parts("numbers") == []


@pytest.mark.usefixtures("environment")
def test_a_bucket_that_is_not_there_is_named() -> None:
    store = store_in("no-such-bucket")
    with pytest.raises(TableError, match=r"no-such-bucket.*there is no such bucket; make it"):
        store.parts("numbers")
    with pytest.raises(TableError, match="The specified bucket does not exist"):
        store.write("numbers", ROWS, key="k")


class _Refusing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<Error><Code>InvalidAccessKeyId</Code><Message>No such key id.</Message></Error>"
        self.send_response(403)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def log_message(self, *args: object) -> None:
        """Silent."""


@pytest.fixture
def refusing() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("fault", ["keys are refused", "nobody listens", "no keys"])
def test_a_store_that_refuses_is_one_line(
    monkeypatch: pytest.MonkeyPatch, refusing: str, fault: str
) -> None:
    where = f"http://127.0.0.1:{free_port()}" if fault == "nobody listens" else refusing
    monkeypatch.setenv("AWS_ENDPOINT_URL", where)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if fault == "no keys":
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, "invented")
    store = store_in("bucket")

    for attempt in (lambda: store.keys("x"), lambda: store.write("x", ROWS, key="k")):
        with pytest.raises(TableError) as refused:
            attempt()
        text = str(refused.value)
        assert text.startswith("s3://bucket/tables/x")
        assert "; are AWS_ENDPOINT_URL and the keys in AWS_* right, and is the store" in text
        assert "\n" not in text
        assert "invented" not in text
