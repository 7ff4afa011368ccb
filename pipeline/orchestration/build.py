"""All definitions, built for given settings: fresh ones for every test."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

from pipeline.orchestration.assets import acquire, pair, parse, release, tables, validate
from pipeline.orchestration.checks import checks
from pipeline.orchestration.jobs import jobs
from pipeline.orchestration.progress import LoggedProgress, Progress
from pipeline.orchestration.run_lock import locked_tables
from pipeline.orchestration.schedules import build_schedules
from pipeline.orchestration.sensors import build_sensors
from pipeline.orchestration.settings_resource import settings_resource
from pipeline.settings import Settings


def build_definitions(
    settings: Settings,
    *,
    progress: Progress | None = None,
    loggers: Mapping[str, dg.LoggerDefinition] | None = None,
) -> dg.Definitions:
    """The code location: assets, checks, jobs, schedules and sensors over these settings.

    Args:
        settings: where data is kept and what is crawled.
        progress: receives progress messages; Dagster's log by default.
        loggers: Dagster loggers by name, beside the default ones.
    """
    modules = [acquire, parse, validate, pair, tables, release]
    loaded = dg.load_assets_from_modules(modules)
    assets = [asset for asset in loaded if isinstance(asset, dg.AssetsDefinition)]
    return dg.Definitions(
        assets=assets,
        asset_checks=[acquire.days_were_read, *checks],
        jobs=jobs,
        schedules=build_schedules(settings, assets),
        sensors=build_sensors(settings),
        resources={
            "settings": settings_resource(settings),
            "tables": locked_tables(settings),
            "progress": progress or LoggedProgress(),
        },
        # Steps are short and share nothing that a process of their own would protect; the crawler,
        # which needs one, has one. In process a run costs seconds, not minutes.
        executor=dg.in_process_executor,
        loggers=loggers,
    )
