"""Papers whose abstracts are nearly the same, so that no split knows the other's texts."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from pipeline.validate.minhash import BANDS, shingles


class Clusters:
    """Disjoint sets of row numbers; the least of a set stands for it.

    >>> clusters = Clusters(range(4))
    >>> clusters.join(2, 3); clusters.join(3, 1)
    >>> [clusters.root(n) for n in range(4)]
    [0, 1, 1, 1]
    """

    def __init__(self, rows: Iterable[int]) -> None:
        self._parent = {row: row for row in rows}

    def root(self, row: int) -> int:
        """The least row of the set that `row` is in."""
        while self._parent[row] != row:
            self._parent[row] = row = self._parent[self._parent[row]]
        return row

    def join(self, a: int, b: int) -> None:
        """Make one set of the sets of `a` and `b`."""
        first, second = sorted((self.root(a), self.root(b)))
        self._parent[second] = first


NEAR = 0.7
"""Least share of common shingles (Jaccard) of two abstracts that are near duplicates."""


def near_clusters(papers: pl.DataFrame, records: pl.LazyFrame) -> pl.DataFrame:
    """Clusters of papers that are near duplicates, directly or through others.

    Candidates are papers that share a band of their MinHash with the first paper of that band;
    their shingles are then compared for real.

    Args:
        papers: `row` (position in `records`) and `paper_id`, one row per paper.
        records: rows of `schema.Records`; the abstracts of candidates alone are read.

    Returns:
        `paper_id` and `cluster` (the least paper_id in it), for the papers in a cluster of two
        or more.
    """
    pairs = _candidates(papers, records)
    rows = pl.concat([pairs["a"], pairs["b"]]).unique()
    texts = _shingle_sets(rows, records)
    clusters = Clusters(rows)
    for a, b in pairs.rows():
        if clusters.root(a) != clusters.root(b) and _jaccard(texts[a], texts[b]) >= NEAR:
            clusters.join(a, b)
    joined = pl.DataFrame(
        [(row, clusters.root(row)) for row in rows],
        schema={"row": pl.UInt32, "root": pl.UInt32},
        orient="row",
    )
    return (
        joined.join(papers.select("row", "paper_id"), on="row")
        .filter(pl.len().over("root") > 1)
        .select("paper_id", cluster=pl.col("paper_id").min().over("root"))
        .sort("paper_id")
    )


def _candidates(papers: pl.DataFrame, records: pl.LazyFrame) -> pl.DataFrame:
    """Pairs of rows, `a` and `b`, that share a band; a band at a time, to hold little."""
    keys = (
        records.with_row_index("row")
        .select("row", "near_keys")
        .join(papers.lazy().select("row", "paper_id"), on="row")
        .filter(pl.col("near_keys").list.len() == BANDS)
        .select("row", "paper_id", pl.col("near_keys").list.to_array(BANDS))
        .collect(engine="streaming")
    )
    pairs = [pl.DataFrame(schema={"a": pl.UInt32, "b": pl.UInt32})]
    for band in range(BANDS):
        shared = keys.select("row", "paper_id", key=pl.col("near_keys").arr.get(band)).filter(
            pl.col("key").is_duplicated()
        )
        pairs.append(
            shared.sort("key", "paper_id")
            .select(a=pl.col("row").first().over("key"), b="row")
            .filter(pl.col("a") != pl.col("b"))
        )
    return pl.concat(pairs).unique().sort("a", "b")


def _shingle_sets(rows: pl.Series, records: pl.LazyFrame) -> dict[int, frozenset[str]]:
    texts = (
        records.with_row_index("row")
        .select("row", "abstract_en")
        .join(rows.to_frame("row").lazy(), on="row")
        .collect(engine="streaming")
    )
    sets = (frozenset(shingles(text)) for text in texts["abstract_en"])
    return dict(zip(texts["row"], sets, strict=True))


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b)
