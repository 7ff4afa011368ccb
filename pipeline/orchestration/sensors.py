"""What the pipeline notices by itself: files in the inbox, stale days, runs that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from pipeline.acquire.days import ranges
from pipeline.acquire.inbox_ready import waiting, why_not_yet
from pipeline.archive.archive import Archive
from pipeline.orchestration.assets.parse import daily_versions, stale_days
from pipeline.orchestration.assets.tables import daily_keys
from pipeline.orchestration.checks.release_gate import failed_daily_checks
from pipeline.orchestration.dead_runs import close_dead_runs, living_runs
from pipeline.orchestration.jobs import INTAKE_JOB, PROCESS_JOB, RELEASE_JOB, jobs
from pipeline.orchestration.notices import send_notice
from pipeline.orchestration.partitions import range_tags
from pipeline.settings import Settings, today
from pipeline.storage import TableStore, derived_key


def build_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """The sensors over these settings."""
    return [_inbox_sensor(settings), _failure_sensor(settings)]


def _inbox_sensor(settings: Settings) -> dg.SensorDefinition:
    status = dg.DefaultSensorStatus.RUNNING if settings.schedule else None

    @dg.sensor(
        name="inbox_and_stale_days",
        jobs=[job for job in jobs if job.name in {INTAKE_JOB, PROCESS_JOB, RELEASE_JOB}],
        minimum_interval_seconds=30,
        default_status=status or dg.DefaultSensorStatus.STOPPED,
        description="Takes what waits in the inbox, then parses the days that became stale, then "
        "releases. One run at a time; the same state is tried once.",
    )
    def inbox_and_stale_days(
        context: dg.SensorEvaluationContext,
    ) -> dg.SensorResult | dg.SkipReason:
        for run_id in close_dead_runs(context.instance):
            context.log.warning("closed run %s: its process is gone", run_id)
        if living_runs(context.instance):
            return dg.SkipReason("A run is under way.")
        memory = _Memory.of(context.cursor)
        inbox = _inbox_state(settings.inbox_dir)
        if memory.notes_new(INTAKE_JOB, inbox):
            return dg.SensorResult(
                [_request(context.instance, INTAKE_JOB, inbox)], cursor=str(memory)
            )
        state_now = _cheap_state(context.instance, settings)
        if memory.done_at == state_now:
            return dg.SensorResult(
                skip_reason="Nothing has changed since the last look.", cursor=str(memory)
            )
        requests, stale = _due(context.instance, settings, memory)
        if requests:
            return dg.SensorResult(requests, cursor=str(memory))
        memory.done_at = state_now
        reasons = " ".join(_left_undone(context.instance, memory, inbox, stale))
        return dg.SensorResult(
            skip_reason=reasons or "The inbox is empty and no day is stale.", cursor=str(memory)
        )

    return inbox_and_stale_days


def _left_undone(
    instance: dg.DagsterInstance, memory: _Memory, inbox: str, stale: int
) -> Iterator[str]:
    """What failed before and is not asked for again."""
    if inbox:
        yield "What waits in the inbox could not be taken."
    if stale:
        yield f"Days that failed and are not tried again: {stale}."
    if failed := failed_daily_checks(instance):
        yield f"A release is held back by {'; '.join(failed)}."
    elif memory.asked.get(RELEASE_JOB):
        yield "The release failed and is not tried again before the tables change."


@dataclass
class _Memory:
    """What the sensor remembers from tick to tick.

    Attributes:
        done_at: `_cheap_state` when there was last nothing to ask for.
        asked: by job, what names the state that it was last asked to work on. What fails leaves
            that state as it is: it is not asked for again.
    """

    done_at: str
    asked: dict[str, str]

    @classmethod
    def of(cls, cursor: str | None) -> _Memory:
        done_at, *asked = (cursor or "").split("\n")
        return cls(done_at, dict(line.partition(" ")[::2] for line in asked))

    def __str__(self) -> str:
        return "\n".join([self.done_at, *(f"{job} {state}" for job, state in self.asked.items())])

    def notes_new(self, job: str, state: str) -> bool:
        """Whether `job` has a state to work on, and not the one noted; it is noted now."""
        new = state not in {"", self.asked.get(job)}
        self.asked[job] = state
        return new


def _inbox_state(inbox: Path) -> str:
    """Names the files in the inbox that can be taken, as nobody is still writing them.

    Empty where there are none.
    """
    files = []
    for path in waiting(inbox):
        with suppress(FileNotFoundError):  # moved away since it was listed
            if why_not_yet(path) is None:
                files.append(f"{path.name} {path.lstat().st_mtime_ns}")
    return derived_key(*files) if files else ""


def _cheap_state(instance: dg.DagsterInstance, settings: Settings) -> str:
    """Names the state of archive and tables without opening a file of either.

    Tables change by runs, the archive also by `arxiv-ja-en import`; what is a day, by the calendar
    and by a setting; what is to be made of them, by a removal request and by the code.
    """
    from pipeline.tables.months import CODE

    requests = settings.removals_file
    return derived_key(
        *daily_versions(),
        CODE,
        str(requests.stat().st_mtime_ns) if requests.exists() else "none",
        str(settings.first_day),
        str(today()),
        str(settings.tables_dir),
        *(f"{run.run_id} {run.status.value}" for run in instance.get_runs(limit=1)),
        *(f"{path.name} {path.stat().st_size}" for path in Archive(settings.archive_dir).files()),
    )


def _due(
    instance: dg.DagsterInstance, settings: Settings, memory: _Memory
) -> tuple[list[dg.RunRequest], int]:
    """The runs that archive and tables call for, by their keys, and how many days are stale.

    Notes in memory what it asks for. Opens every daily table: with years of them in an object
    store, that takes minutes.
    """
    archive, tables = Archive(settings.archive_dir), TableStore(settings.tables_dir)
    stale = stale_days(archive, tables)
    height = str(archive.index().height)
    state = derived_key(*daily_versions(), height, *map(str, stale)) if stale else ""
    if memory.notes_new(PROCESS_JOB, state):
        requests = [
            _request(instance, PROCESS_JOB, state, range_tags(*days)) for days in ranges(stale)
        ]
        return requests, len(stale)
    # A day that fails stays stale, and so do those behind it in its run; the release waits until a
    # later run passes the checks that this one did not.
    known = [] if failed_daily_checks(instance) else daily_keys(tables, settings.removals_file)
    state = derived_key(*known) if known else ""
    if tables.key("ledger") == state:
        state = ""
    if memory.notes_new(RELEASE_JOB, state):
        return [_request(instance, RELEASE_JOB, state)], len(stale)
    return [], len(stale)


def _request(
    instance: dg.DagsterInstance, job: str, state: str, tags: dict[str, str] | None = None
) -> dg.RunRequest:
    """Asks for a run; its key, which Dagster takes once and never again, is new after any run."""
    tags = tags or {}
    latest = [run.run_id for run in instance.get_runs(limit=1)]
    return dg.RunRequest(derived_key(job, state, *tags.values(), *latest), job_name=job, tags=tags)


def _failure_sensor(settings: Settings) -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name="failed_runs",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Announces a failed run: in the log always, to ARXIV_JA_EN_NOTICE_URL if set.",
    )
    def failed_runs(context: dg.RunFailureSensorContext) -> None:
        steps = sorted({event.step_key or "?" for event in context.get_step_failure_events()})
        send_notice(
            settings.notice_url,
            {
                "job": context.dagster_run.job_name,
                "run_id": context.dagster_run.run_id,
                "failed_steps": ", ".join(steps),
            },
        )

    return failed_runs
