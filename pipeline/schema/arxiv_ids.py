"""What an arXiv identifier says by itself: whether it can exist, and of which month it is.

Source: arXiv, "Understanding the arXiv identifier" (info.arxiv.org/help/arxiv_identifier.html):
`archive[.CLASS]/YYMMNNN` until March 2007; `YYMM.NNNN` from April 2007; `YYMM.NNNNN` from
January 2015.
"""

from __future__ import annotations

import polars as pl

from pipeline.schema.columns import ARXIV_ID

_YYMM = r"^(?:[^/]*/)?(\d{4})"
_OLD_STYLE_FROM, _NEW_STYLE_FROM, _FIVE_DIGITS_FROM = 199_107, 200_704, 201_501


def _year_month(arxiv_id: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Year (1991 to 2090) and month (0 to 99) that the id names."""
    yymm = arxiv_id.str.extract(_YYMM).cast(pl.Int32, strict=False)
    two_digits = yymm // 100
    return two_digits + pl.when(two_digits > 90).then(1900).otherwise(2000), yymm % 100


def is_arxiv_id(arxiv_id: pl.Expr) -> pl.Expr:
    """Whether arXiv could have given the id: its form, its month, the digits used at the time."""
    year, month = _year_month(arxiv_id)
    year_month = year * 100 + month
    old_style = arxiv_id.str.contains("/", literal=True)
    digits = arxiv_id.str.extract(r"\.(\d+)$").str.len_chars()
    in_use = (
        pl.when(old_style)
        .then(year_month.is_between(_OLD_STYLE_FROM, _NEW_STYLE_FROM, closed="left"))
        .when(digits == 5)
        .then(year_month >= _FIVE_DIGITS_FROM)
        .otherwise(year_month.is_between(_NEW_STYLE_FROM, _FIVE_DIGITS_FROM, closed="left"))
    )
    return arxiv_id.str.contains(ARXIV_ID) & month.is_between(1, 12) & in_use


def id_month(arxiv_id: pl.Expr) -> pl.Expr:
    """The month of the id as `YYYY-MM`; null where there is no id."""
    year, month = _year_month(arxiv_id)
    return pl.concat_str(
        year.cast(pl.String), pl.lit("-"), month.cast(pl.String).str.zfill(2), ignore_nulls=False
    )


def id_month_start(arxiv_id: pl.Expr) -> pl.Expr:
    """The first moment of the id's month, UTC; null where there is no id or no such month."""
    return id_month(arxiv_id).str.to_datetime(
        "%Y-%m", time_unit="us", time_zone="UTC", strict=False
    )
