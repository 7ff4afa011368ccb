"""Which files of the inbox are complete, so that they can be taken."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from pipeline.acquire.inbox_files import WARC_ENDS, InboxFile, RejectedFileError
from pipeline.archive.documents import page_document
from pipeline.archive.foreign import LostRecord, read_warc
from pipeline.wordpress.model import UnreadablePage

SETTLE_SECONDS = 2.0
"""A file that has changed within so many seconds is still being written."""

UNFINISHED_SECONDS = 600.0
"""A file without the end that its format has is taken as it is so long after its last change."""

PARTIAL_ENDS = (".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp", ".open")
"""How browsers, copying programs and crawlers name what they have not finished: Firefox, Chromium,
Safari, WinSCP, and Heritrix and warcprox (`.open`). They rename it when they have.
"""

_HEAD, _TAIL = 1 << 12, 1 << 16
_XML_ENDS = (b"</rss>", b"</feed>", b"</rdf:rdf>")
_JSON_ENDS = {b"[": b"]", b"{": b"}"}


def waiting(inbox: Path) -> list[Path]:
    """The files that lie in the inbox, by name; none where there is no such folder.

    Folders, hidden files and those whose names say that they are not finished are left alone.
    """
    if not inbox.is_dir():
        return []
    return [
        path
        for path in sorted(inbox.iterdir())
        if not path.name.startswith(".")
        and not path.name.lower().endswith(PARTIAL_ENDS)
        and (path.is_symlink() or not path.is_dir())
    ]


def settled(inbox: Path) -> tuple[list[Path], dict[Path, str]]:
    """The files that can be taken, and why others cannot yet; waits for what was just written."""
    before = {}
    for path in waiting(inbox):
        with suppress(FileNotFoundError):  # moved away meanwhile
            before[path] = path.lstat()
    youngest = max((state.st_mtime for state in before.values()), default=0.0)
    time.sleep(min(SETTLE_SECONDS, max(0.0, youngest + SETTLE_SECONDS - time.time())))
    ready: list[Path] = []
    not_yet: dict[Path, str] = {}
    for path in before:
        try:
            reason = why_not_yet(path) if _same(path, before[path]) else "it is still changing"
        except FileNotFoundError:
            continue  # moved away meanwhile
        if reason:
            not_yet[path] = reason
        else:
            ready.append(path)
    return ready, not_yet


def why_not_yet(path: Path) -> str | None:
    """Why a file in the inbox cannot be taken yet; None where it can.

    Raises:
        FileNotFoundError: there is no such file.
    """
    age = time.time() - path.lstat().st_mtime
    if not 0 <= age < UNFINISHED_SECONDS:  # a clock that is ahead says nothing of the file
        return None
    if age < SETTLE_SECONDS:
        return "it is still changing"
    lack = _lack(path)
    minutes = f"{UNFINISHED_SECONDS / 60:.0f} minutes"
    return f"{lack}; it is taken as it is {minutes} after its last change" if lack else None


def _same(path: Path, before: os.stat_result) -> bool:
    now = path.lstat()
    return (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def _lack(path: Path) -> str | None:
    """What a file lacks at its end; None for what is whole, has no end mark or is none of ours."""
    try:
        opened = InboxFile.open(path)
    except RejectedFileError:
        return None
    with opened.file:
        if not opened.size():
            return "it is empty"
        name = opened.name.lower()
        try:
            if name.endswith(WARC_ENDS):
                whole = True
                for record in read_warc(opened.file):
                    whole = not (isinstance(record, LostRecord) and record.at_end)
                return None if whole else "its last record is not whole"
            return _end_lacks(Path(name.removesuffix(".gz")).suffix, opened)
        except UnreadablePage as error:
            return str(error)


def _end_lacks(suffix: str, opened: InboxFile) -> str | None:
    body = page_document(opened.file, opened.name).body.replace(b"\0", b"")  # of UTF-16
    head, tail = body[:_HEAD].lower(), body[-_TAIL:].lower()
    if suffix in {".html", ".htm"} and b"<html" in head and b"</html" not in tail:
        return "it does not end in </html>"
    if suffix in {".xml", ".rss"} and not any(end in tail for end in _XML_ENDS):
        return "it does not end in </rss>"
    if suffix == ".json":
        text = body.lstrip(b"\xef\xbb\xbf\xff\xfe").strip()
        if text[:1] in _JSON_ENDS and text[-1:] != _JSON_ENDS[text[:1]]:
            return "its JSON does not close"
    return None
