"""Every rule of every model: one test breaks it and sees exactly its reason."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from pandera.polars import DataFrameModel

from pipeline import schema
from pipeline.schema import frame_of, polars_schema, violations
from pipeline.schema.violations import reason_name

_WHEN = datetime(2025, 3, 4, 1, 2, 3, tzinfo=UTC)
_PLACE = {
    "captured_at": _WHEN + timedelta(days=1),
    "archive_file": "crawl-1.warc.gz",
    "record_offset": 0,
    "payload_digest": "sha256:" + "0" * 64,
}
_RECORD = {
    **_PLACE,
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
    "entry_index": 0,
    "pair_id": "0" * 32,
    "content_id": "1" * 32,
    "near_keys": [1],
    "flags": [],
}
_POST = {
    **_PLACE,
    "day": date(2025, 3, 4),
    "source": "https://invented.example/",
    "entry_index": 0,
    "content": "entry",
    "authors": [],
    "categories": [],
    "problems": [],
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
_TEXTS = {name: _RECORD[name] for name in ("title", "abstract_en", "abstract_ja", "version_date")}

VALID: dict[type[DataFrameModel], dict[str, Any]] = {
    schema.Captures: {
        **_PLACE,
        "day": date(2025, 3, 4),
        "url": "https://invented.example/",
        "kind": "listing",
        "status": 200,
    },
    schema.Posts: _POST,
    schema.Records: _RECORD,
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
    },
    schema.Versions: {
        **_PAPER_KEY,
        **_TEXTS,
        **_PLACE,
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
    schema.Parallel: {
        **_SIGNALS,
        **_PAPER_KEY,
        "translation": {"en": "English", "ja": "日本語"},
        "title": "An invented paper",
        "categories": [],
    },
    schema.ParallelSentences: {
        **_PAPER_KEY,
        "translation": {"en": "English", "ja": "日本語"},
        "index": 0,
        "bead": "1-1",
        "score": 0.5,
        "flags": [],
    },
}

BROKEN: list[tuple[type[DataFrameModel], str, dict[str, Any]]] = [
    (schema.Captures, "missing_url", {"url": None}),
    (schema.Captures, "bad_url", {"url": ""}),
    (schema.Captures, "bad_kind", {"kind": "guess"}),
    (schema.Captures, "bad_status", {"status": 99}),
    (schema.Captures, "bad_announced", {"announced": -1}),
    (schema.Captures, "bad_record_offset", {"record_offset": -1}),
    (schema.Captures, "bad_payload_digest", {"payload_digest": "sha1:0"}),
    (schema.Posts, "bad_post_id", {"post_id": 0}),
    (schema.Posts, "bad_entry_index", {"entry_index": -1}),
    (schema.Posts, "bad_content", {"content": "other"}),
    (schema.Posts, "bad_arxiv_id", {"arxiv_id": "2503.9"}),
    (schema.Posts, "bad_version", {"version": 0}),
    (schema.Posts, "missing_raw", {"raw": None}),
    (schema.Posts, "missing_authors", {"authors": None}),
    (schema.Records, "missing_title", {"title": None}),
    (schema.Records, "missing_title", {"title": ""}),
    (schema.Records, "bad_title", {"title": "x" * 1001}),
    (schema.Records, "missing_abstract_en", {"abstract_en": None}),
    (schema.Records, "missing_abstract_ja", {"abstract_ja": None}),
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
    (schema.Records, "missing_date", {"version_date": None}),
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
    (schema.Records, "bad_paper_id", {"arxiv_id": None, "version": None, "paper_id": "t-x"}),
    (schema.Records, "bad_source_url", {"source_url": "javascript:alert(1)"}),
    (schema.Records, "bad_post_id", {"post_id": 0}),
    (schema.Records, "bad_entry_index", {"entry_index": -1}),
    (schema.Records, "bad_record_offset", {"record_offset": -1}),
    (schema.Records, "bad_pair_id", {"pair_id": "x"}),
    (schema.Records, "bad_content_id", {"content_id": "x"}),
    (schema.Quarantine, "missing_reasons", {"reasons": []}),
    (schema.Quarantine, "bad_entry_index", {"entry_index": -1}),
    (schema.Quarantine, "bad_record_offset", {"record_offset": -1}),
    (schema.Ledger, "bad_state", {"state": "lost"}),
    (schema.Papers, "bad_paper_id", {"paper_id": "2503"}),
    (schema.Papers, "bad_arxiv_id", {"arxiv_id": "2503"}),
    (schema.Papers, "bad_version", {"version": 0}),
    (schema.Papers, "missing_abstract_ja", {"abstract_ja": None}),
    (schema.Papers, "bad_submitted_month", {"submitted_month": "2025-13"}),
    (schema.Papers, "bad_n_versions", {"n_versions": 0}),
    (schema.Papers, "bad_split", {"split": "dev"}),
    (schema.Papers, "author_ids_match_authors", {"author_ids": []}),
    (schema.Versions, "bad_paper_id", {"paper_id": "2503"}),
    (schema.Versions, "bad_split", {"split": "dev"}),
    (schema.Versions, "bad_record_offset", {"record_offset": -1}),
    (schema.Versions, "source_url_not_listed", {"source_urls": []}),
    (schema.Authors, "bad_author_id", {"author_id": "a-1"}),
    (schema.Authors, "bad_name", {"name": ""}),
    (schema.Authors, "bad_n_papers", {"n_papers": 0}),
    (schema.Authors, "first_seen_after_last", {"first_seen": date(2026, 1, 1)}),
    (schema.Categories, "bad_n_papers", {"n_papers": 0}),
    (schema.Parallel, "bad_paper_id", {"paper_id": "2503"}),
    (schema.Parallel, "bad_length_ratio", {"length_ratio": -1.0}),
    (schema.Parallel, "missing_length_z", {"length_z": None}),
    (schema.Parallel, "bad_numbers_kept", {"numbers_kept": 1.5}),
    (schema.Parallel, "bad_split", {"split": "dev"}),
    (schema.Parallel, "empty_side", {"translation": {"en": "English", "ja": ""}}),
    (schema.ParallelSentences, "bad_bead", {"bead": "9-9"}),
    (schema.ParallelSentences, "bad_score", {"score": 1.5}),
    (schema.ParallelSentences, "bad_index", {"index": -1}),
    (
        schema.ParallelSentences,
        "line_feed_in_side",
        {"translation": {"en": "two\nlines", "ja": "一行"}},
    ),
]


@pytest.mark.parametrize("model", VALID, ids=lambda model: model.__name__)
def test_a_row_that_keeps_every_rule_has_no_violation(model):
    assert violations(model, frame_of(model, [VALID[model]])).is_empty()


@pytest.mark.parametrize(
    ("model", "reason", "change"), BROKEN, ids=lambda v: getattr(v, "__name__", None)
)
def test_breaking_one_rule_gives_exactly_its_reason(model, reason, change):
    # The other row shows that the reason is told of the right one.
    rows = [_another(model), VALID[model] | change]
    found = violations(model, frame_of(model, rows))
    assert found.select("row", "reason").rows() == [(1, reason)]


def _another(model: type[DataFrameModel]) -> dict[str, Any]:
    """A valid row with another key."""
    keys = {
        "record_offset": 9,
        "entry_index": 9,
        "post": "9",
        "code": "cs.LG",
        "author_id": "a-" + "9" * 16,
        "index": 9,
        "paper_id": "t-" + "9" * 16,
    }
    changed = {k: v for k, v in keys.items() if k in VALID[model]}
    if model is schema.Records:
        changed |= {"arxiv_id": None, "version": None}
    return VALID[model] | changed


KEYS = {
    schema.Captures: "duplicate_key",
    schema.Records: "duplicate_key",
    schema.Ledger: "duplicate_key",
    schema.Papers: "duplicate_paper_id",
    schema.Versions: "duplicate_key",
    schema.Authors: "duplicate_author_id",
    schema.Categories: "duplicate_code",
    schema.Parallel: "duplicate_paper_id",
    schema.ParallelSentences: "duplicate_key",
}


@pytest.mark.parametrize(("model", "reason"), KEYS.items(), ids=lambda v: getattr(v, "__name__", v))
def test_a_key_that_stands_twice_is_named(model, reason):
    found = violations(model, frame_of(model, [VALID[model]] * 2))
    assert found.select("row", "reason").rows() == [(0, reason), (1, reason)]


def test_several_broken_rules_are_all_named():
    row = _RECORD | {"abstract_ja": None, "version_date": None, "abstract_en": "Short."}
    found = violations(schema.Records, frame_of(schema.Records, [row]))
    assert found["reason"].to_list() == ["missing_abstract_ja", "missing_date", "short_abstract_en"]


def test_a_table_of_other_columns_is_wrong_as_a_whole():
    frame = frame_of(schema.Ledger, [VALID[schema.Ledger]]).drop("reason")
    assert violations(schema.Ledger, frame).select("row", "reason").rows() == [
        (None, "missing_column")
    ]


def test_a_column_of_another_type_is_wrong_as_a_whole():
    frame = frame_of(schema.Ledger, [VALID[schema.Ledger]]).with_columns(version=pl.lit("1"))
    assert "wrong_type_version" in violations(schema.Ledger, frame)["reason"].to_list()


def test_every_check_has_a_reason_that_is_a_plain_name():
    for model in VALID:
        table = model.to_schema()
        names = [reason_name(check.error or check.name, None) for check in table.checks]
        for name, column in table.columns.items():
            names += [reason_name(str(check.error or check.name), name) for check in column.checks]
        assert all(name.replace("_", "").isalnum() and name.islower() for name in names), names


def test_pandera_and_ids_agree_on_what_an_arxiv_id_is():
    for bad in (
        "2513.90001",
        "0703.9001",
        "0704.90012",
        "1501.9001",
        "9107.90012",
        "hep-th/0704001",
    ):
        row = _RECORD | {"arxiv_id": bad, "paper_id": bad}
        found = violations(schema.Records, frame_of(schema.Records, [row]))["reason"].to_list()
        assert "bad_arxiv_id" in found, bad
