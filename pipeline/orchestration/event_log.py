"""Where the `dagster.yaml` of every installation finds the event log."""

from pipeline.orchestration.dagster_private.event_log import KeptOpenEventLog

__all__ = ["KeptOpenEventLog"]
