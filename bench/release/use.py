"""What one feels who uses a snapshot: export, and the pages of `explore`.

    python -m bench.release.use [--papers 1000000] [--folder FOLDER]

makes a snapshot of invented papers (kept in FOLDER, and used again) and prints time and peak memory
of an export of all sentence pairs, and of the pages: the first, then ids, filters and searches.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from bench.measure import machine, run
from bench.release.tables import make_month, month_name
from pipeline.release import parquet
from pipeline.release.data_files import write_data_files
from pipeline.release.manifest import MANIFEST, Manifest, open_snapshot, published_schema
from pipeline.release.refusals import SCHEMA_VERSION
from pipeline.schema import CONFIGS, polars_schema

PAPERS_A_MONTH = 14_000
"""About three times what the site posts."""

RARE = "zzyzx"
"""In no text: all of them are searched."""


def make(snapshot: Path, papers: int) -> dict[str, object]:
    """Write a snapshot of that many papers; made unless it is there."""
    if (snapshot / MANIFEST).is_file():
        return {"papers": open_snapshot(snapshot).manifest.n_papers}
    snapshot.mkdir(parents=True)
    with TemporaryDirectory(dir=snapshot.parent) as work:
        for index in range(max(1, papers // PAPERS_A_MONTH)):
            month = make_month(index, min(papers, PAPERS_A_MONTH))
            for name, frame in month.tables().items():
                (Path(work) / name).mkdir(exist_ok=True)
                frame.write_parquet(Path(work) / name / f"{month_name(index)}.parquet")
        tables = {
            config.table: pl.scan_parquet(Path(work) / config.table / "*.parquet")
            if config.monthly
            else pl.LazyFrame(schema=polars_schema(config.model))
            for config in CONFIGS
        }
        files = write_data_files(tables, snapshot, None, {})
    manifest = Manifest(
        version="v2025.03.31",
        day="2025-03-31",
        parent=None,
        code_version="bench",
        archive_digest="sha256:" + "0" * 64,
        schema_version=SCHEMA_VERSION,
        schema=published_schema(),
        writer=parquet.writer(),
        ledger={},
        withdrawn=(),
        history=(),
        files=files,
    )
    (snapshot / MANIFEST).write_text(manifest.dumps(), encoding="utf-8")
    return {"papers": manifest.n_papers}


def export(snapshot: Path, papers: int) -> dict[str, object]:
    """Every sentence pair as Moses text, each once."""
    from pipeline.export.export import Request, export

    del papers
    with TemporaryDirectory(dir=snapshot.parent) as out:
        start = time.perf_counter()
        request = Request("en-ja-sentences", "moses", ("train", "validation", "test"), dedup=True)
        counts = export(open_snapshot(snapshot), request, Path(out), "bench")
        written = sum(of_split.written for of_split in counts.values())
        return {"pairs": written, "seconds": time.perf_counter() - start}


def explore(snapshot: Path, papers: int) -> dict[str, object]:
    """Seconds of each page, by what it is asked for: the middle of five."""
    from starlette.testclient import TestClient

    from pipeline.archive.archive import Archive
    from pipeline.explore.app import application
    from pipeline.trace.collect import Sources

    del papers
    opened = open_snapshot(snapshot)
    sources = Sources(opened, None, Archive(snapshot / "none"), snapshot / "none")
    pages = TestClient(application(sources))
    start = time.perf_counter()
    pages.get("/").raise_for_status()
    told: dict[str, object] = {"first page": time.perf_counter() - start}
    paper = pl.read_parquet(opened.data_files("papers")[0], columns=["paper_id", "title"]).row(0)
    word = paper[1].split()[0]
    for name, address in {
        "all papers": "/",
        "an id": f"/?text={paper[0]}",
        "a category and a score": "/?category=cs.AA&min_score=0.5",
        "a month, page 100": "/?month=2024-03&page=100",
        "a paper": f"/paper/{paper[0]}",
        "a frequent word": f"/?text={word}",
        "a word that is nowhere": f"/?text={RARE}",
        "Japanese that is nowhere": "/?text=灯台守の",
    }.items():
        times = []
        for _ in range(5):
            start = time.perf_counter()
            pages.get(address).raise_for_status()
            times.append(time.perf_counter() - start)
        told[name] = sorted(times)[2]
    return told


PARTS = {"make": make, "export": export, "explore": explore}


def main() -> None:
    """Make, measure each in a process of its own, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", choices=PARTS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only:
        print(json.dumps(PARTS[asked.only](asked.folder / "snapshot", asked.papers)))
        return
    print(machine())
    with TemporaryDirectory() as temporary:
        for name in PARTS:
            arguments = ["--only", name, "--papers", str(asked.papers)]
            arguments += ["--folder", str(asked.folder or temporary)]
            done = run(name, asked.papers, "bench.release.use", arguments)
            for what, value in done.facts.items():
                shown = f"{value:,.3f} s" if isinstance(value, float) else f"{value:,}"
                print(f"{name:<8} {what:<26} {shown:>14}")
            print(f"{name:<8} {'peak of memory':<26} {done.peak_mb:>10,} MiB")


if __name__ == "__main__":
    main()
