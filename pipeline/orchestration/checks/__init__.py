"""The checks: what must hold of the tables before anything is published.

Each failure says how many rows break which rule, shows the first ten, and one sentence on what to
do. The rows are the site's words; they are shown as table cells, which the UI escapes.
"""

from pipeline.orchestration.checks.archive import archive_is_whole
from pipeline.orchestration.checks.check import ACCEPT_DRIFT_TAG
from pipeline.orchestration.checks.daily import daily_checks
from pipeline.orchestration.checks.joined import joined_checks

checks = [archive_is_whole, *daily_checks, *joined_checks]
"""All checks, in the order of the tables."""

__all__ = ["ACCEPT_DRIFT_TAG", "checks", "daily_checks"]
