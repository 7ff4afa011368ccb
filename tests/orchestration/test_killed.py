"""A refresh that is killed wherever it writes is finished by the next one, with equal data.

`KILLS=20` kills at twenty places, spread over all stages; the suite at one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from pipeline.release.verify import verify_snapshot
from tests.orchestration.conftest import DAYS, House

KILLS = int(os.environ.get("KILLS", "1"))

KILLED = """
import os, signal, sys

at, folder = int(sys.argv.pop(1)), sys.argv.pop(1)
writes = 0

def watch(event, args):
    global writes
    if event == "os.rename":
        path = str(args[1])
    elif event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR):
        path = str(args[0])
    else:
        return
    if path.startswith(folder):
        writes += 1
        if writes == at:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
from pipeline.cli import main
try:
    main()
finally:
    print(f"writes: {writes}", file=sys.stderr)
"""


def refresh(house: House, *, kill_at: int) -> subprocess.CompletedProcess[str]:
    """A refresh in a process of its own, killed when it opens or renames the n-th file of ours."""
    arguments = ["refresh", "--from", DAYS[0], "--to", DAYS[-1]]
    return subprocess.run(
        [sys.executable, "-c", KILLED, str(kill_at), str(house.root / "data"), *arguments],
        env=house.env,
        capture_output=True,
        text=True,
        check=False,
    )


def contents(house: House) -> dict[str, bytes]:
    """The data files of the newest snapshot, but for versions, which name the capture's time."""
    (snapshot,) = (house.root / "data" / "snapshots").glob("v*")
    assert verify_snapshot(snapshot) == []
    return {
        str(path.relative_to(snapshot)): path.read_bytes()
        for path in sorted(snapshot.rglob("*.parquet"))
        if path.parent.name != "versions"
    }


def _empty(house: House) -> None:
    for path in [house.root / "data", house.root / ".dagster"]:
        shutil.rmtree(path)


def test_a_refresh_killed_in_any_stage_is_finished_by_the_next(house: House) -> None:
    whole = refresh(house, kill_at=0)
    assert whole.returncode == 0, whole.stderr
    writes = int(whole.stderr.rpartition("writes: ")[2])
    assert writes > 40, "all stages write"
    expected = contents(house)
    for number in range(KILLS):
        _empty(house)
        place = 1 + (2 * number + 1) * writes // (2 * KILLS)
        killed = refresh(house, kill_at=place)
        assert killed.returncode == -9, f"write {place} of {writes}: {killed.stderr}"
        finished = refresh(house, kill_at=0)
        assert finished.returncode == 0, f"after write {place} of {writes}: {finished.stderr}"
        assert contents(house) == expected, f"after write {place} of {writes}"
