"""`arxiv-ja-en parse`: what the parser makes of a page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from pipeline.archive.documents import documents_of
from pipeline.archive.foreign import LostRecord
from pipeline.cli.show import json_line, seen
from pipeline.parse.pages import Entry, UnreadablePage, parse_page

FIELDS = (
    *("source", "post_id", "post_url", "posted_at", "listing", "title", "abstract_ja"),
    *("abstract_en", "authors", "date", "arxiv_id", "version", "abs_url", "pdf_url", "provider"),
    *("translator", "categories", "problems", "kind", "title_ja", "removed_lines"),
)
"""The keys of an output line, in order. People build on them: they are only ever added to."""

_ENTRIES = frozenset({"entry", "excerpt"})


def as_json(entry: Entry) -> dict[str, object]:
    """`entry` as an output line's object: times ISO 8601 in UTC, lists as lists, unknown null."""
    values = {name: getattr(entry, name) for name in FIELDS}
    for name in ("posted_at", "date"):
        values[name] = values[name].isoformat() if values[name] else None
    for name in ("authors", "categories", "problems"):
        values[name] = list(values[name])
    values["removed_lines"] = [removed._asdict() for removed in entry.removed_lines]
    return values


@click.command()
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
def parse(paths: tuple[Path, ...]) -> None:
    """Print the digest entries in files, one JSON object a line.

    PATH is a WARC or WET file, an HTML page, a REST answer, an RSS feed or the text of a page; all
    may be gzipped. A file or a record that cannot be read, or a file that holds no digest page at
    all, is named on stderr with the reason and makes the exit code 1; the rest is still printed. So
    is a page of a WARC that is none of the digest's, as crawls take in many; it leaves the exit
    code 0.
    """
    all_read = [_print_entries(path) for path in paths]
    sys.exit(0 if all(all_read) else 1)


def _print_entries(path: Path) -> bool:
    """Print the entries of a file; whether all of it can be read."""
    n_read = n_lost = 0
    try:
        for entry in _entries(path):
            if isinstance(entry, LostRecord):
                n_lost += 1
                _say(path, str(entry))
            else:
                n_read += 1
                _print_entry(path, entry)
    except UnreadablePage as error:
        if not n_lost:  # else what is wrong was said already
            _say(path, str(error))
        return False
    if not n_read and not n_lost:
        _say(path, "no digest page in it")
    return n_read > 0 and not n_lost


def _print_entry(path: Path, entry: Entry) -> None:
    if entry.content in _ENTRIES:
        click.echo(json_line(as_json(entry)))
        return
    post = f"post {entry.post_id}" if entry.post_id else "a post"
    _say(path, f"{post} is {entry.content.replace('_', ' ')}")


def _entries(path: Path) -> Iterator[Entry | LostRecord]:
    """The entries of a file, and what of a WARC cannot be read.

    Raises:
        UnreadablePage: the file cannot be read, or is itself no digest page. A page in a WARC that
            is none is named on stderr, and the rest goes on.
    """
    for document in documents_of(path):
        if isinstance(document, LostRecord):
            yield document
            continue
        source = document.url or str(path)
        try:
            yield from parse_page(document.body, content_type=document.content_type, url=source)
        except UnreadablePage as error:
            if document.url is None:
                raise
            _say(path, f"{document.url}: {error}")


def _say(path: Path, message: str) -> None:
    """One line on stderr; control characters that a file's name or a URL may hold are escaped."""
    click.echo(seen(f"{path}: {message}"), err=True)
