"""Of every table a row that keeps all its rules, and rows that break one each. All invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import inf, nan
from typing import Any, TypeAlias

import polars as pl
from pandera.polars import DataFrameModel

from pipeline import schema
from pipeline.schema import polars_schema

Model: TypeAlias = type[DataFrameModel]
Case: TypeAlias = tuple[Model, str, dict[str, Any]]
"""A table, the name of the rule that is broken, and what is changed of the valid row."""

_WHEN = datetime(2025, 3, 4, 1, 2, 3, tzinfo=UTC)
_PLACE = {
    "captured_at": _WHEN + timedelta(days=1),
    "archive_file": "crawl-1.warc.gz",
    "record_offset": 0,
    "payload_digest": "sha256:" + "0" * 64,
}
_ENTRY = {
    **_PLACE,
    "record_id": "urn:uuid:00000000-0000-4000-8000-000000000000",
    "entry_index": 0,
}
RECORD = {
    **_ENTRY,
    "day": date(2025, 3, 4),
    "paper_id": "2503.90012",
    "arxiv_id": "2503.90012",
    "version": 1,
    "title": "An invented paper",
    "title_key": "aninventedpaper",
    "abstract_en": "This abstract is invented, and says nothing of any paper.",
    "abstract_ja": "この要約は架空のもので、どの論文についても述べていない。",
    "authors": ["A. Author"],
    "categories": ["cs.CL"],
    "version_date": _WHEN,
    "source_url": "https://invented.example/?p=1",
    "pair_id": "0" * 32,
    "content_id": "1" * 32,
    "near_keys": [1],
    "flags": [],
    "kind": "translation",
    "title_ja": "架空の論文",
}
_POST = {
    **_ENTRY,
    "day": date(2025, 3, 4),
    "source": "https://invented.example/",
    "content": "entry",
    "authors": [],
    "categories": [],
    "problems": [],
    "removed_lines": [{"reason": "share", "text": "シェアする"}],
    "raw": "raw",
    "parser_version": "1",
}
_SIGNALS = {
    **{name: 0.5 for name, t in polars_schema(schema.Parallel).items() if t == pl.Float32},
    **{name: 0 for name, t in polars_schema(schema.Parallel).items() if t == pl.Int32},
    **{name: False for name, t in polars_schema(schema.Parallel).items() if t == pl.Boolean},
    "omissions": [],
    "flags": [],
}
_PAPER_KEY = {
    "paper_id": "2503.90012",
    "version": 1,
    "submitted_month": "2025-03",
    "split": "train",
}
_TEXTS = {name: RECORD[name] for name in ("title", "abstract_en", "abstract_ja", "version_date")}

VALID: dict[Model, dict[str, Any]] = {
    schema.Captures: {
        **_PLACE,
        "day": date(2025, 3, 4),
        "url": "https://invented.example/",
        "kind": "listing",
        "status": 200,
    },
    schema.Posts: _POST,
    schema.Records: RECORD,
    schema.Quarantine: {
        **{k: v for k, v in _POST.items() if k in polars_schema(schema.Quarantine)},
        "reasons": ["missing_title"],
    },
    schema.Ledger: {"day": date(2025, 3, 4), "post": "1", "state": "paper"},
    schema.Papers: {
        **_PAPER_KEY,
        **_TEXTS,
        "arxiv_id": "2503.90012",
        "authors": ["A. Author"],
        "author_ids": ["a-" + "0" * 16],
        "categories": [],
        "source_url": "https://invented.example/?p=1",
        "n_versions": 1,
        "pair_id": "0" * 32,
        "flags": [],
        "notes": [],
    },
    schema.Versions: {
        **_PAPER_KEY,
        **_TEXTS,
        **_ENTRY,
        "source_url": "https://invented.example/?p=1",
        "source_urls": ["https://invented.example/?p=1"],
    },
    schema.Authors: {
        "author_id": "a-" + "0" * 16,
        "name": "A. Author",
        "n_papers": 1,
        "first_seen": date(2025, 3, 3),
        "last_seen": date(2025, 3, 4),
    },
    schema.Categories: {"code": "cs.CL", "archive": "cs", "n_papers": 1},
    schema.Glossary: {
        "term": "lighthouse",
        "ja": "灯台",
        "count": 3,
        "share": 0.75,
        "papers": 4,
        "variants": ["light house"],
        "categories": ["cs.CL"],
    },
    schema.Parallel: {
        **_SIGNALS,
        **_PAPER_KEY,
        "translation": {"en": "English", "ja": "日本語"},
        "title": "An invented paper",
        "categories": [],
        "ja_line_ends": [1],
        "notes": ["texturize_undone"],
    },
    schema.Summaries: {
        **_PAPER_KEY,
        "title": "An invented paper",
        "title_ja": "架空の論文",
        "categories": [],
        "abstract_en": "This abstract is invented, and says nothing of any paper.",
        "points": ["架空の要点。"],
        "flags": [],
        "notes": [],
    },
    schema.ParallelSentences: {
        **_PAPER_KEY,
        "translation": {"en": "English", "ja": "日本語"},
        "index": 0,
        "bead": "1-1",
        "score": 0.5,
        "flags": [],
    },
    schema.PairSignals: {
        **_SIGNALS,
        "day": date(2025, 3, 4),
        "pair_id": "0" * 32,
        "aligner_version": "1",
    },
    schema.SentencePairs: {
        "day": date(2025, 3, 4),
        "pair_id": "0" * 32,
        "index": 0,
        "bead": "1-1",
        "en": "English",
        "ja": "日本語",
        "en_start": 0,
        "en_end": 7,
        "ja_start": 0,
        "ja_end": 3,
        "score": 0.5,
        "flags": [],
        "aligner_version": "1",
    },
}

_NOUN = {"version_date": "date"}
"""A column that its rules call by another name."""


def _required() -> list[Case]:
    """Of every table, each column that must not be null, without a value."""
    return [
        (model, f"missing_{_NOUN.get(name, name)}", {name: None})
        for model, row in VALID.items()
        for name in row
        if not model.to_schema().columns[name].nullable
    ]


def _out_of_bounds() -> list[Case]:
    """Measures below and above their bounds; those that lack one, as no finite number."""
    cases: list[Case] = []
    for model in VALID:
        for name, column in model.to_schema().columns.items():
            if column.dtype.type != pl.Float32:
                continue
            bounds = {check.name for check in column.checks}
            low, high = "greater_than_or_equal_to" in bounds, "less_than_or_equal_to" in bounds
            cases.append(_case(model, name, -0.5 if low else -inf, bounded=low))
            cases.append(_case(model, name, 1.5 if high else inf, bounded=high))
            if column.nullable and not high:
                cases.append(_case(model, name, nan, bounded=False))
    return cases


def _case(model: Model, name: str, value: float, *, bounded: bool) -> Case:
    return model, f"bad_{name}" if bounded else "length_not_finite", {name: value}


BROKEN: list[Case] = [
    *_required(),
    *_out_of_bounds(),
    (schema.Captures, "bad_url", {"url": ""}),
    (schema.Captures, "bad_kind", {"kind": "guess"}),
    (schema.Captures, "bad_status", {"status": 99}),
    (schema.Captures, "bad_status", {"status": 600}),
    (schema.Captures, "bad_announced", {"announced": -1}),
    (schema.Captures, "bad_record_offset", {"record_offset": -1}),
    (schema.Captures, "bad_payload_digest", {"payload_digest": "sha1:0"}),
    (schema.Posts, "bad_kind", {"kind": "poem"}),
    (schema.Posts, "bad_post_id", {"post_id": 0}),
    (schema.Posts, "bad_entry_index", {"entry_index": -1}),
    (schema.Posts, "bad_content", {"content": "other"}),
    (schema.Posts, "bad_arxiv_id", {"arxiv_id": "2503.9"}),
    (schema.Posts, "bad_version", {"version": 0}),
    (schema.Posts, "bad_record_offset", {"record_offset": -1}),
    (schema.Posts, "bad_announced", {"announced": -1}),
    (schema.Records, "missing_title", {"title": ""}),
    (schema.Records, "bad_title", {"title": "x" * 1001}),
    (schema.Records, "short_abstract_en", {"abstract_en": "Too short to be one."}),
    (schema.Records, "short_abstract_ja", {"abstract_ja": "短すぎる。"}),
    (schema.Records, "long_abstract_en", {"abstract_en": "word " * 4001}),
    (schema.Records, "long_abstract_ja", {"abstract_ja": "要約" * 10_001}),
    (schema.Records, "not_english", {"abstract_en": "これは" * 20 + "LLM の要約である。"}),
    (schema.Records, "not_english", {"abstract_en": "1234567890 " * 5}),
    (schema.Records, "not_japanese", {"abstract_ja": "This was never translated at all."}),
    (
        schema.Records,
        "same_text",
        {
            "abstract_en": "One text on both sides, with a little 日本語 in the midst of it.",
            "abstract_ja": "One text on both sides, with\na little 日本語 in the midst of it.",
        },
    ),
    (schema.Records, "date_before_id_month", {"version_date": datetime(2024, 2, 28, tzinfo=UTC)}),
    (
        schema.Records,
        "date_before_arxiv",
        {
            "version_date": datetime(1970, 1, 1, tzinfo=UTC),
            "arxiv_id": None,
            "version": None,
            "paper_id": "t-" + "0" * 16,
        },
    ),
    (schema.Records, "date_in_future", {"version_date": _WHEN + timedelta(days=3)}),
    (schema.Records, "empty_list_item", {"authors": ["A. Author", ""]}),
    (schema.Records, "empty_list_item", {"categories": ["cs.CL", None]}),
    (schema.Records, "empty_list_item", {"flags": [""]}),
    (schema.Records, "bad_version", {"version": 0}),
    (
        schema.Records,
        "version_without_id",
        {"arxiv_id": None, "paper_id": "t-" + "0" * 16, "version": 2},
    ),
    (schema.Records, "paper_id_of_another", {"paper_id": "2503.90013"}),
    (
        schema.Records,
        "no_identity",
        {"arxiv_id": None, "version": None, "paper_id": "t-" + "0" * 16, "title_key": ""},
    ),
    (schema.Records, "bad_kind", {"kind": "poem"}),
    (schema.Records, "bad_paper_id", {"arxiv_id": None, "version": None, "paper_id": "t-x"}),
    (schema.Records, "bad_arxiv_id", {"arxiv_id": "2513.90012", "paper_id": "2513.90012"}),
    (schema.Records, "bad_source_url", {"source_url": "javascript:alert(1)"}),
    (schema.Records, "bad_post_id", {"post_id": 0}),
    (schema.Records, "bad_entry_index", {"entry_index": -1}),
    (schema.Records, "bad_record_offset", {"record_offset": -1}),
    (schema.Records, "bad_pair_id", {"pair_id": "x"}),
    (schema.Records, "bad_content_id", {"content_id": "x"}),
    (schema.Quarantine, "missing_reasons", {"reasons": []}),
    (schema.Quarantine, "bad_post_id", {"post_id": 0}),
    (schema.Quarantine, "bad_entry_index", {"entry_index": -1}),
    (schema.Quarantine, "bad_record_offset", {"record_offset": -1}),
    (schema.Ledger, "bad_state", {"state": "lost"}),
    (schema.Ledger, "bad_was", {"was": "lost"}),
    (schema.Papers, "bad_kind", {"kind": "poem"}),
    (schema.Papers, "bad_paper_id", {"paper_id": "2503"}),
    (schema.Papers, "bad_arxiv_id", {"arxiv_id": "2503"}),
    (schema.Papers, "bad_version", {"version": 0}),
    (schema.Papers, "bad_submitted_month", {"submitted_month": "2025-13"}),
    (schema.Papers, "bad_n_versions", {"n_versions": 0}),
    (schema.Papers, "bad_split", {"split": "dev"}),
    (schema.Papers, "author_ids_match_authors", {"author_ids": []}),
    (schema.Versions, "bad_kind", {"kind": "poem"}),
    (schema.Versions, "bad_paper_id", {"paper_id": "2503"}),
    (schema.Versions, "bad_version", {"version": 0}),
    (schema.Versions, "bad_submitted_month", {"submitted_month": "2025-00"}),
    (schema.Versions, "bad_split", {"split": "dev"}),
    (schema.Versions, "bad_record_offset", {"record_offset": -1}),
    (schema.Versions, "bad_entry_index", {"entry_index": -1}),
    (schema.Versions, "source_url_not_listed", {"source_urls": []}),
    (schema.Authors, "bad_author_id", {"author_id": "a-1"}),
    (schema.Authors, "bad_name", {"name": ""}),
    (schema.Authors, "bad_n_papers", {"n_papers": 0}),
    (schema.Authors, "first_seen_after_last", {"first_seen": date(2026, 1, 1)}),
    (schema.Categories, "bad_n_papers", {"n_papers": 0}),
    (schema.Glossary, "bad_term", {"term": "it"}),
    (schema.Glossary, "bad_ja", {"ja": ""}),
    (schema.Glossary, "bad_count", {"count": 0}),
    (schema.Glossary, "bad_share", {"share": 1.5}),
    (schema.Glossary, "bad_papers", {"papers": 0}),
    (schema.Summaries, "no_points", {"points": []}),
    (schema.Summaries, "bad_paper_id", {"paper_id": "2503"}),
    (schema.Summaries, "bad_arxiv_id", {"arxiv_id": "2503"}),
    (schema.Summaries, "bad_version", {"version": 0}),
    (schema.Summaries, "bad_submitted_month", {"submitted_month": "2025"}),
    (schema.Summaries, "bad_split", {"split": "dev"}),
    (schema.Parallel, "bad_paper_id", {"paper_id": "2503"}),
    (schema.Parallel, "bad_arxiv_id", {"arxiv_id": "2503"}),
    (schema.Parallel, "bad_version", {"version": 0}),
    (schema.Parallel, "bad_submitted_month", {"submitted_month": "2025"}),
    (schema.Parallel, "bad_duplicate_sentences", {"duplicate_sentences": -1}),
    (schema.Parallel, "bad_split", {"split": "dev"}),
    (schema.Parallel, "empty_side", {"translation": {"en": "English", "ja": ""}}),
    (schema.Parallel, "line_feed_in_side", {"translation": {"en": "English", "ja": "日\n本"}}),
    (schema.Parallel, "empty_side", {"translation": {"en": None, "ja": "日本語"}}),
    (schema.ParallelSentences, "bad_paper_id", {"paper_id": "2503"}),
    (schema.ParallelSentences, "bad_version", {"version": 0}),
    (schema.ParallelSentences, "bad_submitted_month", {"submitted_month": "25-03"}),
    (schema.ParallelSentences, "bad_split", {"split": "dev"}),
    (schema.ParallelSentences, "bad_bead", {"bead": "9-9"}),
    (schema.ParallelSentences, "bad_index", {"index": -1}),
    (
        schema.ParallelSentences,
        "line_feed_in_side",
        {"translation": {"en": "two\nlines", "ja": "一行"}},
    ),
    (schema.ParallelSentences, "sides_unlike_bead", {"bead": "1-0"}),
    (
        schema.ParallelSentences,
        "sides_unlike_bead",
        {"translation": {"en": None, "ja": "日本語"}},
    ),
    (schema.PairSignals, "bad_duplicate_sentences", {"duplicate_sentences": -1}),
    (schema.SentencePairs, "bad_bead", {"bead": "9-9"}),
    (schema.SentencePairs, "bad_index", {"index": -1}),
    (schema.SentencePairs, "bad_en_start", {"en_start": -1}),
    (schema.SentencePairs, "bad_ja_start", {"ja_start": -1}),
    (schema.SentencePairs, "end_before_start", {"en_start": 8}),
    (schema.SentencePairs, "end_before_start", {"ja_end": -1}),
    (schema.SentencePairs, "sides_unlike_bead", {"en": ""}),
    (schema.SentencePairs, "sides_unlike_bead", {"bead": "0-1"}),
]
