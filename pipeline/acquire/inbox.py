"""The inbox: files that people hand in enter the archive, each once, never half.

A file's pages are written to the archive and synced, then a note that it was taken, then it is
moved. A run that is killed in between finds the pages or the note again and does not repeat them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl
from filelock import FileLock

from pipeline.acquire.inbox_files import FoundPage, InboxFile, RejectedFileError, name_of
from pipeline.archive.archive import Archive
from pipeline.archive.writer import DigestInfo, WarcWriter, payload_digest
from pipeline.settings import Settings

SETTLE_SECONDS = 2.0
"""A file in the inbox is left alone until it is unchanged for so long: someone may be copying."""


NAME_BYTES = 255
"""The longest name that file systems allow."""
REASON_END = ".reason.txt"
"""What is put behind a rejected file's name to name the file with the reason."""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What became of one file.

    Attributes:
        name: its name.
        state: `taken`, `known` (the same bytes were taken before) or `rejected`.
        pages: pages that entered the archive.
        days: the days they bear on.
        note: why it was rejected, or what is worth telling.
    """

    name: str
    state: Literal["taken", "known", "rejected"]
    pages: int = 0
    days: tuple[date, ...] = ()
    note: str | None = None


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
    return ImportReport(tuple(file for _, file in _import_each(paths, archive, import_day)))


def take_inbox(settings: Settings, import_day: date) -> ImportReport:
    """Take what lies in the inbox; files move to its `done/` or, with a reason, `rejected/`.

    Hidden files, folders, and files that are still being written are left alone.

    Args:
        settings: where inbox and archive are.
        import_day: the day (JST) of what does not say when it was posted.

    Returns:
        One entry a file.
    """
    settings.inbox_dir.mkdir(parents=True, exist_ok=True)
    files = []
    paths = _settled(settings.inbox_dir)
    for path, file in _import_each(paths, Archive(settings.archive_dir), import_day):
        folder = settings.inbox_dir / ("rejected" if file.state == "rejected" else "done")
        target = _free_name(folder, path.name)
        if file.state == "rejected":
            reason = target.with_name(f"{target.name}{REASON_END}")
            reason.write_text(f"{file.name}: {file.note}\n", encoding="utf-8")
        path.rename(target)
        files.append(file)
    return ImportReport(tuple(files))


def _import_each(
    paths: Iterable[Path], archive: Archive, import_day: date
) -> Iterator[tuple[Path, ImportedFile]]:
    """Import file by file into one new WARC file; nobody else imports meanwhile."""
    archive.folder.mkdir(parents=True, exist_ok=True)
    with FileLock(archive.folder / "inbox.lock"), archive.writer("inbox", {}) as writer:
        taken = {note["digest"] for note in archive.notes("inbox")}
        begun = archive.records().filter(pl.col("source").is_not_null())
        for path in paths:
            yield path, _import(path, begun, writer, taken, import_day)


def waiting(inbox: Path) -> list[Path]:
    """The files that lie in the inbox, by name; none where there is no such folder."""
    if not inbox.is_dir():
        return []
    return [p for p in sorted(inbox.iterdir()) if not p.name.startswith(".") and not _is_folder(p)]


def _settled(inbox: Path) -> list[Path]:
    files = waiting(inbox)
    before = {path: path.lstat() for path in files}
    youngest = max((state.st_mtime for state in before.values()), default=0.0)
    time.sleep(min(SETTLE_SECONDS, max(0.0, youngest + SETTLE_SECONDS - time.time())))
    return [path for path in files if _unchanged(path, before[path])]


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _unchanged(path: Path, before: os.stat_result) -> bool:
    try:
        now = path.lstat()
    except FileNotFoundError:
        return False
    return (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns)


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


def _import(
    path: Path, begun: pl.DataFrame, writer: WarcWriter, taken: set[str], import_day: date
) -> ImportedFile:
    try:
        opened = InboxFile.open(path)
    except RejectedFileError as error:
        return ImportedFile(name_of(path), "rejected", note=str(error))
    with opened.file:
        digest = opened.digest()
        if digest in taken:
            return ImportedFile(name_of(path), "known", note="the same file was taken before")
        mine = begun.filter(pl.col("source") == digest)
        known = set(mine.select("url", "payload_digest").iter_rows())
        pages = 0
        days: set[date] = set()
        try:
            for found in opened.pages():
                digest_info = _bearing(found, digest, import_day)
                if (found.page.url, payload_digest(found.page.body)) not in known:
                    _write(writer, found, digest_info)
                pages, days = pages + 1, days | digest_info.days
        except RejectedFileError as error:
            return ImportedFile(name_of(path), "rejected", note=str(error))
        note = "; ".join(opened.notes) or None
        writer.add_note(
            "inbox", {"name": opened.name, "digest": digest, "pages": pages, "note": note}
        )
        taken.add(digest)
        return ImportedFile(name_of(path), "taken", pages, tuple(sorted(days)), note)


def _bearing(found: FoundPage, source: str, import_day: date) -> DigestInfo:
    days = found.days | ({import_day} if found.undated else frozenset())
    return DigestInfo("inbox", days, found.posts, source=source)


def _write(writer: WarcWriter, found: FoundPage, digest_info: DigestInfo) -> None:
    page = found.page
    if found.http:
        writer.add_exchange(page, digest_info)
    else:
        content_type = page.content_type or "text/plain"
        writer.add_file(page.url, page.body, content_type, page.captured_at, digest_info)
