"""A notice that cannot be delivered: a line in the log, whatever the address or its answer is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from pipeline.orchestration.notices import send_notice


@pytest.fixture
def babbler() -> Iterator[str]:
    """The address of a server that answers, but not in HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"SECRET is no status line\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(10)


def test_an_answer_that_is_no_http_is_a_line_in_the_log(
    babbler: str, caplog: pytest.LogCaptureFixture
) -> None:
    send_notice(f"{babbler}/T0/SECRET", {"job": "refresh"})

    assert "could not be delivered: BadStatusLine" in caplog.text
    assert "SECRET" not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/T0/SECRET with a space",
        "http://127.0.0.1:port/T0/SECRET",
        "https://[::1/T0/SECRET",
        "http:///T0/SECRET",
        "http://SECRET\u3002example:99999/",
    ],
)
def test_an_address_that_is_none_is_a_line_in_the_log(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    send_notice(url, {"job": "refresh"})

    assert "could not be delivered" in caplog.text
    assert "SECRET" not in caplog.text
