"""Building: names, bytes, what is linked, what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.release import card
from pipeline.release.diff import diff_snapshots
from pipeline.release.errors import ReleaseRefusedError
from pipeline.release.manifest import Snapshot, open_snapshot
from pipeline.release.snapshot import latest_snapshot, published_papers, snapshots
from pipeline.release.verify import verify_snapshot
from pipeline.settings import PROJECT_ROOT
from tests.release.conftest import Build
from tests.release.invented import invent, revise


def test_a_snapshot_is_named_by_its_day_and_passes_its_own_checks(build: Build):
    snapshot = build(invent(40))
    assert snapshot.is_new
    assert snapshot.path.name == snapshot.version == "v2025.03.31"
    assert verify_snapshot(snapshot.path) == []
    assert snapshot.manifest.n_papers == 40
    assert latest_snapshot(snapshot.path.parent) == snapshot.path


def test_nothing_new_gives_the_parent(build: Build):
    first = build(invent(40))
    again = build(invent(40), parent=first, day=date(2025, 4, 1))
    assert not again.is_new
    assert again.path == first.path
    assert build(invent(40)).path == first.path


def test_an_edited_card_makes_a_snapshot_of_the_same_data(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first = build(invent(12))
    template = tmp_path / "card.md"
    template.write_text(card.TEMPLATE.read_text() + "\nWrite to nobody@digest.invalid.\n")
    monkeypatch.setattr(card, "TEMPLATE", template)
    second = build(invent(12), parent=first)
    assert second.is_new
    assert second.version == "v2025.03.31.1"
    assert second.manifest.data_files == first.manifest.data_files
    assert "nobody@digest.invalid" in (second.path / card.CARD).read_text()
    assert "No paper was added" in (second.path / "CHANGES.md").read_text()
    assert verify_snapshot(second.path) == []
    # The card is that of the template by now.
    assert build(invent(12), parent=second, day=date(2025, 4, 1)).path == second.path
    assert build(invent(12), parent=first).path == second.path


def test_a_snapshot_that_is_to_be_published_names_its_repository(build: Build):
    local = build(invent(12))
    sent = build(invent(12), parent=local, repo="owner/name")
    assert sent.version == "v2025.03.31.1"
    assert 'repo = "owner/name"' in (sent.path / card.CARD).read_text()
    assert build(invent(12), parent=sent, repo="owner/name").path == sent.path


def test_only_the_months_that_changed_are_written_again(build: Build):
    papers = invent(40)
    first = build(papers)
    papers[0] = revise(papers[0])
    second = build(papers, parent=first, day=date(2025, 4, 1))
    written = {
        path
        for path in second.manifest.data_files
        if (second.path / path).stat().st_ino != (first.path / path).stat().st_ino
    }
    month = papers[0].month
    monthly = ("en-ja", "en-ja-sentences", "papers", "versions")
    # The table of authors says when each was last seen, the glossary counts sentences.
    assert written == {f"{config}/train-{month}.parquet" for config in monthly} | {
        "authors/train.parquet",
        "glossary/train.parquet",
    }


def _same_files(one: Snapshot, other: Snapshot, month: str) -> set[bool]:
    """Whether the files of a month are the very same."""
    return {
        (one.path / path).stat().st_ino == (other.path / path).stat().st_ino
        for path in other.manifest.data_files
        if path.endswith(f"{month}.parquet")
    }


def test_a_month_whose_keys_are_those_of_the_parent_is_not_read(build: Build):
    papers = invent(40)
    first = build(papers, keys={"2025-02": "a", "2025-03": "b"})
    # That every paper is revised would show if the first month were read.
    revised = [revise(paper) for paper in papers]
    day = date(2025, 4, 1)
    second = build(revised, parent=first, day=day, keys={"2025-02": "a", "2025-03": "c"})
    assert _same_files(first, second, "2025-02") == {True}
    assert _same_files(first, second, "2025-03") == {False}
    assert second.manifest.history[-1].revised == 20


@pytest.mark.parametrize(
    "changed", [{"code_version": "another"}, {"keys": {"2025-02": "c", "2025-03": "b"}}]
)
def test_what_another_code_or_other_keys_made_is_read_again(build: Build, changed: dict[str, Any]):
    papers = invent(40)
    known = {"keys": {"2025-02": "a", "2025-03": "b"}}
    first = build(papers, **known)
    revised = [revise(paper) for paper in papers]
    second = build(revised, parent=first, day=date(2025, 4, 1), **known | changed)
    assert _same_files(first, second, "2025-02") == {False}


def test_the_same_rows_under_another_key_are_the_same_file_and_known_by_it(build: Build):
    papers = invent(40)
    first = build(papers, keys={"2025-02": "a", "2025-03": "b"})
    papers[1] = revise(papers[1])
    assert papers[1].month == "2025-03"
    second = build(
        papers, parent=first, day=date(2025, 4, 1), keys={"2025-02": "c", "2025-03": "d"}
    )
    assert _same_files(first, second, "2025-02") == {True}
    revised = [revise(paper) for paper in papers]
    third = build(
        revised, parent=second, day=date(2025, 4, 2), keys={"2025-02": "c", "2025-03": "e"}
    )
    assert _same_files(second, third, "2025-02") == {True}
    assert _same_files(second, third, "2025-03") == {False}


def test_published_papers_are_those_of_the_parent(build: Build):
    papers = invent(40)
    published = published_papers(build(papers).path).collect()
    assert sorted(published.iter_rows()) == sorted(
        (paper.paper_id, paper.version, paper.split) for paper in papers
    )
    assert published_papers(None).collect().is_empty()


def contents(snapshot: Snapshot) -> dict[str, bytes]:
    return {
        file.relative_to(snapshot.path).as_posix(): file.read_bytes()
        for file in snapshot.path.rglob("*")
        if file.is_file()
    }


def test_the_same_inputs_give_the_same_bytes_elsewhere(build: Build, tmp_path: Path):
    """In another folder, another time zone, with another number of threads, rows in any order."""
    snapshot = build(invent(40))
    script = (
        "import sys, random; from datetime import date; from pathlib import Path\n"
        "from pipeline.release.snapshot import build_snapshot\n"
        "from tests.release.invented import invent, tables\n"
        "papers = invent(40); random.Random(3).shuffle(papers)\n"
        "build_snapshot(tables(papers), Path(sys.argv[1]), parent=None, day=date(2025, 3, 31),\n"
        "    code_version='test', archive_digest='sha256:' + '0' * 64,\n"
        "    ledger={'quarantined': 2, 'paper': 40})"
    )
    elsewhere = tmp_path / "else" / "where"
    subprocess.run(
        [sys.executable, "-c", script, str(elsewhere)],
        check=True,
        cwd=PROJECT_ROOT,
        env={**os.environ, "TZ": "America/Anchorage", "POLARS_MAX_THREADS": "1", "LC_ALL": "C"},
    )
    other = open_snapshot(elsewhere / snapshot.version)
    assert contents(other) == contents(snapshot)


def test_other_content_on_the_same_day_counts_up(build: Build):
    papers = invent(20)
    first = build(papers)
    second = build([*papers, *invent(1, start=20)], parent=first)
    third = build([*papers, *invent(2, start=20)], parent=second)
    assert [s.version for s in (first, second, third)] == [
        "v2025.03.31",
        "v2025.03.31.1",
        "v2025.03.31.2",
    ]
    assert [s.name for s in snapshots(first.path.parent)] == [
        first.version,
        second.version,
        third.version,
    ]
    assert build([*papers, *invent(1, start=20)], parent=first).path == second.path
    assert [step.version for step in third.manifest.history] == [
        s.version for s in (first, second, third)
    ]


def test_a_killed_build_leaves_nothing_under_a_name_and_is_cleaned_up(build: Build, tmp_path: Path):
    into = tmp_path / "snapshots"
    script = (
        "import os, signal, sys; from datetime import date; from pathlib import Path\n"
        "from pipeline.release import snapshot\n"
        "from tests.release.invented import invent, tables\n"
        "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
        "setattr(snapshot, sys.argv[2], die)\n"
        "snapshot.build_snapshot(tables(invent(20)), Path(sys.argv[1]), parent=None,\n"
        "    day=date(2025, 3, 31), code_version='test', archive_digest='sha256:0', ledger={})"
    )
    for moment in ("diff_snapshots", "verify_snapshot"):
        done = subprocess.run(
            [sys.executable, "-c", script, str(into), moment], check=False, cwd=PROJECT_ROOT
        )
        assert done.returncode == -signal.SIGKILL
        assert snapshots(into) == []
        assert [path for path in into.iterdir() if path.name.startswith(".candidate-")]
    made = build(invent(20), into=into)
    assert {path.name for path in into.iterdir()} == {made.version, ".lock"}


def test_fewer_papers_are_refused_unless_removed_on_request(build: Build, tmp_path: Path):
    papers = invent(20)
    first = build(papers)
    with pytest.raises(ReleaseRefusedError, match=r"19 papers where v2025\.03\.31 has 20"):
        build(papers[1:], parent=first, day=date(2025, 4, 1))
    assert snapshots(first.path.parent) == [first.path]
    gone = papers[0].paper_id
    second = build(papers[1:], parent=first, day=date(2025, 4, 1), removals=[gone])
    changes = (second.path / "CHANGES.md").read_text()
    assert f"## Removed on request: 1\n\n`{gone}`" in changes
    assert gone not in (second.path / "README.md").read_text()


def test_columns_that_changed_without_a_note_are_refused(build: Build):
    first = build(invent(20))
    manifest = json.loads((first.path / "manifest.json").read_text())
    del manifest["schema"]["papers"]["title"]
    (first.path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ReleaseRefusedError, match=r"papers\.title: added, string"):
        build(invent(21), parent=first, day=date(2025, 4, 1))


def test_changes_name_papers_added_revised_and_joined(build: Build):
    papers = invent(20)
    papers[5] = replace(papers[5], arxiv=False)
    first = build(papers)
    nameless = papers[5].paper_id
    papers[5] = replace(papers[5], arxiv=True)
    papers[0] = revise(papers[0])
    second = build([*papers, *invent(1, start=20)], parent=first, day=date(2025, 4, 1))
    changes = diff_snapshots(first, second)
    new = invent(1, start=20)[0]
    assert changes.added == tuple(sorted([new.paper_id, papers[5].paper_id]))
    assert changes.revised == (papers[0].paper_id,)
    assert changes.joined == (nameless,)
    assert changes.removed == ()
    assert changes.counts["papers"]["train"] == (16, 17)
    step = second.manifest.history[-1]
    assert (step.papers, step.added, step.revised, step.joined) == (21, 2, 1, 1)


@pytest.mark.parametrize("by_title", ["The L² norm – étude of 3×3", "the L2 norm - étude of 3x3"])
def test_a_paper_is_joined_by_the_key_that_its_title_has_everywhere(build: Build, by_title: str):
    papers = invent(20)
    papers[5] = replace(papers[5], arxiv=False, named=by_title)
    first = build(papers)
    nameless = papers[5].paper_id
    papers[5] = replace(papers[5], arxiv=True, named="The L² Norm: Étude of 3×3")
    # Another paper is gone by request: were the first one counted as removed, this is refused.
    second = build(papers[1:], parent=first, day=date(2025, 4, 1), removals=[papers[0].paper_id])
    changes = diff_snapshots(first, second)
    assert changes.joined == (nameless,)
    assert changes.lost == ()


def test_the_diff_command_prints_text_and_json(build: Build, monkeypatch: pytest.MonkeyPatch):
    papers = invent(20)
    first = build(papers)
    papers[0] = revise(papers[0])
    second = build(papers, parent=first, day=date(2025, 4, 1))
    monkeypatch.setenv("ARXIV_JA_EN_DATA_DIR", str(first.path.parent.parent))
    by_name = CliRunner().invoke(main, ["diff", first.version, second.version])
    assert by_name.output == (second.path / "CHANGES.md").read_text()
    as_json = CliRunner().invoke(main, ["diff", str(first.path), str(second.path), "--json"])
    assert json.loads(as_json.output)["revised"] == [papers[0].paper_id]
    unknown = CliRunner().invoke(main, ["diff", first.version, "v1999.01.01"])
    assert unknown.exit_code == 1
    assert "v1999.01.01: no snapshot" in unknown.output


def test_a_snapshot_without_papers_can_be_built(build: Build):
    snapshot = build([])
    assert snapshot.manifest.n_papers == 0
    assert verify_snapshot(snapshot.path) == []
    assert published_papers(snapshot.path).collect().is_empty()


def test_what_was_taken_out_on_request_does_not_come_back(build: Build):
    papers = invent(8)
    first = build(papers)
    second = build(papers[1:], parent=first, day=date(2025, 4, 1), removals=[papers[0].paper_id])
    assert second.manifest.withdrawn == (papers[0].paper_id,)
    # The list of requests is lost.
    with pytest.raises(ReleaseRefusedError, match=f"{papers[0].paper_id} had been taken out"):
        build(papers, parent=second, day=date(2025, 4, 2))
    third = build([*papers[1:], *invent(1, start=20)], parent=second, day=date(2025, 4, 2))
    assert third.manifest.withdrawn == (papers[0].paper_id,), "a tombstone stays"
    with pytest.raises(ReleaseRefusedError, match="would be published again"):
        build(papers, parent=third, day=date(2025, 4, 3))
    back = build(papers, parent=third, day=date(2025, 4, 3), reinstated=[papers[0].paper_id])
    assert back.manifest.withdrawn == ()
