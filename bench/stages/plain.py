"""The plainest programs that write the same files: what ours are measured against.

Of the tables: no twins, near duplicates, published splits or removals, nothing incremental, no
rule checked: one sort of everything, the last row of each version, the last version of each paper,
joins, files by month. Of the snapshot: a month read, split, written, compressed alike; nothing
sorted, digested, asset_metadata or verified.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipeline.release.configs import CONFIGS
from pipeline.schema import TABLES, polars_schema

_SPLIT = (
    pl.when(pl.col("title_key").hash() % 100 < 98).then(pl.lit("train")).otherwise(pl.lit("test"))
)


def polars_tables(days: Path, into: Path) -> None:
    """The tables by polars' lazy frames, as one would write them down first."""
    records = pl.scan_parquet(days / "records" / "*.parquet")
    signals = pl.scan_parquet(days / "pair_signals" / "*.parquet")
    beads = pl.scan_parquet(days / "sentence_pairs" / "*.parquet")
    versions = (
        records.with_columns(
            submitted_month="20"
            + pl.col("paper_id").str.head(2)
            + "-"
            + pl.col("paper_id").str.slice(2, 2),
            split=_SPLIT,
            source_urls=pl.col("source_url").unique().implode().over("paper_id", "version"),
            n_versions=pl.col("version").n_unique().over("paper_id").cast(pl.Int16),
        )
        .sort("submitted_month", "paper_id", "version", "captured_at")
        .unique(["paper_id", "version"], keep="first", maintain_order=True)
        .collect(engine="streaming")
        .lazy()
    )
    papers = versions.unique("paper_id", keep="last", maintain_order=True).with_columns(
        author_ids=pl.col("authors").list.eval(pl.format("a-{}", pl.element().hash())),
        notes=pl.lit([], pl.List(pl.String)),
    )
    parallel = papers.join(
        signals.drop("flags"), on=["day", "pair_id"], how="left", maintain_order="left"
    ).with_columns(
        translation=pl.struct(en="abstract_en", ja="abstract_ja"),
        ja_line_ends=pl.lit([], pl.List(pl.Int32)),
    )
    sentences = (
        papers.select("day", "pair_id", "paper_id", "version", "submitted_month", "split")
        .join(beads, on=["day", "pair_id"])
        .sort("submitted_month", "paper_id", "index")
        .with_columns(translation=pl.struct("en", "ja"))
    )
    made = {
        "versions": versions,
        "papers": papers,
        "parallel": parallel,
        "parallel_sentences": sentences,
    }
    for table, rows in made.items():
        rows.select(polars_schema(TABLES[table].model).names()).sink_parquet(
            pl.PartitionBy(into / table, key="submitted_month", include_key=True),
            compression_level=3,
            mkdir=True,
        )
    names = papers.select(name="authors", seen="version_date").explode("name")
    names.group_by("name").agg(pl.len(), pl.min("seen"), last=pl.max("seen")).sort(
        "name"
    ).sink_parquet(into / "authors.parquet")
    papers.select(code="categories").explode("code").group_by("code").len().sort(
        "code"
    ).sink_parquet(into / "categories.parquet")


_DUCKDB = """
create temp table elected as
  select day, pair_id, paper_id, version, archive_file, record_offset, entry_index,
    '20' || paper_id[1:2] || '-' || paper_id[3:4] as submitted_month,
    case when hash(title_key) % 100 < 98 then 'train' else 'test' end as split,
    row_number() over (partition by paper_id order by version desc) = 1 as is_latest,
    count(*) over (partition by paper_id) as n_versions,
  from '{days}/records/*.parquet'
  qualify row_number() over (partition by paper_id, version order by captured_at) = 1;
create temp view merged as
  select e.submitted_month, e.split, e.is_latest, e.n_versions, r.*
  from '{days}/records/*.parquet' r
  join elected e using (day, archive_file, record_offset, entry_index);
copy (select paper_id, version, title, abstract_en, abstract_ja, version_date, translator,
    provider, source_url, [source_url] as source_urls, posted_at, captured_at, archive_file,
    record_offset, record_id, entry_index, payload_digest, split, submitted_month
  from merged order by submitted_month, paper_id, version)
  to '{into}/versions' ({options});
copy (select paper_id, arxiv_id, version, title, abstract_en, abstract_ja, authors,
    list_transform(authors, lambda a: 'a-' || hash(a)) as author_ids, categories, version_date,
    translator, provider, source_url, posted_at, n_versions, pair_id, split, flags, submitted_month
  from merged where is_latest order by submitted_month, paper_id)
  to '{into}/papers' ({options});
copy (select {{'en': m.abstract_en, 'ja': m.abstract_ja}} as translation, m.paper_id, m.arxiv_id,
    m.version, m.title, m.categories, m.translator, s.* exclude (day, pair_id), m.split,
    m.submitted_month
  from merged m left join '{days}/pair_signals/*.parquet' s using (day, pair_id)
  where is_latest order by m.submitted_month, m.paper_id)
  to '{into}/parallel' ({options});
copy (select {{'en': s.en, 'ja': s.ja}} as translation, e.paper_id, e.version, s.index, s.bead,
    s.score, s.flags, e.split, e.submitted_month
  from elected e join '{days}/sentence_pairs/*.parquet' s using (day, pair_id)
  where is_latest order by e.submitted_month, e.paper_id, s.index)
  to '{into}/parallel_sentences' ({options});
copy (select name, count(*), min(seen), max(seen) from (
    select unnest(authors) as name, version_date as seen from merged where is_latest)
  group by name order by name) to '{into}/authors.parquet';
copy (select code, count(*) from (select unnest(categories) as code from merged where is_latest)
  group by code order by code) to '{into}/categories.parquet';
"""


def duckdb_tables(days: Path, into: Path) -> None:
    """The tables by one SQL script."""
    import duckdb

    into.mkdir(parents=True, exist_ok=True)
    options = "format parquet, partition_by (submitted_month), compression zstd"
    script = _DUCKDB.format(days=days, into=into, options=options)
    with duckdb.connect(config={"temp_directory": str(into / ".spill")}) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(script)


def polars_snapshot(tables: Path, into: Path) -> None:
    """The data files of a snapshot of the tables in `tables`."""
    for config in CONFIGS:
        (into / config.name).mkdir(parents=True)
        if not config.monthly:
            rows = pl.read_parquet(tables / f"{config.table}.parquet")
            _write(rows, into / config.name / "train.parquet")
            continue
        for month in sorted((tables / config.table).glob("*.parquet")):
            for (split,), part in (
                pl.read_parquet(month).partition_by("split", as_dict=True).items()
            ):
                _write(part, into / config.name / f"{split}-{month.name}")


def _write(rows: pl.DataFrame, file: Path) -> None:
    rows.write_parquet(file, compression="zstd", compression_level=3)
