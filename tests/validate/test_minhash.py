"""Near duplicates share a band of their MinHash; unlike texts do not."""

from __future__ import annotations

import polars as pl

from pipeline.validate.minhash import BANDS, minhash_bands
from tests.tables.invented import SUBJECTS, abstract


def _shared(a: str, b: str) -> int:
    keys = minhash_bands(pl.Series([a, b]))
    return sum(x == y for x, y in zip(keys[0], keys[1], strict=True))


def test_equal_texts_share_all_bands_and_near_ones_some():
    assert _shared(abstract(SUBJECTS[0]), abstract(SUBJECTS[0])) == BANDS
    assert 0 < _shared(abstract(SUBJECTS[0]), abstract(SUBJECTS[0], 1)) <= BANDS


def test_case_and_punctuation_do_not_count():
    text = abstract(SUBJECTS[0])
    assert _shared(text, text.upper().replace(".", " !")) == BANDS


def test_unlike_texts_share_none():
    assert _shared(abstract(SUBJECTS[0]), abstract(SUBJECTS[1])) == 0


def test_texts_without_words_have_no_bands():
    assert minhash_bands(pl.Series(["", None, "$ … $"], dtype=pl.String)).to_list() == [[], [], []]
    assert minhash_bands(pl.Series([], dtype=pl.String)).is_empty()


def test_the_bands_of_a_text_stay_what_they_are():
    # They stand in daily tables that are not written again: a new rensa must not change them.
    bands = minhash_bands(pl.Series(["an invented abstract"]))[0]
    assert bands[:2].to_list() == [2_110_504_601_572_173_579, 7_059_699_062_071_904_712]
