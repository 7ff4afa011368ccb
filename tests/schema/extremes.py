"""Of every column the values at the edge of what its model allows, and rows made of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from hypothesis import strategies as st
from pandera.polars import Column, DataFrameModel

from pipeline.schema import polars_schema
from pipeline.schema.records import FIRST_DATE, MIN_ABSTRACT_EN, MIN_ABSTRACT_JA

TEXTS = (
    *("", " ", "\t", "\n", "\r\n", "\x00", "\x1b[31m", "\x85", "\u2028", "\u3000", "\u200b"),
    *(
        "x",
        "あ",
        "é",
        "e\u0301",
        "\u0301",
        "\u202e",
        "שלום",
        "مرحبا",
        "𠮷",
        "𝐀",
        "😀",
        "👩\u200d🔬",
    ),
    *(
        "\ufeff",
        "\ufffd",
        "\uffff",
        "\U0010ffff",
        "|`*_[](<b>&amp;",
        "-",
        ".",
        "'",
        '"',
        "\\",
        "x " * 500,
    ),
)
"""One character of every awkward kind, and what means something to a format that texts end in."""

_FILLERS = (
    " ",
    "\n",
    "\t",
    "\x00",
    "\u3000",
    "\u200b",
    "\u2028",
    ".",
    "。",
    "!",
    "\u0301",
    "\u202e",
)
_LONGEST = 20_000

_PATTERNED = {
    "arxiv_id": (
        *("hep-th/9108001", "math/0703999", "0704.0001", "1412.9999", "1501.00001"),
        *("2503.90001", "9012.99999"),
    ),
    "abstract_en": (
        *("a" + filler * (MIN_ABSTRACT_EN - 1) for filler in _FILLERS),
        *(filler * (MIN_ABSTRACT_EN - 1) + "a" for filler in _FILLERS),
        *("a" * _LONGEST, "word " * (_LONGEST // 5), "a. " * (_LONGEST // 3), "A\u0301" * 20),
        *("abc שלום " * 8, "x = $\\frac{1}{2}$, 10 % of 3.5e9; see https://x.example/a?b=c "),
    ),
    "abstract_ja": (
        *("あ" + filler * (MIN_ABSTRACT_JA - 1) for filler in _FILLERS),
        *(filler * (MIN_ABSTRACT_JA - 1) + "あ" for filler in _FILLERS),
        *("あ" * _LONGEST, "要約。" * (_LONGEST // 3), "\u304b\u3099" * 8, "𠮷" * MIN_ABSTRACT_JA),
    ),
    "source_url": (
        "http://x",
        "https://[",
        "http://a\u2100b/",
        "https://x.example/\U0010ffff",
        "inbox: ",
    ),
    "paper_id": ("2503.90001", "hep-th/9108001", "t-0123456789abcdef"),
    "post_url": ("http://x", "javascript:alert(1)", "https://[", ""),
    "source": ("http://x", "inbox:\u3000", "inbox:a\nb", "no address"),
}
"""Columns with rules of their own, and values on both sides of them."""

_MOMENTS = (
    datetime.min.replace(tzinfo=UTC),
    FIRST_DATE,
    datetime(2025, 3, 4, tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
)


def values_of(name: str, column: Column) -> tuple[Any, ...]:
    """The extreme values of a column, in its type and its simple bounds; null where it may be."""
    return (*([None] if column.nullable else []), *_of_type(name, column, column.dtype.type))


def _of_type(name: str, column: Column, dtype: pl.DataType) -> Iterator[Any]:
    given = {key: value for check in column.checks for key, value in check.statistics.items()}
    if "allowed_values" in given:
        yield from given["allowed_values"]
    elif "pattern" in given or name in _PATTERNED:
        yield from _PATTERNED.get(name, ("0" * 32, "f" * 32))
    elif dtype == pl.String:
        yield from (text[: given.get("max_value")] for text in TEXTS)
        yield "x" * (given.get("max_value") or 70_000)
    elif isinstance(dtype, pl.List) and dtype.inner == pl.String:
        yield from (
            [],
            ["A. Author"],
            ["A. Author"] * 3,
            ["A. Author", None],
            [f"Author {n}" for n in range(3_000)],
        )
        yield from ([text] for text in TEXTS)
    elif isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct):
        fields = [field.name for field in dtype.inner.fields]
        yield from ([], [dict.fromkeys(fields, "x")] * 3_000)
        yield from ([dict.fromkeys(fields, text)] for text in TEXTS)
    elif isinstance(dtype, pl.List):
        yield from ([], [0], [2**64 - 1] * 3, [7] * 16)
    elif dtype.is_integer():
        bits = int(str(dtype).removeprefix("Int"))
        yield from {given.get("min_value", -(2 ** (bits - 1))), 1, 2 ** (bits - 1) - 1}
    elif dtype == pl.Date:
        yield from (date.min, date(2025, 3, 4), date.max)
    elif isinstance(dtype, pl.Datetime):
        yield from _MOMENTS
    else:
        raise NotImplementedError(f"{name}: no extremes of {dtype}")


def extreme_rows(model: type[DataFrameModel], valid: dict[str, Any]) -> list[dict[str, Any]]:
    """`valid` with each extreme value of each column, one a row."""
    columns = model.to_schema().columns
    return [
        {**valid, name: value}
        for name, column in columns.items()
        for value in values_of(name, column)
    ]


def drawn_rows(
    model: type[DataFrameModel], valid: dict[str, Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """`valid` with some of its columns at an extreme, or a text that nobody thought of."""
    text = st.text(st.characters(codec="utf-8"), max_size=60)

    def column_of(name: str, column: Column) -> st.SearchStrategy[Any]:
        extreme = st.sampled_from(values_of(name, column))
        usual = st.just(valid.get(name))
        if polars_schema(model)[name] == pl.String and not column.checks:
            return usual | extreme | text
        return usual | usual | extreme

    return st.fixed_dictionaries(
        {name: column_of(name, column) for name, column in model.to_schema().columns.items()}
    )
