"""`arxiv-ja-en trace`: where a row comes from."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from pipeline.archive.archive import Archive, ArchiveError
from pipeline.cli.show import one_line, seen
from pipeline.release.errors import PublicationError
from pipeline.release.locate import located, readable
from pipeline.release.manifest import ManifestError
from pipeline.release.snapshot import latest_snapshot
from pipeline.settings import settings
from pipeline.storage import TableError, TableStore
from pipeline.tables.removals import RemovalsError
from pipeline.trace.collect import Sources, collect, page_of
from pipeline.trace.target import TraceError, read_target
from pipeline.trace.text import trace_text


@click.command()
@click.argument("row", metavar="PAPER_ID|ROW")
@click.option(
    "--snapshot", metavar="SOURCE", help="A folder, a local version or REPO@TAG; else the newest."
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write it as a page, with all texts whole.",
)
@click.option("--raw", is_flag=True, help="Print the archived page instead.")
def trace(row: str, snapshot: str | None, html: Path | None, raw: bool) -> None:
    """Show where a row comes from, back to the bytes that the site sent.

    ROW is a paper's id (2503.01234), one of its versions (2503.01234v2), or a row of
    en-ja-sentences (2503.01234#4). Shown are the posts that it was seen in and the one that stands
    for it, with address, time and place in the archive (checked against its digest); what the
    parser read; why the paper has its flags; its sentence pairs; and what each local snapshot did
    with it.
    """
    if raw and html:
        raise click.UsageError("--raw and --html cannot be given together")
    with told(), sources(snapshot) as where:
        found = collect(read_target(row), where)
        if raw:
            _print_page(page_of(found, where.archive).payload)
        elif html:
            from pipeline.trace.html import trace_page

            html.write_text(trace_page(found), encoding="utf-8")
            click.echo(html)
        else:
            width = shutil.get_terminal_size((100, 24)).columns
            click.echo(trace_text(found, lambda text: one_line(text, 10_000), width), nl=False)


@contextmanager
def sources(snapshot: str | None) -> Iterator[Sources]:
    """Where a row can be traced to from a snapshot; the newest local one where none is named.

    One from the Hub is there until the block ends, and has no tables: they are of other data.
    """
    now = settings()
    archive = Archive(now.archive_dir)
    if snapshot is None:
        newest = latest_snapshot(now.snapshots_dir)
        opened = readable(newest) if newest else None
        yield Sources(opened, TableStore(now.tables_dir), archive, now.snapshots_dir)
        return
    with located(snapshot, now.snapshots_dir) as folder:
        tables = TableStore(now.tables_dir) if "@" not in snapshot else None
        yield Sources(readable(folder), tables, archive, now.snapshots_dir)


def _print_page(payload: bytes) -> None:
    """The page's bytes; on a terminal, as text that cannot steer it."""
    if sys.stdout.isatty():
        text = payload.decode("utf-8", "replace")
        click.echo("\n".join(map(seen, text.splitlines())))
    else:
        sys.stdout.buffer.write(payload)


@contextmanager
def told() -> Iterator[None]:
    """Have what is wrong be one line."""
    from polars.exceptions import PolarsError

    try:
        yield
    except (
        *(TraceError, TableError, RemovalsError, ManifestError, PublicationError, ArchiveError),
    ) as error:
        raise click.ClickException(str(error)) from error
    except PolarsError as error:
        reason = " ".join(str(error).split())
        raise click.ClickException(f"a table or snapshot is damaged: {reason}") from error
