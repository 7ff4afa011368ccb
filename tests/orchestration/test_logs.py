"""No page text and no secret is printed, nor stands in Dagster's messages, errors and notices."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from pipeline.storage import TableStore
from tests.hub.faults import Fault
from tests.hub.server import serve_hub
from tests.hub.state import TOKEN
from tests.orchestration.conftest import DAYS, House

MARK = "ZQXJW"
"""Stands in every text of the site, and nowhere else."""
HOSTILE = f"<script>{MARK}</script><b onclick='{MARK}'>[red]{MARK}[/red] %s {{{MARK}}}\x1b[31m"


def marked(content: str) -> str:
    """A post whose abstracts and list of authors begin with the mark."""
    content = re.sub(r"<p>(?=[^<]{60})", f"<p>{MARK} ", content)
    return re.sub(r"<td>(?=[^<]*,)", f"<td>{MARK} Doe,", content)


def shown_texts(event: dg.DagsterEvent) -> Iterator[str]:
    """The texts of an event, but for cells of tables and Markdown, which the UI escapes."""
    yield event.message or ""
    data = event.event_specific_data
    for holder in ("error", "user_failure_data", "error_display_string"):
        yield str(getattr(data, holder, ""))
    judged = getattr(data, "description", None)
    yield str(judged)
    materialization = getattr(data, "materialization", None)
    metadata = getattr(materialization or data, "metadata", {})
    for name, value in metadata.items():
        yield name
        if not isinstance(value, dg.TableMetadataValue | dg.MarkdownMetadataValue):
            yield str(value.value)


def logged(instance: dg.DagsterInstance) -> Iterator[str]:
    for run in instance.get_runs():
        yield str(run.tags)
        for entry in instance.all_logs(run.run_id):
            yield entry.user_message
            yield entry.message
            if entry.dagster_event is not None:
                yield from shown_texts(entry.dagster_event)


def holds_mark(texts: Iterable[str]) -> list[str]:
    return [text[:500] for text in texts if MARK in text]


def test_page_text_is_in_no_log(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    blog = house.site.blog
    for number, post in enumerate(list(blog.posts)):
        content = marked(post.content) if number % 3 else HOSTILE + post.content + HOSTILE
        blog.revise(post.post_id, title=f"{post.title} {MARK} <i>{MARK}", content=content)

    first = house.refresh()

    # The mark has come through: to papers and to the quarantine, whose rows a check shows.
    tables = TableStore(house.settings.tables_dir)
    for table, column in (("records", "title"), ("records", "abstract_ja"), ("quarantine", "raw")):
        rows = pl.concat([pl.read_parquet(str(tables.path(table, day))) for day in DAYS])
        assert rows[column].str.contains(MARK).any(), (table, column)

    # Rows that break a rule, of a day that is up to date: the check that reads them fails.
    records = pl.read_parquet(str(tables.path("records", DAYS[-1])))
    key = tables.key("records", DAYS[-1])
    assert key is not None
    tables.write("records", pl.concat([records, records]), part=DAYS[-1], key=key)
    second = house.refresh()

    assert "keeps_its_rules" in second.stdout
    printed = capfd.readouterr()
    assert not holds_mark([first.output, second.output, printed.out, printed.err])
    with house.instance() as instance:
        assert not holds_mark(logged(instance))
    files = [*house.root.glob(".dagster/logs/**/*"), *house.root.glob("data/archive/log/*")]
    assert [path for path in files if path.suffix == ".err"]
    assert not [path for path in files if path.is_file() and MARK.encode() in path.read_bytes()]


def test_a_token_that_the_hub_echoes_is_in_no_output_and_files_obey_the_umask(
    house: House, tmp_path: Path
) -> None:
    with serve_hub(tmp_path / "hub") as hub:
        hub.faults.add(Fault("*", "echo", times=1000))
        done = subprocess.run(
            house.command("refresh", "--from", DAYS[0], "--to", DAYS[0]),
            env=house.env
            | {
                "ARXIV_JA_EN_HUB_REPO": "owner/dataset",
                "HF_ENDPOINT": hub.url,
                "HF_HOME": str(tmp_path / "home"),
                "HF_TOKEN": TOKEN,
                "HF_DEBUG": "1",
            },
            capture_output=True,
            text=True,
            check=False,
            umask=0o027,
        )
    assert done.returncode == 1
    assert "may not do this" in done.stderr, "the Hub's answer is shown"
    assert TOKEN not in done.stdout + done.stderr
    files = [path for path in house.root.rglob("*") if path.is_file()]
    # Every file with data has the permissions that the umask leaves it, as docs/deploy.md says.
    data = [path for path in (house.root / "data").rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode & 0o777) for path in data} == {"0o640"}
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []
    with house.instance() as instance:
        assert [text for text in logged(instance) if "may not do this" in text]
