"""Where the tables between assets are kept: one Parquet file a table, or a table and day."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import polars as pl
from upath import UPath

from pipeline.schema import empty_frame

if TYPE_CHECKING:
    from pandera.polars import DataFrameModel
    from upath.types import JoinablePathLike

KEY = "arxiv-ja-en.key"
"""Under which a file's metadata holds what names its rows."""

_READ_AT_ONCE = 32
"""Files whose keys are read at a time: of an object store, each is a request that is waited for."""


def derived_key(*parts: str) -> str:
    """What names the content of a table: a hash of the keys of its inputs and the code's version.

    Two tables with the same key have the same rows, so the second need not be made.
    """
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class TableStore:
    """Parquet tables in a folder, local or remote, each replaced as a whole or not at all."""

    def __init__(self, root: JoinablePathLike) -> None:
        self.root = UPath(root)

    def path(self, table: str, day: str | None = None) -> UPath:
        """Where the table, or its rows of `day`, is kept."""
        if day is None:
            return self.root / f"{table}.parquet"
        return self.root / table / f"{day}.parquet"

    def parts(self, table: str) -> list[str]:
        """The days (or months) of which the table has a file, in order."""
        return sorted(self._sizes(table))

    def _sizes(self, table: str) -> dict[str, int]:
        """The days (or months) of which the table has a file, and its bytes; one listing."""
        folder = self.root / table
        try:
            entries = folder.fs.ls(folder.path, detail=True)
        except FileNotFoundError:
            return {}
        named = ((PurePosixPath(entry["name"]), entry["size"]) for entry in entries)
        return {path.stem: int(size) for path, size in named if path.suffix == ".parquet"}

    def key(self, table: str, day: str | None = None) -> str | None:
        """The key that the file was written with; None where there is no file."""
        try:
            # By its name: polars asks an object store for the end of the file, and for no more.
            return pl.read_parquet_metadata(str(self.path(table, day))).get(KEY)
        except FileNotFoundError:
            return None

    def keys(self, table: str) -> dict[str, str]:
        """The keys of all days (or months) of the table, in order."""
        parts = self.parts(table)
        with ThreadPoolExecutor(_READ_AT_ONCE) as pool:
            keys = pool.map(lambda part: self.key(table, part), parts)
            return {part: key or "" for part, key in zip(parts, keys, strict=True)}

    def count(self, table: str, day: str | None = None) -> int:
        """Rows of the table, or of its `day`; 0 where there is no file."""
        try:
            return _rows_in([str(self.path(table, day))])
        except FileNotFoundError:
            return 0

    def size(self, table: str, day: str | None = None) -> int:
        """Bytes of the table's file, or of its `day`; 0 where there is no file."""
        try:
            return int(self.path(table, day).stat().st_size)
        except FileNotFoundError:
            return 0

    def scan(self, table: str, model: type[DataFrameModel], day: str | None = None) -> pl.LazyFrame:
        """The table, or its rows of `day`; no rows where there is no file yet."""
        path = self.path(table, day)
        return pl.scan_parquet(str(path)) if path.exists() else empty_frame(model).lazy()

    def scan_parts(
        self, table: str, model: type[DataFrameModel], parts: Collection[str] | None = None
    ) -> pl.LazyFrame:
        """The rows of all days or months, or of those in `parts`, in order.

        A table that is kept in one file is that; there are no rows where there is no file yet.
        """
        paths = self._files(table, parts)
        return pl.scan_parquet(paths) if paths else empty_frame(model).lazy()

    def count_parts(self, table: str) -> int:
        """Rows of all days or months together; 0 where there is no file yet."""
        paths = self._files(table)
        return _rows_in(paths) if paths else 0

    def size_parts(self, table: str) -> int:
        """Bytes of all days or months together; 0 where there is no file yet."""
        return sum(self._sizes(table).values()) or self.size(table)

    def _files(self, table: str, parts: Collection[str] | None = None) -> list[str]:
        found = self.parts(table)
        if not found:
            return [str(self.path(table))] if self.path(table).exists() else []
        return [str(self.path(table, part)) for part in found if parts is None or part in parts]

    def write(
        self, table: str, rows: pl.DataFrame | pl.LazyFrame, *, day: str | None = None, key: str
    ) -> int:
        """Replace the table, or its rows of `day`; returns the bytes written."""
        path = self.path(table, day)
        if self._is_local:
            path.parent.mkdir(parents=True, exist_ok=True)
            # What a killed run left of an earlier attempt.
            for leftover in path.parent.glob(f".{path.name}.*"):
                leftover.unlink()
        # A local file takes the old one's place when it is whole; an object appears when whole.
        beside = path.with_name(f".{path.name}.new") if self._is_local else path
        rows.lazy().sink_parquet(
            str(beside), metadata={KEY: key}, maintain_order=True, sync_on_close="data"
        )
        if self._is_local:
            beside.rename(path)
        return int(path.stat().st_size)

    @property
    def _is_local(self) -> bool:
        return self.root.protocol in {"", "file"}


def _rows_in(paths: list[str]) -> int:
    return int(pl.scan_parquet(paths).select(pl.len()).collect().item())
