"""Release: snapshots, their card, their changes, and publication."""
