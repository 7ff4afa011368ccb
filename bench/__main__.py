"""`python -m bench`: every stage at every size, each in a process of its own; see docs/bench.md."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import ROOT, Measured, machine, run
from bench.orchestration.overhead import overhead
from bench.report import START, Report

DAILY = {
    "pages": "pages (made for the bench)",
    "parse": "parse, with the archive's index",
    "validate": "validate",
    "pair": "pair",
}
"""Stages that know one day at a time, to their names."""

WHOLE = {
    "tables_plain": "tables, plain polars",
    "tables_duckdb": "tables, plain duckdb",
    "tables": "tables",
    "snapshot_plain": "snapshot, plain polars",
    "snapshot": "snapshot",
    "tables_refreshed": "tables, one day more",
    "snapshot_refreshed": "snapshot, one day more",
    "tables_whole": "tables, all at once",
    "snapshot_whole": "snapshot, all at once",
    "check_tables": "check_table, all tables",
    "check_references": "references, splits, lost",
}
"""Stages that know all days."""

PLAIN = {
    "tables, plain polars": "plain/tables",
    "tables, plain duckdb": "duckdb/tables",
    "snapshot, plain polars": "plain/snapshots",
}
"""What the plain programs write; nothing reads it."""

PARTS = ("daily", "whole", "crawl", "dagster")
"""What may be measured by itself: daily stages, those of all days, the crawl, Dagster's cost."""


class Runner:
    """The measurements, as they come.

    Attributes:
        folder: where worlds and what is made of them are kept while they are needed.
        parts: what is measured, of `PARTS`.
    """

    def __init__(self, folder: Path, parts: list[str]) -> None:
        self.folder = folder
        self.parts = parts
        self.measured: list[Measured] = []
        self.same: dict[str, bool] = {}

    def world(self, papers: int, most: int, most_paired: int) -> None:
        """All stages on a world of that many posts.

        Args:
            papers: posts of the world.
            most: posts beyond which the daily stages work on some of the days only.
            most_paired: the same for pairing.
        """
        place = self.folder / f"world-{papers}"
        self._stage(papers, "start", START)
        self._stage(papers, "draw", "draw (for the bench)")
        if "daily" in self.parts:
            for program, name in DAILY.items():
                limit = min(papers, most_paired if program == "pair" else most)
                self._stage(papers, program, name, str(limit))
            self._equal(papers, "same_records", "records drawn, and parsed from their pages")
            shutil.rmtree(place / "archive")
            shutil.rmtree(place / "daily")
        if "whole" in self.parts:
            for program, name in WHOLE.items():
                self._stage(papers, program, name)
                if name in PLAIN:
                    shutil.rmtree(place / PLAIN[name])
            self._equal(papers, "same_bytes", "bytes of files refreshed by a day, and made at once")
        shutil.rmtree(place)

    def crawl(self, posts: int) -> None:
        """A blog of that many posts on loopback, by both routes."""
        for route in ("rest", "listing"):
            name = f"crawl, {route} (loopback, no pause)"
            arguments = ["--posts", str(posts), "--route", route]
            measured = run(name, posts, "bench.acquire.crawl", arguments)
            # What counts is the crawler, not the blog that it reads.
            spent = {n: measured.facts[n] for n in ("seconds", "cpu_seconds", "peak_mb")}
            self._keep(replace(measured, **spent))

    def dagster(self, posts: int, range_days: int, times: int) -> None:
        """Dagster against the functions."""
        same = []
        for measured in overhead(self.folder, posts, range_days, times):
            self._keep(measured)
            same.append(measured.facts["same"])
        self.same["data files of a refresh by Dagster, and by the functions"] = all(same)

    def _stage(self, papers: int, program: str, name: str, *more: str) -> None:
        one = self._run(papers, program, name, *more)
        self._keep(one)
        if "findings" in one.facts:
            self.same[f"findings of {name}, and none, {papers:,} posts"] = not one.facts["findings"]

    def _equal(self, papers: int, program: str, what: str) -> None:
        facts = self._run(papers, program, what).facts
        self.same[f"{what}, {papers:,} posts"] = bool(facts["same"])

    def _run(self, papers: int, program: str, name: str, *more: str) -> Measured:
        world = str(self.folder / f"world-{papers}")
        return run(name, papers, "bench.stages", [program, world, str(papers), *more])

    def _keep(self, one: Measured) -> None:
        self.measured.append(one)
        line = f"{one.papers:>9,}  {one.stage:<36} {one.seconds:8.1f} s  CPU {one.cpu_seconds:8.1f}"
        print(f"{line} s  {one.peak_mb:6,} MiB", file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--papers", default="10000,100000,1000000", help="sizes of the worlds, in posts"
    )
    parser.add_argument("--parts", default=",".join(PARTS), help="what is measured")
    parser.add_argument(
        "--daily-most",
        type=int,
        default=200_000,
        help="posts beyond which the daily stages work on days evenly spread over the world",
    )
    parser.add_argument("--pair-most", type=int, default=20_000, help="the same for pairing")
    parser.add_argument("--all", action="store_true", help="work on every day, however many")
    parser.add_argument("--crawl-posts", type=int, default=20_000)
    parser.add_argument("--dagster-posts", type=int, default=10_000)
    parser.add_argument("--dagster-days", type=int, default=300, help="days of the range")
    parser.add_argument("--dagster-times", type=int, default=3, help="runs; the fastest counts")
    parser.add_argument("--into", type=Path, default=ROOT / "data" / "bench")
    arguments = parser.parse_args(argv)
    sizes = sorted({int(size) for size in arguments.papers.split(",")})
    parts = arguments.parts.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"--parts: {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}")
    facts = machine()
    into: Path = arguments.into
    into.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=into) as folder:
        runner = Runner(Path(folder), parts)
        if "crawl" in parts:
            runner.crawl(arguments.crawl_posts)
        if {"daily", "whole"} & set(parts):
            for papers in sizes:
                most = (
                    (papers, papers)
                    if arguments.all
                    else (arguments.daily_most, arguments.pair_most)
                )
                runner.world(papers, *most)
        if "dagster" in parts:
            runner.dagster(arguments.dagster_posts, arguments.dagster_days, arguments.dagster_times)
    report = Report(facts, runner.measured, runner.same)
    report.write(into)
    print(report.markdown())
    print(f"written to {into}/bench.md and bench.json", file=sys.stderr)
    if different := [what for what, was in runner.same.items() if not was]:
        raise SystemExit(f"not equal: {'; '.join(different)}")


if __name__ == "__main__":
    main()
