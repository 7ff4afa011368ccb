"""Synthetic tables of a release, at any size: what the release benches measure upon.

Words are drawn by Zipf's law from an invented vocabulary of the lengths that real ones have, so
that the texts compress about as abstracts do. Every row is invented; sequence numbers of ids begin
at 90000 in their month where the id allows it, and the rest are longer than arXiv's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl

from pipeline import schema
from pipeline.schema import polars_schema
from pipeline.tables.build import counted_tables

MODELS = {config.table: config.model for config in schema.CONFIGS}
"""Table name to model."""

FIRST_YEAR = 2020
SENTENCES = (4, 11)
WORDS = (12, 33)
CATEGORIES = [
    f"{archive}.{code}" for archive in ("cs", "math", "stat") for code in ("AA", "BB", "CC", "DD")
]


def month_name(index: int) -> str:
    """The month of that number, counted from January of `FIRST_YEAR`."""
    return f"{FIRST_YEAR + index // 12}-{index % 12 + 1:02}"


@lru_cache(maxsize=1)
def _english() -> pl.Series:
    rng = np.random.default_rng(7)
    letters = np.array(list("etaoinshrdlucmfwypvbgkqjxz"))
    weight = 1 / np.arange(1, 27) ** 0.7
    lengths = np.clip(rng.gamma(4.0, 1.9, 30_000).astype(int), 2, 16)
    return pl.Series(["".join(rng.choice(letters, n, p=weight / weight.sum())) for n in lengths])


@lru_cache(maxsize=1)
def _japanese() -> pl.Series:
    rng = np.random.default_rng(8)
    kanji = np.array([chr(c) for c in rng.permutation(np.arange(0x4E00, 0x9000))[:2200]])
    kana = np.array([chr(c) for c in range(0x3042, 0x3094)])
    words = []
    for rank in range(15_000):
        pool = kana if rank % 3 == 0 else kanji
        top = 80 if rank < 200 else len(pool)
        words.append("".join(rng.choice(pool[: min(top, len(pool))], rng.integers(1, 4))))
    return pl.Series(words)


@lru_cache(maxsize=2)
def _zipf(size: int) -> np.ndarray:
    weight = 1 / (np.arange(size) + 2.7)
    return np.cumsum(weight / weight.sum())


def _texts(
    rng: np.random.Generator, vocabulary: pl.Series, words: np.ndarray, glue: str
) -> pl.Series:
    """One text for each count in `words`."""
    drawn = np.searchsorted(_zipf(len(vocabulary)), rng.random(int(words.sum())))
    drawn = np.minimum(drawn, len(vocabulary) - 1)
    frame = pl.DataFrame(
        {"text": np.repeat(np.arange(len(words)), words), "word": vocabulary.gather(drawn)}
    )
    return frame.group_by("text", maintain_order=True).agg(pl.col("word").str.join(glue))["word"]


def _hex(values: pl.Series, length: int) -> pl.Series:
    return pl.Series([hashlib.sha256(v.encode()).hexdigest()[:length] for v in values])


def _sentences(rng: np.random.Generator, ids: pl.Series) -> pl.DataFrame:
    """paper_id, index, en, ja: the sentences of new abstracts."""
    counts = rng.integers(*SENTENCES, len(ids))
    words = rng.integers(*WORDS, int(counts.sum()))
    index = np.concatenate([np.arange(n) for n in counts]) if len(ids) else np.array([], int)
    return pl.DataFrame(
        {
            "paper_id": ids.gather(np.repeat(np.arange(len(ids)), counts)),
            "index": pl.Series(index, dtype=pl.Int32),
            "en": _texts(rng, _english(), words, " ") + ".",
            "ja": _texts(rng, _japanese(), (words * 1.1).astype(int), "") + "。",
        }
    )


def _finish(model_name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Exactly the table's columns; what was not drawn is null or a middling value."""
    fills = {pl.Float32: 0.875, pl.Int32: 0, pl.Boolean: False}
    columns = []
    for name, dtype in polars_schema(MODELS[model_name]).items():
        if name in frame.columns:
            columns.append(pl.col(name).cast(dtype))
        elif isinstance(dtype, pl.List):
            columns.append(pl.lit([], dtype=dtype).alias(name))
        else:
            columns.append(pl.lit(fills.get(type(dtype)), dtype=dtype).alias(name))
    return frame.select(columns)


@dataclass
class Month:
    """The papers of a month of submission: facts and sentences."""

    month: str
    facts: pl.DataFrame
    sentences: pl.DataFrame
    older: pl.DataFrame

    def tables(self) -> dict[str, pl.DataFrame]:
        """Its part of the monthly tables, in order; of those unknown here, a row a paper."""
        joined = self.sentences.group_by("paper_id", maintain_order=True).agg(
            pl.col("en").str.join(" ").alias("abstract_en"),
            pl.col("ja").str.join("\n").alias("abstract_ja"),
        )
        papers = self.facts.join(joined, on="paper_id", maintain_order="left").with_columns(
            pl.col("version").alias("n_versions"),
            pl.col("paper_id").alias("arxiv_id"),
            pl.lit(self.month).alias("submitted_month"),
            (pl.lit("https://digest.invalid/") + pl.col("paper_id")).alias("source_url"),
            pl.lit("digest.invalid").alias("provider"),
            (pl.col("version_date") + timedelta(days=2)).alias("posted_at"),
        )
        papers = papers.with_columns(pair_id=_hex(papers["abstract_en"], 32))
        versions = pl.concat([self.older, self._versions(papers)]).sort("paper_id", "version")
        pairs = papers.with_columns(
            translation=pl.struct(en="abstract_en", ja="abstract_ja"),
            length_ratio=(
                pl.col("abstract_ja").str.len_chars() / pl.col("abstract_en").str.len_chars()
            ),
            length_z=pl.col("abstract_en").str.len_chars() % 97 / 20 - 2,
            script_ratio=pl.col("abstract_ja").str.len_chars() % 31 / 100 + 0.6,
        )
        sentences = self.sentences.join(
            papers.select("paper_id", "version", "split", "submitted_month"),
            on="paper_id",
            maintain_order="left",
        ).with_columns(
            translation=pl.struct("en", "ja"),
            bead=pl.lit("1-1"),
            score=pl.col("en").str.len_chars() % 89 / 100,
            length_z=pl.col("en").str.len_chars() % 79 / 20 - 2,
        )
        drawn = {"versions": versions, "parallel": pairs, "parallel_sentences": sentences}
        return {
            config.table: _finish(config.table, drawn.get(config.table, papers))
            for config in schema.CONFIGS
            if config.monthly
        }

    def _versions(self, papers: pl.DataFrame) -> pl.DataFrame:
        texts = papers.with_columns(
            source_urls=pl.concat_list("source_url"),
            captured_at=pl.col("posted_at") + timedelta(hours=3),
            archive_file=pl.lit("crawl-") + pl.col("posted_at").dt.strftime("%Y%m%d") + ".warc.gz",
            record_offset=pl.int_range(pl.len()) * 9_001,
            record_id=pl.lit("urn:uuid:") + _hex(papers["source_url"], 32),
            entry_index=(pl.int_range(pl.len()) % 100).cast(pl.Int32),
            payload_digest=pl.lit("sha256:") + _hex(papers["title"], 64),
        )
        return _finish("versions", texts)


def make_month(
    index: int, papers: int, *, start: int = 0, seed: int = 0, names: int = 600_000
) -> Month:
    """`papers` new papers of a month, their ids from `start` on."""
    rng = np.random.default_rng([seed, index, start])
    month = month_name(index)
    begins = datetime.fromisoformat(month + "-01")
    numbers = np.arange(start, start + papers)
    ids = pl.Series([f"{month[2:4]}{month[5:7]}.9{n:06}" for n in numbers], dtype=pl.String)
    # Names come up as authors do: a few often, most once or twice, new ones all the time.
    counts = np.minimum(1 + rng.poisson(3.5, papers), 40)
    drawn = (names * rng.random(int(counts.sum())) ** 2.5).astype(int)
    people = pl.DataFrame(
        {
            "paper": np.repeat(np.arange(papers), counts),
            "name": [f"Nonesuch {n * 7919 % 1_000_003:06}" for n in drawn],
        }
    ).unique(maintain_order=True)
    people = people.with_columns(id="a-" + _hex(people["name"], 16))
    lists = people.group_by("paper", maintain_order=True).agg("name", "id")
    codes = rng.integers(0, len(CATEGORIES), (papers, 2))
    split = np.where(
        rng.random(papers) < 0.98, "train", np.where(rng.random(papers) < 0.5, "validation", "test")
    )
    titles = _texts(rng, _english(), rng.integers(6, 14, papers), " ")
    facts = pl.DataFrame(
        {
            "paper_id": ids,
            "version": pl.Series(np.ones(papers), dtype=pl.Int16),
            "title": titles,
            "authors": lists["name"],
            "author_ids": lists["id"],
            "categories": [sorted({CATEGORIES[a], CATEGORIES[b]}) for a, b in codes],
            "version_date": [
                begins + timedelta(minutes=int(m)) for m in np.sort(rng.integers(0, 40_000, papers))
            ],
            "translator": pl.Series(np.where(rng.random(papers) < 0.7, "Google", "DeepL")),
            "kind": "translation",
            "split": pl.Series(split),
        }
    ).with_columns(pl.col("version_date").cast(pl.Datetime("us", "UTC")))
    return Month(month, facts, _sentences(rng, ids), _finish("versions", facts.clear()))


def revised(month: Month, ids: list[str], seed: int) -> Month:
    """The month with the next version of some papers: a fifth of their sentences are new."""
    if not ids:
        return month
    rng = np.random.default_rng([seed, 99])
    before = month.tables()["versions"].filter(pl.col("paper_id").is_in(ids))
    mine = pl.col("paper_id").is_in(ids)
    fresh = _sentences(rng, pl.Series(ids))
    change = month.sentences.with_columns(
        new=mine & (pl.Series(rng.random(month.sentences.height)) < 0.2)
    ).join(fresh, on=["paper_id", "index"], how="left", suffix="_new", maintain_order="left")
    sentences = change.select(
        "paper_id",
        "index",
        *(
            pl.when(pl.col("new")).then(pl.coalesce(f"{c}_new", c)).otherwise(c).alias(c)
            for c in ("en", "ja")
        ),
    )
    facts = month.facts.with_columns(
        version=pl.col("version") + mine.cast(pl.Int16),
        version_date=pl.when(mine)
        .then(pl.col("version_date").dt.offset_by("60d"))
        .otherwise("version_date"),
    )
    return Month(month.month, facts, sentences, pl.concat([month.older, before]))


def write_tables(months: Iterator[Month], folder: Path) -> dict[str, pl.LazyFrame]:
    """Write the tables below `folder`, a file a month, as the stage before leaves them.

    Returns:
        Scans of them, by name.
    """
    for month in months:
        for name, frame in month.tables().items():
            (folder / name).mkdir(parents=True, exist_ok=True)
            frame.write_parquet(folder / name / f"{month.month}.parquet")
    scans = {name: pl.scan_parquet(folder / name / "*.parquet") for name in MODELS}
    for name, rows in counted_tables(scans).items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        rows.collect(engine="streaming").write_parquet(folder / name / "all.parquet")
    return scans
