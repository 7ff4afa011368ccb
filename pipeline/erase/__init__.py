"""Erasing a paper for good: from the archive, local snapshots and the Hub."""
