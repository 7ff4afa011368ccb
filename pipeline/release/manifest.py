"""The manifest of a snapshot: what it is made of, from what, and how it came to be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.release.configs import BY_NAME, CONFIGS, dtype_name
from pipeline.release.parquet import file_sha256

MANIFEST = "manifest.json"

_VERSION = re.compile(r"^v(\d{4})\.(\d{2})\.(\d{2})(?:\.([1-9]\d*))?$")
_DATA_FILE = re.compile(r"^([a-z-]+)/([a-z]+)(?:-(\d{4}-\d{2}))?\.parquet$")


RESTORE = "bring it back by `arxiv-ja-en restore` or from a back-up (docs/deploy.md)"
"""What to do about a damaged file: nothing else has it."""


class ManifestError(ValueError):
    """A manifest is missing or cannot be understood; the message names the file and why."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a snapshot.

    Attributes:
        bytes: its size.
        sha256: digest of its bytes.
        rows: rows in it, null for a file that holds no table.
        rows_digest: digest of its rows, which does not depend on how they are written.
        arrow_bytes: size of its rows in memory, as `dataset_info` counts them.
        made_of: names the rows of its month in the tables, and the code that wrote them here.
    """

    bytes: int
    sha256: str
    rows: int | None = None
    rows_digest: str | None = None
    arrow_bytes: int | None = None
    made_of: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One snapshot in the line that led to this one.

    Attributes:
        version: its name.
        papers: papers in it.
        added, revised, removed, joined: papers, against the snapshot before it. A joined one was
            known by its title only and is now part of a paper with an id.
        withdrawn: how many of the removed ones were removed on request.
        digest: SHA-256 of its manifest; None in its own, and where an older release did not keep
            it.
    """

    version: str
    papers: int
    added: int
    revised: int
    removed: int
    joined: int
    withdrawn: int
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.json` holds.

    Attributes:
        version: the snapshot's name, `vYYYY.MM.DD[.N]`.
        day: last digest day (JST) that it covers, ISO.
        parent: name of the snapshot it was built upon.
        code_version: version of the code that built it.
        archive_digest: digest of the archive it was built from.
        schema_version: number of the last note in `refusals.SCHEMA_NOTES`.
        schema: columns of each config, name to type.
        writer: what the bytes of the data files depend on beside the rows.
        ledger: how many announced posts ended in each state.
        withdrawn: ids of papers that are left out on request.
        history: snapshots from the first to this one.
        files: every file but the manifest itself, by path.
    """

    version: str
    day: str
    parent: str | None
    code_version: str
    archive_digest: str
    schema_version: int
    schema: Mapping[str, Mapping[str, str]]
    writer: Mapping[str, str]
    ledger: Mapping[str, int]
    withdrawn: tuple[str, ...]
    history: tuple[Step, ...]
    files: Mapping[str, FileEntry] = field(repr=False)

    def follows(self, other: Manifest, digest: str) -> bool:
        """Whether the line that led here goes through another snapshot, not one of its name.

        Args:
            other: its manifest.
            digest: SHA-256 of its manifest.
        """
        places = {step.version: n for n, step in enumerate(self.history[:-1])}
        if (at := places.get(other.version)) is None:
            return False
        if (known := self.history[at].digest) is not None:
            return known == digest
        # An older release kept no digests: then all figures of the line have to be the same.
        line = [replace(step, digest=None) for step in self.history[: at + 1]]
        return line == [replace(step, digest=None) for step in other.history]

    @property
    def data_files(self) -> dict[str, FileEntry]:
        """The Parquet files, by path."""
        return {path: entry for path, entry in self.files.items() if entry.rows is not None}

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows by config and split, in the order of the configs; splits without rows are absent."""
        return self._sums("rows")

    def arrow_bytes(self) -> dict[str, dict[str, int]]:
        """Size in memory by config and split."""
        return self._sums("arrow_bytes")

    def _sums(self, attribute: str) -> dict[str, dict[str, int]]:
        sums: dict[str, dict[str, int]] = {}
        for config in CONFIGS:
            of_config = dict.fromkeys(config.splits, 0)
            for path, entry in self.data_files.items():
                name, split, _ = parse_data_file(path)
                if name == config.name:
                    of_config[split] += getattr(entry, attribute)
            sums[config.name] = {split: n for split, n in of_config.items() if n}
        return sums

    @property
    def n_papers(self) -> int:
        """Papers in the snapshot."""
        return sum(self.counts()["papers"].values())

    def dumps(self) -> str:
        """The JSON text: files by path, columns in their order, one line a scalar."""
        raw = asdict(self) | {
            "files": {path: asdict(self.files[path]) for path in sorted(self.files)},
        }
        return json.dumps(raw, indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Snapshot:
    """A snapshot on disk.

    Attributes:
        path: its folder.
        manifest: what it holds.
        is_new: whether the build that answers with it made it.
    """

    path: Path
    manifest: Manifest
    is_new: bool = False

    @property
    def version(self) -> str:
        """Its name."""
        return self.manifest.version

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its manifest: what it is known by to those that follow it."""
        return file_sha256(self.path / MANIFEST)

    def data_files(self, config: str, part: tuple[str, str] | None = None) -> list[Path]:
        """The files of a config, by name.

        Args:
            config: its name.
            part: split and month, where only that file is meant.
        """
        return [
            self.path / file
            for file in sorted(self.manifest.data_files)
            for name, *of in [parse_data_file(file)]
            if name == config and (part is None or tuple(of) == part)
        ]

    def intact_files(self, config: str) -> list[Path]:
        """The files of a config, by name, their bytes compared with the manifest.

        Raises:
            ManifestError: one is missing or damaged.
        """
        files = self.data_files(config)
        for file in files:
            self.check(file)
        return files

    def check(self, file: Path) -> None:
        """Compare a file of the snapshot with the manifest.

        Raises:
            ManifestError: it is missing or damaged.
        """
        path = file.relative_to(self.path).as_posix()
        entry = self.manifest.files.get(path)
        fault = damage(self.path, path, entry) if entry else f"{path}: not in {MANIFEST}"
        if fault:
            raise ManifestError(f"{self.path}/{fault}; {RESTORE}")


def damage(folder: Path, path: str, entry: FileEntry) -> str | None:
    """What is wrong with a file of the snapshot in `folder`, after its path; None where nothing is.

    Args:
        folder: the snapshot's folder.
        path: the file's path in it.
        entry: what the manifest says of it.
    """
    file = folder / path
    if not file.is_file():
        return f"{path}: missing"
    if (size := file.stat().st_size) != entry.bytes:
        return f"{path}: {size:,} bytes, {MANIFEST} says {entry.bytes:,}"
    if file_sha256(file) != entry.sha256:
        return f"{path}: its sha256 is not the one in {MANIFEST}"
    return None


def parse_data_file(path: str) -> tuple[str, str, str | None]:
    """Config, split and month (None where there is none) of a data file, from its path.

    Raises:
        ManifestError: it is no path of a data file.
    """
    match = _DATA_FILE.fullmatch(path)
    if match is None or match[1] not in BY_NAME:
        raise ManifestError(f"{path}: not the path of a data file")
    return match[1], match[2], match[3]


def loads(text: str, source: str) -> Manifest:
    """The manifest in `text`; `source` names it in errors.

    Raises:
        ManifestError: it is not a manifest of this format.
    """
    try:
        raw: dict[str, Any] = json.loads(text)
        files = {path: FileEntry(**entry) for path, entry in raw.pop("files").items()}
        history = tuple(Step(**step) for step in raw.pop("history"))
        withdrawn = tuple(raw.pop("withdrawn"))
        manifest = Manifest(**raw, files=files, history=history, withdrawn=withdrawn)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ManifestError(f"{source}: not a manifest: {error}; {RESTORE}") from None
    for path in manifest.files:
        if path.startswith("/") or ".." in path.split("/"):
            raise ManifestError(f"{source}: {path!r} leads out of the snapshot")
    version_key(manifest.version)
    return manifest


def load(folder: Path) -> Manifest:
    """The manifest of the snapshot in `folder`.

    Raises:
        ManifestError: there is none, or it cannot be understood.
    """
    path = folder / MANIFEST
    try:
        return loads(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror or error}; {RESTORE}") from None
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path}: not a manifest: {error}; {RESTORE}") from None


def open_snapshot(folder: Path) -> Snapshot:
    """The snapshot in `folder`, its files unread.

    Raises:
        ManifestError: there is none.
    """
    return Snapshot(folder, load(folder))


def published_schema() -> dict[str, dict[str, str]]:
    """Columns of each config, name to type, as this code publishes them."""
    return {
        config.name: {doc.name: dtype_name(doc.dtype) for doc in config.fields}
        for config in CONFIGS
    }


def version_name(day: date, n: int = 0) -> str:
    """The name of a snapshot that covers the digest days up to `day`: `v2025.03.04`, then `.1`."""
    return f"v{day:%Y.%m.%d}" + (f".{n}" if n else "")


def version_key(version: str) -> tuple[int, int, int, int]:
    """What puts version names in order.

    Raises:
        ManifestError: it is no version name.
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ManifestError(f"{version!r} is not a version such as v2025.03.04 or v2025.03.04.1")
    return int(match[1]), int(match[2]), int(match[3]), int(match[4] or 0)


def is_version(name: str) -> bool:
    """Whether `name` is a version name."""
    return _VERSION.fullmatch(name) is not None
