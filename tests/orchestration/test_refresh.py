"""`arxiv-ja-en refresh`: from the site to a snapshot, as an operator runs it."""

from __future__ import annotations

import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from pipeline.orchestration.assets import pair
from pipeline.release.verify import verify_snapshot
from tests.hub.server import serve_hub
from tests.hub.state import TOKEN
from tests.orchestration.conftest import CONFIGS, DAYS, House, SampleHome
from tests.servers import free_port

CAPTURE = ["captured_at", "archive_file", "record_offset", "record_id"]
"""What tells when and where a page was captured; differs between two runs of the same site."""


def snapshot_of(house: House, name: str = "v2025.03.07") -> Path:
    return house.root / "data" / "snapshots" / name


def rows_of(snapshot: Path, config: str) -> pl.DataFrame:
    rows = pl.concat([pl.read_parquet(path) for path in sorted((snapshot / config).glob("*"))])
    return rows.drop(name for name in CAPTURE if name in rows.columns)


def test_refresh_ends_with_a_snapshot_that_keeps_every_rule(
    refreshed: House, sample_home: SampleHome
) -> None:
    house, done = refreshed, sample_home.done

    assert done.exit_code == 0, done.stderr
    assert verify_snapshot(snapshot_of(house)) == []
    summary = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert set(summary) >= {"fetched", "parsed", "quarantined", "papers", "snapshot", "ledger"}
    assert summary["quarantined"] == "2", "the sample has two broken entries"
    assert int(summary["papers"]) == rows_of(snapshot_of(house), "papers").height
    assert summary["snapshot"] == str(sample_home.root / "data/snapshots/v2025.03.07")
    announced, states = summary["ledger"].split(" announced = ")
    assert int(announced) == sum(int(state.split()[0]) for state in states.split(" + "))
    assert int(announced) == len(house.site.blog.posts)


def test_second_refresh_fetches_nothing_and_makes_no_new_snapshot(refreshed: House) -> None:
    house = refreshed
    files = {p: p.read_bytes() for p in snapshot_of(house).rglob("*") if p.is_file()}
    archive = sorted(p.name for p in (house.root / "data" / "archive").glob("*.warc.gz"))

    done = house.refresh()

    assert done.exit_code == 0, done.stderr
    assert house.site.requests == []
    assert [p.name for p in snapshot_of(house).parent.glob("v*")] == ["v2025.03.07"]
    assert {p: p.read_bytes() for p in snapshot_of(house).rglob("*") if p.is_file()} == files
    assert sorted(p.name for p in (house.root / "data/archive").glob("*.warc.gz")) == archive


def test_the_same_archive_gives_the_same_bytes_however_many_days_are_paired_at_once(
    refreshed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = refreshed
    before = {p.name: p.read_bytes() for p in snapshot_of(house).rglob("*") if p.is_file()}
    shutil.rmtree(house.root / "data" / "tables")
    shutil.rmtree(house.root / "data" / "snapshots")
    monkeypatch.setattr(pair, "AT_ONCE", 15)

    done = house.refresh()

    assert done.exit_code == 0, done.stderr
    assert {p.name: p.read_bytes() for p in snapshot_of(house).rglob("*") if p.is_file()} == before


def test_killed_at_any_moment_the_next_run_finishes_as_if_undisturbed(
    house: House, sample_home: SampleHome
) -> None:
    undisturbed = House(sample_home.root, house.site)

    moments = random.Random(20250303)
    ends = []
    for latest in (1, 2, 3):
        process = house.start(
            "refresh", "--from", DAYS[0], "--to", DAYS[-1], ARXIV_JA_EN_DELAY_SECONDS="0.1"
        )
        time.sleep(moments.uniform(0.2, latest))
        process.kill()
        ends.append(process.wait())
    assert -signal.SIGKILL in ends
    done = house.refresh()

    assert done.exit_code == 0, done.stderr
    assert verify_snapshot(snapshot_of(house)) == []
    for config in sorted({*CONFIGS} - {"en-ja-summaries"}):  # of which the sample has none
        ours, theirs = (rows_of(snapshot_of(h), config) for h in (house, undisturbed))
        assert ours.equals(theirs), config


def test_a_closed_port_is_one_clear_line_and_touches_nothing(refreshed: House) -> None:
    house = refreshed
    kept = {p: p.read_bytes() for p in snapshot_of(house).rglob("*") if p.is_file()}
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"

        done = house.refresh("--reread", "--base-url", address)

    assert done.exit_code == 1
    (failure,) = [line for line in done.output.splitlines() if "refused" in line]
    assert failure.startswith("  ✗ captures ")
    assert address in failure
    assert done.stdout.splitlines()[-1] == "failed       captures"
    assert "Traceback" not in done.output
    assert {p: p.read_bytes() for p in snapshot_of(house).rglob("*") if p.is_file()} == kept


def test_days_without_posts_are_no_error(house: House) -> None:
    done = house.run("refresh", "--from", "2025-03-01", "--to", "2025-03-03")

    assert done.exit_code == 0, done.stderr
    assert verify_snapshot(snapshot_of(house, "v2025.03.03")) == []


def test_quiet_days_in_an_empty_house_make_no_snapshot_and_no_error(house: House) -> None:
    done = house.run("refresh", "--from", "2025-03-01", "--to", "2025-03-02")

    assert done.exit_code == 0, done.output
    assert "no paper yet" in done.stderr
    assert not list((house.root / "data").glob("snapshots/v*"))


def test_a_full_quarantine_goes_on_and_is_told(house: House) -> None:
    broken = {118253, 118324}
    for post_id in {post.post_id for post in house.site.blog.posts} - broken:
        house.site.blog.delete(post_id)

    done = house.refresh()

    assert "quarantined  2" in done.stdout
    assert "2 announced = 2 quarantined" in done.stdout
    assert not list((house.root / "data").glob("snapshots/v*"))


def test_the_run_shows_in_the_instance_that_the_ui_reads(
    refreshed: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(refreshed.root))
    monkeypatch.chdir(refreshed.root)
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
        days = instance.get_materialized_partitions(dg.AssetKey("posts"))

    assert run.job_name == "refresh"
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert days == set(DAYS)


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["--from", "yesterday"], "yesterday"),
        (["--from", "2025-02-30"], "2025-02-30"),
        (["--from", "2025-03-07", "--to", "2025-03-03"], "2025-03-07"),
        (["--from", "2001-01-01"], "ARXIV_JA_EN_FIRST_DAY"),
        (["--to", "2999-01-01"], "2999-01-01"),
        (["--base-url", "ftp://example.org"], "ARXIV_JA_EN_BASE_URL"),
        (["--everything"], "--everything"),
    ],
)
def test_a_wrong_call_is_usage_and_exit_code_2(house: House, args: list[str], named: str) -> None:
    done = house.run("refresh", *args)

    assert done.exit_code == 2
    assert named in done.stderr
    assert "Usage:" in done.stderr
    assert not (house.root / "data").exists()


def test_a_wrong_setting_is_one_line_that_names_it(house: House) -> None:
    done = house.run("refresh", ARXIV_JA_EN_DELAY_SECONDS="soon")

    assert done.exit_code == 2
    (line,) = [line for line in done.stderr.splitlines() if "ARXIV_JA_EN_DELAY_SECONDS" in line]
    assert "'soon'" in line
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("home", ["/no/such/folder", "relative"])
def test_a_wrong_home_of_dagster_is_one_line_that_names_it(house: House, home: str) -> None:
    done = house.run("refresh", DAGSTER_HOME=home)

    assert done.exit_code == 1
    assert done.stderr == f"Error: DAGSTER_HOME={home}: not the absolute path of a folder\n"


def test_another_home_of_dagster_without_a_home_folder_works(house: House, tmp_path: Path) -> None:
    """Dagster's telemetry, on where no dagster.yaml switches it off, writes to the home folder."""
    other = tmp_path / "other"
    other.mkdir()
    day = ("--from", DAYS[0], "--to", DAYS[0])

    done = house.run("refresh", *day, DAGSTER_HOME=str(other), HOME="/proc/no-such-home")

    assert done.exit_code == 0, done.output
    assert "papers" in done.stdout
    assert not list(other.glob("**/.telemetry"))


def _one_line(house: House, **env: str) -> str:
    """The line with which a refresh ends that cannot start, or cannot go on."""
    done = house.run("refresh", "--from", DAYS[0], "--to", DAYS[0], **env)

    assert done.exit_code == 1, done.output
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    *before, line = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert not any("rror" in other for other in before)
    return line


def test_a_home_of_dagster_that_cannot_be_written_is_one_line(house: House) -> None:
    assert "DAGSTER_HOME=/proc/self cannot be written: " in _one_line(
        house, DAGSTER_HOME="/proc/self"
    )


@pytest.mark.parametrize(
    "text",
    ["telemetry: [", "no_such_section: 1", "run_storage: {module: no.such.module, class: C}"],
    ids=["no YAML", "unknown section", "unknown module"],
)
def test_a_wrong_dagster_yaml_is_one_line_that_names_its_folder(house: House, text: str) -> None:
    (house.root / "dagster.yaml").write_text(text)

    assert f"DAGSTER_HOME={house.root}: wrong dagster.yaml: " in _one_line(house)


def test_an_object_store_without_its_packages_names_the_extra(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "botocore", None)
    monkeypatch.setitem(sys.modules, "botocore.exceptions", None)
    for command in ("refresh", "ledger"):
        done = house.run(command, ARXIV_JA_EN_TABLES_URL="s3://bucket/tables")
        assert done.exit_code == 1
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith("Error: s3://bucket/tables: tables in an object store need")
        assert done.stderr.endswith("install arxiv-ja-en[deploy]\n")


def test_an_object_store_that_refuses_is_one_line(house: House) -> None:
    pytest.importorskip("s3fs", reason="in the extra deploy")
    done = house.run(
        "refresh",
        ARXIV_JA_EN_TABLES_URL="s3://bucket/tables",
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{free_port()}",
        AWS_ACCESS_KEY_ID="invented",
        AWS_SECRET_ACCESS_KEY="invented",
        AWS_REGION="us-east-1",
    )
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Error: s3://bucket/tables/posts cannot be listed: Could not")
    assert not isinstance(done.exception, OSError)


def test_what_was_published_is_named_and_no_bar_is_printed(
    refreshed: House, tmp_path: Path
) -> None:
    house = refreshed
    with serve_hub(tmp_path / "hub") as hub:
        env = house.env | {
            "ARXIV_JA_EN_HUB_REPO": "owner/dataset",
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "home"),
            "HF_TOKEN": TOKEN,
        }
        command = house.command("refresh", "--from", DAYS[0], "--to", DAYS[-1])
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        repository = hub.repositories["owner/dataset"]
        (tag, commit) = next(iter(repository.tags.items()))
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("published ")]
    address = f"{hub.url}/datasets/owner/dataset/tree/{tag}"
    assert line == f"published    owner/dataset, commit {commit}, tag {tag}, {address}"
    assert "%|" not in done.stdout + done.stderr
    assert "\r" not in done.stderr
