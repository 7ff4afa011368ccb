"""What a check has held back stays held back, whatever is run next, until it is mended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from pipeline.archive.archive import Archive
from pipeline.orchestration import refresh
from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.checks import ACCEPT_DRIFT_TAG
from pipeline.orchestration.checks.release_gate import failed_daily_checks
from pipeline.orchestration.partitions import range_tags
from pipeline.storage import TableStore
from tests.orchestration.conftest import DAYS, House, obstruct

RULES = "posts, keeps_its_rules"
DRIFT = "quarantine, usual_share"


def process(
    house: House, day: str, tags: dict[str, str] | None = None
) -> dg.ExecuteInProcessResult:
    """Parse, validate and pair a day of the archive, which leaves what is up to date as it is."""
    job = build_definitions(house.settings).resolve_job_def("process_days")
    with house.instance() as instance:
        return job.execute_in_process(
            instance=instance,
            tags=range_tags(date.fromisoformat(day), date.fromisoformat(day)) | (tags or {}),
            raise_on_error=False,
        )


def held(house: House) -> list[str]:
    with house.instance() as instance:
        return failed_daily_checks(instance)


def judged(done: dg.ExecuteInProcessResult, check: str) -> dg.AssetCheckEvaluation:
    (found,) = (
        evaluation
        for evaluation in done.get_asset_check_evaluations()
        if f"{evaluation.asset_key.to_user_string()}, {evaluation.check_name}" == check
    )
    return found


def rewrite(path: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Spoil a day's table, under the key that it was made with: it is taken to be up to date."""
    key = pl.read_parquet_metadata(path)["arxiv-ja-en.key"]
    change(pl.read_parquet(path)).write_parquet(path, metadata={"arxiv-ja-en.key": key})


def twice(path: Path) -> None:
    """Have every row of a day's table stand in it twice."""
    rewrite(path, lambda rows: pl.concat([rows, rows]))


def without_abstracts(rows: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([rows] * 10).with_columns(
        abstract_ja=pl.lit(None, dtype=pl.String),
        entry_index=pl.int_range(pl.len(), dtype=pl.Int32),
    )


def test_a_day_at_fault_holds_back_the_days_after_it_until_it_is_mended(refreshed: House) -> None:
    house, (bad, other) = refreshed, DAYS[-2:]
    path = Path(str(house.settings.tables_dir)) / "posts" / f"{bad}.parquet"
    whole = path.read_bytes()
    snapshots = sorted(house.settings.snapshots_dir.rglob("*"))
    twice(path)
    assert not process(house, bad).success
    assert held(house)[0] == RULES

    # Another day, which is in order: by a job that stops before the release, and by one that would.
    found = judged(process(house, other), RULES)
    assert not found.passed
    assert found.metadata["days judged"].value == f"{bad} to {other}"
    (Path(str(house.settings.tables_dir)) / "ledger.parquet").unlink()
    refused = house.run("refresh", "--from", other, "--to", other)
    assert refused.exit_code == 1
    assert "keeps_its_rules" in refused.output
    assert sorted(house.settings.snapshots_dir.rglob("*")) == snapshots

    path.write_bytes(whole)
    assert house.run("refresh", "--from", other, "--to", other).exit_code == 0
    assert held(house) == []
    mended = judged(process(house, other), RULES)
    assert mended.metadata["days judged"].value == other


def test_a_drift_that_is_accepted_is_accepted_with_the_days_before(refreshed: House) -> None:
    house, (bad, other) = refreshed, DAYS[-2:]
    path = Path(str(house.settings.tables_dir)) / "posts" / f"{bad}.parquet"
    rewrite(path, without_abstracts)

    assert not judged(process(house, bad), DRIFT).passed
    assert not judged(process(house, other), DRIFT).passed
    assert DRIFT in held(house)

    accepted = process(house, other, {ACCEPT_DRIFT_TAG: "yes"})
    assert judged(accepted, DRIFT).passed
    assert accepted.success
    assert held(house) == []
    assert judged(process(house, other), DRIFT).metadata["days judged"].value == other


def test_a_check_that_a_run_did_not_come_to_holds_back_and_its_days_stay_to_be_judged(
    refreshed: House,
) -> None:
    house, (bad, other) = refreshed, DAYS[-2:]
    path = Path(str(house.settings.tables_dir)) / "posts" / f"{bad}.parquet"
    whole = path.read_bytes()
    obstacle = obstruct(house, f"posts/{bad}")
    assert "posts_checks" not in {e.step_key for e in process(house, bad).get_step_success_events()}
    assert f"{RULES} (not evaluated)" in held(house)

    obstacle.rmdir()
    path.write_bytes(whole)
    twice(path)
    assert not judged(process(house, other), RULES).passed
    assert held(house) == [RULES]


def test_a_crawl_that_failed_holds_back_nothing_that_came_another_way(refreshed: House) -> None:
    house = refreshed
    days = ("--from", DAYS[0], "--to", DAYS[-1])
    gone = house.run("refresh", *days, "--reread", "--base-url", "http://127.0.0.1:9")
    assert gone.exit_code == 1
    assert f"{RULES} (not evaluated)" in held(house), "no check was come to"

    assert process(house, DAYS[0]).success
    assert held(house) == []


def test_a_table_that_was_made_and_never_judged_holds_back() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert failed_daily_checks(instance) == []
        instance.report_runless_asset_event(dg.AssetMaterialization("posts", partition=DAYS[0]))
        assert failed_daily_checks(instance) == [f"{RULES} (not evaluated)"]


def test_an_older_day_that_fails_its_checks_after_the_refresh_is_not_released(
    refreshed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, (bad, other) = refreshed, DAYS[-2:]
    looks = 0

    def changed_by_the_crawl(archive: Archive, tables: TableStore) -> list[date]:
        """No day before the refresh; after it an older one, whose rows are at fault."""
        nonlocal looks
        looks += 1
        if looks == 1:
            return []
        twice(Path(str(tables.path("posts", bad))))
        return [date.fromisoformat(bad)]

    monkeypatch.setattr(refresh, "stale_days", changed_by_the_crawl)
    done = house.run("refresh", "--from", other, "--to", other)

    assert done.exit_code == 1
    assert f"not released: held back by {RULES}" in done.stderr
    with house.instance() as instance:
        jobs = [run.job_name for run in instance.get_runs(ascending=True)]
    assert jobs[-2:] == ["refresh", "process_days"]


@pytest.mark.parametrize("lost", ["index.db", "runs.db"])
def test_a_day_at_fault_holds_back_the_others_also_where_dagster_has_lost_its_records(
    refreshed: House, lost: str
) -> None:
    house, (bad, other) = refreshed, DAYS[-2:]
    twice(Path(str(house.settings.tables_dir)) / "posts" / f"{bad}.parquet")
    assert not process(house, bad).success
    for path in house.root.glob(f".dagster/**/{lost}*"):
        path.unlink()

    done = process(house, other)

    assert not done.success
    assert not judged(done, RULES).passed
