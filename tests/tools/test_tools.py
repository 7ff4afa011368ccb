"""What is exported, read by OpusFilter and mtdata and validated by TMX's own DTD.

Their requirements are not ours: `make test-tools` installs them in an environment of their own.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from lxml import etree

from pipeline.export.export import Request, export
from pipeline.release.card import render_card
from pipeline.release.manifest import Snapshot
from pipeline.release.statistics import statistics

pytest_plugins = ["tests.export.conftest"]

TOOLS = Path(os.environ["TOOLS_BIN"])
"""Where the programs are."""

OMEGAT = Path("/usr/share/omegat/OmegaT.jar")
"""Debian's package omegat carries the DTD of TMX 1.4b."""

BEADS = "en-ja-sentences"

REGISTER = """
import json, sys
from mtdata.index import Index
from mtdata.index.huggingface import _load_hf_dataset

index = Index()
_load_hf_dataset(index, json.loads(sys.argv[1]))
for entry in index.entries.values():
    print(entry.did, entry.meta["config"], entry.meta["fields"]["target"])
"""
"""Prints what mtdata makes of an entry of its list of datasets on the Hub."""

READ = """
import hashlib, sys
from pathlib import Path
from types import SimpleNamespace
from mtdata.entry import DatasetId
from mtdata.parser import Parser

of = SimpleNamespace(did=DatasetId.parse("a-b-1-eng-jpn"), meta={}, cols=None, in_paths=None)
rows = Parser([*map(Path, sys.argv[1:])], ent=of).read_segs(show_pbar=False)
sides = [side.strip() for row in rows for side in row[:2]]
print(len(sides) // 2, hashlib.sha256(chr(0).join(sides).encode()).hexdigest())
"""
"""Prints how many pairs mtdata reads of files, and a digest of them."""


@pytest.fixture(scope="module")
def written(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    for format_ in ("moses", "tsv", "tmx"):
        export(snapshot, Request(BEADS, format_, ("train",)), out, "a source")
    return out


@pytest.fixture(scope="module")
def pairs(written: Path) -> list[tuple[str, str]]:
    """Those of the Moses text."""
    sides = [
        (written / f"{BEADS}.train.{side}").read_text(encoding="utf-8").removesuffix("\n")
        for side in ("en", "ja")
    ]
    return list(zip(*(side.split("\n") for side in sides), strict=True))


@pytest.mark.parametrize("endings", [("en", "ja"), ("tsv",), ("tmx",)])
def test_mtdata_reads_every_pair(
    written: Path, pairs: list[tuple[str, str]], endings: Sequence[str]
) -> None:
    files = [str(written / f"{BEADS}.train.{ending}") for ending in endings]
    told = run(TOOLS / "python", "-c", READ, *files).split()
    # What a unit of TMX holds, mtdata takes for HTML once more.
    shown = html.unescape if endings == ("tmx",) else str
    digest = hashlib.sha256("\0".join(shown(side) for pair in pairs for side in pair).encode())
    assert told == [str(len(pairs)), digest.hexdigest()]


def test_mtdata_takes_the_entry_of_the_card(snapshot: Snapshot) -> None:
    card = render_card(snapshot, statistics(snapshot), "owner/arxiv-ja-en")
    entry = re.search(r"`(\{.*\})`", card)
    assert entry is not None
    told = run(TOOLS / "python", "-c", REGISTER, entry[1])
    assert told == "Owner-arxiv_ja_en_train-1-eng-jpn en-ja-sentences translation.ja\n"


def test_opusfilter_filters_moses_text(
    written: Path, pairs: list[tuple[str, str]], tmp_path: Path
) -> None:
    sides = [str(written / f"{BEADS}.train.{side}") for side in ("en", "ja")]
    kept = ["kept.en", "kept.ja"]
    steps = [
        {
            "type": "filter",
            "parameters": {
                "inputs": sides,
                "outputs": kept,
                "filters": [
                    {"LengthFilter": {"unit": "char", "min_length": 10, "max_length": 500}}
                ],
            },
        }
    ]
    config = tmp_path / "config.yaml"
    config.write_text(
        yaml.safe_dump({"common": {"output_directory": str(tmp_path)}, "steps": steps})
    )
    run(TOOLS / "opusfilter", config)
    lines = [(tmp_path / name).read_text(encoding="utf-8").split("\n")[:-1] for name in kept]
    expected = [pair for pair in pairs if all(10 <= len(side) <= 500 for side in pair)]
    assert list(zip(*lines, strict=True)) == expected
    assert 0 < len(expected) < len(pairs)


def test_tmx_is_valid(written: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(OMEGAT) as jar:
        dtd = etree.DTD(jar.open("schemas/tmx14.dtd"))
    tree = etree.parse(str(written / f"{BEADS}.train.tmx"))
    assert dtd.validate(tree), dtd.error_log


def run(*command: object) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
