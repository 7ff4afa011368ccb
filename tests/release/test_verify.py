"""Every kind of damage is named, with the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.release import parquet
from pipeline.release.configs import BY_NAME
from pipeline.release.manifest import MANIFEST, Snapshot
from pipeline.release.verify import verify_snapshot
from pipeline.schema import Config, Count
from pipeline.tables.integrity import COUNTS
from tests.release.conftest import Build
from tests.release.invented import invent


@pytest.fixture
def snapshot(build: Build) -> Snapshot:
    return build(invent(20))


def tamper(snapshot: Snapshot, path: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Change a data file's rows and make the manifest agree: only the tables can tell."""
    config = BY_NAME[path.split("/")[0]]
    file = snapshot.path / path
    table = parquet.to_arrow(change(pl.read_parquet(file)), config)
    file.unlink()
    parquet.write(table, config, file)
    manifest = json.loads((snapshot.path / MANIFEST).read_text())
    manifest["files"][path] |= {
        "bytes": file.stat().st_size,
        "sha256": parquet.file_sha256(file),
        "rows": table.num_rows,
    }
    (snapshot.path / MANIFEST).write_text(json.dumps(manifest))


MONTH = "train-2025-02.parquet"


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        (f"en-ja/{MONTH}", lambda rows: rows.head(-1), "translation_not_in_parallel in 1 rows"),
        (f"en-ja/{MONTH}", lambda rows: rows.reverse(), "not in order of paper_id"),
        (f"papers/{MONTH}", lambda rows: pl.concat([rows.head(1), rows]), "one is there twice"),
        (
            f"papers/{MONTH}",
            lambda rows: rows.with_columns(split=pl.lit("test")),
            "another split or month",
        ),
        (
            f"papers/{MONTH}",
            lambda rows: rows.with_columns(n_versions=pl.lit(7, pl.Int16)),
            "wrong_n_versions",
        ),
        (
            f"versions/{MONTH}",
            lambda rows: rows.with_columns(version=pl.lit(9, pl.Int16)),
            "version_not_in_versions",
        ),
        (
            f"en-ja-sentences/{MONTH}",
            lambda rows: rows.with_columns(paper_id=pl.lit("2502.99999")),
            "such as '2502.99999'",
        ),
        ("authors/train.parquet", lambda rows: rows.tail(-1), "author_not_in_authors"),
        (
            "authors/train.parquet",
            lambda rows: rows.with_columns(n_papers=pl.col("n_papers") + 1),
            "wrong_n_papers",
        ),
        ("categories/train.parquet", lambda rows: rows.head(1), "category_not_in_categories"),
    ],
)
def test_tables_that_disagree(
    snapshot: Snapshot, path: str, change: Callable[[pl.DataFrame], pl.DataFrame], said: str
):
    tamper(snapshot, path, change)
    assert any(said in problem for problem in verify_snapshot(snapshot.path))


@pytest.mark.parametrize(("config", "rule"), COUNTS, ids=lambda of: getattr(of, "reason", None))
def test_every_count_is_checked(snapshot: Snapshot, config: Config, rule: Count):
    path = next(p for p in snapshot.manifest.data_files if p.startswith(f"{config.name}/"))
    tamper(snapshot, path, lambda rows: rows.with_columns(pl.col(rule.column) + 1))
    assert any(f"{path}: {rule.reason}" in problem for problem in verify_snapshot(snapshot.path))


def test_a_paper_in_two_files(snapshot: Snapshot):
    row = pl.read_parquet(snapshot.path / f"papers/{MONTH}").head(1)
    other = "papers/train-2025-03.parquet"
    tamper(snapshot, other, lambda rows: pl.concat([rows, row]).sort("paper_id"))
    assert any("in more than one file" in problem for problem in verify_snapshot(snapshot.path))


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "said"), [(_cut, "bytes"), (_flip, "sha256"), (Path.unlink, "missing")]
)
@pytest.mark.parametrize("path", [f"papers/{MONTH}", "README.md", "images/lengths.svg"])
def test_files_that_are_not_as_written(
    snapshot: Snapshot, path: str, damage: Callable[[Path], None], said: str
):
    damage(snapshot.path / path)
    assert [
        problem for problem in verify_snapshot(snapshot.path) if path in problem and said in problem
    ]


def test_a_file_that_nobody_wrote(snapshot: Snapshot):
    (snapshot.path / "en-ja" / "train-1999-01.parquet").write_bytes(b"")
    assert verify_snapshot(snapshot.path) == [f"en-ja/train-1999-01.parquet: not in {MANIFEST}"]


def test_a_card_whose_counts_are_wrong(snapshot: Snapshot):
    card = snapshot.path / "README.md"
    text = card.read_text().replace("num_examples: ", "num_examples: 1", 1)
    card.write_text(text)
    manifest = json.loads((snapshot.path / MANIFEST).read_text())
    manifest["files"]["README.md"] |= {
        "bytes": card.stat().st_size,
        "sha256": parquet.file_sha256(card),
    }
    (snapshot.path / MANIFEST).write_text(json.dumps(manifest))
    assert verify_snapshot(snapshot.path) == [
        "README.md: dataset_info in the front matter does not match the data files"
    ]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"files": {"../../etc/passwd": {"bytes": 1, "sha256": "x"}}}', "\x00"]
)
def test_a_manifest_that_is_none(snapshot: Snapshot, text: str):
    (snapshot.path / MANIFEST).write_text(text)
    [problem] = verify_snapshot(snapshot.path)
    assert MANIFEST in problem


def test_a_manifest_that_leads_out_of_the_snapshot(snapshot: Snapshot):
    manifest = json.loads((snapshot.path / MANIFEST).read_text())
    manifest["files"]["../outside"] = {"bytes": 1, "sha256": "x"}
    (snapshot.path / MANIFEST).write_text(json.dumps(manifest))
    [problem] = verify_snapshot(snapshot.path)
    assert "leads out of the snapshot" in problem


def test_the_command_says_what_is_right_and_what_is_wrong(snapshot: Snapshot):
    runner = CliRunner()
    good = runner.invoke(main, ["verify", str(snapshot.path)])
    assert good.exit_code == 0
    assert "20 papers, all as the manifest says" in good.output
    _flip(snapshot.path / f"papers/{MONTH}")
    bad = runner.invoke(main, ["verify", str(snapshot.path)])
    assert bad.exit_code == 1
    assert f"papers/{MONTH}: its sha256" in bad.output
    none = runner.invoke(main, ["verify", "nowhere"])
    assert none.exit_code == 1
    assert "no snapshot" in none.output
