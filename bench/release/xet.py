"""Bytes that a day's refresh sends: by Xet, and as whole files.

    python -m bench.release.xet --papers 200000 --folder FOLDER

draws synthetic tables in FOLDER, writes their data files as a release does, and uploads them with
`hf_xet` to a store of its own in FOLDER: the first day, then from the same state a day that only
appends (1 % new papers) and a refresh (1 % new, 0.1 % revised, their ages exponential with a mean
of 90 days). What counts is what the store grew by.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from bench.release.tables import Month, make_month, revised, write_tables
from pipeline.release.configs import CONFIGS
from pipeline.release.data_files import write_data_files
from tests.hub.xet import stored_bytes

MONTHS = 60
AGE_MONTHS = 3.0


def days(papers: int) -> Iterator[tuple[str, list[Month]]]:
    """The first day, the one that appends, the refresh, and the new papers alone."""
    each = papers // MONTHS
    first = [make_month(i, each) for i in range(MONTHS)]
    yield "first", first
    new = make_month(MONTHS - 1, papers // 100, start=each)
    last = first[-1]
    grown = Month(
        last.month,
        pl.concat([last.facts, new.facts]),
        pl.concat([last.sentences, new.sentences]),
        last.older,
    )
    yield "append", [*first[:-1], grown]
    rng = np.random.default_rng(5)
    ages = np.minimum(rng.exponential(AGE_MONTHS, papers // 1000).astype(int), MONTHS - 1)
    refreshed = [*first[:-1], grown]
    for age, n in zip(*np.unique(ages, return_counts=True), strict=True):
        month = refreshed[-1 - age]
        chosen = rng.choice(month.facts.height, int(n), replace=False)
        ids = sorted(month.facts["paper_id"].gather(chosen).to_list())
        refreshed[-1 - age] = revised(month, ids, int(age))
    yield "refresh", refreshed
    yield "new", [new]


def upload(files: list[Path], cas: Path) -> int:
    """Bytes that the store grew by."""
    import hf_xet

    before = stored_bytes(cas)
    with hf_xet.XetSession().new_upload_commit(endpoint=f"local://{cas}") as commit:
        for file in files:
            commit.start_upload_file(str(file), sha256=hf_xet.COMPUTE_SHA256)
    return stored_bytes(cas) - before


def send(folder: Path, before: Path | None, cas: Path) -> tuple[int, int]:
    """Bytes sent by Xet and as whole files, config by config as a publication does."""
    sent = whole = 0
    for config in CONFIGS:
        files = []
        for file in sorted((folder / config.name).iterdir()):
            old = before and before / file.relative_to(folder)
            if not old or not old.exists() or old.read_bytes() != file.read_bytes():
                files.append(file)
                whole += file.stat().st_size
        if files:
            sent += upload(files, cas)
    return sent, whole


def main() -> None:
    """Draw, write, upload, print a line a day."""
    parser = argparse.ArgumentParser(description="Bytes that a day's refresh sends.")
    parser.add_argument("--papers", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    shutil.rmtree(folder, ignore_errors=True)
    sizes = {}
    for day, months in days(arguments.papers):
        tables = write_tables(iter(months), folder / "tables")
        sizes[day] = sum(e.bytes for e in write_data_files(tables, folder / day, None, {}).values())
        shutil.rmtree(folder / "tables")
    total = sizes["first"]
    sent, _ = send(folder / "first", None, folder / "cas")
    print(f"snapshot {total / 1e6:,.1f} MB, first upload {sent / total:.1%} of it", flush=True)
    for day in ("append", "refresh"):
        store = folder / f"cas-{day}"
        subprocess.run(["cp", "-a", folder / "cas", store], check=True)
        sent, whole = send(folder / day, folder / "first", store)
        print(
            f"{day}: {sent / 1e6:,.1f} MB by Xet, {sent / total:.2%} of the snapshot, "
            f"{sent / sizes['new']:.2f} of the new rows' own files; "
            f"{whole / 1e6:,.1f} MB as whole files, {whole / total:.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
