"""The jobs: what is run together."""

from __future__ import annotations

import dagster as dg

REFRESH_JOB = "refresh"
PROCESS_JOB = "process_days"
INTAKE_JOB = "take_inbox"
RELEASE_JOB = "release"

_daily = dg.AssetSelection.groups("parse", "validate", "pair")
_whole = dg.AssetSelection.groups("tables", "release")

READ_DAYS = dg.AssetSelection.groups("acquire") | _daily
"""What a refresh makes of its days, without the release: enough where another run follows."""

jobs = [
    dg.define_asset_job(
        REFRESH_JOB,
        selection=READ_DAYS | _whole,
        description="Crawl a range of days, and carry what is new through to a snapshot and its "
        "publication.",
    ),
    dg.define_asset_job(
        PROCESS_JOB,
        selection=_daily,
        description="Parse, validate and pair a range of days from the archive, without crawling.",
    ),
    dg.define_asset_job(
        INTAKE_JOB,
        selection=dg.AssetSelection.assets("inbox_captures"),
        description="Take the files that wait in the inbox into the archive.",
    ),
    dg.define_asset_job(
        RELEASE_JOB,
        selection=_whole,
        description="Build the tables of all days, the snapshot of them, and publish it.",
    ),
]
