"""A better parser brings posts back from the archive: the site is not asked again."""

from __future__ import annotations

from datetime import date, datetime

import dagster as dg
import polars as pl
import pytest

from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.partitions import range_tags
from pipeline.parse import pages, posts
from pipeline.parse.fields import read_date
from tests.orchestration.conftest import House

DAYS = ["2025-03-04", "2025-03-05"]
SEEN = "2025-03-04 08:20:17+00:00"
"""The time stamp of one paper of the sample, of the second day."""


def make_records(house: House) -> list[str]:
    """Bring the sample's days up to date as far as records; the days that were validated anew."""
    validated = dg.AssetSelection.assets("records", "quarantine")
    job = dg.define_asset_job("some", selection=validated.upstream())
    definitions = dg.Definitions.merge(
        build_definitions(house.settings), dg.Definitions(jobs=[job])
    )
    days = range_tags(date.fromisoformat(DAYS[0]), date.fromisoformat(DAYS[-1]))
    files = [house.settings.tables_dir / "records" / f"{day}.parquet" for day in DAYS]
    before = [file.stat().st_mtime_ns if file.exists() else None for file in files]
    with dg.DagsterInstance.ephemeral() as instance:
        run = definitions.resolve_job_def("some").execute_in_process(instance=instance, tags=days)
    assert run.success
    after = [file.stat().st_mtime_ns for file in files]
    return [day for day, old, new in zip(DAYS, before, after, strict=True) if old != new]


def rows(house: House, table: str) -> pl.DataFrame:
    return pl.read_parquet(str(house.settings.tables_dir / table / "*.parquet"))


def test_what_the_parser_missed_comes_back_without_crawling(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def worse(text: str) -> datetime | None:
        return None if SEEN in text else read_date(text)

    with monkeypatch.context() as patch:
        patch.setattr(pages, "read_date", worse)
        patch.setattr(posts, "PARSER_VERSION", "worse")
        assert make_records(house) == DAYS
    lost = rows(house, "quarantine").filter(pl.col("raw").str.contains(SEEN, literal=True))
    assert set(lost["parser_version"]) == {"worse"}
    assert lost["reasons"].explode().to_list() == ["missing_date"]
    n_records, n_requests = rows(house, "records").height, len(house.site.requests)

    assert make_records(house) == DAYS
    assert len(house.site.requests) == n_requests
    assert rows(house, "records").height == n_records + lost.height
    back = rows(house, "records").join(lost, on=["archive_file", "record_offset", "entry_index"])
    assert set(back["version_date"]) == {read_date(SEEN)}
    assert rows(house, "quarantine").join(lost, on=["archive_file", "record_offset"]).is_empty()
    assert make_records(house) == []
