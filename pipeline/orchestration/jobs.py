"""The jobs: what is run together."""

from __future__ import annotations

import dagster as dg

REFRESH_JOB = "refresh"
PROCESS_JOB = "process_days"
INTAKE_JOB = "take_inbox"
RELEASE_JOB = "release"

_daily = dg.AssetSelection.groups("parse", "validate", "pair")
_whole = dg.AssetSelection.groups("tables", "release")

# Steps are short and share nothing that a process of their own would protect; the crawler, which
# needs one, has one. In process a run of ten steps costs seconds, not minutes.
_executor = dg.in_process_executor

jobs = [
    dg.define_asset_job(
        REFRESH_JOB,
        selection=dg.AssetSelection.groups("acquire") | _daily | _whole,
        executor_def=_executor,
        description="Crawl a range of days, and carry what is new through to a snapshot.",
    ),
    dg.define_asset_job(
        PROCESS_JOB,
        selection=_daily,
        executor_def=_executor,
        description="Parse, validate and pair a range of days from the archive, without crawling.",
    ),
    dg.define_asset_job(
        INTAKE_JOB,
        selection=dg.AssetSelection.assets("inbox_captures"),
        executor_def=_executor,
        description="Take the files that wait in the inbox into the archive.",
    ),
    dg.define_asset_job(
        RELEASE_JOB,
        selection=_whole,
        executor_def=_executor,
        description="Build the tables of all days, the snapshot of them, and publish it.",
    ),
]
