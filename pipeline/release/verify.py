"""Whether a snapshot is what its manifest says, and whether its tables agree with each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import filterfalse
from pathlib import Path

import polars as pl

from pipeline.release import front_matter, parquet
from pipeline.release.card import CARD, TERMS
from pipeline.release.changes import CHANGES
from pipeline.release.configs import BY_NAME, data_file
from pipeline.release.data_files import THREADS
from pipeline.release.manifest import (
    MANIFEST,
    FileEntry,
    Manifest,
    ManifestError,
    Snapshot,
    damage,
    is_version,
    load,
    parse_data_file,
)
from pipeline.schema import CONFIGS, PARTITION, Config, Count, Reference, key_of
from pipeline.tables.integrity import COUNTS, REFERENCES, Finding, check_references

BY_TABLE = {config.table: config for config in CONFIGS}

_NOT_OURS = (".git", ".gitattributes", ".cache")
"""What the Hub or its client puts beside a snapshot's files."""


def verify_snapshot(folder: Path) -> list[str]:
    """Check every sum, count, schema, key and reference of a snapshot.

    Returns:
        What is wrong, a line each, naming the file; empty where all is well.
    """
    try:
        manifest = load(folder)
    except ManifestError as error:
        return [str(error)]
    # What is in damaged files is not worth a word, nor is what columns of other types hold.
    if damaged := [*_bytes(folder, manifest)]:
        return damaged
    snapshot = Snapshot(folder, manifest)
    problems = [*_about_itself(folder, manifest), *_schemas(snapshot)]
    if not problems:
        problems = [*_monthly_tables(snapshot), *_whole_tables(snapshot)]
    card = (folder / CARD).read_text(encoding="utf-8")
    problems += [f"{CARD}: {problem}" for problem in front_matter.problems(card, manifest)]
    return problems


def _about_itself(folder: Path, manifest: Manifest) -> Iterator[str]:
    if is_version(folder.name) and folder.name != manifest.version:
        yield f"{MANIFEST}: says {manifest.version}, the folder {folder.name}"
    if not manifest.history or manifest.history[-1].version != manifest.version:
        yield f"{MANIFEST}: its history does not end with itself"
    for required in (CARD, CHANGES, TERMS):
        if required not in manifest.files:
            yield f"{required}: missing from {MANIFEST}"


def _bytes(folder: Path, manifest: Manifest) -> Iterator[str]:
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] not in _NOT_OURS
    }
    for path in sorted(found - set(manifest.files) - {MANIFEST}):
        yield f"{path}: not in {MANIFEST}"
    yield from damaged_files(folder, manifest.files)


def damaged_files(folder: Path, files: Mapping[str, FileEntry]) -> list[str]:
    """A line for each of the files in `folder` whose bytes are not those of its entry."""

    def look(path: str) -> str | None:
        return damage(folder, path, files[path])

    with ThreadPoolExecutor(THREADS) as pool:
        return [fault for fault in pool.map(look, files) if fault]


def _schemas(snapshot: Snapshot) -> Iterator[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path, entry in snapshot.manifest.data_files.items():
        try:
            name, split, month = parse_data_file(path)
        except ManifestError as error:
            yield str(error)
            continue
        config = BY_NAME[name]
        if split not in config.splits or (month is not None) != config.monthly:
            yield f"{path}: config {name} has no such file"
            continue
        try:
            with pq.ParquetFile(snapshot.path / path) as file:
                rows, schema = file.metadata.num_rows, file.schema_arrow
        except (pa.ArrowException, OSError) as error:
            yield f"{path}: not readable as Parquet: {error}"
            continue
        if rows != entry.rows:
            yield f"{path}: {rows:,} rows, {MANIFEST} says {entry.rows:,}"
        expected = parquet.arrow_schema(config)
        if not schema.equals(expected) or schema.metadata != expected.metadata:
            yield f"{path}: its columns are not those of config {name}"


def _columns_to_check(config: Config) -> list[str]:
    """The published columns that are compared within the config's files or with other configs."""
    ruled = [column for table, column in _columns_of_rules() if table == config.table]
    compared = dict.fromkeys([*config.order, *key_of(config.model), *PARTITION, *ruled])
    published = {doc.name for doc in config.fields}
    return [column for column in compared if column in published]


def _columns_of_rules() -> Iterator[tuple[str, str]]:
    """Table and column, both by name, of all that references and counts compare."""
    for config, reference in REFERENCES:
        for own, their in reference.pairs:
            yield config.table, own
            yield reference.to, their
        if reference.kind is not None:
            yield config.table, "kind"
    for config, count in COUNTS:
        yield config.table, count.key
        yield config.table, count.column
        yield count.of, count.theirs


def _read(snapshot: Snapshot, config: Config, path: str) -> pl.DataFrame:
    """The columns to check of a data file; no rows where the snapshot has no such file."""
    columns = _columns_to_check(config)
    if path not in snapshot.manifest.files:
        dtypes = {doc.name: doc.dtype for doc in config.fields}
        return pl.DataFrame(schema={column: dtypes[column] for column in columns})
    return pl.read_parquet(snapshot.path / path, columns=columns)


def _out_of_order(keys: pl.DataFrame) -> bool:
    """Whether the rows are not in strictly ascending order of their columns, nulls first."""
    return not keys.equals(keys.unique().sort(keys.columns))


def _key_problems(path: str, config: Config, rows: pl.DataFrame) -> Iterator[str]:
    nullable = {doc.name for doc in config.fields if doc.nullable}
    for column in rows.columns:
        if column not in nullable and (nulls := rows[column].null_count()):
            yield f"{path}: {column} is null in {nulls:,} rows"
    if _out_of_order(rows.select(config.order)):
        yield f"{path}: rows are not in order of {', '.join(config.order)}, or one is there twice"
    key = key_of(config.model)
    if twice := rows.height - rows.select(key).n_unique():
        yield f"{path}: {', '.join(key)} is there twice in {twice:,} rows"


def _in_words(path: str, finding: Finding) -> str:
    example = ", ".join(map(repr, finding.examples.row(0)))
    return f"{path}: {finding.reason} in {finding.rows:,} rows, such as {example}"


_MONTHLY = {config.table for config in CONFIGS if config.monthly}


def _holds_in_a_month(rule: tuple[Config, Reference] | tuple[Config, Count]) -> bool:
    """Whether a rule compares monthly tables only, so that files of one month tell."""
    config, compared = rule
    other = compared.to if isinstance(compared, Reference) else compared.of
    return {config.table, other} <= _MONTHLY


def _monthly_tables(snapshot: Snapshot) -> Iterator[str]:
    """Keys of the monthly tables, and what they say of each other, file by file."""
    places = sorted(
        {
            (split, month)
            for _, split, month in map(parse_data_file, snapshot.manifest.data_files)
            if month
        }
    )

    def look(place: tuple[str, str]) -> tuple[pl.Series, list[str]]:
        at = {config.table: data_file(config, *place) for config in CONFIGS if config.monthly}
        tables = {of: _read(snapshot, BY_TABLE[of], path) for of, path in at.items()}
        return tables["papers"]["paper_id"], [*_place(place, at, tables)]

    with ThreadPoolExecutor(THREADS) as pool:
        looked_at = list(pool.map(look, places))
    for _, problems in looked_at:
        yield from problems
    ids = pl.concat([pl.Series("paper_id", dtype=pl.String), *(ids for ids, _ in looked_at)])
    if len(ids) != snapshot.manifest.history[-1].papers:
        yield f"{MANIFEST}: its history counts other papers than there are, {len(ids):,}"
    if twice := len(ids) - ids.n_unique():
        yield f"papers: {twice:,} papers are in more than one file"


def _place(
    place: tuple[str, str], at: Mapping[str, str], tables: Mapping[str, pl.DataFrame]
) -> Iterator[str]:
    """What is wrong with the files of a split and month.

    Args:
        place: split and month.
        at: the path of each table's file.
        tables: the columns to check of each.
    """
    for table, rows in tables.items():
        yield from _key_problems(at[table], BY_TABLE[table], rows)
        elsewhere = [c for c in PARTITION if c in rows.columns and {*rows[c]} - {*place}]
        if elsewhere:
            yield f"{at[table]}: holds rows of another split or month"
    findings = check_references(
        {table: rows.lazy() for table, rows in tables.items()},
        [*filter(_holds_in_a_month, REFERENCES)],
        [*filter(_holds_in_a_month, COUNTS)],
    )
    for finding in findings:
        yield _in_words(at[finding.table], finding)


def _whole_tables(snapshot: Snapshot) -> Iterator[str]:
    """Keys of the tables in one file, and what they and the monthly ones say of each other."""
    tables = {}
    for config in CONFIGS:
        if config.monthly:
            files = snapshot.data_files(config.name)
            empty = _read(snapshot, config, "").lazy()
            tables[config.table] = pl.scan_parquet(files) if files else empty
        else:
            path = data_file(config, "train", None)
            rows = _read(snapshot, config, path)
            yield from _key_problems(path, config, rows)
            tables[config.table] = rows.lazy()
    findings = check_references(
        tables,
        [*filterfalse(_holds_in_a_month, REFERENCES)],
        [*filterfalse(_holds_in_a_month, COUNTS)],
    )
    for finding in findings:
        config = BY_TABLE[finding.table]
        path = config.name if config.monthly else data_file(config, "train", None)
        yield _in_words(path, finding)
