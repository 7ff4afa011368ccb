"""What those who use the dataset do with it; called in a process of its own, see `tests.hub`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CONFIGS = (
    "en-ja",
    "en-ja-sentences",
    "en-ja-summaries",
    "papers",
    "versions",
    "authors",
    "categories",
    "glossary",
)


def load(
    where: str,
    cache: str,
    revision: str | None,
    streaming: bool,
    configs: Sequence[str] = CONFIGS,
) -> dict[str, dict[str, Any]]:
    """Each of the configs and its splits by `load_dataset`: rows by config and split."""
    from datasets import load_dataset

    loaded: dict[str, dict[str, Any]] = {}
    for config in configs:
        splits = load_dataset(
            where, config, revision=revision, streaming=streaming, cache_dir=cache
        )
        loaded[config] = {split: list(rows) for split, rows in splits.items()}
    return loaded


def default_features(where: str, cache: str) -> tuple[str, str]:
    """The features of the default config, as they are loaded, and of the file without a card."""
    from datasets import load_dataset

    default = load_dataset(where, cache_dir=cache, split="train")
    bare = load_dataset(
        "parquet", data_files=f"{where}/en-ja/train-*.parquet", cache_dir=cache, split="train"
    )
    return str(default.features["translation"]), str(bare.features["translation"])


def info(where: str, cache: str) -> dict[str, tuple[int, int, dict[str, tuple[int, int]]]]:
    """What `datasets` counts itself: download size, size, and examples and bytes by split."""
    from datasets import DownloadMode, load_dataset_builder

    counted = {}
    for config in CONFIGS:
        builder = load_dataset_builder(where, config, cache_dir=cache)
        builder.info.splits = None
        builder.info.download_size = builder.info.dataset_size = None
        builder.download_and_prepare(download_mode=DownloadMode.FORCE_REDOWNLOAD)
        splits = {s: (i.num_examples, i.num_bytes) for s, i in builder.info.splits.items()}
        counted[config] = (builder.info.download_size, builder.info.dataset_size, splits)
    return counted


def polars_from_hub(address: str) -> list[str]:
    """Paper ids of a config, by the Hub's file system and polars."""
    import polars as pl
    from huggingface_hub import HfFileSystem

    files = HfFileSystem().glob(address)
    ids: list[str] = []
    for file in sorted(files):
        with HfFileSystem().open(file, "rb") as stream:
            ids += pl.read_parquet(stream, columns=["paper_id"])["paper_id"].to_list()
    return ids


def download(repo: str, path: str, revision: str, into: str) -> bytes:
    """A file as `hf_hub_download` brings it, by Xet where the Hub says so."""
    from pathlib import Path

    from huggingface_hub import hf_hub_download

    file = hf_hub_download(repo, path, repo_type="dataset", revision=revision, local_dir=into)
    return Path(file).read_bytes()


def explored(source: str, paths: Sequence[str]) -> list[tuple[int, str]]:
    """Status and text of the pages of `arxiv-ja-en explore SOURCE`."""
    from starlette.testclient import TestClient

    from pipeline.cli.trace import sources
    from pipeline.explore.app import application

    with sources(source) as found:
        pages = TestClient(application(found))
        answers = [pages.get(path) for path in paths]
        return [(answer.status_code, answer.text) for answer in answers]


def command(args: list[str], out: str, err: str) -> int | str | None:
    """The exit code of `arxiv-ja-en`, and in two files all that the process prints."""
    import os
    import sys
    from pathlib import Path

    from pipeline.cli import main

    for number, file in ((1, out), (2, err)):
        Path(file).touch()
        os.dup2(os.open(file, os.O_WRONLY | os.O_TRUNC), number)
    try:
        main(args, prog_name="arxiv-ja-en")
    except SystemExit as end:
        sys.stdout.flush()
        return end.code
    raise AssertionError("a command ends with an exit code")
