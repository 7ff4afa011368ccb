"""Where the `dagster.yaml` of every installation finds the event log."""

from pipeline.orchestration.dagster_private import KeptOpenEventLog

__all__ = ["KeptOpenEventLog"]
