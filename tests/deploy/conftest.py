"""A deployment on this machine: Postgres, an object store, and the three servers of `deploy/`."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.sample import SampleSite, serve_sample
from pipeline.settings import PROJECT_ROOT
from tests.servers import ask, await_answer, end_group, free_port, listen_to_signals

BUCKET = "arxiv-ja-en"
PASSWORD = "only-on-loopback"


@dataclass(frozen=True)
class Deployment:
    """Three running servers.

    Attributes:
        url: of the webserver.
        environment: of the servers, and of a console beside them.
        data: the data folder.
        site: the sample site, which they take for the live one.
    """

    url: str
    environment: Mapping[str, str]
    data: Path
    site: SampleSite

    def run(self, *command: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """A command on the machine of the servers."""
        return subprocess.run(
            command,
            cwd=self.data.parent,
            env={**self.environment, **changes},
            capture_output=True,
            text=True,
            timeout=180,
        )


@pytest.fixture(scope="session")
def postgres() -> Iterator[dict[str, str]]:
    """An empty database on a Postgres server of its own: the variables by which it is found."""
    binaries = postgres_binaries()
    # Postgres refuses to run as root, and its user cannot read pytest's folders.
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    port = free_port()
    try:
        (folder / "password").write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (folder, folder / "password"):
                shutil.chown(path, user)
        make = [str(binaries / "initdb"), "--pgdata", str(folder / "data"), "--username=dagster"]
        make += ["--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "--no-sync"]
        subprocess.run(make, user=user, check=True, capture_output=True, cwd=folder)
        serve = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
        serve += ["-h", "127.0.0.1", "-p", str(port), "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(serve, user=user, stderr=log, stdout=log, cwd=folder)
            try:
                _await_postgres(binaries, port)
                yield {
                    "PGHOST": "127.0.0.1",
                    "PGPORT": str(port),
                    "PGUSER": "dagster",
                    "PGPASSWORD": PASSWORD,
                    "PGDATABASE": "postgres",
                }
            finally:
                # "Fast": it does not wait for clients to leave.
                server.send_signal(signal.SIGINT)
                server.wait(30)
    finally:
        shutil.rmtree(folder)


def _await_postgres(binaries: Path, port: int) -> None:
    ready = [str(binaries / "pg_isready"), "--host=127.0.0.1", f"--port={port}"]
    deadline = time.monotonic() + 60
    while subprocess.run(ready, capture_output=True).returncode != 0:
        assert time.monotonic() < deadline, "Postgres is not ready"
        time.sleep(0.1)


@pytest.fixture(scope="session")
def object_store() -> Iterator[dict[str, str]]:
    """An S3 server with an empty bucket: the variables by which its clients find it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "invented",
        "AWS_SECRET_ACCESS_KEY": "invented",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    _s3(variables).mkdir(BUCKET)
    yield variables
    server.stop()


def _s3(variables: Mapping[str, str]):
    from s3fs import S3FileSystem

    return S3FileSystem(
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        key=variables["AWS_ACCESS_KEY_ID"],
        secret=variables["AWS_SECRET_ACCESS_KEY"],
        use_listings_cache=False,
        skip_instance_cache=True,
    )


@pytest.fixture(scope="session")
def stored(object_store: dict[str, str]):
    """Lists the keys in the bucket that begin with a prefix."""

    def keys(prefix: str) -> list[str]:
        return sorted(_s3(object_store).find(f"{BUCKET}/{prefix}"))

    return keys


@pytest.fixture(scope="session")
def deployment(
    postgres: dict[str, str], object_store: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """The servers of `deploy/`, started by `deploy/start.sh` as containers and systemd do."""
    state = tmp_path_factory.mktemp("state")
    web, code = free_port(), free_port()
    with serve_sample() as site, ExitStack() as servers:
        environment = {
            **os.environ,
            **object_store,
            **postgres,
            "PATH": os.pathsep.join(
                [str(Path(sys.executable).parent), str(postgres_binaries()), os.environ["PATH"]]
            ),
            "PYTHONPATH": str(PROJECT_ROOT),
            "DAGSTER_HOME": str(state / "dagster"),
            "DAGSTER_CODE_PORT": str(code),
            "DAGSTER_WEBSERVER_PORT": str(web),
            "ARXIV_JA_EN_DATA_DIR": str(state / "data"),
            "ARXIV_JA_EN_TABLES_URL": f"s3://{BUCKET}/tables",
            "ARXIV_JA_EN_BASE_URL": site.base_url,
            "ARXIV_JA_EN_DELAY_SECONDS": "0",
        }
        health = [str(Path(sys.executable).with_name("dagster")), "api", "grpc-health-check"]
        servers.enter_context(_server("code", environment, state))
        deadline = time.monotonic() + 120
        while subprocess.run([*health, "--port", str(code)], capture_output=True).returncode:
            time.sleep(0.5)
            assert time.monotonic() < deadline, (state / "code.log").read_text()
        url = f"http://127.0.0.1:{web}"
        webserver = servers.enter_context(_server("webserver", environment, state))
        await_answer(webserver, f"{url}/server_info", state / "webserver.log")
        servers.enter_context(_server("daemon", environment, state))
        yield Deployment(url, environment, state / "data", site)


@contextmanager
def _server(
    name: str, environment: Mapping[str, str], state: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with (state / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(PROJECT_ROOT / "deploy" / "start.sh"), name],
            env=environment,
            cwd=state,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=listen_to_signals,
        )
        try:
            yield process
        finally:
            end_group(process)


_LAUNCH = """mutation ($job: String!, $tags: [ExecutionTag!]!) { launchRun(executionParams: {
    selector: {
        repositoryLocationName: "arxiv-ja-en", repositoryName: "__repository__", jobName: $job
    }
    runConfigData: {}
    executionMetadata: {tags: $tags}
}) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_STATUS = """query ($run: ID!) { runOrError(runId: $run) { ... on Run { status
    eventConnection { events { ... on ExecutionStepFailureEvent { error { message } } } }
} } }"""


@pytest.fixture(scope="session")
def launch(deployment: Deployment):
    """Launches a job as the UI does; its run id and status when it has ended."""

    def launch_(job: str, tags: Mapping[str, str]) -> tuple[str, str]:
        pairs = [{"key": key, "value": value} for key, value in tags.items()]
        answer = ask(deployment.url, _LAUNCH, job=job, tags=pairs)["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        run_id: str = answer["run"]["runId"]
        deadline = time.monotonic() + 300
        while True:
            run = ask(deployment.url, _STATUS, run=run_id)["runOrError"]
            if run["status"] in {"SUCCESS", "FAILURE", "CANCELED"}:
                errors = [e for e in run["eventConnection"]["events"] if e]
                return run_id, run["status"] if not errors else f"{run['status']}: {errors}"
            assert time.monotonic() < deadline, f"{run_id} is still {run['status']}"
            time.sleep(1)

    return launch_


def postgres_binaries() -> Path:
    """Where initdb, postgres and pg_dump are; Debian keeps them out of PATH."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    return max(versions, key=lambda folder: int(folder.parent.name))
