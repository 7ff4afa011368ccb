"""Which observation stands for a version, and which version for a paper."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from pipeline.tables.plan import plan_tables
from tests.tables.invented import WHEN, abstract, record, records


def _elected(*rows):
    """The places of the elected records, in order of paper and version."""
    return plan_tables(records(*rows).lazy()).versions["record_offset"].to_list()


def _versions(*rows):
    return plan_tables(records(*rows).lazy()).versions.select("paper_id", "version").rows()


def test_the_latest_version_is_the_paper():
    plan = plan_tables(records(record(version=2), record(version=10), record(version=9)).lazy())
    assert plan.versions.select("version", "is_latest", "n_versions").rows() == [
        (2, False, 3),
        (9, False, 3),
        (10, True, 3),
    ]


def test_the_most_complete_sighting_stands_for_its_version():
    assert _elected(
        record(record_offset=1, translator=None, posted_at=WHEN + timedelta(days=9)),
        record(record_offset=2),
        record(record_offset=3, authors=[]),
    ) == [2]


def test_of_equally_complete_observations_the_newest_text_wins():
    old = {"abstract_ja": "古い訳文であるが、架空のものである。"}
    assert _elected(
        record(record_offset=1, posted_at=WHEN, **old),
        record(record_offset=2, posted_at=WHEN + timedelta(days=1)),
        record(record_offset=3, posted_at=WHEN, captured_at=WHEN + timedelta(days=99), **old),
    ) == [2]


def test_of_a_text_the_first_capture_is_its_provenance():
    first = record(record_offset=7, captured_at=WHEN + timedelta(hours=1))
    later = [
        record(record_offset=n, captured_at=WHEN + timedelta(days=n), archive_file="crawl-2")
        for n in (1, 2, 3)
    ]
    assert _elected(*later, first) == [7]


def test_a_text_without_post_time_is_as_new_as_its_first_capture():
    text = {"abstract_ja": "新しい訳文であり、これも架空である。", "posted_at": None}
    assert _elected(
        record(record_offset=1, posted_at=None, captured_at=WHEN),
        record(record_offset=2, captured_at=WHEN + timedelta(days=1), **text),
        # Reading the older text again does not make it the newer one.
        record(record_offset=3, posted_at=None, captured_at=WHEN + timedelta(days=2)),
    ) == [2]


def test_all_addresses_of_a_version_are_kept():
    plan = plan_tables(records(*(record(post_id=n) for n in (3, 1, 2, 1))).lazy())
    urls = [f"https://invented.example/?p={n}" for n in (1, 2, 3)]
    assert plan.versions["source_urls"].to_list() == [urls]


def test_a_link_without_version_means_the_version_of_its_date():
    assert _versions(
        record(version=1, version_date=WHEN),
        record(version=2, version_date=WHEN + timedelta(days=5)),
        record(version=None, version_date=WHEN),
    ) == [("2503.90001", 1), ("2503.90001", 2)]


def test_a_version_of_unknown_number_is_kept_as_such():
    assert _versions(
        record(version=1), record(version=None, version_date=WHEN + timedelta(days=5))
    ) == [("2503.90001", 1), ("2503.90001", None)]


@pytest.mark.parametrize(("days", "latest"), [(1, 3), (9, None)])
def test_a_version_of_unknown_number_is_placed_by_its_date(days, latest):
    plan = plan_tables(
        records(
            record(version=1, version_date=WHEN),
            record(version=3, version_date=WHEN + timedelta(days=5)),
            record(version=None, version_date=WHEN + timedelta(days=days)),
        ).lazy()
    )
    assert plan.versions.filter("is_latest")["version"].to_list() == [latest]


def test_of_unknown_versions_the_newest_stands_for_them():
    assert _elected(
        record(record_offset=1, version=None, version_date=WHEN),
        record(record_offset=2, version=None, version_date=WHEN + timedelta(days=2)),
        record(record_offset=3, version=None, version_date=WHEN + timedelta(days=1)),
    ) == [2]


def test_every_record_has_a_role():
    plan = plan_tables(
        records(
            record(version=1),
            record(version=2, post_id=2),
            record(version=2, post_id=3, captured_at=WHEN + timedelta(days=1)),
            record(version=1, translator=None, abstract_en=abstract("Another", 3)),
        ).lazy()
    )
    roles = plan.observations.sort("record_offset").select("role", "role_reason").rows()
    assert roles == [
        ("older_version", None),
        ("paper", None),
        ("duplicate", "same_text"),
        ("duplicate", "other_text"),
    ]
    assert isinstance(plan.versions, pl.DataFrame)
