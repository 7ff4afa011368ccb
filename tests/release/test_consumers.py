"""The contracts with those who use the dataset, on the built artefact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.release.manifest import Snapshot
from pipeline.release.snapshot import build_snapshot
from tests.hub.client import Client, client
from tests.hub.server import serve_hub
from tests.hub.state import Hub
from tests.release import invented

LOAD = "tests.release.consumers:load"
REPO = "owner/consumed"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    papers = invented.invent(30)
    papers[3] = invented.revise(papers[3])
    papers[6] = replace(papers[6], kind="summary")
    return build_snapshot(
        invented.tables(papers),
        tmp_path_factory.mktemp("snapshots"),
        parent=None,
        day=date(2025, 3, 31),
        code_version="test",
        archive_digest="sha256:" + "0" * 64,
        ledger={"paper": 30},
        repo=REPO,
    )


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with serve_hub(tmp_path_factory.mktemp("hub") / "server") as served:
        yield served


@pytest.fixture(scope="module")
def caller(
    hub: Hub, snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("client")
    with client(hub.url, folder / "home", folder / "log", HF_HUB_DISABLE_XET="1") as made:
        made.call("pipeline.release.publish:publish", snapshot.path, REPO)
        yield made


def rows_of(snapshot: Snapshot) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Every row by config and split, as the files have them."""
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for config, splits in snapshot.manifest.counts().items():
        rows[config] = {
            split: [
                row
                for file in snapshot.data_files(config)
                if file.name.startswith(split)
                for row in pq.read_table(file).to_pylist()
            ]
            for split in splits
        }
    return rows


@pytest.mark.parametrize("streaming", [False, True], ids=["downloaded", "streamed"])
@pytest.mark.parametrize("source", ["folder", "hub"])
def test_load_dataset_gives_every_row_of_every_config(
    caller: Client, snapshot: Snapshot, tmp_path: Path, source: str, streaming: bool
):
    where, revision = (str(snapshot.path), None) if source == "folder" else (REPO, snapshot.version)
    loaded = caller.call(LOAD, where, str(tmp_path), revision, streaming)
    assert loaded == rows_of(snapshot)


def test_the_translation_is_one_by_the_card_and_two_strings_without(
    caller: Client, snapshot: Snapshot, tmp_path: Path
):
    features = caller.call(
        "tests.release.consumers:default_features", str(snapshot.path), str(tmp_path)
    )
    assert features == (
        "Translation(languages=['en', 'ja'])",
        "{'en': Value('string'), 'ja': Value('string')}",
    )


def test_dataset_info_is_what_datasets_counts(caller: Client, snapshot: Snapshot, tmp_path: Path):
    counted = caller.call("tests.release.consumers:info", str(snapshot.path), str(tmp_path))
    for said in front_matter(snapshot)["dataset_info"]:
        splits = {s["name"]: (s["num_examples"], s["num_bytes"]) for s in said["splits"]}
        assert counted[said["config_name"]] == (
            said["download_size"],
            said["dataset_size"],
            splits,
        )


def front_matter(snapshot: Snapshot) -> dict[str, Any]:
    """As mtdata reads it: what stands between the first and the second `---`."""
    text = (snapshot.path / "README.md").read_text(encoding="utf-8").split("---", 2)[1]
    read = yaml.safe_load(text)
    assert isinstance(read, dict)
    return read


def test_mtdata_finds_languages_splits_and_paths(snapshot: Snapshot):
    """mtdata: `data_files` is a list of split and path; the config's name is the language pair."""
    matter = front_matter(snapshot)
    [pairs] = [config for config in matter["configs"] if config["config_name"] == "en-ja"]
    assert pairs["config_name"].split("-") == ["en", "ja"]
    for entry in pairs["data_files"]:
        assert set(entry) == {"split", "path"}
        assert list(snapshot.path.glob(entry["path"]))


def test_firefox_gets_two_files_with_the_same_lines(snapshot: Snapshot, tmp_path: Path):
    """The importer wants a file a language, a sentence a line, line for line."""
    sides = pl.concat(
        pl.read_parquet(file, columns=["translation"]).unnest("translation")
        for file in snapshot.data_files("en-ja-sentences")
    )
    for language in ("en", "ja"):
        (tmp_path / language).write_text("".join(f"{s}\n" for s in sides[language]))
    lines = {lang: (tmp_path / lang).read_text().splitlines() for lang in ("en", "ja")}
    assert len(lines["en"]) == len(lines["ja"]) == sides.height
    assert lines["en"] == sides["en"].to_list()


def test_plain_readers_agree(snapshot: Snapshot):
    """pyarrow, polars and duckdb read the same rows, nothing but Parquet between them."""
    pattern = f"{snapshot.path}/papers/*.parquet"
    files = snapshot.data_files("papers")
    by_arrow = sorted(row["paper_id"] for file in files for row in pq.read_table(file).to_pylist())
    by_polars = pl.scan_parquet(pattern).select("paper_id").collect()["paper_id"].sort().to_list()
    found = duckdb.sql(f"select paper_id from read_parquet('{pattern}') order by 1").fetchall()
    assert by_arrow == by_polars == [paper_id for (paper_id,) in found]
    [(en,)] = duckdb.sql(
        f"select translation.en from read_parquet('{snapshot.path}/en-ja/*.parquet') "
        f"where paper_id = '{by_arrow[0]}'"
    ).fetchall()
    papers = pl.scan_parquet(pattern).filter(pl.col("paper_id") == by_arrow[0])
    assert en == papers.collect()["abstract_en"].item()


def test_polars_reads_from_the_hub_by_tag(caller: Client, snapshot: Snapshot):
    ids = caller.call(
        "tests.release.consumers:polars_from_hub",
        f"datasets/{REPO}@{snapshot.version}/papers/*.parquet",
    )
    papers = pl.concat(pl.read_parquet(file) for file in snapshot.data_files("papers"))
    assert sorted(ids) == sorted(papers["paper_id"])


def test_columns_say_that_they_are_never_null(snapshot: Snapshot):
    schema = pq.read_schema(snapshot.data_files("papers")[0])
    assert not schema.field("title").nullable
    assert schema.field("arxiv_id").nullable
    assert b"huggingface" in schema.metadata
