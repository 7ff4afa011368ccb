"""`arxiv-ja-en serve-sample` as a person runs it."""

from __future__ import annotations

import signal
import subprocess
import sys
from urllib.request import urlopen

from pipeline.sample import serve_sample

COMMAND = [sys.executable, "-c", "from pipeline.cli import main; main()", "serve-sample", "--port"]


def test_it_prints_the_address_and_serves_until_interrupted() -> None:
    with subprocess.Popen([*COMMAND, "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with urlopen(f"{address}/2025/03/03/", timeout=10) as response:
            assert "要約(オリジナル)" in response.read().decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0


def test_a_port_in_use_is_one_clear_line() -> None:
    with serve_sample(posts=[]) as site:
        port = site.base_url.rpartition(":")[2]
        done = subprocess.run([*COMMAND, port], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        f"Error: port {port} cannot be used: Address already in use"
    ]
