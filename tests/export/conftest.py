"""Snapshots of invented papers, with texts that no format may stumble over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.release.manifest import Snapshot
from pipeline.release.snapshot import build_snapshot
from tests.release.invented import Paper, invent, tables

MONTHS = ("2025-02", "2025-03")

HOSTILE = (
    "a\tb",
    "one\x0btwo\x0cthree\x1cfour\x85five\u2028six\u2029seven",
    "<seg>&amp;\"'</seg></tuv>]]><!-- -->",
    "\ufeffmark",
    "non\ufffecharacter\uffff",
    "\x1b[31mred\x1b[0m",
    '=HYPERLINK("https://invented.example")',
    "مرحبا \u202eevil",
    "🗻𠮟",
    "\\t\\n",
)
"""Texts with what ends a line somewhere, what XML forbids, and what is markup elsewhere."""


def with_texts(frame: pl.LazyFrame, pairs: Sequence[tuple[str, str]]) -> pl.LazyFrame:
    """`frame`, its first rows with these texts as `translation`."""
    rows = frame.collect()
    texts = [{"en": en, "ja": ja} for en, ja in pairs]
    kept = rows["translation"].to_list()[len(texts) :]
    dtype = rows.schema["translation"]
    return rows.with_columns(pl.Series("translation", [*texts, *kept], dtype=dtype)).lazy()


Made = Callable[..., Snapshot]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Makes a snapshot of papers, the first beads with the given texts."""

    def _made(papers: Sequence[Paper], beads: Sequence[tuple[str, str]] = ()) -> Snapshot:
        of_papers = tables(papers)
        of_papers["parallel_sentences"] = with_texts(of_papers["parallel_sentences"], beads)
        return build_snapshot(
            of_papers,
            tmp_path_factory.mktemp("snapshots"),
            parent=None,
            day=date(2025, 3, 31),
            code_version="test",
            archive_digest="sha256:" + "0" * 64,
            ledger={"paper": len(papers)},
        )

    return _made


@pytest.fixture(scope="session")
def snapshot(made: Made) -> Snapshot:
    """Sixty papers of two months and all splits, and hostile texts among their beads."""
    papers = invent(60, MONTHS)
    papers[55] = replace(papers[55], kind="summary")
    return made(papers, [(text, text[::-1]) for text in HOSTILE])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder for what is written; it need not exist."""
    return tmp_path / "out"
