"""arXiv's categories, bundled."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.schema.records import JAPANESE
from pipeline.validate.taxonomy import TAXONOMY_FILE, read_taxonomy, taxonomy


def test_every_category_has_its_archive_and_both_names():
    rows = taxonomy()
    assert rows.height == 175
    assert rows["code"].is_sorted()
    of_archive = pl.col("code").str.split(".").list.first() == pl.col("archive")
    assert rows.select(of_archive.all()).item()
    assert rows.select(pl.col("name_ja").str.contains(JAPANESE).all()).item()
    assert not rows.select(pl.col("name_en").str.contains(JAPANESE).any()).item()


@pytest.mark.parametrize("code", ["cs.CL", "math-ph", "hep-th", "eess.IV", "cmp-lg", "quant-ph"])
def test_current_and_legacy_codes_are_known(code):
    assert taxonomy().filter(code=code).height == 1


def test_a_file_with_a_code_twice_is_refused(tmp_path):
    path = tmp_path / "categories.csv"
    path.write_text(TAXONOMY_FILE.read_text() + "cs.CL,cs,Again,再び\n")
    with pytest.raises(ValueError, match="a code stands twice"):
        read_taxonomy(path)
