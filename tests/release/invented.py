"""Invented papers, and the tables that the stages before would make of them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from pipeline import schema
from pipeline.tables.build import counted_tables, paper_tables

_NOUNS = dict(
    zip(
        "model network graph method corpus kernel policy encoder lattice benchmark".split(),
        "モデル ネットワーク グラフ 手法 コーパス カーネル 方策 符号器 格子 課題".split(),
        strict=True,
    )
)
_VERBS = "improves explains bounds aligns compresses predicts samples extends".split()
_JA = "本研究では提案手法の有効性を検証し従来手法と比較して性能が向上することを示した".split()
_CATEGORIES = ("cs.CL", "cs.LG", "math.CO")


@dataclass(frozen=True)
class Paper:
    """An invented paper with its latest version; earlier ones have the same texts, numbered."""

    number: int
    month: str
    sentences: tuple[str, ...]
    version: int = 1
    split: str = "train"
    arxiv: bool = True
    translator: str | None = "Google"
    named: str = ""
    kind: str = "translation"

    @property
    def title(self) -> str:
        return self.named or f"An invented study, number {self.number}"

    @property
    def paper_id(self) -> str:
        if not self.arxiv:
            return "t-" + hashlib.sha256(self.title.encode()).hexdigest()[:16]
        return f"{self.month[2:4]}{self.month[5:7]}.{90_000 + self.number}"

    @property
    def authors(self) -> list[str]:
        return [f"A. Nonesuch {self.number % 7}", f"B. Nobody {self.number}"]

    @property
    def categories(self) -> list[str]:
        return sorted(_CATEGORIES[: 1 + self.number % 3])


def invent(
    n: int, months: Sequence[str] = ("2025-02", "2025-03"), *, start: int = 0, seed: int = 1
) -> list[Paper]:
    """`n` papers over `months`; about one in five is of validation or test."""
    rng = random.Random(seed)
    papers = []
    for number in range(start, start + n):
        sentences = tuple(
            f"Sentence {number}.{i}: the {rng.choice(list(_NOUNS))} {rng.choice(_VERBS)} "
            f"the {rng.choice(list(_NOUNS))} by {rng.randint(1, 99)} percent."
            for i in range(rng.randint(2, 6))
        )
        split = ("validation", "test")[number // 5 % 2] if number % 5 == 4 else "train"
        papers.append(Paper(number, months[number % len(months)], sentences, split=split))
    return papers


def revise(paper: Paper) -> Paper:
    """Its next version."""
    first = f"Revised to version {paper.version + 1}. "
    return replace(paper, version=paper.version + 1, sentences=(first, *paper.sentences[1:]))


def _ja(sentence: str) -> str:
    subject = "と".join(ja for en, ja in _NOUNS.items() if f"the {en} " in sentence)
    digits = "".join(c for c in sentence if c.isdigit())
    return f"{_JA[0]}、{subject}は{digits}。" if subject else f"{_JA[0]}、{digits}。"


def _translation(paper: Paper) -> dict[str, str]:
    return {"en": " ".join(paper.sentences), "ja": "\n".join(map(_ja, paper.sentences))}


def _when(paper: Paper, version: int) -> datetime:
    start = datetime.fromisoformat(paper.month + "-01").replace(tzinfo=UTC)
    return start + timedelta(hours=paper.number % 600, days=30 * (version - 1))


def _version(paper: Paper, version: int) -> dict[str, Any]:
    """All that the stages before know of a version, as `tables.build.version_rows` has it."""
    is_latest = version == paper.version
    texts = _translation(paper)
    url = f"https://digest.invalid/{paper.number}"
    return {
        "paper_id": paper.paper_id,
        "version": version if paper.arxiv else None,
        "is_latest": is_latest,
        "n_versions": paper.version,
        "title": paper.title,
        "abstract_en": texts["en"] if is_latest else f"Version {version} of this.",
        "abstract_ja": texts["ja"],
        "authors": paper.authors,
        "categories": paper.categories,
        "submitted_month": paper.month,
        "split": paper.split,
        "version_date": _when(paper, version),
        "translator": paper.translator,
        "kind": paper.kind,
        "title_ja": None,
        "provider": "digest.invalid",
        "source_url": url,
        "source_urls": [url],
        "posted_at": _when(paper, version) + timedelta(days=1),
        "captured_at": _when(paper, version) + timedelta(days=1),
        "archive_file": "invented.warc.gz",
        "record_offset": paper.number * 1000,
        "record_id": f"urn:uuid:00000000-0000-4000-8000-{paper.number:012}",
        "entry_index": 0,
        "payload_digest": "sha256:" + hashlib.sha256(str(paper.number).encode()).hexdigest(),
        "pair_id": hashlib.sha256((texts["en"] + "\0" + texts["ja"]).encode()).hexdigest()[:32],
        "flags": ["omission_suspected"] if paper.number % 11 == 0 else [],
        "pair_flags": [],
        **_signals(paper, texts),
    }


def _signals(paper: Paper, texts: dict[str, str]) -> dict[str, Any]:
    """Some that vary and some that are null; all others the same."""
    middling: dict[Any, Any] = {pl.Float32: 0.5, pl.Int32: 0, pl.Boolean: False, pl.List: []}
    columns = schema.polars_schema(schema.PairSignals)
    own = {"day", "pair_id", "aligner_version", "flags"}
    return {
        **{name: middling[dtype.base_type()] for name, dtype in columns.items() if name not in own},
        "length_ratio": len(texts["ja"]) / len(texts["en"]),
        "length_z": paper.number % 13 / 4 - 1,
        "latex_kept": None,
        "urls_kept": None,
        "numbers_kept": None if paper.number % 17 == 0 else 1.0,
        "script_ratio": 0.9,
        "alignment_score": 0.75 + paper.number % 4 / 16,
    }


def _sentences(paper: Paper) -> list[dict[str, Any]]:
    return [
        {
            "translation": {"en": sentence, "ja": _ja(sentence)},
            "paper_id": paper.paper_id,
            "version": paper.version if paper.arxiv else None,
            "index": index,
            "bead": "1-1",
            "score": 0.9375,
            "flags": [],
            "submitted_month": paper.month,
            "split": paper.split,
        }
        for index, sentence in enumerate(paper.sentences)
    ]


_COLUMNS = {
    **schema.polars_schema(schema.PairSignals),
    **schema.polars_schema(schema.Papers),
    **schema.polars_schema(schema.Versions),
    "is_latest": pl.Boolean(),
    "pair_flags": pl.List(pl.String()),
}


def tables(papers: Sequence[Paper]) -> dict[str, pl.LazyFrame]:
    """The tables that are released, as the pipeline makes them."""
    rows = [_version(paper, version) for paper in papers for version in range(1, paper.version + 1)]
    versions = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in (rows[0] if rows else _COLUMNS)},
        schema_overrides=_COLUMNS,
    )
    sentences = [row for p in papers if p.kind == "translation" for row in _sentences(p)]
    beads = schema.rows_to_frame(schema.ParallelSentences, sentences)
    monthly = paper_tables(versions.lazy(), beads.lazy())
    return {
        name: rows.collect().lazy() for name, rows in (monthly | counted_tables(monthly)).items()
    }
