"""Whether the WARC files of an archive and their index are what was written."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from filelock import FileLock, Timeout

from pipeline.archive.fixity import Fixity, keep_fixity, kept_fixity
from pipeline.archive.index import Index, to_frame
from pipeline.archive.reader import DamagedMember, Record, checked_records
from pipeline.archive.redactions import current_digests, current_files

_UNREDACTED = "it holds what was erased: an older copy, or an erasure that was cut off"

SLICES = 28
"""The archive is verified in so many parts, one a day: every month has as many days."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A part of the archive that is not what was written, and what depends on it."""

    file: str
    what: str
    offset: int | None = None
    url: str | None = None
    days: tuple[date, ...] = ()
    posts: tuple[int, ...] = ()

    def __str__(self) -> str:
        at = "" if self.offset is None else f" at byte {self.offset:,}"
        url = f" ({self.url})" if self.url else ""
        return f"{self.file}{at}{url}: {self.what}. {self.dependents}{self.remedy}"

    @property
    def dependents(self) -> str:
        """What was made from it, as a sentence."""
        if not self.days:
            return ""
        days = _listed(self.days)
        posts = f"post {_listed(self.posts)} of " if self.posts else ""
        return f"It holds {posts}{days}. "

    @property
    def remedy(self) -> str:
        """What to do, as a sentence."""
        if self.what == _UNREDACTED:
            return "Repeat the erasure: arxiv-ja-en erase PAPER_ID --yes"
        remedy = f"Restore {self.file} from a backup"
        if not self.days:
            return f"{remedy}."
        span = f"--from {min(self.days)} --to {max(self.days)}"
        return f"{remedy}; without one, run: arxiv-ja-en refresh {span} --reread"


def _listed(values: Iterable[object]) -> str:
    texts = [str(value) for value in values]
    more = f" and {len(texts) - 5:,} more" if texts[5:] else ""
    return ", ".join(texts[:5]) + more


@dataclass
class Verification:
    """What a verification looked at, and what it found."""

    damages: list[Damage]
    files: int = 0
    records: int = 0
    size: int = 0


def is_due(name: str, day_of_month: int) -> bool:
    """Whether a file is verified on this day of the month; each is on one of the first 28.

    >>> [day for day in range(1, 29) if is_due("20250303T000000Z-0a1b2c3d-crawl.warc.gz", day)]
    [4]
    """
    return zlib.crc32(name.encode()) % SLICES == (day_of_month - 1) % SLICES


def lost_files(folder: Path, index: Index, sizes: dict[str, int]) -> Iterator[Damage]:
    """The files that are missing, or not as long as they were; none is opened.

    Args:
        folder: of the archive.
        index: its index, which also knows how long a file was that no run has closed.
        sizes: the bytes of each file that is there.
    """
    closed = {name: noted.size for name, noted in kept_fixity(folder).items()}
    known = dict(closed)
    for name, size in index.sizes().items():
        known[name] = max(size, known.get(name, 0))
    for name, size in sorted(known.items()):
        there = sizes.get(name)
        if there is None:
            yield _damage(name, "the file is missing", index.rows(name))
        elif there < size:
            gone = index.rows(name).filter(pl.col("record_end") > there)
            yield _damage(name, f"truncated: {there:,} of {size:,} bytes are there", gone)
        elif there > closed.get(name, there):
            longer = f"it had {closed[name]:,} bytes when it was closed, and has {there:,}"
            yield _damage(name, longer, index.rows(name))


def damaged_records(index: Index) -> Iterator[Damage]:
    """What the index has met in files that are not what they were when they were closed."""
    for name, members in sorted(index.damaged.items()):
        for member in members:
            at = index.rows(name).filter(pl.col("record_offset") == member.offset)
            yield _damage(name, member.reason, at, member.offset)


def verify_archive(folder: Path, day_of_month: int | None = None) -> Verification:
    """Compare the files of an archive with what was written, record by record.

    Args:
        folder: of the archive.
        day_of_month: verify the content only of the files that are due on that day. That every
            file is there, and is as long as it was, is always verified.
    """
    index = Index(folder)
    sizes = {path.name: path.stat().st_size for path in sorted(folder.glob("*.warc.gz"))}
    found = Verification(list(lost_files(folder, index, sizes)))
    noted, closed = kept_fixity(folder), _without_a_writer(folder, set(sizes))
    bodies = _bodies(index, sizes)
    redacted = current_digests(folder)
    bodies |= {old for old, new in redacted.items() if new in bodies}
    unredacted = current_files(folder)
    for name in sizes:
        # One without an index of its own was found damaged, or nobody has read it yet.
        if day_of_month is None or is_due(name, day_of_month) or not index.has(name, sizes[name]):
            fixity, damages = _verify_file(folder / name, noted.get(name), index)
            if fixity.sha256 in unredacted:
                damages = [_damage(name, _UNREDACTED, index.rows(name))]
            found.files += 1
            found.records += fixity.records
            found.size += fixity.size
            found.damages += [*damages, *_bodiless(name, index.rows(name), bodies)]
            if not damages and name not in noted and name in closed:
                with suppress(OSError):  # a copy that is read-only is verified all the same
                    keep_fixity(folder, name, fixity)
    return found


def _without_a_writer(folder: Path, names: set[str]) -> set[str]:
    """Those of the files that no living run can be writing: none, where one is under way."""
    with ExitStack() as locks:
        try:
            for lock in ("crawl.lock", "inbox.lock"):
                locks.enter_context(FileLock(folder / lock, timeout=0))
        except (Timeout, OSError):
            return set()
        return names


def _verify_file(path: Path, noted: Fixity | None, index: Index) -> tuple[Fixity, list[Damage]]:
    """What a file is, and what of it is not as it was written."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    as_written = noted == Fixity(size, noted.records if noted else 0, sha256)
    known = index.rows(path.name)
    records: list[Record] = []
    damages: list[Damage] = []
    for found in checked_records(path):
        if not isinstance(found, DamagedMember):
            records.append(found)
            continue
        at = known.filter(pl.col("record_offset") == found.offset)
        if as_written or (noted is None and found.is_tail and at.is_empty()):
            continue  # a run was killed here
        damages.append(_damage(path.name, found.reason, at, found.offset))
    if noted is not None and not damages and not as_written and size == noted.size:
        damages.append(_damage(path.name, "its bytes are not those that were written", known))
    if damages:
        index.doubt(path.name)
    elif index.has(path.name, size):
        rows = to_frame(path.name, records)
        if not rows.equals(known):
            index.forget(path.name)
            damages.append(_damage(path.name, "its index was not made from it", known))
    return Fixity(size, len(records), sha256), damages


def _bodies(index: Index, sizes: Iterable[str]) -> set[str]:
    """The digests of all payloads that records of the files hold."""
    bodies: set[str] = set()
    for name in sizes:
        rows = index.rows(name).filter(pl.col("record_type") != "revisit")
        bodies.update(rows["payload_digest"].drop_nulls())
    return bodies


def _bodiless(name: str, rows: pl.DataFrame, bodies: set[str]) -> Iterator[Damage]:
    """The revisits whose payload stands in no record."""
    revisits = rows.filter(pl.col("record_type") == "revisit")
    for row in revisits.filter(~pl.col("payload_digest").is_in(list(bodies))).iter_slices(1):
        offset = row["record_offset"].item()
        yield _damage(name, "its body is in no record of the archive", row, offset)


def _damage(name: str, what: str, rows: pl.DataFrame, offset: int | None = None) -> Damage:
    urls = rows["url"].unique().to_list() if offset is not None else []
    return Damage(
        file=name,
        what=what,
        offset=offset,
        url=urls[0] if urls else None,
        days=tuple(rows["days"].explode().drop_nulls().unique().sort().to_list()),
        posts=tuple(rows["post_ids"].explode().drop_nulls().unique().sort().to_list()),
    )
