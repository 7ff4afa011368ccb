"""What `arxiv-ja-en export` writes, read by the tools that it is written for."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner, Result
from translate.storage.tmx import tmxfile

from pipeline.cli import main
from pipeline.export.export import Counts, ExportError, Request, export, files_of, sidecar
from pipeline.export.formats import FORMATS, OF_PAIRS
from pipeline.export.segments import segment
from pipeline.release.configs import CONFIGS
from pipeline.release.manifest import MANIFEST, Snapshot
from pipeline.release.selection import Selection, SelectionError
from tests.damage import truncated
from tests.export.conftest import HOSTILE, MONTHS, Made
from tests.release.invented import Paper, invent

BEADS = "en-ja-sentences"
SPLITS = ("train", "validation", "test")


def write(
    snapshot: Snapshot, out: Path, format_: str, config: str = BEADS, **changes: object
) -> dict[str, Counts]:
    options: dict[str, object] = {"splits": SPLITS} | changes
    return export(snapshot, Request(config, format_, **options), out, "a source")  # type: ignore[arg-type]


def rows_of(snapshot: Snapshot, config: str, split: str) -> pl.DataFrame:
    files = [path for path in snapshot.data_files(config) if path.name.startswith(split)]
    return pl.concat([pl.read_parquet(path) for path in files])


def pairs_of(snapshot: Snapshot, split: str = "train") -> list[tuple[str, str]]:
    """The pairs as segments, as they lie in the snapshot."""
    pair = pl.col("translation").struct
    rows = rows_of(snapshot, BEADS, split)
    return rows.select(en=segment(pair.field("en")), ja=segment(pair.field("ja"))).rows()


def lines(path: Path) -> list[str]:
    """As Python and most tools that are written in it read a file."""
    return path.read_text(encoding="utf-8-sig").splitlines()


def test_moses_text_has_a_segment_a_line_on_both_sides(snapshot: Snapshot, out: Path) -> None:
    write(snapshot, out, "moses")
    for split in SPLITS:
        en, ja = (lines(out / f"{BEADS}.{split}.{side}") for side in ("en", "ja"))
        assert list(zip(en, ja, strict=True)) == pairs_of(snapshot, split)
    assert len(HOSTILE) <= len(pairs_of(snapshot))


def test_sacrebleu_reads_moses_text(snapshot: Snapshot, out: Path) -> None:
    write(snapshot, out, "moses", splits=("test",))
    ja = str(out / f"{BEADS}.test.ja")
    # Its command, not its module: that is what misreads a file of odd line ends.
    command = [sys.executable, "-m", "sacrebleu", ja, "--input", ja, "--tokenize", "char"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["score"] == pytest.approx(100)


def test_tsv_has_the_pair_its_paper_and_its_score(snapshot: Snapshot, out: Path) -> None:
    write(snapshot, out, "tsv")
    rows = rows_of(snapshot, BEADS, "train")
    told = [tuple(line.split("\t")) for line in lines(out / f"{BEADS}.train.tsv")]
    facts = rows.select("paper_id", pl.col("score").cast(pl.String)).rows()
    assert told == [(*pair, *fact) for pair, fact in zip(pairs_of(snapshot), facts, strict=True)]


def test_translate_toolkit_reads_tmx(snapshot: Snapshot, out: Path) -> None:
    write(snapshot, out, "tmx")
    units = tmxfile.parsefile(str(out / f"{BEADS}.train.tmx")).units
    assert [(str(unit.source), str(unit.target)) for unit in units] == pairs_of(snapshot)


@pytest.mark.parametrize("config", [config.name for config in CONFIGS])
def test_json_lines_and_parquet_hold_every_column(
    snapshot: Snapshot, out: Path, config: str
) -> None:
    for format_ in ("jsonl", "parquet"):
        write(snapshot, out, format_, config, splits=("train",))
    rows = rows_of(snapshot, config, "train")
    parquet = pl.read_parquet(out / f"{config}.train.parquet")
    assert parquet.equals(rows)
    told = [json.loads(line) for line in (out / f"{config}.train.jsonl").open(encoding="utf-8")]
    assert [list(row) for row in told] == [rows.columns] * rows.height
    texts = [name for name, dtype in rows.schema.items() if dtype in (pl.String, pl.Struct)]
    assert [[row[name] for name in texts] for row in told] == [
        [row[name] for name in texts] for row in rows.iter_rows(named=True)
    ]


def test_datasets_and_duckdb_read_what_is_written(snapshot: Snapshot, out: Path) -> None:
    from datasets import load_dataset

    for format_ in ("jsonl", "parquet"):
        write(snapshot, out, format_, splits=("test",))
    loaded = load_dataset(
        "json", data_files=str(out / "*.jsonl"), cache_dir=str(out / "cache"), split="train"
    )
    expected = rows_of(snapshot, BEADS, "test")["translation"].to_list()
    assert list(loaded["translation"]) == expected
    found = duckdb.sql(f"select translation from '{out}/*.parquet'").fetchall()
    assert [row[0] for row in found] == expected


def test_both_sides_have_text_unless_asked_for(made: Made, out: Path) -> None:
    one_sided = made(invent(3), [("\u200b \n".strip("\n"), "か"), ("A", "\u3000"), ("B", "び")])
    counts = write(one_sided, out, "moses", splits=("train",))["train"]
    assert counts.empty == 2
    assert counts.read == counts.written + counts.empty
    assert all(lines(out / f"{BEADS}.train.{side}") for side in ("en", "ja"))
    kept = write(one_sided, out / "all", "moses", splits=("train",), keep_empty=True)["train"]
    assert kept.written == counts.read
    files = [(out / "all" / f"{BEADS}.train.{side}").read_text() for side in ("en", "ja")]
    assert [text.count("\n") for text in files] == [counts.read] * 2


@pytest.mark.parametrize(
    ("config", "selection", "holds"),
    [
        ("en-ja", Selection(min_score=0.8), pl.col("alignment_score") >= 0.8),
        (BEADS, Selection(min_score=0.95), pl.lit(value=False)),
        ("en-ja", Selection(translators=("Google", "DeepL")), pl.col("translator") == "Google"),
        (
            "en-ja",
            Selection(without=("omission_suspected",)),
            ~pl.col("flags").list.contains("omission_suspected"),
        ),
        (
            "en-ja",
            Selection(having=("omission_suspected", "truncated")),
            pl.col("flags").list.contains("omission_suspected"),
        ),
        ("en-ja", Selection(having=("truncated",)), pl.lit(value=False)),
        (
            "en-ja",
            Selection(categories=("math.CO",)),
            pl.col("categories").list.contains("math.CO"),
        ),
        ("en-ja", Selection(categories=("cs",)), pl.col("categories").list.contains("cs.CL")),
        ("en-ja", Selection(categories=("c", "CL", "cs.C")), pl.lit(value=False)),
    ],
)
def test_rows_are_chosen(
    snapshot: Snapshot, out: Path, config: str, selection: Selection, holds: pl.Expr
) -> None:
    rows = rows_of(snapshot, config, "train")
    expected = rows.filter(holds)
    if expected.is_empty():
        with pytest.raises(ExportError, match=f"of {rows.height} rows, {rows.height} not chosen"):
            write(snapshot, out, "jsonl", config, splits=("train",), selection=selection)
        return
    counts = write(snapshot, out, "parquet", config, splits=("train",), selection=selection)
    assert counts["train"] == Counts(
        read=rows.height, written=expected.height, not_chosen=rows.height - expected.height
    )
    assert pl.read_parquet(out / f"{config}.train.parquet").equals(expected)


@pytest.mark.parametrize("config", ["en-ja", BEADS])
def test_what_a_config_does_not_say_is_asked_of_its_papers(
    snapshot: Snapshot, out: Path, config: str
) -> None:
    papers = rows_of(snapshot, "papers", "train")
    day = papers["version_date"].sort()[papers.height // 2].date()
    chosen = papers.filter(
        pl.col("version_date").dt.date().is_between(date(2025, 2, 2), day)
        & pl.col("categories").list.contains("math.CO")
    )
    selection = Selection(categories=("math.CO",), since=date(2025, 2, 2), until=day)
    write(snapshot, out, "parquet", config, splits=("train",), selection=selection)
    written = pl.read_parquet(out / f"{config}.train.parquet")
    expected = rows_of(snapshot, config, "train").filter(
        pl.col("paper_id").is_in(chosen["paper_id"].to_list())
    )
    assert chosen.height > 3
    assert written.equals(expected)


def test_the_days_of_a_range_belong_to_it(made: Made, out: Path) -> None:
    papers = [Paper(number, "2025-03", ("One sentence.",)) for number in range(0, 72, 6)]
    every = made(papers)
    first = rows_of(every, "papers", "train")["version_date"].sort()[0]
    assert first == datetime(2025, 3, 1, tzinfo=UTC)
    day = Selection(since=date(2025, 3, 2), until=date(2025, 3, 2))
    assert write(every, out, "tsv", selection=day)["train"].written == 4


def test_a_pair_is_written_once_and_test_has_it(made: Made, out: Path) -> None:
    same = ("The code is public.", "コードは公開されている。")
    everywhere = made(invent(20, MONTHS), [same] * 60)
    counts = write(everywhere, out, "moses", dedup=True)
    held = [split for split, found in counts.items() if found.written]
    assert held == ["train", "test"] or held == [*SPLITS]
    told = [
        pair
        for split in held
        for pair in zip(
            *(lines(out / f"{BEADS}.{split}.{side}") for side in ("en", "ja")), strict=True
        )
    ]
    assert len(told) == len({*told}) == len({p for s in SPLITS for p in pairs_of(everywhere, s)})
    assert same in zip(*(lines(out / f"{BEADS}.test.{side}") for side in ("en", "ja")), strict=True)


def test_the_sidecar_says_what_was_done(snapshot: Snapshot, out: Path) -> None:
    selection = Selection(min_score=0.5, since=date(2025, 2, 1))
    write(snapshot, out, "moses", selection=selection, dedup=True)
    said = json.loads((out / f"{BEADS}.moses.json").read_text(encoding="utf-8"))
    assert said["source"] == "a source"
    assert said["version"] == snapshot.version
    assert said["selection"]["min_score"] == 0.5
    assert said["selection"]["since"] == "2025-02-01"
    for split, counts in said["rows"].items():
        assert counts["written"] == len(lines(out / f"{BEADS}.{split}.en"))
        assert counts["read"] == sum(n for name, n in counts.items() if name != "read")
    assert {*said["files"], f"{BEADS}.moses.json"} == {path.name for path in out.iterdir()}
    assert "CC0" in said["terms"]


def test_the_same_request_gives_the_same_bytes(snapshot: Snapshot, out: Path) -> None:
    for format_ in FORMATS:
        for folder in ("a", "b"):
            write(snapshot, out / folder, format_, dedup=True)
    for path in (out / "a").iterdir():
        assert path.read_bytes() == (out / "b" / path.name).read_bytes()


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_there_is_not_overwritten(snapshot: Snapshot, out: Path, format_: str) -> None:
    request = Request(BEADS, format_, ("test",))
    for name in (*files_of(request, "test"), sidecar(request)):
        folder = out / name
        folder.mkdir(parents=True)
        (folder / name).write_text("mine")
        with pytest.raises(ExportError, match="there already"):
            export(snapshot, request, folder, "a source")
        assert [path.name for path in folder.iterdir()] == [name]
        assert (folder / name).read_text() == "mine"


@pytest.mark.parametrize("format_", OF_PAIRS)
def test_a_config_without_pairs_has_no_such_format(
    snapshot: Snapshot, out: Path, format_: str
) -> None:
    with pytest.raises(ExportError, match="authors has no pairs"):
        write(snapshot, out, format_, "authors", splits=("train",))


def test_a_column_that_is_not_there_is_named(snapshot: Snapshot, out: Path) -> None:
    with pytest.raises(SelectionError, match="authors cannot be chosen by flags"):
        write(snapshot, out, "jsonl", "authors", selection=Selection(without=("x",)))
    assert not [*out.iterdir()]


def run(source: object, out: Path, *options: str) -> Result:
    command = ["export", str(source), "--out", str(out), "--format", "moses", *options]
    return CliRunner().invoke(main, command, prog_name="arxiv-ja-en")


def test_the_command_counts_what_it_wrote(snapshot: Snapshot, out: Path) -> None:
    done = run(snapshot.path, out, "--category", "cs.CL", "--dedup", "--min-score", ".8")
    assert done.exit_code == 0
    n = len(lines(out / "en-ja.train.en"))
    assert f"train: {n} of" in done.output
    assert f"in {out}, described by en-ja.moses.json" in done.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--config", "authors"], "Error: authors has no pairs of texts"),
        (["--config", "categories", "--split", "test"], "has no such split"),
        (["--min-score", "1.5"], "1.5 is not in the range"),
        (["--without", "omision_suspected"], "'omision_suspected' is not one of"),
        (["--since", "2025-03-01", "--until", "2025-02-01"], "--since 2025-03-01 is after"),
        (["--translator", "Nobody"], "nothing to write of"),
    ],
)
def test_a_wrong_request_is_one_line(
    snapshot: Snapshot, out: Path, options: list[str], said: str
) -> None:
    done = run(snapshot.path, out, *options)
    assert done.exit_code != 0
    assert said in done.output.splitlines()[-1]
    assert not out.exists() or not [*out.iterdir()]


def test_a_source_that_is_none_is_one_line(snapshot: Snapshot, out: Path, made: Made) -> None:
    assert "no snapshot" in run(out / "none", out).output
    damaged = made(invent(12))
    truncated(damaged.data_files("en-ja")[0])
    done = run(damaged.path, out)
    assert done.exit_code == 1
    assert "bytes, manifest.json says" in done.output
    newer = made(invent(6))
    manifest = newer.path / MANIFEST
    known = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(known | {"schema_version": 99}), encoding="utf-8")
    assert "its schema version is 99" in run(newer.path, out).output
    assert not [*out.iterdir()]
