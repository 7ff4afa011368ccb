"""Writing the chosen rows of a config: files by split, and a sidecar that says what they are."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline import __version__
from pipeline.export.formats import EN, FORMATS, JA, OF_PAIRS
from pipeline.export.segments import segment, sides
from pipeline.release.card import TERMS
from pipeline.release.manifest import Snapshot
from pipeline.release.parquet import file_sha256
from pipeline.release.selection import Selection, columns_of, select_rows

_SPLITS_BY_RIGHT = ("test", "validation", "train")
"""Where a pair stands in several splits and only one is kept: the first of these has it."""


class ExportError(ValueError):
    """Nothing was written; the message says why, on one line."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be exported.

    Attributes:
        config: of the dataset.
        format: one of `FORMATS`.
        splits: which of its splits.
        selection: which of their rows.
        dedup: whether a pair that was written already, in any of the splits, is left out.
        keep_empty: whether pairs of which a side is empty are kept.
    """

    config: str
    format: str
    splits: tuple[str, ...]
    selection: Selection = field(default_factory=Selection)
    dedup: bool = False
    keep_empty: bool = False


@dataclass(slots=True)
class Counts:
    """What became of the rows of a split.

    Attributes:
        read: rows of the split.
        written: those that are in the files.
        not_chosen: those that the selection left out.
        empty: chosen ones of which a side was empty.
        duplicate: chosen ones that had been written already.
    """

    read: int = 0
    written: int = 0
    not_chosen: int = 0
    empty: int = 0
    duplicate: int = 0


class _Seen:
    """The pairs that were met, by 64 bits of a hash: eight bytes a pair.

    Two of ten million different pairs are taken for one with a chance of three in a million.
    """

    def __init__(self) -> None:
        self._runs: list[npt.NDArray[np.uint64]] = []
        """Sorted hashes; each run is more than twice as long as the next."""

    def first(self, rows: pl.DataFrame) -> pl.Series:
        """Of each pair, whether it is met for the first time."""
        pairs = rows.select(pl.struct(EN, JA).hash()).to_series()
        hashes = pairs.to_numpy()
        new = pairs.is_first_distinct().to_numpy().copy()
        for run in self._runs:
            place = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
            new &= run[place] != hashes
        added = np.sort(hashes[new])
        while self._runs and len(self._runs[-1]) <= 2 * len(added):
            added = np.sort(np.concatenate([self._runs.pop(), added]))
        if len(added):
            self._runs.append(added)
        return pl.Series(new)


def export(snapshot: Snapshot, request: Request, into: Path, source: str) -> dict[str, Counts]:
    """Write what is asked for to `<config>.<split>.<ending>` below `into`, and a sidecar.

    All files appear at once, when all are written; where the process ends before, none does. Rows
    are held a few thousand at a time. A split of which no row is chosen has no file.

    Args:
        snapshot: where the rows come from.
        request: which rows, and how.
        into: the folder, made where it is missing.
        source: how the person named the snapshot; written to the sidecar.

    Returns:
        What became of the rows, by split.

    Raises:
        ExportError: a file is there already, the config has no pairs, or no row was chosen.
        SelectionError: the snapshot has no such config or column.
        ManifestError: a data file is missing or damaged.
    """
    _refuse(snapshot, request, into)
    into.mkdir(parents=True, exist_ok=True)
    with _beside(into) as folder:
        seen = _Seen() if request.dedup else None
        found = {
            split: _write_split(snapshot, request, split, folder, seen)
            for split in _SPLITS_BY_RIGHT
            if split in request.splits
        }
        counts = {split: found[split] for split in request.splits}
        if not any(of_split.written for of_split in counts.values()):
            raise ExportError(_nothing(snapshot, request, counts))
        _write_sidecar(snapshot, request, counts, folder, source)
        for path in sorted(folder.iterdir()):
            path.rename(into / path.name)
    return counts


def sidecar(request: Request) -> str:
    """The name of the file that says what was exported."""
    return f"{request.config}.{request.format}.json"


def files_of(request: Request, split: str) -> list[str]:
    """The names of a split's files."""
    endings, _ = FORMATS[request.format]
    return [f"{request.config}.{split}.{ending}" for ending in endings]


def _refuse(snapshot: Snapshot, request: Request, into: Path) -> None:
    columns = columns_of(snapshot, request.config)
    if (request.format in OF_PAIRS or request.dedup) and sides(columns) is None:
        raise ExportError(
            f"{request.config} has no pairs of texts: its formats are jsonl and parquet, "
            "without --dedup"
        )
    names = [sidecar(request), *(name for s in request.splits for name in files_of(request, s))]
    for name in names:
        if (into / name).exists():
            raise ExportError(f"{into / name}: there already; name another folder, or remove it")


def _nothing(snapshot: Snapshot, request: Request, counts: dict[str, Counts]) -> str:
    read = sum(of_split.read for of_split in counts.values())
    reasons = {
        "not chosen by the options": sum(of_split.not_chosen for of_split in counts.values()),
        "with an empty side": sum(of_split.empty for of_split in counts.values()),
    }
    said = "".join(f", {n:,} {reason}" for reason, n in reasons.items() if n)
    splits = ", ".join(request.splits)
    return (
        f"{snapshot.version} {request.config} ({splits}): nothing to write of {read:,} rows{said}"
    )


@contextmanager
def _beside(into: Path) -> Iterator[Path]:
    folder = Path(mkdtemp(prefix=".export-", dir=into))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_split(
    snapshot: Snapshot, request: Request, split: str, folder: Path, seen: _Seen | None
) -> Counts:
    counts = Counts()
    paths = [folder / name for name in files_of(request, split)]
    _, opened = FORMATS[request.format]
    pair = sides(columns_of(snapshot, request.config))
    with opened(paths, request.config) as writer:
        for n_read, rows in select_rows(snapshot, request.config, split, request.selection):
            counts.read += n_read
            counts.not_chosen += n_read - rows.height
            if pair is not None:
                rows = _kept(rows, pair, request, counts, seen)
            counts.written += rows.height
            writer.write(rows)
    if not counts.written:
        for path in paths:
            path.unlink(missing_ok=True)
    return counts


def _kept(
    rows: pl.DataFrame,
    pair: tuple[pl.Expr, pl.Expr],
    request: Request,
    counts: Counts,
    seen: _Seen | None,
) -> pl.DataFrame:
    """The rows with their segments, without those that are not to be written."""
    rows = rows.with_columns(segment(pair[0]).alias(EN), segment(pair[1]).alias(JA))
    if not request.keep_empty:
        full = rows.filter((pl.col(EN) != "") & (pl.col(JA) != ""))
        counts.empty += rows.height - full.height
        rows = full
    if seen is not None:
        once = rows.filter(seen.first(rows))
        counts.duplicate += rows.height - once.height
        rows = once
    return rows


def _write_sidecar(
    snapshot: Snapshot, request: Request, counts: dict[str, Counts], folder: Path, source: str
) -> None:
    terms = snapshot.path / TERMS
    asked = asdict(request)
    said = {
        "source": source,
        "version": snapshot.version,
        "manifest_sha256": snapshot.digest,
        "schema_version": snapshot.manifest.schema_version,
        "made_by": f"arxiv-ja-en {__version__}",
        **{name: asked[name] for name in ("config", "format", "dedup", "keep_empty")},
        "selection": asked["selection"],
        "rows": {split: asdict(of_split) for split, of_split in counts.items()},
        "files": {path.name: _described(path) for path in sorted(folder.iterdir())},
        "terms": terms.read_text(encoding="utf-8") if terms.is_file() else None,
    }
    text = json.dumps(said, indent=1, ensure_ascii=False, default=str) + "\n"
    (folder / sidecar(request)).write_text(text, encoding="utf-8", newline="\n")


def _described(path: Path) -> dict[str, int | str]:
    return {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
