"""The configs of the dataset: how each of its tables is made, published and compared.

A config is what `load_dataset(repo, config)` names. Each is made of one table; columns that serve
only the pipeline stay behind.
"""

from __future__ import annotations

from pipeline.schema.counted import COUNTED_TABLES
from pipeline.schema.papers import PAPER_TABLES

CONFIGS = (*PAPER_TABLES, *COUNTED_TABLES)
"""Every config; the first is the default."""
