"""`translation` holds no line break, and what was a doubt stays apart from what is a note."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.pair.abstracts import line_ends, one_line, pair_abstract
from pipeline.pair.stage import pair_records
from pipeline.schema.papers import NOTES
from pipeline.tables.build import build_tables
from pipeline.validate.untexturize import AMBIGUOUS, UNDONE
from tests.tables.invented import record, records

SENTENCES = st.sampled_from(
    [
        "架空の文。",
        "GPUを使う。",
        "We see a line.",
        "結果（図1）は良い。",
        "α = 1",
        "「終」",
        "末尾",
    ]
)
LINES = st.lists(SENTENCES, min_size=1, max_size=6)
BREAKS = st.sampled_from(["\n", "\r\n", " \n", "\n\n", "\n\u3000"])


@given(LINES, BREAKS)
def test_a_text_cut_at_its_line_ends_gives_its_lines(lines, line_break):
    text = line_break.join(lines)
    joined, ends = one_line(text), line_ends(text)

    assert not re.search(r"[\r\n]", joined)
    bounds = zip([0, *ends], [*ends, len(joined)], strict=True)
    assert [joined[start:end].strip() for start, end in bounds] == lines


@given(LINES, BREAKS)
def test_the_text_of_each_bead_stands_in_the_translation(lines, line_break):
    ja = line_break.join(lines)
    en = "We see a line. It is invented.\nThere are GPUs."
    paired = pair_abstract(en, ja)

    for scored in paired.beads:
        bead = scored.bead
        if bead.ja_start < bead.ja_end:
            start, end = paired.japanese[bead.ja_start][0], paired.japanese[bead.ja_end - 1][1]
            assert one_line(ja[start:end]) in one_line(ja)


def test_en_ja_is_on_one_line_and_papers_is_as_published():
    ja = "一行目の架空の文。\n二行目の架空の文。\nThe third line is invented."
    seen = records(record(abstract_ja=ja, flags=["missing_categories", *NOTES]))
    paired = pair_records(seen)
    tables = build_tables(
        seen.lazy(), paired.pair_signals.lazy(), paired.sentence_pairs.lazy()
    ).tables
    pair = tables["parallel"].collect().row(0, named=True)
    paper = tables["papers"].collect().row(0, named=True)

    assert pair["translation"]["ja"] == (
        "一行目の架空の文。二行目の架空の文。The third line is invented."
    )
    assert pair["ja_line_ends"] == [9, 18]
    assert paper["abstract_ja"] == ja
    for row in (pair, paper):
        assert row["notes"] == sorted(NOTES)
        assert not {*row["flags"]} & {*NOTES}
    assert paper["flags"] == ["missing_categories"]


def test_the_notes_are_what_the_validator_says_of_typography():
    assert {AMBIGUOUS, UNDONE} == {*NOTES}
