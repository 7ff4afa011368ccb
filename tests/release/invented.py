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

_NOUNS = "model network graph method corpus kernel policy encoder lattice benchmark".split()
_VERBS = "improves explains bounds aligns compresses predicts samples extends".split()
_JA = "本研究では提案手法の有効性を検証し従来手法と比較して性能が向上することを示した".split()
_CATEGORIES = {"cs.CL": "Computation and Language", "cs.LG": "Machine Learning", "math.CO": None}


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
        return sorted(list(_CATEGORIES)[: 1 + self.number % 3])


def author_id(name: str) -> str:
    return "a-" + hashlib.sha256(name.encode()).hexdigest()[:16]


def invent(
    n: int, months: Sequence[str] = ("2025-02", "2025-03"), *, start: int = 0, seed: int = 1
) -> list[Paper]:
    """`n` papers over `months`; about one in five is of validation or test."""
    rng = random.Random(seed)
    papers = []
    for number in range(start, start + n):
        sentences = tuple(
            f"Sentence {number}.{i}: the {rng.choice(_NOUNS)} {rng.choice(_VERBS)} "
            f"the {rng.choice(_NOUNS)} by {rng.randint(1, 99)} percent."
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
    return _JA[0] + "、" + "".join(c for c in sentence if c.isdigit()) + "。"


def _translation(paper: Paper) -> dict[str, str]:
    return {"en": " ".join(paper.sentences), "ja": "\n".join(map(_ja, paper.sentences))}


def _when(paper: Paper, version: int) -> datetime:
    start = datetime.fromisoformat(paper.month + "-01").replace(tzinfo=UTC)
    return start + timedelta(hours=paper.number % 600, days=30 * (version - 1))


def _paper(paper: Paper) -> dict[str, Any]:
    texts = _translation(paper)
    return {
        "paper_id": paper.paper_id,
        "arxiv_id": paper.paper_id if paper.arxiv else None,
        "version": paper.version if paper.arxiv else None,
        "title": paper.title,
        "abstract_en": texts["en"],
        "abstract_ja": texts["ja"],
        "authors": paper.authors,
        "author_ids": [author_id(name) for name in paper.authors],
        "categories": paper.categories,
        "submitted_month": paper.month,
        "version_date": _when(paper, paper.version),
        "translator": paper.translator,
        "provider": "digest.invalid",
        "source_url": f"https://digest.invalid/{paper.number}",
        "posted_at": _when(paper, paper.version) + timedelta(days=1),
        "n_versions": paper.version,
        "pair_id": hashlib.sha256((texts["en"] + "\0" + texts["ja"]).encode()).hexdigest()[:32],
        "split": paper.split,
        "flags": ["omission_suspected"] if paper.number % 11 == 0 else [],
    }


def _version(paper: Paper, version: int) -> dict[str, Any]:
    row = _paper(paper)
    names = schema.polars_schema(schema.Versions).names()
    texts = {} if version == paper.version else {"abstract_en": f"Version {version} of this."}
    return {
        **{name: row[name] for name in names if name in row},
        **texts,
        "version": version if paper.arxiv else None,
        "version_date": _when(paper, version),
        "source_urls": [row["source_url"]],
        "captured_at": _when(paper, version) + timedelta(days=1),
        "archive_file": "invented.warc.gz",
        "record_offset": paper.number * 1000,
        "payload_digest": "sha256:" + hashlib.sha256(str(paper.number).encode()).hexdigest(),
    }


def _pair(paper: Paper) -> dict[str, Any]:
    row, texts = _paper(paper), _translation(paper)
    names = schema.polars_schema(schema.Parallel).names()
    return {
        **{name: row[name] for name in names if name in row},
        "translation": texts,
        "length_ratio": len(texts["ja"]) / len(texts["en"]),
        "length_z": paper.number % 13 / 4 - 1,
        "latex_kept": None,
        "lexicon_coverage": 0.5,
        "duplicate_sentences": 0,
        "unfinished_end": False,
        "omissions": [],
        "numbers_kept": None if paper.number % 17 == 0 else 1.0,
        "latin_terms_kept": 0.5,
        "urls_kept": None,
        "sentence_coverage": 1.0,
        "script_ratio": 0.9,
        "alignment_score": 0.75 + paper.number % 4 / 16,
    }


def _sentences(paper: Paper) -> list[dict[str, Any]]:
    row = _paper(paper)
    return [
        {
            "translation": {"en": sentence, "ja": _ja(sentence)},
            "paper_id": row["paper_id"],
            "version": row["version"],
            "index": index,
            "bead": "1-1",
            "score": 0.875,
            "flags": [],
            "submitted_month": paper.month,
            "split": paper.split,
        }
        for index, sentence in enumerate(paper.sentences)
    ]


def _authors(papers: Sequence[Paper]) -> list[dict[str, Any]]:
    by_name: dict[str, list[Paper]] = {}
    for paper in papers:
        for name in paper.authors:
            by_name.setdefault(name, []).append(paper)
    return [
        {
            "author_id": author_id(name),
            "name": name,
            "n_papers": len(theirs),
            "first_seen": min(_when(paper, paper.version) for paper in theirs).date(),
            "last_seen": max(_when(paper, paper.version) for paper in theirs).date(),
        }
        for name, theirs in by_name.items()
    ]


def _category_rows(papers: Sequence[Paper]) -> list[dict[str, Any]]:
    codes = [code for paper in papers for code in paper.categories]
    return [
        {
            "code": code,
            "archive": code.split(".")[0],
            "name_en": _CATEGORIES[code],
            "name_ja": None,
            "n_papers": codes.count(code),
        }
        for code in sorted(set(codes))
    ]


def tables(papers: Sequence[Paper]) -> dict[str, pl.LazyFrame]:
    """The six tables that are released."""
    rows = {
        "papers": (schema.Papers, [_paper(p) for p in papers]),
        "versions": (
            schema.Versions,
            [_version(p, v) for p in papers for v in range(1, p.version + 1)],
        ),
        "authors": (schema.Authors, _authors(papers)),
        "categories": (schema.Categories, _category_rows(papers)),
        "parallel": (schema.Parallel, [_pair(p) for p in papers]),
        "parallel_sentences": (
            schema.ParallelSentences,
            [row for p in papers for row in _sentences(p)],
        ),
    }
    return {name: schema.rows_to_frame(model, data).lazy() for name, (model, data) in rows.items()}
