"""The tables themselves: the planned rows with their texts, and what is counted over them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import polars as pl

from pipeline.pair.abstracts import line_ends, one_line
from pipeline.pair.glossary import Bead, make_glossary
from pipeline.parse.kinds import points
from pipeline.schema import (
    CONFIGS,
    Config,
    Glossary,
    PairSignals,
    Parallel,
    ParallelSentences,
    polars_schema,
)
from pipeline.schema.papers import NOTES
from pipeline.tables.observations import RECORD
from pipeline.tables.plan import NO_REMOVALS, NO_SPLITS, ORDER, Plan, plan_tables
from pipeline.validate.taxonomy import taxonomy

COVERED = 0.9
"""Share of the sentences that a list translates, from which it is a translation."""

_OFFSETS = pl.List(pl.Int32)
_DOUBTS = pl.col("flags").list.eval(pl.element().filter(~pl.element().is_in(NOTES)))
_NOTES = pl.col("flags").list.eval(pl.element().filter(pl.element().is_in(NOTES)))

PAIR = ("day", "pair_id")
"""The key of what is known of a pair of abstracts."""

_SIGNALS = tuple(
    c for c in polars_schema(PairSignals) if c in polars_schema(Parallel).keys() - {"flags"}
)
"""What is measured of a pair of abstracts and stands in `parallel` as it is."""


class PaperRows(NamedTuple):
    """What the monthly tables are made from, in their order of rows."""

    versions: pl.LazyFrame
    """As from `version_rows`."""
    latest: pl.LazyFrame
    """Those of `versions` that are their paper's latest."""
    sentences: pl.LazyFrame
    """As from `sentence_rows`."""


class Built(NamedTuple):
    """The released tables by name, and the plan they follow."""

    tables: dict[str, pl.LazyFrame]
    plan: Plan


def build_tables(
    records: pl.LazyFrame,
    signals: pl.LazyFrame,
    sentence_pairs: pl.LazyFrame,
    *,
    published_splits: pl.DataFrame = NO_SPLITS,
    removals: pl.DataFrame = NO_REMOVALS,
) -> Built:
    """All tables of the given records, as lazy frames to be sunk to Parquet.

    This holds the texts of all papers while it is collected; for more than some ten thousand
    papers use `months.write_tables`, which makes the same rows month by month.

    Args:
        records: rows of `schema.Records`, of all days, in any order.
        signals: rows of `schema.PairSignals` of the same days.
        sentence_pairs: rows of `schema.SentencePairs` of the same days.
        published_splits: `paper_id` and `split` of the last release.
        removals: requests, as from `removals.read_removals`.
    """
    plan = plan_tables(records, published_splits=published_splits, removals=removals)
    rows = version_rows(plan.versions.lazy(), records, signals)
    monthly = paper_tables(rows, sentence_rows(rows, sentence_pairs))
    return Built(monthly | counted_tables(monthly), plan)


def version_rows(
    versions: pl.LazyFrame, records: pl.LazyFrame, signals: pl.LazyFrame
) -> pl.LazyFrame:
    """The planned versions with all that is known of them; same rows, same order.

    Args:
        versions: rows of `Plan.versions`.
        records: the records of these rows at least.
        signals: the signals of these records at least.
    """
    planned = ("paper_id", "version", "source_url", "posted_at")
    texts = records.drop(*planned, "arxiv_id", "title_key", "near_keys", "content_id")
    measured = signals.select(*PAIR, *_SIGNALS, pair_flags="flags")
    return (
        versions.join(texts, on=RECORD, how="inner", maintain_order="left")
        .join(measured, on=PAIR, how="left", maintain_order="left")
        .with_columns(kind=pl.coalesce("kind", _kind_by_measure()))
    )


def _kind_by_measure() -> pl.Expr:
    """The kind of a Japanese list that no template names: nearly every sentence is translated."""
    return pl.when(pl.col("sentence_coverage") >= COVERED).then(pl.lit("translation"))


def sentence_rows(versions: pl.LazyFrame, sentence_pairs: pl.LazyFrame) -> pl.LazyFrame:
    """The sentence pairs of the latest versions, in no order.

    Args:
        versions: rows of `version_rows`.
        sentence_pairs: the sentence pairs of these rows at least.
    """
    return (
        versions.filter("is_latest", pl.col("kind") == "translation")
        .select(*PAIR, "paper_id", "version", "submitted_month", "split")
        .join(sentence_pairs, on=PAIR, how="inner")
        .with_columns(translation=pl.struct("en", "ja"))
        .select(polars_schema(ParallelSentences).names())
    )


def paper_tables(rows: pl.LazyFrame, sentences: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
    """The monthly tables of planned versions, by name.

    Args:
        rows: as from `version_rows`, in any order.
        sentences: as from `sentence_rows` of the same versions.
    """
    versions = rows.sort(*ORDER, nulls_last=True)
    made_from = PaperRows(
        versions,
        versions.filter("is_latest"),
        sentences.sort("submitted_month", "paper_id", "index"),
    )
    return {
        config.table: _columns(config, MONTHLY[config.table](made_from))
        for config in CONFIGS
        if config.monthly
    }


def counted_tables(monthly: Mapping[str, pl.LazyFrame]) -> dict[str, pl.LazyFrame]:
    """The tables that are counted over the monthly ones, by name."""
    return {
        config.table: _columns(config, COUNTED[config.table](monthly))
        for config in CONFIGS
        if not config.monthly
    }


def _columns(config: Config, rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.select(polars_schema(config.model).names())


def _versions(rows: PaperRows) -> pl.LazyFrame:
    return rows.versions


def _papers(rows: PaperRows) -> pl.LazyFrame:
    return rows.latest.with_columns(
        arxiv_id=_arxiv_id(),
        author_ids=pl.col("authors").map_batches(_author_ids, return_dtype=pl.List(pl.String)),
        flags=_DOUBTS,
        notes=_NOTES,
    )


def _parallel(rows: PaperRows) -> pl.LazyFrame:
    return rows.latest.filter(pl.col("kind") == "translation").with_columns(
        arxiv_id=_arxiv_id(),
        translation=pl.struct(
            pl.col(f"abstract_{side}").map_batches(_on_one_line, return_dtype=pl.String).alias(side)
            for side in ("en", "ja")
        ),
        ja_line_ends=pl.col("abstract_ja").map_batches(_line_ends, return_dtype=_OFFSETS),
        flags=pl.concat_list(_DOUBTS, pl.col("pair_flags").fill_null([])).list.unique().list.sort(),
        notes=_NOTES,
    )


def _summaries(rows: PaperRows) -> pl.LazyFrame:
    return rows.latest.filter(pl.col("kind") == "summary").with_columns(
        arxiv_id=_arxiv_id(),
        abstract_en=pl.col("abstract_en").map_batches(_on_one_line, return_dtype=pl.String),
        points=pl.col("abstract_ja").map_batches(_points, return_dtype=pl.List(pl.String)),
        flags=_DOUBTS,
        notes=_NOTES,
    )


def _points(texts: pl.Series) -> pl.Series:
    return pl.Series(texts.name, map(points, texts), dtype=pl.List(pl.String))


def _on_one_line(texts: pl.Series) -> pl.Series:
    return pl.Series(texts.name, map(one_line, texts), dtype=pl.String)


def _line_ends(texts: pl.Series) -> pl.Series:
    return pl.Series(texts.name, map(line_ends, texts), dtype=_OFFSETS)


def _sentences(rows: PaperRows) -> pl.LazyFrame:
    return rows.sentences


def _authors(monthly: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """One row per distinct author name in `papers`, by author_id."""
    seen = pl.col("version_date").dt.date()
    names = (
        monthly["papers"]
        .select(name=pl.col("authors").list.unique(), seen=seen)
        .explode("name", empty_as_null=False)
        .group_by("name")
        .agg(
            n_papers=pl.len().cast(pl.Int32),
            first_seen=pl.col("seen").min(),
            last_seen=pl.col("seen").max(),
        )
    )
    return names.with_columns(
        author_id=pl.col("name").map_batches(_ids_of_names, return_dtype=pl.String)
    ).sort("author_id")


def _categories(monthly: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """One row per category code in `papers`, by code; names where the taxonomy has the code."""
    return (
        monthly["papers"]
        .select(code=pl.col("categories").list.unique())
        .explode("code", empty_as_null=False)
        .group_by("code")
        .agg(n_papers=pl.len().cast(pl.Int32))
        .join(taxonomy().lazy(), on="code", how="left")
        .with_columns(archive=pl.coalesce("archive", pl.col("code").str.split(".").list.first()))
        .sort("code")
    )


SURE = 0.9
"""Score from which a bead tells how terms are translated; how many are right: docs/pairs.md."""


def _glossary(monthly: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    """One row per term and rendering that the beads without doubts show."""
    sides = (pl.col("translation").struct.field(side).alias(side) for side in ("en", "ja"))
    return (
        monthly["parallel_sentences"]
        .filter(pl.col("score") >= SURE, pl.col("flags").list.len() == 0)
        .select("paper_id", *sides)
        .join(monthly["papers"].select("paper_id", "categories"), on="paper_id")
        .map_batches(_glossary_rows, schema=polars_schema(Glossary))
    )


def _glossary_rows(beads: pl.DataFrame) -> pl.DataFrame:
    papers = beads.select("paper_id", "categories").unique("paper_id")
    found = make_glossary(
        map(Bead._make, beads.select("paper_id", "en", "ja").iter_rows()), dict(papers.iter_rows())
    )
    rows = [
        (entry.term, *rendering, entry.n_papers, entry.variants, entry.categories)
        for entry in found
        for rendering in entry.renderings
    ]
    return pl.DataFrame(rows, schema=polars_schema(Glossary), orient="row").sort("term", "ja")


def author_id(name: str) -> str:
    """The key of an author name: `a-` and 64 bits of its SHA-256, in hexadecimal."""
    return f"a-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _ids_of_names(names: pl.Series) -> pl.Series:
    ids = [author_id(name) if name is not None else None for name in names]
    return pl.Series(names.name, ids, dtype=pl.String)


def _author_ids(lists: pl.Series) -> pl.Series:
    ids = [[author_id(name) for name in names] for names in lists.to_list()]
    return pl.Series(lists.name, ids, dtype=pl.List(pl.String))


def _arxiv_id() -> pl.Expr:
    return pl.when(~pl.col("paper_id").str.starts_with("t-")).then("paper_id").alias("arxiv_id")


MONTHLY: Mapping[str, Callable[[PaperRows], pl.LazyFrame]] = {
    "versions": _versions,
    "papers": _papers,
    "parallel": _parallel,
    "parallel_sentences": _sentences,
    "summaries": _summaries,
}
"""How each table of papers is made: all columns of its model, and it may have more."""

COUNTED: Mapping[str, Callable[[Mapping[str, pl.LazyFrame]], pl.LazyFrame]] = {
    "authors": _authors,
    "categories": _categories,
    "glossary": _glossary,
}
"""How each table that is counted over the others is made."""
