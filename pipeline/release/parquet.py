"""How a data file is written: its Arrow schema, its Parquet settings, the digest of its rows."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from pipeline.release.configs import LANGUAGES, Config

if TYPE_CHECKING:
    import pyarrow as pa
    from datasets import Features

COMPRESSION = "zstd"
COMPRESSION_LEVEL = 3

CHUNKS = {"min_chunk_size": 32 * 1024, "max_chunk_size": 128 * 1024}
"""Bounds of a data page, bytes before encoding, between which its content says where it ends.

The Hub's storage (Xet) knows chunks of about 64 KiB again when they come a second time. With these
a revised abstract costs a page of some 30 KiB and the chunks around it; pages of half the size
make the files a tenth larger for hardly less, pages of twice the size the reverse (measured by
`bench/release/xet.py`).
"""

_FEW_VALUES = {
    "bead", "archive_file", "categories", "flags", "notes", "provider", "split", "submitted_month",
    "translator", "version", "n_versions", "omissions", "ja_line_ends",
}  # fmt: skip
"""Columns of few distinct values. Texts are written plain: a dictionary in front would change with
every row."""


def _feature(dtype: pl.DataType) -> Any:
    """The type of a column as `datasets` names it."""
    from datasets import List, Translation, Value

    match dtype:
        case pl.List():
            return List(_feature(cast("pl.DataType", dtype.inner)))
        case pl.Struct():
            return Translation(languages=list(LANGUAGES))
        case pl.Datetime():
            return Value(f"timestamp[{dtype.time_unit}, tz={dtype.time_zone}]")
        case pl.Date():
            return Value("date32")
        case pl.Boolean():
            return Value("bool")
        case _:
            return Value(str(dtype).lower())


@cache
def features(config: Config) -> Features:
    """The features of a config, as `load_dataset` shows them."""
    from datasets import Features

    return Features({doc.name: _feature(doc.dtype) for doc in config.fields})


def _without_nulls(dtype: pa.DataType) -> pa.DataType:
    """The type, its children never null."""
    import pyarrow as pa

    if pa.types.is_struct(dtype):
        return pa.struct([field.with_nullable(False) for field in dtype])
    if pa.types.is_list(dtype):
        return pa.list_(pa.field("element", dtype.value_type, nullable=False))
    return dtype


@cache
def arrow_schema(config: Config) -> pa.Schema:
    """The Arrow schema of a config's files, with the features in its metadata.

    What is never null is declared so. That tells readers, and it leaves out the levels that Parquet
    stores for nulls, so that a text is the same bytes in every config that holds it.
    """
    import pyarrow as pa

    plain = features(config).arrow_schema
    fields = [
        pa.field(doc.name, _without_nulls(plain.field(doc.name).type), nullable=doc.nullable)
        for doc in config.fields
    ]
    return pa.schema(fields, metadata=plain.metadata)


def to_arrow(rows: pl.DataFrame, config: Config) -> pa.Table:
    """Rows of the published columns as one chunk an Arrow column, typed as they are published."""
    table = rows.select(doc.name for doc in config.fields).rechunk().to_arrow()
    return table.cast(arrow_schema(config)).combine_chunks()


class _HashSink:
    """A file to write to that keeps nothing but the SHA-256 of what was written."""

    closed = False

    def __init__(self, begin: bytes) -> None:
        self.sha256 = hashlib.sha256(begin)

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        return len(data)

    def flush(self) -> None: ...


def rows_digest(table: pa.Table) -> str:
    """SHA-256 of schema and rows, as an Arrow stream: ten times cheaper than writing the file."""
    import pyarrow as pa

    sink = _HashSink(str(table.schema).encode())
    definite = _definite(table)
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), definite.schema) as stream:
        stream.write_table(definite)
    return sink.sha256.hexdigest()


def _definite(table: pa.Table) -> pa.Table:
    """The same rows without bits that mean nothing: those below a null, those that fill a byte."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        definite = column
        if column.null_count:
            nothing = pa.scalar("" if pa.types.is_string(column.type) else 0, column.type)
            definite = pc.fill_null(column, nothing)
            columns[f"{name}?"] = pc.is_valid(column).cast(pa.uint8())
        columns[name] = definite.cast(pa.uint8()) if pa.types.is_boolean(column.type) else definite
    return pa.table(columns)


def write(table: pa.Table, config: Config, path: Path) -> None:
    """Write one data file. The same rows give the same bytes with the same pyarrow."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table,
        path,
        row_group_size=config.row_group_rows,
        compression=COMPRESSION,
        compression_level=COMPRESSION_LEVEL,
        data_page_version="2.0",
        use_content_defined_chunking=CHUNKS,
        use_dictionary=_dictionary_columns(config),
        write_page_index=True,
    )


def _dictionary_columns(config: Config) -> list[str]:
    """Columns with a dictionary, as Parquet names them."""
    return [
        f"{doc.name}.list.element" if isinstance(doc.dtype, pl.List) else doc.name
        for doc in config.fields
        if doc.name in _FEW_VALUES
    ]


def loaded_bytes(path: Path, config: Config) -> int:
    """Size of a file's rows in memory as `datasets` counts it: row group by row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = features(config).arrow_schema
    with pq.ParquetFile(path) as file:
        groups = file.iter_batches(batch_size=config.row_group_rows)
        return sum(pa.Table.from_batches([rows]).cast(schema).nbytes for rows in groups)


def writer() -> dict[str, str]:
    """What the bytes of a data file depend on beside its rows."""
    import pyarrow as pa

    return {
        "pyarrow": pa.__version__,
        "compression": f"{COMPRESSION}-{COMPRESSION_LEVEL}",
        "pages": "-".join(str(size) for size in CHUNKS.values()),
    }


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
