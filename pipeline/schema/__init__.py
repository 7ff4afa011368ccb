"""The tables of the pipeline: the one place where each is described."""

from pipeline.schema.captures import Captures
from pipeline.schema.derive import FieldDoc, empty_frame, field_docs, frame_of, grain, polars_schema
from pipeline.schema.pairs import PairSignals, SentencePairs
from pipeline.schema.posts import Posts
from pipeline.schema.records import LEDGER_STATES, Ledger, Quarantine, Records
from pipeline.schema.tables import (
    Authors,
    Categories,
    Papers,
    Parallel,
    ParallelSentences,
    Versions,
)

__all__ = [
    "LEDGER_STATES",
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
    "empty_frame",
    "field_docs",
    "frame_of",
    "grain",
    "polars_schema",
]
