"""Postgres for the instance, an object store for the tables: the whole way, and back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import psycopg2
import pytest
import yaml

from pipeline.orchestration.partitions import range_tags
from pipeline.sample import read_posts
from pipeline.settings import PROJECT_ROOT
from tests.deploy.conftest import PASSWORD, Deployment
from tests.servers import ask

DEPLOY = PROJECT_ROOT / "deploy"
DAYS = sorted({post.posted_at.date() for post in read_posts()})


@pytest.fixture(scope="module")
def refreshed(deployment: Deployment, launch) -> str:
    """The sample's days, refreshed by a run that the daemon took from its queue; the run's id."""
    run_id: str
    run_id, status = launch("refresh", range_tags(DAYS[0], DAYS[-1]))
    assert status == "SUCCESS"
    return run_id


def test_a_run_is_kept_in_postgres(refreshed: str, deployment: Deployment) -> None:
    with _database(deployment) as connection, connection.cursor() as cursor:
        cursor.execute("select status from runs where run_id = %s", (refreshed,))
        assert cursor.fetchall() == [("SUCCESS",)]
        cursor.execute(
            "select count(distinct asset_key) from event_logs where run_id = %s", (refreshed,)
        )
        assert cursor.fetchall()[0][0] >= 10
    home = Path(deployment.environment["DAGSTER_HOME"])
    assert not list(home.rglob("*.db")), "the instance has a database of its own as well"


def test_tables_are_objects_and_the_rest_are_files(
    refreshed: str, stored, deployment: Deployment
) -> None:
    for daily in ("captures", "posts", "records", "quarantine", "pair_signals", "sentence_pairs"):
        names = [Path(key).stem for key in stored(f"tables/{daily}/")]
        assert names == [day.isoformat() for day in DAYS], daily
    assert stored("tables/papers/")
    assert stored("tables/ledger.parquet")
    assert not (deployment.data / "tables").exists()
    snapshots = [path.name for path in (deployment.data / "snapshots").iterdir()]
    assert f"v{DAYS[-1]:%Y.%m.%d}" in snapshots


def test_a_second_run_fetches_and_makes_nothing(
    refreshed: str, launch, stored, deployment: Deployment
) -> None:
    requests, objects = len(deployment.site.requests), stored("tables/")
    snapshots = sorted((deployment.data / "snapshots").iterdir())
    assert launch("refresh", range_tags(DAYS[0], DAYS[-1]))[1] == "SUCCESS"
    assert len(deployment.site.requests) == requests
    assert stored("tables/") == objects
    assert sorted((deployment.data / "snapshots").iterdir()) == snapshots


def test_the_console_reads_the_same_tables(refreshed: str, deployment: Deployment) -> None:
    shown = deployment.run("arxiv-ja-en", "ledger")
    assert shown.returncode == 0, shown.stderr
    assert "paper" in shown.stdout


def test_the_health_checks_of_the_compose_file_pass(deployment: Deployment) -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    ports = {
        "4000": deployment.environment["DAGSTER_CODE_PORT"],
        "127.0.0.1:3000": deployment.url.removeprefix("http://"),
    }
    for name in ("code", "webserver", "daemon"):
        command = services[name]["healthcheck"]["test"][1:]
        for there, here in ports.items():
            command = [word.replace(there, here) for word in command]
        check = deployment.run(*command)
        assert check.returncode == 0, (name, check.stderr)


def test_migration_has_nothing_to_do_and_says_so(refreshed: str, deployment: Deployment) -> None:
    migrated = deployment.run(f"{DEPLOY}/start.sh", "migrate")
    assert migrated.returncode == 0, migrated.stderr


def test_a_password_is_written_nowhere(refreshed: str, deployment: Deployment) -> None:
    state = deployment.data.parent
    holders = [
        path
        for path in state.rglob("*")
        if path.is_file() and PASSWORD.encode() in path.read_bytes()
    ]
    assert not holders


def test_a_backup_brings_everything_back(
    refreshed: str, deployment: Deployment, tmp_path: Path, stored
) -> None:
    backup, data = tmp_path / "backup", tmp_path / "data"
    for _ in range(2):
        made = deployment.run(f"{DEPLOY}/backup.sh", str(backup))
        assert made.returncode == 0, made.stderr

    assert deployment.run("createdb", "restored").returncode == 0
    elsewhere = {
        "PGDATABASE": "restored",
        "DAGSTER_HOME": str(tmp_path / "home"),
        "ARXIV_JA_EN_DATA_DIR": str(data),
        "ARXIV_JA_EN_TABLES_URL": "s3://arxiv-ja-en/restored",
    }
    back = deployment.run(f"{DEPLOY}/restore.sh", str(backup), **elsewhere)
    assert back.returncode == 0, back.stderr
    for folder in ("archive", "snapshots"):
        assert _files(data / folder) == _files(deployment.data / folder)
    with _database(deployment, "restored") as copy, copy.cursor() as cursor:
        cursor.execute("select status from runs where run_id = %s", (refreshed,))
        assert cursor.fetchall() == [("SUCCESS",)]

    # The tables are made again from the archive, without the site.
    requests = len(deployment.site.requests)
    (tmp_path / "home").mkdir()
    shutil.copy(DEPLOY / "dagster.yaml", tmp_path / "home")
    days = ["--from", DAYS[0].isoformat(), "--to", DAYS[-1].isoformat()]
    again = deployment.run("arxiv-ja-en", "refresh", *days, **elsewhere)
    assert again.returncode == 0, again.stderr
    assert len(deployment.site.requests) == requests
    assert [key.replace("restored", "tables", 1) for key in stored("restored/")] == stored(
        "tables/"
    )
    assert _files(data / "snapshots") == _files(deployment.data / "snapshots")

    over = deployment.run(f"{DEPLOY}/restore.sh", str(backup), **elsewhere)
    assert over.returncode == 1
    assert "archive exists" in over.stderr
    elsewhere["ARXIV_JA_EN_DATA_DIR"] = str(tmp_path / "other")
    over = deployment.run(f"{DEPLOY}/restore.sh", str(backup), **elsewhere)
    assert over.returncode == 1
    assert "restored has runs" in over.stderr
    assert not (tmp_path / "other").exists()


def _database(deployment: Deployment, name: str | None = None):
    where = {key: deployment.environment[f"PG{key.upper()}"] for key in ("host", "port", "user")}
    return psycopg2.connect(
        **where,
        password=deployment.environment["PGPASSWORD"],
        dbname=name or deployment.environment["PGDATABASE"],
    )


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(".lock")
    }


def test_the_daemon_reports_that_it_is_well(deployment: Deployment) -> None:
    health = "{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"
    statuses = ask(deployment.url, health)["instance"]["daemonHealth"]["allDaemonStatuses"]
    assert all(status["healthy"] for status in statuses if status["required"]), json.dumps(statuses)
