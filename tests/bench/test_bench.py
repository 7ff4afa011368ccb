"""The bench runs as a whole, and says what it measured; the figures themselves are not judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.measure import Measured, run
from bench.report import START, Report
from bench.stages import __main__ as stages
from bench.stages import daily
from bench.world import folder as world
from bench.world.folder import Bench

SIZES = (20, 40)


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stages run here: what is imported is paid for once."""

    def run_here(stage: str, papers: int, module: str, arguments: Sequence[str]) -> Measured:
        assert module == "bench.stages"
        program, folder, size, *most = arguments
        of_size = Bench(Path(folder), int(size), *map(int, most))
        facts = stages.PROGRAMS[program](of_size)
        return Measured(papers, stage, 1.0, 1.0, 100, facts.pop("share", 1.0), facts)

    monkeypatch.setattr(bench, "run", run_here)
    for module in (daily, world):
        monkeypatch.setattr(module, "PROCESSES", 1)


@pytest.mark.usefixtures("in_process")
def test_every_stage_is_measured_and_what_must_be_equal_is(tmp_path, capsys):
    sizes = ",".join(map(str, SIZES))
    bench.main(["--papers", sizes, "--parts", "daily,whole", "--into", str(tmp_path)])
    printed = capsys.readouterr().out
    assert (tmp_path / "bench.md").read_text(encoding="utf-8").strip() == printed.strip()
    for stage in (START, *bench.DAILY.values(), *bench.WHOLE.values()):
        for size in SIZES:
            assert any(
                line.startswith(f"| {stage} ") and f" {size} |" in line
                for line in printed.splitlines()
            ), (stage, size)
    raw = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert raw["same"] == {
        f"{what}, {size} posts": True
        for size in SIZES
        for what in (
            "records drawn, and parsed from their pages",
            "bytes of files refreshed by a day, and made at once",
            "findings of check_table, all tables, and none",
            "findings of references, splits, lost, and none",
        )
    }
    assert raw["machine"]["cores"]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_difference_between_dagster_and_the_functions_is_told_and_fails(
    monkeypatch, tmp_path, capsys
):
    differs = Measured(10, "morning, direct", 1.0, 1.0, 100, facts={"same": False})
    monkeypatch.setattr(bench, "overhead", lambda *_: iter([differs]))
    with pytest.raises(SystemExit, match="refresh by Dagster"):
        bench.main(["--parts", "dagster", "--into", str(tmp_path)])
    assert "by the functions | **no** |" in capsys.readouterr().out


def test_a_program_is_measured_in_a_process_of_its_own(tmp_path):
    told = run("nothing", 1, "bench.stages", ["start", str(tmp_path), "1"])
    assert told.cpu_seconds > 0
    assert told.peak_mb > 10
    with pytest.raises(RuntimeError, match="ended with status"):
        run("no such stage", 1, "bench.stages", ["nonesuch", str(tmp_path), "1"])


def test_the_report_judges_growth_and_goals():
    def one(stage: str, papers: int, seconds: float) -> Measured:
        return Measured(papers, stage, seconds, seconds, 1000)

    measured = [
        *(one(START, papers, 1.0) for papers in (100_000, 1_000_000)),
        *(one("tables", 100_000, 11.0), one("tables", 1_000_000, 101.0)),
        *(one("snapshot", 100_000, 6.0), one("snapshot", 1_000_000, 76.0)),
        one("tables, plain polars", 1_000_000, 80.0),
        *(one("morning, direct", 10, 3.0), one("morning, Dagster", 10, 9.0)),
    ]
    text = Report({}, measured, {"this and that": False}).markdown()
    assert " 1.00 |" in text  # tables: a hundred seconds for ten, net of the start
    assert " 1.18 ! |" in text  # snapshot: 75 for five
    assert [line for line in text.splitlines() if "**no**" in line] == [
        line
        for line in text.splitlines()
        if line.startswith(("| this and that", "| no stage grows", "| Dagster costs"))
    ]
    assert " 177 s | yes |" in " ".join(text.split())
    scaled = Report({}, [replace(measured[3], share=0.2)], {}).markdown()
    assert "≈ 101.0" in scaled
