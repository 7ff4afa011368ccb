"""What the tables in an object store cost: the requests that are waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import polars as pl
import pytest
from upath import UPath

from pipeline.storage import TableStore

ROWS = pl.DataFrame({"n": range(1000)})
DAYS = [f"2025-03-{day:02}" for day in range(1, 11)]


class Counted:
    """An S3 server's application that notes its requests, and how many it had at a time."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app, self._lock, self._now = app, threading.Lock(), 0
        self.forget()

    def forget(self) -> None:
        self.methods: list[str] = []
        self.at_once = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            self.methods.append(environ["REQUEST_METHOD"])
            self._now += 1
            self.at_once = max(self.at_once, self._now)
        try:
            time.sleep(0.02)  # the way there and back, in which others can be sent
            return self._app(environ, start)
        finally:
            with self._lock:
                self._now -= 1


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    app = Counted(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "invented",
        "AWS_SECRET_ACCESS_KEY": "invented",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield app
    server.shutdown()
    server.server_close()


def test_what_is_asked_of_a_table_is_one_request_a_file(counted: Counted) -> None:
    root = UPath("s3://counted/tables", use_listings_cache=False, skip_instance_cache=True)
    root.fs.mkdir("counted")
    store = TableStore(root)
    for day in DAYS:
        store.write("numbers", ROWS, part=day, key=f"k{day}")

    def requests(look: Callable[[], object]) -> tuple[object, int]:
        counted.forget()
        return look(), len(counted.methods)

    # What was looked at once is only asked whether it is still the same.
    assert requests(lambda: store.key("numbers", DAYS[0])) == (f"k{DAYS[0]}", 2)
    assert requests(lambda: store.key("numbers", DAYS[0])) == (f"k{DAYS[0]}", 1)
    assert requests(lambda: store.count("numbers", DAYS[0])) == (1000, 2)
    assert requests(lambda: store.parts("numbers")) == (DAYS, 1)
    size = store.size("numbers", DAYS[0])
    assert requests(lambda: store.size("numbers", DAYS[0])) == (size, 1)
    assert requests(lambda: store.size("numbers")) == (size * len(DAYS), 1)
    assert requests(lambda: store.keys("numbers")) == (
        {day: f"k{day}" for day in DAYS},
        len(DAYS),
    )
    assert counted.at_once > 4
    assert requests(lambda: len(store.keys("numbers"))) == (len(DAYS), 1)
    nothing = store.key("none"), store.parts("none"), store.count("none"), store.size("none")
    assert nothing == (None, [], 0, 0)
