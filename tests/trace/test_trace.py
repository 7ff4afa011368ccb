"""From a row back to the bytes that the sample site sent."""

from __future__ import annotations

import hashlib
import re
import shutil
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipeline.cli.show import one_line
from pipeline.release.snapshot import latest_snapshot
from pipeline.schema.columns import PAPER_ID
from pipeline.storage import TableStore
from pipeline.trace.collect import Observation, Trace
from pipeline.trace.history import changes_of
from pipeline.trace.html import trace_page
from pipeline.trace.reasons import reasons
from pipeline.trace.target import Target, TraceError, read_target
from pipeline.trace.text import trace_text
from tests.damage import DAMAGES, Damage
from tests.orchestration.conftest import House
from tests.release.conftest import builder
from tests.release.invented import invent, revise


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("2503.90012", Target("2503.90012")),
        (" 2503.90012v3 ", Target("2503.90012", 3)),
        ("2503.90012#0", Target("2503.90012", None, 0)),
        ("2503.90012v2#14", Target("2503.90012", 2, 14)),
        ("hep-th/9901001v1", Target("hep-th/9901001", 1)),
        ("math.GT/0309136", Target("math/0309136")),
        ("t-0123456789abcdef#2", Target("t-0123456789abcdef", None, 2)),
        ("arXiv:2503.90012v2", Target("2503.90012", 2)),
        ("https://arxiv.org/abs/2503.90012v2", Target("2503.90012", 2)),
        ("https://arxiv.org/pdf/2503.90012", Target("2503.90012")),
    ],
)
def test_a_row_is_named_as_people_write_it(text: str, target: Target) -> None:
    assert read_target(text) == target


@given(st.text(max_size=30))
def test_any_text_names_a_paper_or_is_refused(text: str) -> None:
    with suppress(TraceError):
        assert re.fullmatch(PAPER_ID, read_target(text).paper_id)


def row_of(house: House, table: str, **where: object) -> dict[str, Any]:
    rows = TableStore(house.settings.tables_dir).scan(table).filter(**where).collect()
    return next(rows.iter_rows(named=True))


def test_a_paper_is_traced_to_its_post_and_record(sample: House) -> None:
    version = row_of(sample, "versions", paper_id="2503.90004", version=2)
    post = row_of(sample, "posts", arxiv_id="2503.90004", version=2)
    done = sample.run("trace", "2503.90004")
    assert done.exit_code == 0, done.output
    for fact in (
        post["title"][:40],
        post["post_url"],
        post["source"],
        f"{version['archive_file']} at {version['record_offset']}, entry {version['entry_index']}",
        version["payload_digest"],
        version["record_id"],
        "its digest is right",
        "paper, v2: stands for the paper",
        "older_version, v1: stands for an earlier version",
        "v2025.03.07  added",
    ):
        assert fact in done.stdout
    beads = TableStore(sample.settings.tables_dir).scan("parallel_sentences")
    n_beads = beads.filter(paper_id="2503.90004").collect().height
    assert len(re.findall(r"^ +\d+ \d-\d \d\.\d\d ", done.stdout, re.MULTILINE)) == n_beads


def test_raw_is_what_the_site_sent(sample: House) -> None:
    done = sample.run("trace", "2503.90004v1", "--raw")
    version = row_of(sample, "versions", paper_id="2503.90004", version=1)
    digest = hashlib.sha256(done.stdout_bytes).hexdigest()
    assert version["payload_digest"] == f"sha256:{digest}"


def test_an_observation_that_lost_says_why(sample: House) -> None:
    lost = row_of(sample, "observations", role="duplicate", role_reason="same_text")
    told = sample.run("trace", lost["paper_id"]).stdout
    assert "duplicate, v" in told
    assert "the same text as the one that stands for the version" in told


def test_a_quarantined_entry_is_found_by_the_id_it_names(sample: House) -> None:
    store = TableStore(sample.settings.tables_dir)
    posts = store.scan("posts").select(
        "day", "archive_file", "record_offset", "entry_index", "arxiv_id"
    )
    rows = store.scan("quarantine").join(
        posts, on=["day", "archive_file", "record_offset", "entry_index"]
    )
    found = rows.filter(pl.col("arxiv_id").is_not_null()).collect().row(0, named=True)
    done = sample.run("trace", found["arxiv_id"])
    assert f"quarantined, v1: breaks a rule: {', '.join(found['reasons'])}" in done.stdout
    assert found["raw"].splitlines()[0] in done.stdout


def test_a_flag_is_explained_by_its_numbers(sample: House) -> None:
    flagged = row_of(sample, "parallel", paper_id="2502.90395")
    done = sample.run("trace", flagged["paper_id"])
    assert "flag omission_suspected: the English says more" in done.stdout
    assert f"omissions {flagged['omissions'][0]}" in done.stdout
    assert "! omission_suspected: omission" in done.stdout
    beads = re.search(r"beads ([\d, ]+)", done.stdout)
    assert beads is not None
    bead = beads[1].split(",")[0]
    one = sample.run("trace", f"{flagged['paper_id']}#{bead}").stdout
    assert len(re.findall(r"^ +\d+ \d-\d", one, re.MULTILINE)) == 1


def test_a_snapshot_alone_says_where_its_texts_were_seen(sample: House, tmp_path: Path) -> None:
    newest = latest_snapshot(sample.settings.snapshots_dir)
    assert newest is not None
    shutil.copytree(newest, tmp_path / "theirs")
    stranger = {"ARXIV_JA_EN_DATA_DIR": str(tmp_path / "nothing")}
    done = sample.run("trace", "2503.90004", "--snapshot", str(tmp_path / "theirs"), **stranger)
    version = row_of(sample, "versions", paper_id="2503.90004", version=2)
    assert version["record_id"] in done.stdout
    assert version["source_url"] in done.stdout
    assert f"entry {version['entry_index']}: there is no archive here" in done.stdout


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_archive_costs_only_the_page(
    sample: House, tmp_path: Path, damage: Damage
) -> None:
    shutil.copytree(sample.root / "data", tmp_path / "data")
    (archive,) = (tmp_path / "data/archive").glob("*.warc.gz")
    damage(archive)
    there = {"ARXIV_JA_EN_DATA_DIR": str(tmp_path / "data")}
    done = sample.run("trace", "2503.90004", **there)
    assert done.exit_code == 0, done.output
    assert "Traceback" not in done.output
    assert f"{archive.name}" in done.stdout
    raw = sample.run("trace", "2503.90004", "--raw", **there)
    first = next(line for line in done.stdout.splitlines() if line.startswith("  archive "))
    assert (raw.exit_code == 0) == first.endswith("its digest is right")
    if raw.exit_code:
        assert raw.stderr.startswith(f"Error: {archive.name}: ")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["2501.00001"], "2501.00001: no such paper in snapshot v2025.03.07 or the tables in"),
        (["nothing"], "'nothing' names no paper"),
        (["2503.90004v9"], "2503.90004 was not seen in version 9"),
        (["2503.90004#99"], "2503.90004 has 7 beads, counted from 0"),
        (["2503.90004", "--snapshot", "v2019.01.01"], "v2019.01.01: no snapshot"),
        (["2503.90004", "--raw", "--html", "x"], "--raw and --html cannot be given together"),
    ],
)
def test_what_cannot_be_traced_is_one_line(sample: House, args: list[str], said: str) -> None:
    done = sample.run("trace", *args)
    assert done.exit_code != 0
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.output


def test_each_snapshot_says_what_it_did_with_a_paper(tmp_path: Path) -> None:
    build = builder(tmp_path)
    papers = invent(12)
    first = build(papers)
    revised = [revise(papers[0]), *papers[1:]]
    second = build(revised, parent=first, day=date(2025, 4, 1))
    third = build(revised[1:], parent=second, day=date(2025, 4, 2), removals=[papers[0].paper_id])
    folders = [snapshot.path for snapshot in (first, second, third)]
    told = changes_of({papers[0].paper_id}, folders)
    assert [change.what.split(":")[0] for change in told] == ["added", "changed", "removed"]
    assert "abstract_en" in told[1].what
    assert "version" in told[1].what
    assert [change.what for change in changes_of({papers[1].paper_id}, folders)] == [
        "added",
        "unchanged",
        "unchanged",
    ]
    assert changes_of({"2501.00001"}, folders) == []


def test_a_snapshot_that_cannot_be_read_costs_only_itself(tmp_path: Path) -> None:
    build = builder(tmp_path)
    first = build(invent(4))
    second = build(invent(6), parent=first, day=date(2025, 4, 1))
    (first.path / "manifest.json").write_text("{")
    told = changes_of({invent(4)[0].paper_id}, [first.path, second.path])
    assert "cannot be read" in told[0].what
    assert told[1].what == "added"


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[2J\x9b31m\u202e\u2028\r\n",
    "javascript:alert(1)",
    "</pre></details><h1>mine",
)


def hostile_trace(text: str) -> Trace:
    """A trace with the text in every column that holds any."""
    bead = {
        "index": 0,
        "bead": "1-1",
        "score": 0.5,
        "translation": {"en": f"a {text} b", "ja": text},
        "omission": text,
        "length_z": 1.0,
        "flags": [text, "misaligned"],
    }
    entry = dict.fromkeys(
        ("post_url", "source", "title", "raw", "archive_file", "record_id", "payload_digest"), text
    ) | {
        "captured_at": datetime(2025, 3, 4, tzinfo=UTC),
        "record_offset": 0,
        "entry_index": 0,
        "version": 1,
        "authors": [text],
        "categories": [text],
        "problems": [text],
        "removed_lines": [text],
        "flags": [text],
    }
    paper = {
        "title": text,
        "split": text,
        "submitted_month": text,
        "version": 1,
        "n_versions": 1,
        "translator": text,
        "categories": [text],
        "arxiv_id": None,
        "flags": [text, "missing_categories"],
    }
    pair = {"alignment_score": 0.1, "sentence_coverage": 0.2, "flags": ["misaligned"]}
    return Trace(
        Target("2503.90012"),
        "v2025.03.07",
        paper,
        pair,
        [bead],
        [],
        [Observation("paper", text, entry, text)],
        reasons(paper, pair, [bead]),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_page_shows_hostile_text_and_nothing_of_it_works(text: str) -> None:
    page = trace_page(hostile_trace(text))
    tree = LexborHTMLParser(page)
    assert tree.css("script, img, iframe, object, embed, form") == []
    for node in tree.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
        assert not (node.attributes.get("href") or "").startswith("javascript:")
    assert len(tree.css("h1")) == 1
    main = tree.css_first("main")
    assert main is not None
    shown = " ".join(main.text().split())
    assert " ".join(text.split()) in shown
    assert re.findall(r"(?:src|href)=\"?https?:", page) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_text_cannot_steer_a_terminal(text: str) -> None:
    told = trace_text(hostile_trace(text), lambda part: one_line(part, 10_000), 80)
    assert all(line.isprintable() for line in told.split("\n"))
