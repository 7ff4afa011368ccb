"""How the rows of a split are written in each format.

A writer is opened on the files of one split, takes batches of rows that have the columns of the
config and, where it has pairs, the segments `EN` and `JA`, and is closed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape, quoteattr

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import __version__

EN, JA = "_segment_en", "_segment_ja"
"""The columns of the two segments of a row, beside those of its config."""

_FACTS = ("paper_id", "alignment_score", "score", "count", "share")
"""What TSV holds beside a pair, and TMX as properties, of these columns those that there are."""


class Writer(ABC):
    """Writes the rows of one split."""

    @abstractmethod
    def write(self, rows: pl.DataFrame) -> None:
        """Append rows."""


class _Moses(Writer):
    """Two text files, of which each line is a segment: the same line of both is a pair."""

    def __init__(self, en: IO[str], ja: IO[str]) -> None:
        self._files = {EN: en, JA: ja}

    def write(self, rows: pl.DataFrame) -> None:
        for side, file in self._files.items():
            file.writelines(f"{line}\n" for line in rows[side])


class _Tsv(Writer):
    """A pair a line, without a header or quotes: English, Japanese, then the facts there are."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, rows: pl.DataFrame) -> None:
        facts = [pl.col(name).cast(pl.String).fill_null("") for name in _facts(rows)]
        lines = rows.select(pl.concat_str(EN, JA, *facts, separator="\t"))
        self._file.writelines(f"{line}\n" for line in lines.to_series())


class _JsonLines(Writer):
    """A row a line, as a JSON object with all columns of the config."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, rows: pl.DataFrame) -> None:
        self._file.write(_published(rows).write_ndjson())


class _Parquet(Writer):
    """All columns of the config."""

    def __init__(self, path: Path, close: ExitStack) -> None:
        self._path = path
        self._close = close
        self._file: pq.ParquetWriter | None = None

    def write(self, rows: pl.DataFrame) -> None:
        table = _published(rows).to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._file is None:
            self._file = self._close.enter_context(
                pq.ParquetWriter(self._path, table.schema, compression="zstd")
            )
        if table.num_rows:
            self._file.write_table(pa.table(table))


_TMX_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4">
<header creationtool="arxiv-ja-en" creationtoolversion={version} segtype={segtype} \
o-tmf="Parquet" adminlang="en" srclang="en" datatype="plaintext"/>
<body>
"""
_TMX_TAIL = "</body>\n</tmx>\n"


class _Tmx(Writer):
    """TMX 1.4b: a unit a pair, its facts as properties."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, rows: pl.DataFrame) -> None:
        facts = _facts(rows)
        for en, ja, *values in rows.select(EN, JA, *facts).iter_rows():
            props = "".join(
                f"<prop type={quoteattr(name)}>{escape(str(value))}</prop>"
                for name, value in zip(facts, values, strict=True)
                if value is not None
            )
            self._file.write(
                f'<tu>{props}<tuv xml:lang="en"><seg>{escape(en)}</seg></tuv>'
                f'<tuv xml:lang="ja"><seg>{escape(ja)}</seg></tuv></tu>\n'
            )


def _facts(rows: pl.DataFrame) -> list[str]:
    return [name for name in _FACTS if name in rows.columns]


def _published(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop(EN, JA, strict=False)


def _segtype(config: str) -> str:
    """What a segment is, in the words of TMX 1.4b."""
    return {"en-ja-sentences": "sentence", "glossary": "phrase"}.get(config, "paragraph")


@contextmanager
def _moses(paths: Sequence[Path], config: str) -> Iterator[Writer]:
    del config
    en, ja = paths
    with _text(en) as en_file, _text(ja) as ja_file:
        yield _Moses(en_file, ja_file)


@contextmanager
def _tsv(paths: Sequence[Path], config: str) -> Iterator[Writer]:
    del config
    with _text(paths[0]) as file:
        yield _Tsv(file)


@contextmanager
def _jsonl(paths: Sequence[Path], config: str) -> Iterator[Writer]:
    del config
    with _text(paths[0]) as file:
        yield _JsonLines(file)


@contextmanager
def _tmx(paths: Sequence[Path], config: str) -> Iterator[Writer]:
    with _text(paths[0]) as file:
        head = {"version": quoteattr(__version__), "segtype": quoteattr(_segtype(config))}
        file.write(_TMX_HEAD.format_map(head))
        yield _Tmx(file)
        file.write(_TMX_TAIL)


@contextmanager
def _parquet(paths: Sequence[Path], config: str) -> Iterator[Writer]:
    del config
    with ExitStack() as close:
        yield _Parquet(paths[0], close)


def _text(path: Path) -> IO[str]:
    return path.open("w", encoding="utf-8", newline="\n")


Opened = Callable[[Sequence[Path], str], AbstractContextManager[Writer]]

FORMATS: Mapping[str, tuple[tuple[str, ...], Opened]] = {
    "moses": (("en", "ja"), _moses),
    "tsv": (("tsv",), _tsv),
    "jsonl": (("jsonl",), _jsonl),
    "tmx": (("tmx",), _tmx),
    "parquet": (("parquet",), _parquet),
}
"""Each format: how the names of its files end, and what opens them for a config."""

OF_PAIRS = ("moses", "tsv", "tmx")
"""Formats that hold pairs only; the others hold every column of any config."""
