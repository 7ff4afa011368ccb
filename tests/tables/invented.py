"""Invented records, posts and what goes with them, for the tests of the tables."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import settings
from hypothesis import strategies as st

from pipeline.schema import PairSignals, Records, SentencePairs, polars_schema, rows_to_frame
from pipeline.validate.minhash import minhash_bands
from pipeline.validate.records import title_id
from pipeline.validate.text import title_key

DAY = date(2025, 3, 4)
WHEN = datetime(2025, 3, 4, 1, 0, tzinfo=UTC)
few = settings(max_examples=max(8, settings().max_examples // 12))
"""Fewer examples than other properties have: each one builds all tables, on disk."""

SUBJECTS = (
    *("An invented study of kernels over moving lattices", "Policies that never saw a reward"),
    *("Counting the spanning trees of a paper city", "A corpus of sentences nobody has said"),
)


def abstract(subject: str, variant: int = 0) -> str:
    """An English abstract; variants of one subject are nearly the same, subjects are not."""
    words = " ".join(f"{word.lower()}{n}" for n in range(12) for word in subject.split())
    return f"{subject}. We invent {words}." + f" Revised {variant} times." * bool(variant)


def record(**given: Any) -> dict[str, Any]:
    """A row of `schema.Records`; ids, keys and hashes follow from what is given."""
    row: dict[str, Any] = {
        "day": DAY,
        "arxiv_id": "2503.90001",
        "version": 1,
        "title": SUBJECTS[0],
        "abstract_en": abstract(given.get("title", SUBJECTS[0])),
        "abstract_ja": "この要約は架空のものである。\n実在の論文とは関係がない。",
        "authors": ["A. Author", "B. Writer"],
        "categories": ["cs.CL"],
        "version_date": WHEN,
        "provider": "invented",
        "translator": "Google",
        "kind": "translation",
        "post_id": 1,
        "posted_at": WHEN,
        "captured_at": WHEN + timedelta(hours=8),
        "archive_file": "crawl-1.warc.gz",
        "record_offset": 0,
        "payload_digest": "sha256:" + "0" * 64,
        "record_id": "urn:uuid:00000000-0000-4000-8000-000000000000",
        "entry_index": 0,
        "flags": [],
    } | given
    row.setdefault("source_url", f"https://invented.example/?p={row['post_id']}")
    key = title_key(row["title"])
    said = [row[c] for c in ("arxiv_id", "version", "title", "abstract_en", "abstract_ja")]
    said += [row[c] for c in ("authors", "categories", "version_date", "provider", "translator")]
    said += [row["flags"], row["kind"], row.get("title_ja")]
    return row | {
        "paper_id": row["arxiv_id"] or title_id(key),
        "title_key": key,
        "pair_id": _hex(row["abstract_en"] + "\0" + row["abstract_ja"]),
        "content_id": _hex(repr(said)),
    }


def records(*rows: dict[str, Any]) -> pl.DataFrame:
    """The rows as `schema.Records`; each at a place of its own, unless it has one."""
    placed = [{**row, "record_offset": row["record_offset"] or n} for n, row in enumerate(rows)]
    frame = rows_to_frame(Records, placed)
    return frame.with_columns(minhash_bands(frame["abstract_en"]).alias("near_keys"))


def pairs_of(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Signals and sentence pairs of the records: two beads a pair."""
    pairs = frame.select("day", "pair_id", "abstract_en").unique(["day", "pair_id"])
    signals, beads = [], []
    for day, pair_id, text in pairs.sort("day", "pair_id").iter_rows():
        signals.append(_filled(PairSignals, {"day": day, "pair_id": pair_id}))
        for index, side in enumerate(text.split(". ", 1)):
            given = {"day": day, "pair_id": pair_id, "index": index, "bead": "1-1", "en": side}
            beads.append(_filled(SentencePairs, given | {"ja": "架空の文。"}))
    return rows_to_frame(PairSignals, signals), rows_to_frame(SentencePairs, beads)


def _filled(model: Any, given: dict[str, Any]) -> dict[str, Any]:
    row = {}
    for name, dtype in polars_schema(model).items():
        if name in given:
            row[name] = given[name]
        elif dtype == pl.String:
            row[name] = "1"
        elif isinstance(dtype, pl.List):
            row[name] = []
        else:
            row[name] = False if dtype == pl.Boolean else 0
    return row


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@st.composite
def worlds(draw: st.DrawFn, most: int = 12) -> pl.DataFrame:
    """Records of a few papers: reposts, revisions, re-reads, twins without id, edited texts."""
    rows = []
    for _ in range(draw(st.integers(1, most))):
        paper = draw(st.integers(0, 3))
        version = draw(st.integers(1, 3))
        shows_id, shows_version = draw(st.booleans()), draw(st.booleans())
        capture = draw(st.integers(0, 5))
        post = draw(st.integers(1, 6))
        posted = WHEN + timedelta(days=post // 2)
        rows.append(
            record(
                day=DAY + timedelta(days=post // 2),
                # The third paper has the second's title, and another author and abstract.
                title=SUBJECTS[min(paper, 2)],
                authors=[f"Author {paper}"],
                abstract_en=abstract(SUBJECTS[paper], draw(st.integers(0, 1))),
                arxiv_id=f"2503.9000{paper}" if shows_id else None,
                version=version if shows_id and shows_version else None,
                version_date=WHEN + timedelta(days=version),
                translator=draw(st.sampled_from(["Google", "DeepL", None])),
                post_id=post,
                posted_at=posted if draw(st.booleans()) else None,
                captured_at=WHEN + timedelta(days=10, hours=capture),
                archive_file=f"crawl-{capture}.warc.gz",
                record_offset=post,
            )
        )
    return records(*rows).unique(
        ["day", "archive_file", "record_offset", "entry_index"], keep="first", maintain_order=True
    )
