"""Asset checks."""

checks: list = []
