"""Time and memory of every stage, and how good its output is; see docs/bench.md."""
