"""What is published: the configs of the dataset, where their files are, how types are named."""

from __future__ import annotations

from typing import cast

import polars as pl

from pipeline.schema import CONFIGS, PARTITION, Config

__all__ = ["BY_NAME", "CONFIGS", "LANGUAGES", "PARTITION", "Config", "data_file", "dtype_name"]

LANGUAGES = ("en", "ja")

BY_NAME = {config.name: config for config in CONFIGS}


def data_file(config: Config, split: str, month: str | None) -> str:
    """The path of a data file in the snapshot: `en-ja/train-2025-03.parquet`."""
    return f"{config.name}/{split}-{month}.parquet" if month else f"{config.name}/{split}.parquet"


def dtype_name(dtype: pl.DataType) -> str:
    """A column's type as the documentation and the manifest name it."""
    match dtype:
        case pl.List():
            return f"list<{dtype_name(cast('pl.DataType', dtype.inner))}>"
        case pl.Struct():
            return "translation<" + ", ".join(field.name for field in dtype.fields) + ">"
        case pl.Datetime():
            return f"timestamp[{dtype.time_unit}, {dtype.time_zone}]"
        case _:
            return str(dtype).lower()
