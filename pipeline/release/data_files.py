"""From tables to data files: month by month, and only the months that changed."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl

from pipeline.release import parquet
from pipeline.release.configs import BY_NAME, CONFIGS, PARTITION, Config, data_file
from pipeline.release.manifest import FileEntry, Snapshot, parse_data_file

BATCH_BYTES = 256 * 2**20
"""About how much of a table is held in memory at once; a single month may be more."""

THREADS = min(4, os.cpu_count() or 1)

Sources = Mapping[str, Mapping[str, str]]
"""By table and month, what names the rows and the code that publishes them: the same, the same."""


def _written_as_now(parent: Snapshot | None) -> Mapping[str, FileEntry]:
    """The parent's data files, if they were written as files are written now."""
    if parent is None or parent.manifest.writer != parquet.writer():
        return {}
    return parent.manifest.data_files


def _source(path: str, sources: Sources) -> str | None:
    """What a data file is made of; None where that is not known."""
    name, _, month = parse_data_file(path)
    return sources.get(BY_NAME[name].table, {}).get(month) if month else None


def _link_known(parent: Snapshot | None, into: Path, sources: Sources) -> dict[str, FileEntry]:
    """Link the parent's files whose rows need not be read to know that they are the same."""
    if parent is None:
        return {}
    known = {
        path: entry
        for path, entry in _written_as_now(parent).items()
        if entry.made_of and entry.made_of == _source(path, sources)
    }
    for path in known:
        link(parent.path / path, into / path)
    return known


def _months(table: pl.LazyFrame) -> pl.DataFrame:
    """Rows by month, in order."""
    return (
        table.group_by("submitted_month")
        .len("rows")
        .sort("submitted_month")
        .collect(engine="streaming")
    )


def _batches(table: pl.LazyFrame) -> Iterator[tuple[str, str]]:
    """First and last month of spans that fit into `BATCH_BYTES`."""
    months = _months(table)
    if months.is_empty():
        return
    sample = table.head(1000).collect(engine="streaming")
    budget = max(1, int(BATCH_BYTES / max(1.0, sample.estimated_size() / sample.height)))
    first, last, held = None, "", 0
    for month, rows in months.iter_rows():
        if first is not None and held + rows > budget:
            yield first, last
            first, held = None, 0
        first, last, held = first or month, month, held + rows
    assert first is not None
    yield first, last


def _spans(
    table: pl.LazyFrame, config: Config, linked: Collection[str]
) -> Iterator[list[tuple[str, pl.DataFrame]]]:
    """A config's data files with their rows, as many at a time as fit; none is without rows.

    Args:
        table: all its rows.
        config: the config.
        linked: months of which it has its files already.
    """
    if not config.monthly:
        rows = table.collect(engine="streaming")
        yield [(data_file(config, "train", None), rows)] if rows.height else []
        return
    if linked:
        table = table.filter(~pl.col("submitted_month").is_in(sorted(linked)))
    for first, last in _batches(table):
        span = table.filter(
            pl.col("submitted_month").is_between(pl.lit(first), pl.lit(last))
        ).collect(engine="streaming")
        parts = span.partition_by(*PARTITION, as_dict=True)
        del span
        yield [
            (data_file(config, split, month), parts[split, month]) for split, month in sorted(parts)
        ]


def link(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the file system knows no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _write(
    file: tuple[str, pl.DataFrame],
    config: Config,
    into: Path,
    parent: Snapshot | None,
    sources: Sources,
) -> tuple[str, FileEntry]:
    path, rows = file
    made_of = _source(path, sources)
    # Tables come in order as a rule; to look is cheaper than to copy all texts.
    keys = rows.select(config.order)
    if not keys.equals(keys.sort(config.order)):
        rows = rows.sort(config.order)
    table = parquet.to_arrow(rows, config)
    digest = parquet.rows_digest(table)
    target = into / path
    known = _written_as_now(parent).get(path)
    if parent and known and known.rows_digest == digest:
        link(parent.path / path, target)
        return path, replace(known, made_of=made_of)
    parquet.write(table, config, target)
    entry = FileEntry(
        bytes=target.stat().st_size,
        sha256=parquet.file_sha256(target),
        rows=table.num_rows,
        rows_digest=digest,
        arrow_bytes=parquet.loaded_bytes(target, config),
        made_of=made_of,
    )
    return path, entry


def write_data_files(
    tables: Mapping[str, pl.LazyFrame], into: Path, parent: Snapshot | None, sources: Sources
) -> dict[str, FileEntry]:
    """Write the data files of every config below `into`.

    A file whose rows are those of the parent's file is linked, not written; one that is made of the
    same is linked without reading the rows.

    Args:
        tables: the tables by name; each is read once a span of months, so a scan of Parquet files
            sorted by month is what suits.
        into: the snapshot's folder.
        parent: the snapshot whose files may be used again.
        sources: what the files of a month are made of, as far as known.

    Returns:
        The entry of each file, by its path.
    """
    entries = _link_known(parent, into, sources)
    linked: defaultdict[str, set[str]] = defaultdict(set)
    for name, _, month in map(parse_data_file, entries):
        linked[name].add(month or "")
    # While a span is written, the next one is read; no third one is held.
    spans: deque[list[Future[tuple[str, FileEntry]]]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for config in CONFIGS:
            write = partial(_write, config=config, into=into, parent=parent, sources=sources)
            for files in _spans(tables[config.table], config, linked[config.name]):
                spans.append([pool.submit(write, file) for file in files])
                del files
                if len(spans) > 1:
                    entries.update(file.result() for file in spans.popleft())
        for span in spans:
            entries.update(file.result() for file in span)
    return entries
