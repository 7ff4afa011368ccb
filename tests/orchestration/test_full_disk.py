"""A disk that is full: one line says what could not be written, and the next run goes on."""

from __future__ import annotations

import errno
import os
import resource
from functools import partial
from pathlib import Path

import pytest

from pipeline.archive.archive import Archive
from pipeline.release.verify import verify_snapshot
from tests.orchestration.conftest import DAYS, House


def file_name(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


def test_the_archive_cannot_grow_and_goes_on_when_it_can(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def full(file: int) -> None:
        """After some requests a record of the archive is written in part."""
        if file_name(file).endswith(".warc.gz") and len(house.site.requests) > 4:
            os.ftruncate(file, os.fstat(file).st_size - 100)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(file)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        done = house.refresh()
    assert done.exit_code == 1
    assert "captures" in done.stderr
    assert "the archive cannot be written: [Errno 28] No space left on device" in done.stderr
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
    refreshed: House,
) -> None:
    house = refreshed
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (262_144, 262_144))
    done = house.start("refresh", "--from", DAYS[0], "--to", DAYS[-1], prepare=limit)
    assert done.wait() == 1
    told = done.stderr.read_text()
    *_, last = told.splitlines()
    assert last.startswith("Error: what Dagster keeps of its runs cannot be written: ")
    assert "Traceback" not in told

    again = house.refresh()

    assert again.exit_code == 0, again.stderr
    assert f"{len(house.site.blog.posts)} announced = " in again.stdout
