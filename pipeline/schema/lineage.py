"""From which columns of which assets a column's values come.

What is carried over has the same name on both sides; what is made from something else is listed.
That a page, the archive or the bundled taxonomy is behind a column is not said here: they are no
tables.
"""

from __future__ import annotations

from collections.abc import Mapping

from pandera.polars import DataFrameModel

from pipeline.schema import (
    Authors,
    Captures,
    Categories,
    Ledger,
    PairSignals,
    Papers,
    Parallel,
    ParallelSentences,
    Posts,
    Quarantine,
    Records,
    SentencePairs,
    Versions,
    polars_schema,
)

Sources = tuple[str, ...]
"""Columns as `asset.column`."""

_ABSTRACTS = ("records.abstract_en", "records.abstract_ja")
_IDENTITY = ("records.paper_id",)
_FACTS = (
    *("posts.title", "posts.abstract_en", "posts.abstract_ja", "posts.authors"),
    *("posts.categories", "posts.arxiv_id", "posts.version", "posts.date"),
    *("posts.provider", "posts.translator", "posts.problems"),
)
_DOUBTS = (
    *("posts.title", "posts.abstract_en", "posts.authors", "posts.categories"),
    *("posts.arxiv_id", "posts.date", "posts.problems"),
)
_OF_PAPER = {
    "submitted_month": (*_IDENTITY, "records.version_date"),
    "split": (*_IDENTITY, "records.title_key", "records.near_keys"),
}

_CARRIED: Mapping[type[DataFrameModel], Mapping[str, type[DataFrameModel]]] = {
    Posts: {"captures": Captures},
    Records: {"posts": Posts},
    Quarantine: {"posts": Posts},
    SentencePairs: {"records": Records},
    PairSignals: {"records": Records},
    Versions: {"records": Records},
    Papers: {"records": Records},
    Parallel: {"records": Records, "pair_signals": PairSignals},
    ParallelSentences: {"records": Records, "sentence_pairs": SentencePairs},
    Ledger: {"posts": Posts, "records": Records},
}
"""The assets that a table takes columns from as they are."""

_MADE: Mapping[type[DataFrameModel], Mapping[str, Sources]] = {
    Posts: {"source": ("captures.url",)},
    Records: {
        "paper_id": ("posts.arxiv_id", "posts.title"),
        "title_key": ("posts.title",),
        "version_date": ("posts.date",),
        "source_url": ("posts.post_url", "posts.source"),
        "pair_id": ("posts.abstract_en", "posts.abstract_ja"),
        "content_id": _FACTS,
        "near_keys": ("posts.abstract_en",),
        "flags": _DOUBTS,
    },
    Quarantine: {"reasons": _FACTS},
    SentencePairs: dict.fromkeys(
        set(polars_schema(SentencePairs)) - {"day", "pair_id", "aligner_version"}, _ABSTRACTS
    ),
    PairSignals: dict.fromkeys(
        set(polars_schema(PairSignals)) - {"day", "pair_id", "aligner_version"}, _ABSTRACTS
    ),
    Versions: _OF_PAPER | {"source_urls": ("records.source_url",)},
    Papers: _OF_PAPER
    | {
        "arxiv_id": _IDENTITY,
        "author_ids": ("records.authors",),
        "n_versions": (*_IDENTITY, "records.version"),
    },
    Authors: {
        "author_id": ("records.authors",),
        "name": ("records.authors",),
        "n_papers": ("records.authors", *_IDENTITY),
        "first_seen": ("records.authors", "records.version_date"),
        "last_seen": ("records.authors", "records.version_date"),
    },
    Categories: {
        "code": ("records.categories",),
        "archive": ("records.categories",),
        "name_en": ("records.categories",),
        "name_ja": ("records.categories",),
        "n_papers": ("records.categories", *_IDENTITY),
    },
    Parallel: _OF_PAPER
    | {
        "arxiv_id": _IDENTITY,
        "translation": _ABSTRACTS,
        "flags": ("records.flags", "pair_signals.flags"),
    },
    ParallelSentences: _OF_PAPER
    | {
        "translation": ("sentence_pairs.en", "sentence_pairs.ja"),
        "flags": ("sentence_pairs.flags",),
    },
    Ledger: {
        "day": ("captures.day", "posts.day"),
        "post": ("posts.post_id", "posts.post_url"),
        "post_url": ("posts.post_url",),
        "title": ("posts.title",),
        "state": (
            *("captures.announced", "posts.content", "quarantine.reasons"),
            *(*_IDENTITY, "records.version"),
        ),
        "reason": ("quarantine.reasons", "posts.problems"),
        "paper_id": _IDENTITY,
        "version": ("records.version",),
    },
}
"""The columns that are made from others, or are called otherwise there."""


def column_sources(model: type[DataFrameModel]) -> dict[str, Sources]:
    """For each column of the table that comes from other tables, the columns it comes from."""
    made = _MADE.get(model, {})
    found: dict[str, Sources] = {}
    for column in polars_schema(model):
        carried = tuple(
            f"{asset}.{column}"
            for asset, source in _CARRIED.get(model, {}).items()
            if column in polars_schema(source)
        )
        if sources := made.get(column, carried):
            found[column] = sources
    return found
