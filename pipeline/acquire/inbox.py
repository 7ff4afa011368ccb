"""The inbox: files that people hand in enter the archive, each once, never half.

A file's pages are written to the archive and synced, then a note that it was taken, then it is
moved. A run that is killed in between finds the pages or the note again and does not repeat them.
Whatever is wrong with a file costs that file: it is rejected with a reason, and the next is taken.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote_to_bytes

import polars as pl
from filelock import FileLock

from pipeline.acquire.inbox_files import (
    READER_VERSION,
    FoundPage,
    InboxFile,
    RejectedFileError,
    name_of,
)
from pipeline.acquire.inbox_ready import settled
from pipeline.archive.archive import Archive
from pipeline.archive.writer import DigestInfo, WarcWriter, payload_digest
from pipeline.settings import Settings
from pipeline.wordpress.model import PAGE_FAULTS

logger = logging.getLogger(__name__)

NAME_BYTES = 255
"""The longest name that file systems allow."""
REASON_END = ".reason.txt"
"""What is put behind a rejected file's name to name the file with the reason."""

_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Controls of terminals, ends of lines, and controls of the direction of writing."""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What became of one file.

    Attributes:
        name: its name.
        state: `taken`; `known`: all of it was taken before; `rejected`; `waiting`: it is still
            being written, and stays where it is.
        pages: its pages that are in the archive.
        days: the days of their posts.
        note: why it was not taken, or what of it could not be.
    """

    name: str
    state: Literal["taken", "known", "rejected", "waiting"]
    pages: int = 0
    days: tuple[date, ...] = ()
    note: str | None = None

    @property
    def shown_name(self) -> str:
        """The name as messages show it: what could end a line or steer a terminal is U+FFFD."""
        return _NO_TEXT.sub("\ufffd", self.name)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of files that were handed in, in their order."""

    files: tuple[ImportedFile, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """The days of which the archive now holds more."""
        return tuple(sorted({day for file in self.files for day in file.days}))

    @property
    def rejected(self) -> tuple[ImportedFile, ...]:
        """The files that could not be used."""
        return tuple(file for file in self.files if file.state == "rejected")


def import_files(paths: Iterable[Path], *, archive: Archive, import_day: date) -> ImportReport:
    """Take files into the archive; they stay where they are.

    Args:
        paths: WARC (`.warc`, `.wet`, gzipped or not), HTML, REST JSON, RSS or text files.
        archive: where they go.
        import_day: the day (JST) of what does not say when it was posted.

    Returns:
        One entry a file; a file that cannot be used is `rejected` and stops no other.
    """
    with _intake(archive, import_day) as intake:
        return ImportReport(tuple(intake.take(path) for path in paths))


def take_inbox(settings: Settings, import_day: date) -> ImportReport:
    """Take what lies in the inbox; files move to its `done/` or, with a reason, `rejected/`.

    Hidden files and folders are left alone, and so is what is still being written. A file in
    `done/` that has grown since it was taken is put back, and taken again.

    Args:
        settings: where inbox and archive are.
        import_day: the day (JST) of what does not say when it was posted.

    Returns:
        One entry a file.
    """
    inbox = settings.inbox_dir
    inbox.mkdir(parents=True, exist_ok=True)
    files = []
    with _intake(Archive(settings.archive_dir), import_day) as intake:
        _put_back_grown(inbox, intake.notes)
        ready, not_yet = settled(inbox)
        for path in ready:
            done = _free_name(inbox / "done", path.name)
            file = intake.take(path, kept_as=done.name)
            files.append(file if file.state == "waiting" else _moved(path, file, done))
    files += [ImportedFile(name_of(path), "waiting", note=note) for path, note in not_yet.items()]
    return ImportReport(tuple(files))


def _put_back_grown(inbox: Path, notes: list[dict[str, Any]]) -> None:
    """Put back what somebody went on writing after it was moved to `done/`."""
    sizes: dict[str, int] = {}
    for note in notes:
        if kept_as := note.get("kept_as"):
            sizes[kept_as] = max(note["size"], sizes.get(kept_as, 0))
    for quoted, size in sizes.items():
        path = inbox / "done" / os.fsdecode(unquote_to_bytes(quoted))
        if path.is_file() and path.stat().st_size > size:
            path.rename(_free_name(inbox, path.name))


def _moved(path: Path, file: ImportedFile, done: Path) -> ImportedFile:
    """Move a file to where it belongs; one that cannot be moved stays, and stops no other."""
    try:
        if file.state != "rejected":
            path.rename(done)
            return file
        target = _free_name(path.parent / "rejected", path.name)
        path.rename(target)
        reason = target.with_name(f"{target.name}{REASON_END}")
        reason.write_text(f"{file.shown_name}: {file.note}\n", encoding="utf-8")
    except OSError as error:
        stays = f"it cannot be moved out of the inbox ({error.strerror})"
        return replace(file, note="; ".join(filter(None, [file.note, stays])))
    return file


def _free_name(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    most = NAME_BYTES - len(f"{REASON_END}9999-")
    raw = os.fsencode(name)
    if len(raw) > most:
        end = os.fsencode("".join(Path(name).suffixes[-2:]))[-20:]
        name = (raw[: most - len(end)] + end).decode("utf-8", "ignore")
    candidate, number = folder / name, 1
    while os.path.lexists(candidate):
        number += 1
        candidate = folder / f"{number}-{name}"
    return candidate


@dataclass
class _Intake:
    """Takes file by file into one new WARC file.

    Attributes:
        writer: writes that file.
        notes: what was noted of the files that were ever taken.
        begun: the records that came from files.
        import_day: the day (JST) of what does not say when it was posted.
    """

    writer: WarcWriter
    notes: list[dict[str, Any]]
    begun: pl.DataFrame
    import_day: date

    def take(self, path: Path, kept_as: str | None = None) -> ImportedFile:
        """Take a file; `kept_as` is the name that it will have in `done/`.

        Raises:
            OSError: the archive cannot be written.
        """
        name = name_of(path)
        try:
            opened = InboxFile.open(path)
            with opened.file:
                return self._take(opened, kept_as)
        except RejectedFileError as error:
            return ImportedFile(name, "rejected", note=str(error))
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - no file may stop the files behind it
            logger.error("the reader of %r fails: %s", name, type(error).__name__)
            return ImportedFile(name, "rejected", note=f"its reader fails ({type(error).__name__})")

    def _take(self, opened: InboxFile, kept_as: str | None) -> ImportedFile:
        size, digest = opened.size(), opened.digest()
        readers = {note.get("reader") for note in self.notes if note["digest"] == digest}
        if READER_VERSION in readers:
            return ImportedFile(opened.name, "known", note="the same file was taken before")
        mine = self.begun.filter(pl.col("source") == digest)
        known = set(mine.select("url", "payload_digest").iter_rows())
        pages = new = 0
        days: set[date] = set()
        for found in opened.pages():
            digest_info = _digest_info(found, digest, self.import_day)
            if (found.page.url, payload_digest(found.page.body)) not in known:
                try:
                    _write(self.writer, found, digest_info)
                except PAGE_FAULTS as error:
                    opened.notes.append(f"{found.page.url!r}: {type(error).__name__}")
                    continue
                new += 1
            pages, days = pages + 1, days | digest_info.days
        if opened.size() != size:
            again = "it has changed while it was read, and is taken again"
            return ImportedFile(opened.name, "waiting", pages, tuple(sorted(days)), again)
        note = {
            "name": opened.name,
            "digest": digest,
            "size": size,
            "reader": READER_VERSION,
            "pages": pages,
            "note": opened.note,
            "kept_as": kept_as and quote(os.fsencode(kept_as)),
        }
        self.writer.add_note("inbox", note)
        self.notes.append(note)
        if readers and not new:
            return ImportedFile(opened.name, "known", note="all of it was taken before")
        return ImportedFile(opened.name, "taken", pages, tuple(sorted(days)), opened.note)


@contextmanager
def _intake(archive: Archive, import_day: date) -> Iterator[_Intake]:
    """An intake; nobody else imports meanwhile."""
    archive.folder.mkdir(parents=True, exist_ok=True)
    with FileLock(archive.folder / "inbox.lock"), archive.writer("inbox", {}) as writer:
        begun = archive.records().filter(pl.col("source").is_not_null())
        yield _Intake(writer, archive.notes("inbox"), begun, import_day)


def _digest_info(found: FoundPage, source: str, import_day: date) -> DigestInfo:
    days = found.days | ({import_day} if found.undated else frozenset())
    return DigestInfo("inbox", days, found.posts, source=source)


def _write(writer: WarcWriter, found: FoundPage, digest_info: DigestInfo) -> None:
    page = found.page
    if found.http:
        writer.add_exchange(page, digest_info)
    else:
        content_type = page.content_type or "text/plain"
        writer.add_file(page.url, page.body, content_type, page.captured_at, digest_info)
