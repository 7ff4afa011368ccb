from __future__ import annotations

import polars as pl
import pytest

from pipeline.schema import id_month, is_arxiv_id
from pipeline.schema.arxiv_ids import id_month_start


@pytest.mark.parametrize(
    ("arxiv_id", "month"),
    [
        ("0704.9001", "2007-04"),
        ("1412.9001", "2014-12"),
        ("1501.90012", "2015-01"),
        ("2503.90012", "2025-03"),
        ("hep-th/9108999", "1991-08"),
        ("math.AG/0703999", "2007-03"),
        ("cond-mat/0001999", "2000-01"),
    ],
)
def test_ids_that_arxiv_could_have_given(arxiv_id, month):
    row = pl.select(ok=is_arxiv_id(pl.lit(arxiv_id)), month=id_month(pl.lit(arxiv_id))).row(0)
    assert row == (True, month)


@pytest.mark.parametrize(
    "arxiv_id",
    [
        *("2513.90012", "2500.90012", "1412.90012", "1501.9001", "0703.9001", "9912.9001"),
        *("hep-th/0704999", "hep-th/9113999", "2503.90012v1", "hep-th/9901001x", "", "x"),
    ],
)
def test_ids_that_arxiv_never_gave(arxiv_id):
    assert pl.select(is_arxiv_id(pl.lit(arxiv_id))).item() is False


def test_no_id_has_no_month():
    nothing = pl.lit(None, pl.String)
    assert pl.select(id_month(nothing), start=id_month_start(nothing)).row(0) == (None, None)
