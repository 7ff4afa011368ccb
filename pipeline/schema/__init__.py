"""The tables of the pipeline: the one place where each is asset_metadata."""

from pipeline.schema.arxiv_ids import id_month, is_arxiv_id
from pipeline.schema.captures import Captures
from pipeline.schema.derive import (
    FieldDoc,
    arrow_schema,
    empty_frame,
    field_docs,
    grain,
    polars_schema,
    rows_to_frame,
)
from pipeline.schema.pairs import PairSignals, SentencePairs
from pipeline.schema.posts import CONTENTS, Posts
from pipeline.schema.records import LEDGER_STATES, Ledger, Quarantine, Records
from pipeline.schema.tables import (
    Authors,
    Categories,
    Papers,
    Parallel,
    ParallelSentences,
    Versions,
)
from pipeline.schema.violations import VIOLATIONS_SCHEMA, key_of, violations

__all__ = [
    "CONTENTS",
    "LEDGER_STATES",
    "VIOLATIONS_SCHEMA",
    "Authors",
    "Captures",
    "Categories",
    "FieldDoc",
    "Ledger",
    "PairSignals",
    "Papers",
    "Parallel",
    "ParallelSentences",
    "Posts",
    "Quarantine",
    "Records",
    "SentencePairs",
    "Versions",
    "arrow_schema",
    "empty_frame",
    "field_docs",
    "grain",
    "id_month",
    "is_arxiv_id",
    "key_of",
    "polars_schema",
    "rows_to_frame",
    "violations",
]
