"""`arxiv-ja-en ledger` and `quarantine` on tables on disk; what commands show of hostile text."""

from __future__ import annotations

import json
from datetime import timedelta

import polars as pl
import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.schema import Posts, rows_to_frame
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
    write_daily(tmp_path, posts)
    ledger.write_parquet(tmp_path / "tables/ledger.parquet")


def write_daily(folder, posts):
    """The daily tables of posts, and of those in quarantine."""
    seen = rows_to_frame(Posts, posts)
    for name, table in {"posts": seen, "quarantine": validate_posts(seen).quarantine}.items():
        (folder / "tables" / name).mkdir(parents=True)
        for (day,), rows in table.group_by("day"):
            rows.write_parquet(folder / f"tables/{name}/{day}.parquet")


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
    write_daily(tmp_path, [again, first])
    output = run("quarantine").output
    assert output.startswith("1 in quarantine")
    assert "missing_date" not in output
    assert len(run("quarantine", "--json").output.splitlines()) == 2


def test_what_another_capture_made_up_for_is_left_out_as_in_the_ledger(run, tmp_path):
    later = {"captured_at": WHEN + timedelta(days=9)}
    nameless = {"post_id": None, "post_url": None, "title": None, "problems": ["unreadable"]}
    page = "https://invented.example/page/2/"
    posts = [
        post(abstract_ja=None),
        post(record_offset=1, listing="single", **later),
        # The same by its address alone.
        post(post_id=None, post_url="https://invented.example/?p=1", record_offset=2, date=None),
        # A post of two entries: that one of them is well makes up for nothing.
        post(post_id=2, record_offset=3, arxiv_id="2503.90002", title="Another study"),
        post(post_id=2, record_offset=3, entry_index=1, abstract_ja=None),
        # A page that could not be read, and then could; another that never could.
        post(content="unreadable", record_offset=4, **nameless),
        post(content="unreadable", record_offset=5, source=page, **nameless),
    ]
    write_daily(tmp_path, posts)
    lines = run("quarantine").output.splitlines()
    assert lines[0] == "2 in quarantine"
    assert [line for line in lines if line.startswith("2025-")] == [
        f"2025-03-04  {page}",
        "2025-03-04  https://invented.example/?p=2",
    ]
    assert lines[-1] == "3 more were read well in another capture"
    states = dict(ledger_of(posts).select("post", "state").rows())
    assert states["1"] == "paper"
    assert list(states.values()).count("quarantined") == 1
    rows = [json.loads(line) for line in run("quarantine", "--json").output.splitlines()]
    assert [row["record_offset"] for row in rows if row["read_well"]] == [4, 2, 0]


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
    nothing = "No matching quarantined posts.\n"
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
    assert run("ledger", "--state", "removed").output == "No matching posts.\n"
    (row,) = run("ledger", "--state", "paper", "--json").output.splitlines()
    assert json.loads(row)["paper_id"] == "2503.90001"


@pytest.mark.usefixtures("tables")
def test_the_list_says_what_a_post_was_and_whence_it_was_moved(run, tmp_path):
    path = tmp_path / "tables/ledger.parquet"
    taken = {"state": pl.lit("withdrawn"), "was": pl.lit("paper"), "moved_from": pl.lit(DAY)}
    pl.read_parquet(path).with_columns(**taken).write_parquet(path)
    first, *_ = run("ledger", "--state", "withdrawn").output.splitlines()
    assert f"was paper until {DAY}  moved from {DAY}" in first
    # A table of the release before has no such columns.
    pl.read_parquet(path).drop("was", "since", "moved_from").write_parquet(path)
    assert "was paper" not in run("ledger", "--state", "withdrawn").output


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
