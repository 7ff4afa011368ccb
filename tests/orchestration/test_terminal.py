"""What is shown of a run: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from pipeline.settings import PROJECT_ROOT

ERASE_LINE = "\x1b[2K"

# As Dagster does it while a step runs: what is written to descriptor 2 goes into a pipe.
STEP = """
import os, sys, time
from pipeline.orchestration.terminal import TerminalDisplay

with TerminalDisplay() as display:
    captured = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
    os.dup2(captured, 2)
    display.step_started("captures")
    display.report("captures: 7 pages")
    time.sleep(0.5)
    display.step_succeeded("captures")
    display.line("another line")
"""


def on_a_terminal(code: str, *args: str) -> str:
    """What a Python process shows on a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code, *args],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        cwd=PROJECT_ROOT,
        env=os.environ | {"TERM": "xterm"},
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # Linux's word for: the other end is closed
            pass
        os.close(ours)
    assert process.returncode == 0, shown
    return shown.decode()


def test_on_a_terminal_progress_is_live_while_a_step_runs(tmp_path: Path) -> None:
    captured = tmp_path / "captured"

    shown = on_a_terminal(STEP, str(captured))

    assert shown.count("captures: 7 pages") > 1, "the live line moves"
    lines = [line.rpartition(ERASE_LINE)[2] for line in shown.split("\r\n")]
    (done,) = [line for line in lines if "✓" in line]
    assert re.fullmatch(r"  ✓ captures +\d+\.\d s", done), "it stands alone on its line"
    assert "another line" in lines
    assert captured.read_text() == "", "the live line is no output of the step"
