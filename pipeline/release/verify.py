"""Whether a snapshot is what its manifest says, and whether its tables agree with each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from pipeline.release import front_matter, parquet
from pipeline.release.card import CARD, TERMS
from pipeline.release.changes import CHANGES
from pipeline.release.configs import BY_NAME, CONFIGS, Config, data_file
from pipeline.release.data_files import THREADS
from pipeline.release.manifest import (
    MANIFEST,
    FileEntry,
    Manifest,
    ManifestError,
    Snapshot,
    is_version,
    load,
    parse_data_file,
)

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
        problems = [*_tables(snapshot), *_indexes(snapshot)]
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

    def damage(path: str, entry: FileEntry) -> str | None:
        if path not in found:
            return f"{path}: missing"
        if (size := (folder / path).stat().st_size) != entry.bytes:
            return f"{path}: {size:,} bytes, {MANIFEST} says {entry.bytes:,}"
        if parquet.file_sha256(folder / path) != entry.sha256:
            return f"{path}: its sha256 is not the one in {MANIFEST}"
        return None

    with ThreadPoolExecutor(THREADS) as pool:
        yield from filter(None, pool.map(damage, manifest.files, manifest.files.values()))


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


def _read(snapshot: Snapshot, path: str, columns: list[str]) -> pl.DataFrame:
    """Some columns of a data file; no rows where the snapshot has no such file."""
    if path not in snapshot.manifest.files:
        config = BY_NAME[parse_data_file(path)[0]]
        dtypes = {doc.name: doc.dtype for doc in config.fields if doc.name in columns}
        return pl.DataFrame(schema=dtypes)
    return pl.read_parquet(snapshot.path / path, columns=columns)


def _out_of_order(keys: pl.DataFrame) -> bool:
    """Whether the rows are not in strictly ascending order of their columns, nulls first."""
    return not keys.equals(keys.unique().sort(keys.columns))


def _required(config: Config, rows: pl.DataFrame) -> list[str]:
    """Columns that hold a null and must not."""
    nullable = {doc.name for doc in config.fields if doc.nullable}
    return [c for c in rows.columns if c not in nullable and rows[c].null_count()]


def _key_problems(path: str, config: Config, keys: pl.DataFrame) -> Iterator[str]:
    for column in _required(config, keys):
        yield f"{path}: {column} is null in {keys[column].null_count():,} rows"
    if _out_of_order(keys.select(config.order)):
        yield f"{path}: rows are not in order of {', '.join(config.order)}, or one is there twice"


def _strangers(ids: pl.Series, known: pl.Series) -> str:
    """How many ids are unknown, with an example; empty where all are known."""
    unknown = ids.filter(~ids.is_in(known.implode())).unique().sort()
    return f"{len(unknown):,} ids such as {unknown[0]!r}" if len(unknown) else ""


def _tables(snapshot: Snapshot) -> Iterator[str]:
    """Keys of the monthly tables, and what they say of each other, file by file."""
    places = sorted(
        {
            (split, month)
            for _, split, month in map(parse_data_file, snapshot.manifest.data_files)
            if month
        }
    )

    def look(place: tuple[str, str]) -> tuple[pl.Series, list[str]]:
        at = {config.name: data_file(config, *place) for config in CONFIGS if config.monthly}
        papers = _read(
            snapshot,
            at["papers"],
            ["paper_id", "version", "submitted_month", "n_versions", "split"],
        )
        return papers["paper_id"], [*_place(snapshot, place, at, papers)]

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
    snapshot: Snapshot, place: tuple[str, str], at: Mapping[str, str], papers: pl.DataFrame
) -> Iterator[str]:
    """What is wrong with the files of a split and month.

    Args:
        snapshot: the snapshot.
        place: split and month.
        at: the path of each config's file.
        papers: keys of those there.
    """
    yield from _key_problems(at["papers"], BY_NAME["papers"], papers)
    if papers.select("split", "submitted_month").unique().rows() not in ([], [place]):
        yield f"{at['papers']}: holds papers of another split or month"

    pairs = _read(snapshot, at["en-ja"], ["paper_id", "version"])
    yield from _key_problems(at["en-ja"], BY_NAME["en-ja"], pairs)
    if not pairs.equals(papers.select("paper_id", "version")):
        yield f"{at['en-ja']}: its papers are not those of {at['papers']}"

    sentences = _read(snapshot, at["en-ja-sentences"], ["paper_id", "version", "index"])
    yield from _key_problems(at["en-ja-sentences"], BY_NAME["en-ja-sentences"], sentences)
    latest = papers.select("paper_id", "version")
    strangers = sentences.join(latest, on=["paper_id", "version"], how="anti", nulls_equal=True)
    if strangers.height:
        yield (
            f"{at['en-ja-sentences']}: {strangers.height:,} rows of papers or versions that "
            f"{at['papers']} does not hold, such as {strangers['paper_id'][0]!r}"
        )

    versions = _read(snapshot, at["versions"], ["paper_id", "version"])
    yield from _key_problems(at["versions"], BY_NAME["versions"], versions)
    counted = versions.group_by("paper_id").len("n_versions").sort("paper_id")
    if not counted.equals(papers.select("paper_id", pl.col("n_versions").cast(pl.UInt32))):
        yield f"{at['versions']}: its papers, or how many versions each has, differ from papers"
    if latest.join(versions, on=["paper_id", "version"], how="anti", nulls_equal=True).height:
        yield f"{at['versions']}: the latest version of a paper is missing"


def _indexes(snapshot: Snapshot) -> Iterator[str]:
    """Authors and categories: keys, and that they count what papers list."""
    papers = snapshot.data_files("papers")
    for name, key, lists in (
        ("authors", "author_id", "author_ids"),
        ("categories", "code", "categories"),
    ):
        config = BY_NAME[name]
        path = data_file(config, "train", None)
        rows = _read(snapshot, path, list(dict.fromkeys([*config.order, key, "n_papers"])))
        yield from _key_problems(path, config, rows)
        if rows[key].n_unique() != rows.height:
            yield f"{path}: a {key} is there twice"
        listed = (
            pl.scan_parquet(papers)
            .select(pl.col(lists).list.unique().alias(key))
            .explode(key)
            .drop_nulls()
            .group_by(key)
            .len("n_listed")
            .collect(engine="streaming")
            if papers
            else pl.DataFrame(schema={key: pl.String, "n_listed": pl.UInt32})
        )
        if unknown := _strangers(listed[key], rows[key]):
            yield f"{path}: papers list {unknown} that it does not hold"
        if unused := _strangers(rows[key], listed[key]):
            yield f"{path}: holds {unused} that no paper lists"
        wrong = rows.join(listed, on=key).filter(pl.col("n_papers") != pl.col("n_listed"))
        if wrong.height:
            yield f"{path}: n_papers is wrong in {wrong.height:,} rows, such as {wrong[key][0]!r}"
