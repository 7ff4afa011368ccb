"""What was measured, in tables: where the time goes, what grows faster than the data, the goals."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.measure import Measured

START = "start of a process"
"""The stage that does nothing; growth is counted without it."""

FASTER = 1.1
"""Growth exponent beyond which a stage grows faster than its data: 26 % more a paper each time
the papers are ten times as many."""

DAGSTER_SECONDS = 5.0
MILLION = 1_000_000

Row = tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """All measurements of one call.

    Attributes:
        machine: see `measure.machine`.
        measured: stages in the order in which they ran, sizes ascending.
        same: what had to be equal, and whether it was.
    """

    machine: Mapping[str, str]
    measured: Sequence[Measured]
    same: Mapping[str, bool]

    def write(self, folder: Path) -> None:
        """Write `bench.md` and `bench.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "bench.md").write_text(self.markdown(), encoding="utf-8")
        raw = {
            "machine": dict(self.machine),
            "measured": [asdict(one) for one in self.measured],
            "same": dict(self.same),
        }
        (folder / "bench.json").write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")

    def markdown(self) -> str:
        """The whole report."""
        parts = [
            ["# Bench", "", *(f"- {name}: {value}" for name, value in self.machine.items())],
            _table(
                ("stage", "posts", "seconds", "CPU s", "peak MiB", "CPU µs a post", "growth"),
                self._stages(),
            ),
            [
                "`≈`: scaled up from days evenly spread over the world. Peak: of the largest",
                "process. Growth: the exponent by which CPU time grew since the size before, less",
                f"the {START}; 1.00 is in proportion, `!` marks what is above {FASTER}.",
            ],
            _table(("compared", "posts", "seconds", "CPU s", "peak MiB"), self._ratios()),
            _table(("had to be equal", "was"), self._equal()),
            _table(("goal", "figure", "met"), self._goals()),
        ]
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"

    def of(self, stage: str, papers: int) -> Measured | None:
        """The measurement of a stage at a size, if there is one."""
        found = (m for m in self.measured if m.stage == stage and m.papers == papers)
        return next(found, None)

    @property
    def _sizes(self) -> list[int]:
        """The sizes at which the stages were measured."""
        return sorted({one.papers for one in self.measured if one.stage == START})

    def _stages(self) -> Iterator[Row]:
        for stage in dict.fromkeys(one.stage for one in self.measured):
            before: Measured | None = None
            for one in sorted(
                (m for m in self.measured if m.stage == stage), key=lambda m: m.papers
            ):
                about = "≈ " if one.share < 1 else ""
                each = f"{one.cpu_seconds / one.papers * 1e6:,.0f}" if stage != START else ""
                yield (
                    stage,
                    f"{one.papers:,}",
                    f"{about}{one.seconds:,.1f}",
                    f"{about}{one.cpu_seconds:,.1f}",
                    f"{one.peak_mb:,}",
                    each,
                    self._growth(before, one),
                )
                before = one

    def _growth(self, before: Measured | None, one: Measured) -> str:
        if before is None or one.stage == START or one.papers == before.papers:
            return ""
        spent = []
        for each in (before, one):
            start = self.of(START, each.papers)
            spent.append(each.cpu_seconds - (start.cpu_seconds / each.share if start else 0.0))
        if min(spent) <= 0.2:  # too little to say
            return ""
        exponent = math.log(spent[1] / spent[0]) / math.log(one.papers / before.papers)
        return f"{exponent:.2f}" + (" !" if exponent > FASTER else "")

    def _ratios(self) -> Iterator[Row]:
        pairs = (
            ("tables", "tables, plain polars"),
            ("tables", "tables, plain duckdb"),
            ("snapshot", "snapshot, plain polars"),
            ("tables, one day more", "tables, all at once"),
            ("snapshot, one day more", "snapshot, all at once"),
        )
        for one, other in pairs:
            for papers in self._sizes:
                ours, theirs = self.of(one, papers), self.of(other, papers)
                if ours and theirs:
                    yield (
                        f"{one} / {other}",
                        f"{papers:,}",
                        f"{ours.seconds / theirs.seconds:.2f}",
                        f"{ours.cpu_seconds / theirs.cpu_seconds:.2f}",
                        f"{ours.peak_mb / theirs.peak_mb:.2f}",
                    )
        for what, papers, direct, dagster in self._dagster():
            yield (
                f"Dagster − direct, {what}",
                f"{papers:,}",
                f"{dagster.seconds - direct.seconds:+.1f} s",
                f"{dagster.cpu_seconds - direct.cpu_seconds:+.1f} s",
                f"{dagster.peak_mb - direct.peak_mb:+,}",
            )

    def _dagster(self) -> Iterator[tuple[str, int, Measured, Measured]]:
        for direct in self.measured:
            what = direct.stage.removesuffix(", direct")
            dagster = self.of(f"{what}, Dagster", direct.papers)
            if what != direct.stage and dagster:
                yield what, direct.papers, direct, dagster

    def _equal(self) -> Iterator[Row]:
        for what, was in self.same.items():
            yield what, "yes" if was else "**no**"

    def _goals(self) -> Iterator[Row]:
        ours = self.of("tables", MILLION)
        plain = [
            one
            for name in ("polars", "duckdb")
            if (one := self.of(f"tables, plain {name}", MILLION)) is not None
        ]
        if ours and plain:
            ratio = ours.seconds / min(one.seconds for one in plain)
            goal = "tables of 1 M within 1.5 of the plainest program"
            yield _goal(goal, f"{ratio:.2f}", ratio <= 1.5)
            yield _goal("… and under 2 GB", _mib(ours.peak_mb), ours.peak_mb * 2**20 < 2e9)
        snapshot = self.of("snapshot", MILLION)
        if ours and snapshot:
            seconds = ours.seconds + snapshot.seconds
            yield _goal("tables and snapshot in 180 s", f"{seconds:.0f} s", seconds <= 180)
            most = max(ours.peak_mb, snapshot.peak_mb)
            yield _goal("… and 4 GB", _mib(most), most * 2**20 < 4e9)
        yield from self._goal_of_refresh()
        grown = [row for row in self._stages() if row[-1].endswith("!")]
        figure = ", ".join(f"{row[0]} ({row[1]}: {row[-1]})" for row in grown) or "none does"
        if len(self._sizes) > 1:
            yield _goal("no stage grows faster than its data", figure, not grown)
        for what, papers, direct, dagster in self._dagster():
            more = dagster.seconds - direct.seconds
            yield _goal(
                f"Dagster costs at most 5 s a run: {what} ({papers:,} posts)",
                f"{more:+.1f} s",
                more <= DAGSTER_SECONDS,
            )

    def _goal_of_refresh(self) -> Iterator[Row]:
        stages = ("tables", "snapshot")
        refresh = [self.of(f"{stage}, one day more", MILLION) for stage in stages]
        whole = [self.of(f"{stage}, all at once", MILLION) for stage in stages]
        if all(refresh) and all(whole):
            ratio = sum(m.seconds for m in refresh if m) / sum(m.seconds for m in whole if m)
            goal = "a day more on 1 M takes a third of a full build"
            yield _goal(goal, f"{ratio:.2f}", ratio <= 1 / 3)


def _goal(goal: str, figure: str, met: bool) -> Row:
    return goal, figure, "yes" if met else "**no**"


def _mib(peak: int) -> str:
    return f"{peak:,} MiB"


def _table(head: Row, rows: Iterator[Row]) -> list[str]:
    """A Markdown table; none without rows. Columns of figures are set right."""
    body = list(rows)
    if not body:
        return []
    widths = [max(len(row[n]) for row in (head, *body)) for n in range(len(head))]
    lines = [
        "| "
        + " | ".join(
            cell.rjust(width) if n else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in (head, *body)
    ]
    rule = "|".join("-" * (width + 1) + (":" if n else "-") for n, width in enumerate(widths))
    return [lines[0], f"|{rule}|", *lines[1:]]
