"""A snapshot as it is searched: the short columns in memory, the texts where they lie."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from pipeline.release.configs import BY_NAME, data_file
from pipeline.release.manifest import Snapshot, parse_data_file
from pipeline.release.selection import Selection
from pipeline.schema import PARTITION
from pipeline.tables.removals import named_paper

PAGE_ROWS = 25
"""Papers on a page."""

_FILES_AT_FIRST = 6
"""Data files whose texts are searched together at first; then twice as many each time, so that
frequent words are found soon and rare ones with all cores busy."""

_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
"""Kana and kanji, which English texts do not have."""

_SHORT = ("paper_id", "title", "categories", "translator", "kind", "submitted_month", "split")
"""Columns of `papers` that are held in memory, as far as the snapshot has them."""

_OF_PAIR = ("paper_id", "alignment_score", "flags")


@dataclass(frozen=True, slots=True)
class Query:
    """What a person asks for; an empty text asks for nothing.

    Attributes:
        text: words of title or abstract, in either language, or a paper's id.
        category, month, translator, kind, flag: what the paper has.
        min_score, max_score: bounds of the alignment score.
        page: from 1.
    """

    text: str = ""
    category: str = ""
    month: str = ""
    translator: str = ""
    kind: str = ""
    flag: str = ""
    min_score: float | None = None
    max_score: float | None = None
    page: int = 1


class Found(NamedTuple):
    """A page of papers."""

    rows: list[dict[str, Any]]
    """Short columns, newest month first."""
    total: int | None
    """Papers that fit; None where the search of texts stopped before it saw them all."""
    has_more: bool


class Catalogue:
    """The papers of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    @cached_property
    def papers(self) -> pl.DataFrame:
        """The short columns of all papers, newest month first; read at the first use."""
        frames = [_short_columns(self.snapshot, path) for path in self._files]
        if not frames:
            return pl.DataFrame(schema=dict.fromkeys((*_SHORT, *_OF_PAIR), pl.String))
        return pl.concat(frames).sort("submitted_month", "paper_id", descending=True)

    @property
    def _files(self) -> list[Path]:
        return self.snapshot.data_files("papers")

    @cached_property
    def choices(self) -> dict[str, list[str]]:
        """The values that a query can name, by its attribute: the most frequent first."""
        return {
            name: _by_frequency(self.papers, column)
            for name, column in {
                "category": "categories",
                "month": "submitted_month",
                "translator": "translator",
                "kind": "kind",
                "flag": "flags",
            }.items()
        }

    def part_of(self, paper_id: str) -> tuple[str, str] | None:
        """Split and month of a paper; None where there is no such paper."""
        rows = self.papers.filter(pl.col("paper_id") == paper_id)
        return rows.select(PARTITION).row(0) if rows.height else None

    def find(self, query: Query) -> Found:
        """A page of the papers that fit.

        The page of a paper's id is that paper. Other texts are looked for in titles and abstracts,
        in capitals and small letters alike, month by month, until the page is full.
        """
        rows = self.papers.filter(*_conditions(query))
        first = (query.page - 1) * PAGE_ROWS
        if not query.text:
            return _page(rows, first, rows.height)
        named = {query.text, named_paper(query.text)} - {None}
        if not (of_id := rows.filter(pl.col("paper_id").is_in(named))).is_empty():
            return _page(of_id, first, of_id.height)
        if len(named) > 1:
            return _page(rows.clear(), first, 0)
        found: list[pl.DataFrame] = [rows.clear()]
        n_found, wanted, seen_all = 0, first + PAGE_ROWS + 1, True
        for hits in self._with_text(rows, query.text):
            found.append(hits)
            n_found += hits.height
            if n_found >= wanted:
                seen_all = False
                break
        return _page(pl.concat(found), first, n_found if seen_all else None)

    def _with_text(self, rows: pl.DataFrame, text: str) -> Iterator[pl.DataFrame]:
        """Those of the rows whose texts hold `text`, in their order, some months at a time."""
        parts = rows.group_by(PARTITION, maintain_order=True).agg(pl.len()).rows()
        in_title = rows.filter(_holds(text, "title")).get_column("paper_id")
        sides = ["abstract_ja"] if _JAPANESE.search(text) else ["abstract_en", "abstract_ja"]
        holds = _holds(text, *sides)
        for batch in _batches(parts):
            names = [data_file(BY_NAME["papers"], split, month) for split, month, _ in batch]
            # A file a core: all cores on one file take a quarter longer.
            texts = [pl.scan_parquet(self.snapshot.path / n, parallel="none") for n in names]
            found = pl.collect_all([part.filter(holds).select("paper_id") for part in texts])
            in_text = pl.concat(found).get_column("paper_id")
            months = sorted({month for _, month, _ in batch})
            yield rows.filter(
                pl.col("submitted_month").is_in(months),
                pl.col("paper_id").is_in(in_text.implode())
                | pl.col("paper_id").is_in(in_title.implode()),
            )


def _batches(parts: Sequence[tuple[str, str, int]]) -> Iterator[list[tuple[str, str, int]]]:
    """The parts in their order, whole months together, more of them each time."""
    by_month: dict[str, list[tuple[str, str, int]]] = {}
    for part in parts:
        by_month.setdefault(part[1], []).append(part)
    batch: list[tuple[str, str, int]] = []
    size = _FILES_AT_FIRST
    for of_month in by_month.values():
        batch += of_month
        if len(batch) >= size:
            yield batch
            batch, size = [], 2 * size
    if batch:
        yield batch


def _short_columns(snapshot: Snapshot, path: Path) -> pl.DataFrame:
    relative = path.relative_to(snapshot.path).as_posix()
    _, split, month = parse_data_file(relative)
    names = [name for name in _SHORT if name in snapshot.manifest.schema["papers"]]
    papers = pl.scan_parquet(path).select(names)
    pairs = data_file(BY_NAME["en-ja"], split, month)
    if pairs in snapshot.manifest.files:
        of_pair = pl.scan_parquet(snapshot.path / pairs).select(_OF_PAIR)
        papers = papers.join(of_pair, on="paper_id", how="left", maintain_order="left")
    else:
        papers = papers.with_columns(
            alignment_score=pl.lit(None, pl.Float32), flags=pl.lit([], pl.List(pl.String))
        )
    return papers.collect()


def _by_frequency(papers: pl.DataFrame, column: str) -> list[str]:
    if column not in papers.columns:
        return []
    values = papers.get_column(column)
    if isinstance(values.dtype, pl.List):
        values = values.explode()
    counts = values.drop_nulls().value_counts(sort=True)
    if column == "submitted_month":
        counts = counts.sort(column, descending=True)
    return counts.get_column(column).to_list()


def _conditions(query: Query) -> list[pl.Expr]:
    chosen = Selection(
        min_score=query.min_score,
        categories=(query.category,) if query.category else (),
        translators=(query.translator,) if query.translator else (),
        kinds=(query.kind,) if query.kind else (),
    )
    asked = [*chosen.conditions().values()]
    if query.max_score is not None:
        asked.append(pl.col("alignment_score") <= query.max_score)
    if query.month:
        asked.append(pl.col("submitted_month") == query.month)
    if query.flag:
        asked.append(pl.col("flags").list.contains(query.flag))
    return asked


def _holds(text: str, *columns: str) -> pl.Expr:
    """Whether one of the columns holds the text, whatever the case and the spaces."""
    words = r"\s+".join(map(re.escape, text.split()))
    # Python's escapes for a space or a sign that means nothing are none of Rust's.
    pattern = "(?i)" + re.sub(r"\\([^\w\s])|\\(\s)", lambda m: m[0] if m[1] else m[2], words)
    return pl.any_horizontal(pl.col(name).str.contains(pattern) for name in columns)


def _page(rows: pl.DataFrame, first: int, total: int | None) -> Found:
    shown = rows.slice(first, PAGE_ROWS)
    return Found(shown.to_dicts(), total, rows.height > first + PAGE_ROWS)
