"""Orchestration: all Dagster code; thin over the stages."""

import warnings

from dagster import BetaWarning, PreviewWarning

from pipeline.redaction import redact_logs

redact_logs()

# `backfill_policy` and `pool` are marked beta in 1.13; the lock pins the version we tested.
for _category in (BetaWarning, PreviewWarning):
    warnings.filterwarnings("ignore", category=_category)
