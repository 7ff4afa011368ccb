"""The flags are right on invented abstracts of four fields that nothing was fitted to."""

from __future__ import annotations

import pytest

from bench.pair.fields import Counts
from bench.pair.flags import measure


@pytest.fixture(scope="module")
def by_flag() -> dict[str, Counts]:
    return measure("test")[0]


@pytest.mark.parametrize(
    "flag", ["no_text", "omission_suspected", "repeated", "truncated", "untranslated"]
)
def test_flags_are_right_on_fields_that_nothing_was_fitted_to(
    by_flag: dict[str, Counts], flag: str
) -> None:
    assert by_flag[flag].gold >= 12
    assert by_flag[flag].precision >= 0.9
    assert by_flag[flag].recall >= 0.9
