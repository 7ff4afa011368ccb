"""Translations, summaries and what cannot be told: which tables a paper stands in."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.tables.build import COVERED, build_tables
from pipeline.tables.integrity import check_references
from tests.tables.invented import SUBJECTS, pairs_of, record, records

SUMMARY = "・灯台は夜に光る。\n・船は港に戻る。"


def tables_of(kind: str | None, coverage: float) -> dict[str, pl.DataFrame]:
    frame = records(
        record(arxiv_id="2503.90001"),
        record(
            arxiv_id="2503.90002",
            title=SUBJECTS[1],
            kind=kind,
            abstract_ja=SUMMARY,
            title_ja="灯台",
        ),
    )
    signals, beads = pairs_of(frame)
    signals = signals.with_columns(sentence_coverage=pl.lit(coverage, pl.Float32))
    made = build_tables(frame.lazy(), signals.lazy(), beads.lazy())
    assert check_references(made.tables) == []
    return {name: rows.collect() for name, rows in made.tables.items()}


def papers_in(table: pl.DataFrame) -> set[str]:
    return set(table["paper_id"])


@pytest.mark.parametrize("coverage", [0.0, 1.0])
def test_a_summary_is_a_config_of_its_own(coverage: float) -> None:
    tables = tables_of("summary", coverage)

    assert papers_in(tables["parallel"]) == {"2503.90001"}
    assert papers_in(tables["parallel_sentences"]) == {"2503.90001"}
    assert (
        papers_in(tables["papers"])
        == papers_in(tables["versions"])
        == {
            "2503.90001",
            "2503.90002",
        }
    )
    (summary,) = tables["summaries"].rows(named=True)
    assert (summary["paper_id"], summary["title_ja"]) == ("2503.90002", "灯台")
    assert summary["points"] == ["灯台は夜に光る。", "船は港に戻る。"]
    assert "\n" not in summary["abstract_en"]


@pytest.mark.parametrize(
    ("coverage", "kind", "in_parallel"),
    [(1.0, "translation", True), (COVERED - 0.05, None, False), (0.0, None, False)],
)
def test_a_list_without_template_is_told_by_what_it_covers(
    coverage: float, kind: str | None, in_parallel: bool
) -> None:
    tables = tables_of(None, coverage)

    row = tables["papers"].row(by_predicate=pl.col("paper_id") == "2503.90002", named=True)
    assert row["kind"] == kind
    assert ("2503.90002" in papers_in(tables["parallel"])) is in_parallel
    assert tables["summaries"].is_empty()
