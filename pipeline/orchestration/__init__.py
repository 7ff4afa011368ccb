"""Orchestration: all Dagster code; thin over the stages."""
