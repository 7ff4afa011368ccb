"""Papers without an id: joined to the id when a source shows it, never to another paper.

A record without id is known by `t-` and a hash of its title. It is the twin of a record with an
id when title, first author and English abstract agree; nothing less joins two papers. Two papers
that share a title and no more keep apart, by ids of their own.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, filterfalse, groupby

import polars as pl

from pipeline.tables.near_duplicates import Clusters
from pipeline.validate.text import title_key

SAME_ABSTRACT = 90.0
"""Least similarity of two abstracts of one paper: 100 minus the edits per hundred characters."""

_MOST_COMPARED = 200
"""Texts under one title, beyond which only equal abstracts are joined."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is compared of one text under a contested title."""

    content: int
    paper_id: str
    seen: datetime
    version_date: datetime
    title: int
    author: str
    abstract: str

    def agrees_with(self, other: _Entry) -> bool:
        """Whether first author and abstract are the same, titles being equal."""
        from rapidfuzz import fuzz

        return self.author == other.author and (
            self.abstract == other.abstract
            or fuzz.ratio(self.abstract, other.abstract, score_cutoff=SAME_ABSTRACT) > 0
        )


def _has_id(entry: _Entry) -> bool:
    """Whether the source showed an arXiv id."""
    return not entry.paper_id.startswith("t-")


def resolve_identities(observations: pl.DataFrame, records: pl.LazyFrame) -> pl.DataFrame:
    """Who the records without id are.

    Args:
        observations: all narrow rows of `records`.
        records: rows of `schema.Records`; only those under a contested title are read.

    Returns:
        `content` and `found_id`, for the records without id whose paper is another than the one
        that their title alone names; each content once.
    """
    nameless = pl.col("paper_id").str.starts_with("t-")
    contested = (
        observations.lazy()
        .group_by("title_hash")
        .agg(pl.col("content").n_unique().alias("texts"), nameless.any().alias("nameless"))
        .filter(pl.col("nameless") & (pl.col("texts") > 1))
        .select("title_hash")
    )
    # A text that was seen many times is compared once; which observation stands for it is the same.
    rows = (
        observations.lazy()
        .join(contested, on="title_hash", how="semi")
        .group_by("content")
        .agg(pl.col("row").min(), pl.col("title_hash").first(), seen=pl.col("captured_at").min())
        .collect()
    )
    found: dict[int, str] = {}
    for _title, entries in groupby(_entries(records, rows), key=lambda entry: entry.title):
        found |= _resolve(list(entries))
    return pl.DataFrame(
        sorted(found.items()), schema={"content": pl.UInt64, "found_id": pl.String}, orient="row"
    )


def _entries(records: pl.LazyFrame, rows: pl.DataFrame) -> Iterator[_Entry]:
    """The texts of `rows`, those of one title together."""
    if rows.is_empty():
        return
    texts = (
        records.with_row_index("row")
        .select(
            *("row", "paper_id", "version_date", "abstract_en"),
            author=pl.col("authors").list.first(),
        )
        .join(rows.lazy(), on="row")
        .sort("title_hash", "content")
        .collect(engine="streaming")
    )
    for row in texts.iter_rows(named=True):
        yield _Entry(
            content=row["content"],
            paper_id=row["paper_id"],
            seen=row["seen"],
            version_date=row["version_date"],
            title=row["title_hash"],
            author=title_key(row["author"] or ""),
            abstract=title_key(row["abstract_en"]),
        )


def _resolve(entries: Sequence[_Entry]) -> dict[int, str]:
    """New ids for the entries of one title that have none, where it is not their title's own."""
    by_age = sorted(entries, key=lambda e: (e.seen, e.version_date, e.author, e.content))
    named: defaultdict[str, list[_Entry]] = defaultdict(list)
    for entry in filter(_has_id, entries):
        named[entry.author].append(entry)
    found: dict[int, str] = {}
    for number, cluster in enumerate(_clusters([*filterfalse(_has_id, by_age)])):
        papers = [_papers_of(entry, named[entry.author]) for entry in cluster]
        of_cluster = set().union(*papers)
        for entry, own in zip(cluster, papers, strict=True):
            # A text too far from those with an id goes with the texts that it agrees with.
            match = own or of_cluster
            if len(match) == 1:
                found[entry.content] = next(iter(match))
            elif number:  # the paper that was seen first goes by the title alone, and stays
                found[entry.content] = _own_id(cluster[0])
    return found


def _papers_of(entry: _Entry, named: Sequence[_Entry]) -> set[str]:
    """The papers with an id that agree with `entry`; where it can tell, those of its date."""
    if len(named) > _MOST_COMPARED:
        named = [other for other in named if other.abstract == entry.abstract]
    agreeing = [other for other in named if entry.agrees_with(other)]
    of_date = {o.paper_id for o in agreeing if o.version_date == entry.version_date}
    return of_date if len(of_date) == 1 else {other.paper_id for other in agreeing}


def _clusters(entries: Sequence[_Entry]) -> list[list[_Entry]]:
    """The entries by paper, each cluster and the list of clusters in the order of `entries`."""
    clusters = Clusters(range(len(entries)))
    first_of: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(entries):
        clusters.join(first_of.setdefault((entry.author, entry.abstract), number), number)
    if len(first_of) <= _MOST_COMPARED:
        for a, b in combinations(first_of.values(), 2):
            if clusters.root(a) != clusters.root(b) and entries[a].agrees_with(entries[b]):
                clusters.join(a, b)
    members: dict[int, list[_Entry]] = defaultdict(list)
    for number, entry in enumerate(entries):
        members[clusters.root(number)].append(entry)
    return list(members.values())


def _own_id(entry: _Entry) -> str:
    """An id for a paper that shares its title with another: of title, author and abstract."""
    text = "\0".join((entry.paper_id, entry.author, entry.abstract))
    return f"t-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
