"""What the UI shows of rows is JSON, whatever is in them."""

from __future__ import annotations

import json
from math import inf, nan

import dagster as dg
import polars as pl
import pytest

from pipeline.orchestration.previews import as_table


def test_numbers_that_json_lacks_are_shown_as_text() -> None:
    rows = pl.DataFrame({"length_ratio": [1.5, nan, inf, -inf, None], "n": [1, 2, 3, 4, None]})

    shown = as_table(rows)

    assert [row.data["length_ratio"] for row in shown.records] == [1.5, "nan", "inf", "-inf", ""]
    assert [row.data["n"] for row in shown.records] == [1, 2, 3, 4, ""]
    json.loads(dg.serialize_value(shown), parse_constant=pytest.fail)
