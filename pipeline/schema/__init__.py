"""The tables of the pipeline: the one place where each is described."""

from pipeline.schema.arxiv_ids import id_month, is_arxiv_id
from pipeline.schema.captures import CAPTURES, INBOX_CAPTURES, Captures
from pipeline.schema.configs import CONFIGS
from pipeline.schema.counted import Authors, Categories, Glossary
from pipeline.schema.derive import (
    FieldDoc,
    arrow_schema,
    empty_frame,
    field_docs,
    grain,
    polars_schema,
    rows_to_frame,
)
from pipeline.schema.ledger import LEDGER, LEDGER_STATES, Ledger
from pipeline.schema.pairs import PAIR_SIGNALS, SENTENCE_PAIRS, PairSignals, SentencePairs
from pipeline.schema.papers import Papers, Parallel, ParallelSentences, Summaries, Versions
from pipeline.schema.posts import CONTENTS, POSTS, Posts
from pipeline.schema.records import QUARANTINE, RECORDS, Quarantine, Records
from pipeline.schema.table import PARTITION, Config, Count, Reference, Table
from pipeline.schema.violations import VIOLATIONS_SCHEMA, key_of, violations

DAILY = (CAPTURES, POSTS, RECORDS, QUARANTINE, SENTENCE_PAIRS, PAIR_SIGNALS)
"""The tables that are made day by day, in the order of the stages."""

JOINED = (*CONFIGS, LEDGER)
"""The tables that are made together, of all days: those that are released, and the ledger."""

TABLES = {of.table: of for of in (*DAILY, INBOX_CAPTURES, *JOINED)}
"""Every table, by its name."""

__all__ = [
    "CAPTURES",
    "CONFIGS",
    "CONTENTS",
    "DAILY",
    "INBOX_CAPTURES",
    "JOINED",
    "LEDGER",
    "LEDGER_STATES",
    "PAIR_SIGNALS",
    "PARTITION",
    "POSTS",
    "QUARANTINE",
    "RECORDS",
    "SENTENCE_PAIRS",
    "TABLES",
    "VIOLATIONS_SCHEMA",
    "Authors",
    "Captures",
    "Categories",
    "Config",
    "Count",
    "FieldDoc",
    "Glossary",
    "Ledger",
    "PairSignals",
    "Papers",
    "Parallel",
    "ParallelSentences",
    "Posts",
    "Quarantine",
    "Records",
    "Reference",
    "SentencePairs",
    "Summaries",
    "Table",
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
