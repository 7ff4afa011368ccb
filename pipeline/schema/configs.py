"""The configs of the dataset: how each of its tables is made, published and compared.

A config is what `load_dataset(repo, config)` names. Each is made of one table; columns that serve
only the pipeline stay behind.
"""

from __future__ import annotations

from pipeline.schema.pairs import PAIR_SIGNALS, SENTENCE_PAIRS
from pipeline.schema.records import RECORDS
from pipeline.schema.table import PARTITION, Config, Count, Reference
from pipeline.schema.tables import (
    Authors,
    Categories,
    Papers,
    Parallel,
    ParallelSentences,
    Versions,
)

_KEY_OF_PAPER = ("paper_id", *PARTITION)
_KEY_OF_VERSION = (*_KEY_OF_PAPER, "version")

CONFIGS = (
    Config(
        name="en-ja",
        table="parallel",
        model=Parallel,
        description="The parallel corpus: abstract and translation, with signals and flags.",
        preview=("paper_id", "translation", "alignment_score", "flags", "split"),
        inputs=(RECORDS, PAIR_SIGNALS),
        internal=PARTITION,
        first=(
            *("translation", "paper_id", "arxiv_id", "title", "categories"),
            *("version", "translator"),
        ),
        order=("paper_id",),
        monthly=True,
        references=(Reference("pair_of_no_paper", _KEY_OF_VERSION, "papers"),),
    ),
    Config(
        name="en-ja-sentences",
        table="parallel_sentences",
        model=ParallelSentences,
        description="The sentence pairs of every paper's abstract.",
        preview=("paper_id", "bead", "translation", "score", "flags"),
        inputs=(RECORDS, SENTENCE_PAIRS),
        internal=PARTITION,
        first=("translation", "paper_id", "version"),
        order=("paper_id", "index"),
        monthly=True,
        row_group_rows=100_000,
        references=(Reference("sentences_of_no_paper", _KEY_OF_VERSION, "papers"),),
    ),
    Config(
        name="papers",
        table="papers",
        model=Papers,
        description="The papers, with both abstracts.",
        preview=("paper_id", "version", "title", "abstract_ja", "authors"),
        inputs=(RECORDS,),
        internal=("pair_id",),
        first=(
            *("paper_id", "arxiv_id", "abstract_en", "abstract_ja", "title", "authors"),
            *("author_ids", "categories", "submitted_month", "split"),
        ),
        order=("paper_id",),
        monthly=True,
        references=(
            Reference("version_not_in_versions", _KEY_OF_VERSION, "versions"),
            Reference("paper_not_in_parallel", _KEY_OF_VERSION, "parallel"),
            Reference("author_not_in_authors", ("author_ids",), "authors", ("author_id",)),
            Reference("category_not_in_categories", ("categories",), "categories", ("code",)),
        ),
        counts=(Count("n_versions", "paper_id", of="versions", theirs="paper_id"),),
    ),
    Config(
        name="versions",
        table="versions",
        model=Versions,
        description="What was seen, and where.",
        preview=("paper_id", "version", "title", "abstract_ja", "source_url"),
        inputs=(RECORDS,),
        internal=PARTITION,
        first=("paper_id", "abstract_en", "abstract_ja", "title"),
        order=("version", "paper_id"),
        monthly=True,
        references=(Reference("version_of_no_paper", _KEY_OF_PAPER, "papers"),),
    ),
    Config(
        name="authors",
        table="authors",
        model=Authors,
        description="The names that papers list: names, not persons.",
        preview=("name", "n_papers", "first_seen", "last_seen"),
        inputs=(RECORDS,),
        rest_from=("records.authors",),
        first=("author_id", "name", "first_seen"),
        order=("first_seen", "author_id"),
        row_group_rows=100_000,
        references=(Reference("author_of_no_paper", ("author_id",), "papers", ("author_ids",)),),
        counts=(Count("n_papers", "author_id", of="papers", theirs="author_ids"),),
    ),
    Config(
        name="categories",
        table="categories",
        model=Categories,
        description="The arXiv categories that papers are in.",
        preview=("code", "name_en", "name_ja", "n_papers"),
        inputs=(RECORDS,),
        rest_from=("records.categories",),
        order=("code",),
        references=(Reference("category_of_no_paper", ("code",), "papers", ("categories",)),),
        counts=(Count("n_papers", "code", of="papers", theirs="categories"),),
    ),
)
"""Every config; the first is the default."""
