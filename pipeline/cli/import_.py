"""`arxiv-ja-en import`: take files into the archive by hand."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import DAY
from pipeline.cli.show import seen
from pipeline.settings import settings, today

if TYPE_CHECKING:
    from pipeline.acquire.inbox import ImportedFile


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--day",
    "day",
    type=DAY,
    help="Day (JST), YYYY-MM-DD, of what does not say when it was posted; by default today.",
)
def import_(paths: tuple[Path, ...], day: date | None) -> None:
    """Take files into the archive.

    They are WARC, WET, HTML, REST JSON, RSS or text. Each file is taken once, known by its bytes,
    and stays where it is. What cannot be used goes to stderr with its reason and makes the exit
    code 1. The next refresh reads what was taken.
    """
    from pipeline.acquire.inbox import import_files
    from pipeline.archive.archive import Archive

    first, last = settings().first_day, today()
    import_day = day or last
    if not first <= import_day <= last:
        raise click.UsageError(
            f"--day {import_day} is not within {first} (ARXIV_JA_EN_FIRST_DAY) and {last} (today)"
        )
    archive = Archive(settings().archive_dir)
    report = import_files(paths, archive=archive, import_day=import_day)
    for path, file in zip(paths, report.files, strict=True):
        if file.state == "rejected":
            click.echo(seen(f"{path}: {file.note}"), err=True)
            continue
        click.echo(seen(f"{path}: {_told(file, path)}"))
        if beyond := [str(day) for day in file.days if not first <= day <= last]:
            click.echo(
                seen(f"{path}: archived, but not parsed: {', '.join(beyond)} is before {first} ")
                + "(ARXIV_JA_EN_FIRST_DAY) or in the future",
                err=True,
            )
    sys.exit(1 if report.rejected else 0)


def _told(file: ImportedFile, path: Path) -> str:
    """What became of a file that was not rejected."""
    taken, note = "nothing new", file.note
    if file.state == "taken":
        pages = "1 page" if file.pages == 1 else f"{file.pages:,} pages"
        taken = f"{pages} for {', '.join(day.isoformat() for day in file.days)}"
        if not _shows_posts(path):
            note = "archived, but nothing of the digest is read in it"
    return f"{taken} ({note})" if note else taken


def _shows_posts(path: Path) -> bool:
    """Whether the parser finds a post or an entry in the file; no more of it is read than that."""
    from pipeline.archive.documents import documents_of
    from pipeline.archive.foreign import LostRecord
    from pipeline.parse.pages import UnreadablePage, parse_page

    documents = documents_of(path)
    while True:
        try:
            document = next(documents)
            if isinstance(document, LostRecord):
                continue
            if parse_page(document.body, content_type=document.content_type):
                return True
        except UnreadablePage:
            continue
        except StopIteration:
            return False
