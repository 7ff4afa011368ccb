from __future__ import annotations

import csv
import io
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.export.segments import segment, sides
from pipeline.release.configs import CONFIGS


def folded(text: str | None) -> str:
    frame = pl.DataFrame({"text": [text]}, schema={"text": pl.String})
    found = frame.select(segment(pl.col("text"))).item()
    assert isinstance(found, str)
    return found


@given(st.text())
@example("\x85")
@example("\ufeff")
@example(" \u2028 ")
@example("a\r\n\u3000\nb")
def test_a_segment_is_one_line_to_every_reader(text: str) -> None:
    line = folded(text)
    assert line.splitlines() in ([line], [])
    assert line == line.strip()
    assert list(csv.reader(io.StringIO(line), delimiter="\t", quoting=csv.QUOTE_NONE)) in (
        [[line]],
        [],
    )
    escaped = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert (ElementTree.fromstring(f"<seg>{escaped}</seg>").text or "") == line


@given(st.text(st.characters(exclude_categories=("C", "Z"))))
def test_what_can_be_seen_stays(text: str) -> None:
    assert folded(text) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb", "a b"),
        ("a \r\n\r\n b", "a b"),
        ("これは。\nそれは。", "これは。 それは。"),
        ("a\u3000b", "a\u3000b"),
        ("a  b", "a  b"),
        ("\u200b\u00a0", ""),
        ("か\u3099", "か\u3099"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        (None, ""),
    ],
)
def test_breaks_become_a_space(text: str | None, line: str) -> None:
    assert folded(text) == line


def test_which_configs_have_pairs() -> None:
    paired = {c.name for c in CONFIGS if sides([doc.name for doc in c.fields]) is not None}
    assert {"en-ja", "en-ja-sentences", "papers", "versions", "glossary"} <= paired
    assert not {"authors", "categories"} & paired
