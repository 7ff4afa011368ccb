"""`arxiv-ja-en ledger` and `quarantine` on tables on disk; what commands show of hostile text."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.schema import Posts, frame_of
from pipeline.settings import settings
from pipeline.validate.records import validate_posts
from tests.tables.invented import DAY, WHEN
from tests.tables.test_ledger import ledger_of, post

_HOSTILE = "\x1b]0;owned\x07 \x9b31m\u202e 題名"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("ARXIV_JA_EN_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    return lambda *arguments: CliRunner().invoke(main, arguments)


@pytest.fixture
def tables(tmp_path):
    later = {"day": DAY + timedelta(days=1), "posted_at": WHEN + timedelta(days=1)}
    posts = [
        post(),
        post(post_id=2, record_offset=2, abstract_ja=None, title=_HOSTILE),
        post(post_id=3, record_offset=3, abstract_ja=None, date=None, **later),
    ]
    ledger = ledger_of(posts)
    (tmp_path / "tables/quarantine").mkdir(parents=True)
    ledger.write_parquet(tmp_path / "tables/ledger.parquet")
    for (day,), rows in validate_posts(frame_of(Posts, posts)).quarantine.group_by("day"):
        rows.write_parquet(tmp_path / f"tables/quarantine/{day}.parquet")


@pytest.mark.usefixtures("tables")
def test_quarantine_groups_by_reason_and_lists(run):
    result = run("quarantine")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == "2 in quarantine"
    assert lines[3].split() == ["2", "2", "2025-03-05", "missing_abstract_ja"]
    assert lines[4].split() == ["1", "1", "2025-03-05", "missing_date"]
    assert lines[6] == "2025-03-05  https://invented.example/?p=3"
    assert "missing_abstract_ja, missing_date: An invented study" in lines[7]


@pytest.mark.usefixtures("tables")
def test_what_the_site_wrote_never_steers_the_terminal(run, tmp_path):
    page = tmp_path / "page.txt"
    page.write_text(f"{_HOSTILE.strip()}\n要約\n架空の文。\n", encoding="utf-8")
    for arguments in (
        ["parse", str(page)],
        ["quarantine"],
        ["quarantine", "--json"],
        ["ledger", "--state", "quarantined"],
    ):
        output = run(*arguments).output
        assert "題名" in output
        assert all(char.isprintable() or char == "\n" for char in output)


def test_a_post_that_was_read_again_is_listed_as_it_was_read_last(run, tmp_path):
    first = post(abstract_ja=None, date=None)
    again = post(abstract_ja=None, record_offset=9, captured_at=WHEN + timedelta(days=9))
    (tmp_path / "tables/quarantine").mkdir(parents=True)
    rows = validate_posts(frame_of(Posts, [again, first])).quarantine
    rows.write_parquet(tmp_path / f"tables/quarantine/{DAY}.parquet")
    output = run("quarantine").output
    assert output.startswith("1 in quarantine")
    assert "missing_date" not in output
    assert len(run("quarantine", "--json").output.splitlines()) == 2


@pytest.mark.usefixtures("tables")
def test_quarantine_as_json_holds_everything(run):
    rows = [json.loads(line) for line in run("quarantine", "--json").output.splitlines()]
    assert [row["post_id"] for row in rows] == [3, 2]
    assert rows[1]["title"] == _HOSTILE
    assert rows[0]["day"] == "2025-03-05"
    assert rows[0]["captured_at"] == "2025-03-04T09:00:00+00:00"


@pytest.mark.usefixtures("tables")
def test_quarantine_can_be_narrowed_down(run):
    assert run("quarantine", "--reason", "missing_date").output.startswith("1 in quarantine")
    assert run("quarantine", "--to", "2025-03-04").output.startswith("1 in quarantine")
    nothing = "Nothing is in quarantine that fits.\n"
    assert run("quarantine", "--from", "2025-03-06").output == nothing
    assert run("quarantine", "--reason", "no_such_rule").output == nothing
    assert "… and 1 more" in run("quarantine", "--limit", "1").output


@pytest.mark.usefixtures("tables")
def test_ledger_per_day_and_in_sum(run):
    header, *lines = (line.split() for line in run("ledger").output.splitlines())
    rows = {line[0]: dict(zip(header, line, strict=True)) for line in lines}
    first = rows["2025-03-04"]
    assert (first["announced"], first["paper"], first["quarantined"]) == ("2", "1", "1")
    assert (rows["sum"]["announced"], rows["sum"]["quarantined"]) == ("3", "2")


@pytest.mark.usefixtures("tables")
def test_ledger_as_json_and_by_state(run):
    first, _second = (json.loads(line) for line in run("ledger", "--json").output.splitlines())
    assert first["announced"] == sum(
        first[name] for name in first if name not in {"day", "announced"}
    )
    (paper,) = run("ledger", "--state", "paper").output.splitlines()
    assert paper.startswith("2025-03-04  https://invented.example/?p=1")
    assert run("ledger", "--state", "removed").output == "No post ended so.\n"
    (row,) = run("ledger", "--state", "paper", "--json").output.splitlines()
    assert json.loads(row)["paper_id"] == "2503.90001"


@pytest.mark.parametrize("command", ["ledger", "quarantine"])
def test_without_tables_one_line_says_what_to_do(run, command):
    result = run(command)
    assert result.exit_code == 1
    assert result.output == f"Error: there is no table {command} yet: run `arxiv-ja-en refresh`\n"


@pytest.mark.parametrize(
    "arguments", [["ledger", "--from", "soon"], ["ledger", "--state", "lost"], ["quarantine", "-x"]]
)
def test_wrong_options_are_usage(run, arguments):
    assert run(*arguments).exit_code == 2
