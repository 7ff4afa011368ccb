"""Where the tables between stages are kept: one Parquet file a table, or one a table and day.

A file is replaced as a whole or not at all. No row is read from a file before the file's digest was
compared, once in a process for each state of the file.

A file whose columns are not those of its table's model is outdated: other code wrote it. Until it
is made again, it is read with the columns of the model, null where it has none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
from upath import UPath

from pipeline.schema import empty_frame
from pipeline.storage.local import remove_abandoned, replace_file
from pipeline.storage.parquet import Content, as_now, columns_of, content_of, to_bytes

if TYPE_CHECKING:
    from pandera.polars import DataFrameModel
    from upath.types import JoinablePathLike

_AT_ONCE = 16
"""Files that are looked at together: of an object store, each is a request to wait for."""


class TableError(RuntimeError):
    """A table cannot be read or written; the message is one line: what, where, what to do."""


class _File(NamedTuple):
    """A file as a listing shows it."""

    path: UPath
    size: int
    state: str
    """Names its content: the same state, the same bytes."""


def derived_key(*parts: str) -> str:
    """What names the content of a table: a hash of the keys of its inputs and the code's version.

    Two tables with the same key have the same rows, so the second need not be made.
    """
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class TableStore:
    """Parquet tables in a folder, on this machine's disk or in an object store (`s3://`).

    Raises:
        TableError: the packages for an object store are not installed.
    """

    def __init__(self, root: JoinablePathLike) -> None:
        self.root = UPath(root)
        self._is_local = self.root.protocol in {"", "file"}
        self._refusals: tuple[type[Exception], ...] = (OSError,)
        if not self._is_local:
            try:
                self._refusals += _client_errors()
                _ = self.root.fs
            except ImportError as error:
                raise TableError(
                    f"{self.root}: tables in an object store need more packages ({error}): "
                    "install arxiv-ja-en[deploy]"
                ) from None
        self._swept: set[Path] = set()

    def path(self, table: str, part: str | None = None) -> UPath:
        """Where the table, or its rows of a day or month, is kept."""
        if part is None:
            return self.root / f"{table}.parquet"
        return self.root / table / f"{part}.parquet"

    def parts(self, table: str) -> list[str]:
        """The days (or months) of which the table has a file, in order."""
        return list(self._listed(table))

    def key(self, table: str, part: str | None = None) -> str | None:
        """The key that the file was written with; None where there is none that can be used.

        A file that is damaged or outdated has no key: whoever looks for what is due makes it again.
        """
        file = self._file(table, part)
        return None if file is None else self._look(file).key_for(table)

    def keys(self, table: str) -> dict[str, str]:
        """The keys of all days (or months), in order; empty for a file that has none."""
        files = self._listed(table)
        keys = [content.key_for(table) or "" for content in self._looks(files.values())]
        return dict(zip(files, keys, strict=True))

    def outdated(self, table: str) -> set[str]:
        """The days (or months) whose columns are not those of the table's model."""
        files = self._listed(table)
        contents = zip(files, self._looks(files.values()), strict=True)
        return {part for part, content in contents if content.is_outdated(table)}

    def fault(self, table: str, part: str | None = None) -> str:
        """That the file is damaged, and how, as a line begins; empty where it is sound or absent.

        What is damaged has no key.
        """
        file = self._file(table, part)
        fault = self._look(file).fault if file else ""
        return f"{self.path(table, part)} is damaged ({fault})" if fault else ""

    def read(
        self, table: str, model: type[DataFrameModel] | None = None, part: str | None = None
    ) -> pl.DataFrame:
        """The table, or its rows of one day or month; see `scan`."""
        file = self._file(table, part)
        return self._scan(table, model, [file] if file else []).collect()

    def scan(
        self,
        table: str,
        model: type[DataFrameModel] | None = None,
        parts: Collection[str] | None = None,
    ) -> pl.LazyFrame:
        """The table's rows of all days or months, or of those in `parts`, in order.

        Args:
            table: its name; where it is kept in one file, `parts` is None.
            model: gives the columns of no rows, where there is no file yet.
            parts: days or months; those without a file have no rows.

        Raises:
            TableError: a file is damaged, the store refuses, or there is neither file nor model.
        """
        return self._scan(table, model, self._files(table, parts))

    def count(self, table: str, part: str | None = None) -> int:
        """Rows of the table, or of one day or month; 0 where there is no file."""
        files = self._files(table, part and [part])
        return self._scan(table, None, files).select(pl.len()).collect().item() if files else 0

    def size(self, table: str, part: str | None = None) -> int:
        """Bytes of the table's files, or of one day's or month's; 0 where there is none."""
        return sum(file.size for file in self._files(table, part and [part]))

    def write(self, table: str, rows: pl.DataFrame, *, part: str | None = None, key: str) -> None:
        """Replace the table, or its rows of one day or month; the same rows make the same bytes.

        The file is on the disk, not only in the system's memory, when this returns.

        Raises:
            TableError: it cannot be written; the file that was there stays.
        """
        path = self.path(table, part)
        data = to_bytes(rows, key)
        with self._explained(path, "written"):
            if self._is_local:
                self._sweep(Path(path.path).parent)
                replace_file(Path(path.path), data)
            else:
                path.write_bytes(data)  # an object appears when it is whole

    def delete(self, table: str, part: str) -> None:
        """Remove the rows of a day or month, which there may not be."""
        path = self.path(table, part)
        with self._explained(path, "removed"):
            path.unlink(missing_ok=True)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder of this machine for the time of the context, where there is room for tables."""
        folder = Path(self.root.path) if self._is_local else None
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            self._sweep(folder)
        # Else where the system keeps such things.
        with TemporaryDirectory(dir=folder, prefix=".scratch-") as made:
            yield Path(made)

    def _sweep(self, folder: Path) -> None:
        """Remove what killed processes left in a folder, once."""
        if folder in self._swept:
            return
        self._swept.add(folder)
        remove_abandoned(folder)

    def _scan(
        self, table: str, model: type[DataFrameModel] | None, files: Collection[_File]
    ) -> pl.LazyFrame:
        if not files:
            if model is None:
                raise TableError(f"there is no table {table} yet: run `arxiv-ja-en refresh`")
            return empty_frame(model).lazy()
        looks = self._looks(files)
        for file, content in zip(files, looks, strict=True):
            if content.fault:
                raise TableError(
                    f"{file.path} is damaged ({content.fault}): run `arxiv-ja-en refresh`, "
                    "which makes it again"
                )
        columns = columns_of(table)
        scans = []
        # Files of the same columns are one scan; as a rule, all are.
        for found, group in groupby(zip(files, looks, strict=True), lambda pair: pair[1].columns):
            rows = pl.scan_parquet([str(file.path) for file, _ in group])
            if columns is not None and columns != found:
                rows = rows.select(as_now(found, columns))
            scans.append(rows)
        return scans[0] if len(scans) == 1 else pl.concat(scans)

    def _looks(self, files: Collection[_File]) -> list[Content]:
        if self._is_local:
            return [self._look(file) for file in files]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._look, files))

    def _files(self, table: str, parts: Collection[str] | None) -> list[_File]:
        """The files of the parts that have one; all by default, or the one file of the table."""
        if parts is not None and len(parts) == 1:
            file = self._file(table, *parts)
            return [file] if file else []
        listed = self._listed(table)
        if not listed and parts is None:
            file = self._file(table, None)
            return [file] if file else []
        return [file for part, file in listed.items() if parts is None or part in parts]

    def _listed(self, table: str) -> dict[str, _File]:
        """The files of the days or months, in order; one request."""
        folder = self.root / table
        with self._explained(folder, "listed"):
            try:
                entries = folder.fs.ls(folder.path, detail=True)
            except FileNotFoundError:
                self._find_bucket()
                return {}
        files = {
            path.stem: _File(folder / path.name, int(entry["size"]), _state(entry))
            for entry in entries
            if (path := PurePosixPath(entry["name"])).suffix == ".parquet"
            and entry["type"] == "file"
        }
        return dict(sorted(files.items()))

    def _file(self, table: str, part: str | None) -> _File | None:
        path = self.path(table, part)
        with self._explained(path, "read"):
            try:
                entry = path.fs.info(path.path)
            except FileNotFoundError:
                self._find_bucket()
                return None
        return _File(path, int(entry["size"]), _state(entry)) if entry["type"] == "file" else None

    def _find_bucket(self) -> None:
        """A missing bucket looks like a missing file, but what is missing will not be made."""
        if not self._is_local and not self.root.fs.exists(self.root.drive):
            raise TableError(f"{self.root}: there is no such bucket; make it, or name another one")

    def _look(self, file: _File) -> Content:
        with self._explained(file.path, "read"):
            return _content(file)

    @contextmanager
    def _explained(self, path: UPath, verb: str) -> Iterator[None]:
        """Have what the disk or the object store refuses say so in one line."""
        try:
            yield
        except self._refusals as error:
            text = " ".join(str(getattr(error, "strerror", None) or error).split())
            remedy = (
                "is there room on the disk, and may this user write there?"
                if self._is_local
                else "are AWS_ENDPOINT_URL and the keys in AWS_* right, and is the store up?"
            )
            raise TableError(f"{path} cannot be {verb}: {text}; {remedy}") from None


def _client_errors() -> tuple[type[Exception], ...]:
    """What an object store's client raises beside OSError."""
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, ClientError


def _state(entry: dict[str, Any]) -> str:
    """Names a file's content: an object's ETag, or what changes when a local file is replaced."""
    return " ".join(str(entry.get(name)) for name in ("ETag", "ino", "mtime"))


@lru_cache(maxsize=2**16)
def _content(file: _File) -> Content:
    """Read a file, once for each of its states."""
    if not file.size:
        return content_of(b"")
    # With its limits known, s3fs does not ask for them.
    return content_of(file.path.fs.cat_file(file.path.path, start=0, end=file.size))
