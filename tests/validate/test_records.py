"""From posts to records and quarantine: every entry in one of the two, with every reason."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.parse.problems import PROBLEMS, UNTRUSTWORTHY
from pipeline.schema import CONTENTS, Posts, Quarantine, Records, rows_to_frame, violations
from pipeline.validate import records
from pipeline.validate.records import UNREADABLE, title_id, validate_posts
from tests.tables.test_ledger import post


def _validated(*rows):
    placed = [{**row, "entry_index": n} for n, row in enumerate(rows)]
    validated = validate_posts(rows_to_frame(Posts, placed))
    assert violations(Records, validated.records).is_empty()
    assert violations(Quarantine, validated.quarantine).is_empty()
    return validated


def _reasons(**given):
    return _validated(post(**given)).quarantine["reasons"].to_list()


def test_a_good_entry_becomes_a_record_with_its_text_normalised():
    row = post(
        title="  It’s an\u200b invented   title ",
        abstract_en="The model scores 42.6&amp;nbsp;% – more than any invented model did before…",
        abstract_ja="ＬＬＭの性能は\u3000４２％である。\nこれは架空の要約である。",
        authors=['Kurt G{\\"o}del ', " "],
        categories=["cs.CL ", "", "cs.CL", "cs.LG"],
    )
    (record,) = _validated(row).records.to_dicts()
    assert record["title"] == "It's an invented title"
    assert record["abstract_en"] == (
        "The model scores 42.6 % - more than any invented model did before..."
    )
    assert record["abstract_ja"] == "LLMの性能は 42%である。\nこれは架空の要約である。"
    assert record["authors"] == ["Kurt Gödel"]
    assert record["categories"] == ["cs.CL", "cs.LG"]
    assert record["paper_id"] == record["arxiv_id"] == "2503.90001"
    assert record["flags"] == ["texturize_undone"]


def test_without_id_the_title_makes_one():
    (record,) = _validated(post(arxiv_id=None, version=None)).records.to_dicts()
    assert record["paper_id"] == title_id(record["title_key"])
    assert record["arxiv_id"] is None


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({"title": None}, ["missing_title"]),
        ({"title": " \u200b "}, ["missing_title"]),
        ({"abstract_en": None}, ["missing_abstract_en"]),
        ({"abstract_ja": ""}, ["missing_abstract_ja"]),
        ({"date": None}, ["missing_date"]),
        ({"arxiv_id": "2513.90001"}, ["bad_arxiv_id"]),
        ({"abstract_ja": "This text was never translated at all."}, ["not_japanese"]),
        (
            {"abstract_en": "この欄には英語の要約があるはずだが違う。" * 3},
            ["not_english"],
        ),
        ({"abstract_en": "Too short."}, ["short_abstract_en"]),
        ({"date": datetime(2024, 2, 28, 23, 59, tzinfo=UTC)}, ["date_before_id_month"]),
        ({"date": datetime(2026, 3, 1, tzinfo=UTC)}, ["date_in_future"]),
        ({"post_url": "javascript:alert(1)"}, ["bad_source_url"]),
        ({"abstract_ja": None, "date": None}, ["missing_abstract_ja", "missing_date"]),
        ({"abstract_ja": None, "problems": ["missing_abstract_ja"]}, ["missing_abstract_ja"]),
    ],
)
def test_what_breaks_a_rule_is_set_apart_with_every_reason(change, reasons):
    assert _reasons(**change) == [reasons]


@pytest.mark.parametrize("problem", sorted(UNTRUSTWORTHY))
def test_what_the_parser_distrusts_is_no_record(problem):
    assert _reasons(problems=[problem, "missing_provider"]) == [[problem]]


def test_other_problems_stay_with_the_record_as_flags():
    row = post(problems=["missing_provider"], authors=[], categories=["zz.ZZ"])
    (record,) = _validated(row).records.to_dicts()
    assert record["flags"] == ["missing_authors", "missing_provider", "unknown_category"]
    assert record["categories"] == ["zz.ZZ"]


@pytest.mark.parametrize(
    ("version", "dated", "flags"),
    [
        # The id, 2503.90001, is of the month in which the paper was announced.
        (1, datetime(2025, 3, 1, tzinfo=UTC), []),
        (1, datetime(2025, 2, 28, 23, 59, tzinfo=UTC), []),  # announced on Monday, 3 March
        (1, datetime(2025, 2, 22, tzinfo=UTC), []),
        (1, datetime(2025, 2, 21, 23, 59, tzinfo=UTC), ["date_before_id_month"]),  # was held
        (None, datetime(2025, 2, 28, tzinfo=UTC), []),
        (None, datetime(2024, 11, 5, tzinfo=UTC), ["date_before_id_month"]),
        (1, datetime(2024, 2, 29, tzinfo=UTC), ["date_before_id_month"]),
        # Only what was announced is replaced: the date is another version's.
        (2, datetime(2025, 3, 1, tzinfo=UTC), []),
        (2, datetime(2025, 2, 28, 23, 59, tzinfo=UTC), ["date_before_id_month"]),
    ],
)
def test_a_date_before_the_ids_month_is_a_doubt_unless_the_schedule_explains_it(
    version, dated, flags
):
    (record,) = _validated(post(version=version, date=dated)).records.to_dicts()
    assert record["flags"] == flags


def test_a_page_that_is_none_is_in_quarantine_with_the_parsers_reason():
    row = post(content="unreadable", problems=["unreadable", "empty file"])
    assert _validated(row).quarantine["reasons"].to_list() == [[UNREADABLE, "empty file"]]


def test_quarantine_keeps_provenance_and_raw():
    row = post(abstract_ja=None, raw="as it stood", archive_file="crawl-7.warc.gz")
    (kept,) = _validated(row).quarantine.to_dicts()
    assert (kept["raw"], kept["archive_file"], kept["post_id"]) == (
        "as it stood",
        "crawl-7.warc.gz",
        1,
    )


def test_a_better_parser_brings_a_post_back():
    broken = post(abstract_ja=None, problems=["missing_abstract_ja"])
    assert _validated(broken).records.is_empty()
    assert _validated(post(parser_version="2")).records.height == 1


def test_ids_of_texts_do_not_depend_on_where_they_were_seen():
    rows = [post(), post(post_id=2, captured_at=datetime(2025, 3, 9, tzinfo=UTC))]
    records = _validated(*rows).records
    for name in ("pair_id", "content_id", "near_keys"):
        assert records[name].n_unique() == 1
    other = _validated(post(), post(authors=["B. Writer"])).records
    assert other["pair_id"].n_unique() == 1
    assert other["content_id"].n_unique() == 2


def test_no_posts_make_no_records():
    validated = validate_posts(rows_to_frame(Posts, []))
    assert validated.records.is_empty()
    assert validated.quarantine.is_empty()
    assert validated.records.schema == rows_to_frame(Records, []).schema


_TEXTS = st.one_of(st.none(), st.text(max_size=80), st.just(post()["abstract_en"]))


@settings(max_examples=max(25, settings().max_examples // 4))
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "content": st.sampled_from(CONTENTS),
                "title": _TEXTS,
                "abstract_en": _TEXTS,
                "abstract_ja": st.one_of(_TEXTS, st.just(post()["abstract_ja"])),
                "authors": st.lists(st.text(max_size=9), max_size=3),
                "categories": st.lists(st.text(max_size=5), max_size=3),
                "problems": st.lists(st.sampled_from(sorted(PROBLEMS)), max_size=3),
                "arxiv_id": st.sampled_from([None, "2503.90001", "hep-th/9901999", "0000.0000"]),
                "date": st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
            }
        ),
        max_size=6,
    )
)
def test_whatever_stands_in_a_post_it_ends_in_exactly_one_place(rows):
    posts = [post(**row, version=None) for row in rows]
    validated = _validated(*posts)
    judged = [n for n, row in enumerate(rows) if row["content"] in {"entry", "unreadable"}]
    places = pl.concat([validated.records["entry_index"], validated.quarantine["entry_index"]])
    assert sorted(places) == judged


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"date": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)}, "date_in_future"),
        ({"date": datetime(1, 1, 1, tzinfo=UTC)}, "date_before_id_month"),
        ({"abstract_en": "\x00" * 50}, "missing_abstract_en"),
        ({"title": "\u200b" * 50}, "missing_title"),
    ],
)
def test_a_value_out_of_range_is_a_reason_and_no_fault(change, reason):
    validated = _validated(post(**change), post())
    assert [reason in found for found in validated.quarantine["reasons"]] == [True]
    assert validated.records.height == 1


def test_a_post_at_which_validation_fails_costs_itself_alone(monkeypatch, caplog):
    def failing(text):
        if "SECRET" in text:
            raise OverflowError(text)
        return text

    monkeypatch.setattr(records, "normalise_title", failing)
    rows = [post(title=f"An invented title {n}", post_id=n + 1) for n in range(9)]
    for n in (2, 7):
        rows[n]["title"] = "SECRET"
    validated = _validated(*rows)
    assert validated.records["title"].to_list() == [
        row["title"] for row in rows if row["title"] != "SECRET"
    ]
    assert validated.quarantine["post_id"].to_list() == [3, 8]
    assert validated.quarantine["reasons"].to_list() == [["the validator fails: OverflowError"]] * 2
    assert "validation fails at 2 of 9 posts" in caplog.text
    assert "SECRET" not in caplog.text


def test_where_validation_fails_at_every_post_it_is_an_error(monkeypatch):
    def failing(text):
        raise OverflowError(text)

    monkeypatch.setattr(records, "normalise_title", failing)
    with pytest.raises(OverflowError):
        _validated(post(), post())
