"""arXiv's categories, as bundled in data/reference/arxiv-categories.csv."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import polars as pl

from pipeline.settings import BUNDLED

TAXONOMY_FILE = BUNDLED / "data" / "reference" / "arxiv-categories.csv"

_SCHEMA = pl.Schema(dict.fromkeys(("code", "archive", "name_en", "name_ja"), pl.String()))


def read_taxonomy(path: Path = TAXONOMY_FILE) -> pl.DataFrame:
    """The categories in `path`: code, archive, name_en, name_ja; one row per code.

    Raises:
        ValueError: the file has other columns, an empty field or a code twice.
    """
    rows = pl.read_csv(path, schema=_SCHEMA)
    if rows["code"].is_duplicated().any() or sum(rows.null_count().row(0)):
        raise ValueError(f"{path.name}: a code stands twice, or a field is empty")
    return rows


@lru_cache(maxsize=1)
def taxonomy() -> pl.DataFrame:
    """The bundled categories, read once."""
    return read_taxonomy()
