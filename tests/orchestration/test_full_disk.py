"""A disk that is full, as the system tells of it: a file may grow to so many bytes and no more.

Every process that writes gets the error at that file, wherever the limit catches it.
"""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

from pipeline.archive.archive import Archive
from pipeline.release.verify import verify_snapshot
from pipeline.sample import SampleHandler
from tests.orchestration.conftest import DAYS, House


def _children() -> list[int]:
    """The processes that this one has started and that live."""
    lists = (path.read_text() for path in Path("/proc/self/task").glob("*/children"))
    return [int(pid) for pids in lists for pid in pids.split()]


def test_the_archive_cannot_grow_and_goes_on_when_it_can(house: House) -> None:
    def full(handler: SampleHandler) -> bool:
        if len(house.site.requests) == 4:
            for pid in _children():
                hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (20_000, hard))
        return False

    house.site.intercept = full
    done = house.refresh()
    house.site.intercept = None
    assert done.exit_code == 1
    assert "captures" in done.stderr
    assert "the archive cannot be written: [Errno 27] File too large" in done.stderr
    kept = Archive(house.settings.archive_dir).index()["url"].to_list()
    assert kept
    asked = len(house.site.requests)

    again = house.refresh()

    assert again.exit_code == 0, again.stderr
    requested = {house.site.base_url + r.target for r in house.site.requests[asked:]}
    assert not requested & set(kept)
    assert verify_snapshot(house.root / "data" / "snapshots" / "v2025.03.07") == []
    assert f"{len(house.site.blog.posts)} announced = " in again.stdout


def test_that_dagster_cannot_keep_its_runs_is_said_in_a_line_and_is_over_when_it_can(
    house: House,
) -> None:
    limited = ["sh", "-c", 'ulimit -f 512; exec "$@"', "sh"]  # blocks of 512 bytes
    refresh = house.command("refresh", "--from", DAYS[0], "--to", DAYS[-1])
    done = subprocess.run(
        [*limited, *refresh],
        env=house.env,
        cwd=house.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    *_, last = done.stderr.splitlines()
    assert last.startswith("Error: what Dagster keeps of its runs cannot be written: ")
    assert "Traceback" not in done.stderr

    again = house.refresh()

    assert again.exit_code == 0, again.stderr
    assert f"{len(house.site.blog.posts)} announced = " in again.stdout
