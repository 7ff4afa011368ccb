"""An outage loses no day: what was missed is read by the next refresh, and named until then."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import dagster as dg
import pytest

import pipeline.cli.days
import pipeline.cli.ledger
import pipeline.cli.refresh
from pipeline.orchestration.build import build_definitions
from pipeline.orchestration.partitions import range_tags
from tests.acquire.read_days import note_days
from tests.orchestration.conftest import DAYS, House

SetToday = Callable[[str], None]


@pytest.fixture
def set_today(monkeypatch: pytest.MonkeyPatch) -> SetToday:
    """Sets the day that the commands take for today."""

    def set_to(day: str) -> None:
        for module in (pipeline.cli.days, pipeline.cli.ledger, pipeline.cli.refresh):
            monkeypatch.setattr(module, "today", lambda: date.fromisoformat(day))

    return set_to


def test_what_an_outage_missed_is_named_and_then_read(house: House, set_today: SetToday) -> None:
    set_today("2025-03-03")
    first = house.run("refresh", ARXIV_JA_EN_REREAD_DAYS="1")

    assert first.exit_code == 0, first.output
    assert "2025-03-02 to 2025-03-03 from" in first.stderr
    (older,) = [line for line in first.stdout.splitlines() if "older days" in line]
    assert "822 older days (2022-12-01 to 2025-03-01)" in older
    assert "`arxiv-ja-en refresh --from 2022-12-01 --to 2025-03-01`" in older

    set_today("2025-03-11")
    lost = house.run("ledger", "--state", "not_captured")
    assert lost.stdout == "2025-03-04 to 2025-03-11  never read  missed\n"
    (json_day, *_) = house.run("ledger", "--state", "not_captured", "--json").stdout.splitlines()
    assert json.loads(json_day).items() >= {"day": "2025-03-04", "reason": "never_read"}.items()
    assert lost.stdout in house.run("ledger").stdout
    assert lost.stdout in house.run("days").stdout

    second = house.run("refresh", ARXIV_JA_EN_REREAD_DAYS="1")

    assert second.exit_code == 0, second.output
    assert "2025-03-10 to 2025-03-11" not in second.stderr
    assert "2025-03-04 to 2025-03-11 from" in second.stderr
    assert "older days" not in second.stdout
    assert {path.stem for path in (house.root / "data/tables/posts").iterdir()} >= {*DAYS}
    assert house.run("ledger", "--state", "not_captured").stdout == "No matching posts.\n"
    states = house.run("days", "--from", "2025-03-02").stdout.splitlines()
    assert states == ["2025-03-02 to 2025-03-11  settled", "10 days: 10 settled"]


def test_days_far_apart_are_read_in_runs_of_their_own_and_released_once(
    house: House, set_today: SetToday
) -> None:
    long_ago, last = date(2025, 1, 15), date(2025, 3, 7)
    note_days(
        house.settings.archive_dir,
        [
            (date.fromordinal(n), "failed" if n == long_ago.toordinal() else "complete", last)
            for n in range(long_ago.toordinal(), last.toordinal() - 3)
        ],
    )
    set_today(str(last))

    done = house.run("refresh")

    assert done.exit_code == 0, done.output
    ranges = [line for line in done.stderr.splitlines() if " from http" in line]
    assert [line.split(" from ")[0] for line in ranges] == [
        "2025-01-15 to 2025-01-15",
        "2025-03-04 to 2025-03-07",
    ]
    with house.instance() as instance:
        made = instance.get_materialized_partitions(dg.AssetKey("posts"))
        assert {"2025-01-15", "2025-03-07"} <= made
        releases = instance.fetch_materializations(dg.AssetKey("snapshot"), limit=10).records
    assert len(releases) == 1


def test_a_site_that_is_down_is_asked_once_however_many_ranges_wait(
    house: House, set_today: SetToday
) -> None:
    days = [date(2025, 1, 1), date(2025, 2, 1)]
    note_days(house.settings.archive_dir, [(day, "failed", days[-1]) for day in days])
    note_days(
        house.settings.archive_dir,
        [(date(2025, 1, n), "complete", days[-1]) for n in range(2, 25)],
    )
    set_today("2025-03-07")

    done = house.run("refresh", "--base-url", "http://127.0.0.1:9")

    assert done.exit_code == 1
    assert len([line for line in done.stderr.splitlines() if " from http" in line]) == 1
    assert done.output.count("refused") == 1


def test_a_check_warns_of_days_that_were_left_out_and_stops_nothing(house: House) -> None:
    note_days(
        house.settings.archive_dir,
        [(date(2025, 3, day), "complete", date(2025, 3, 20)) for day in (1, 2, 5)],
    )
    step = build_definitions(house.settings).get_repository_def()
    found = step.asset_checks_defs_by_key[
        dg.AssetCheckKey(dg.AssetKey("captures"), "no_days_unread")
    ]
    (spec,) = [one for one in found.check_specs if one.name == "no_days_unread"]
    assert not spec.blocking

    with dg.DagsterInstance.ephemeral() as instance:
        result = (
            build_definitions(house.settings)
            .resolve_job_def("refresh")
            .execute_in_process(
                instance=instance,
                tags=range_tags(date(2025, 3, 7), date(2025, 3, 7)),
                asset_selection=[dg.AssetKey("captures")],
            )
        )

    (check,) = [
        one for one in result.get_asset_check_evaluations() if one.check_name == "no_days_unread"
    ]
    assert result.success
    assert not check.passed
    assert check.severity is dg.AssetCheckSeverity.WARN
    assert check.description == ("3 days were never read: 2025-03-03 to 2025-03-04, 2025-03-06")
