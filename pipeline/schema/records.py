"""Posts that passed, posts that did not, and where every post ended."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from pandera.polars import DataFrameModel, Field

from pipeline.schema.columns import ARXIV_ID, PAPER_ID, Strings, UtcTime

LEDGER_STATES = (
    "paper",
    "older_version",
    "duplicate",
    "not_a_paper",
    "protected",
    "quarantined",
    "not_captured",
)
"""The states in which an announced post can end; each ends in exactly one."""


class Records(DataFrameModel):
    """One row per valid sighting of a paper in a post, its text normalised."""

    day: pl.Date = Field(description="Digest day (JST), the partition.")
    paper_id: str = Field(
        str_matches=PAPER_ID, description="arXiv id without version, or `t-` and a title hash."
    )
    arxiv_id: str = Field(nullable=True, str_matches=ARXIV_ID, description="Id without version.")
    version: pl.Int16 = Field(
        nullable=True, ge=1, description="Version of the paper; null where no link names it."
    )
    title: str = Field(str_length={"min_value": 1}, description="Title, normalised.")
    title_key: str = Field(description="Title folded for comparison: NFKC, letters and digits.")
    abstract_en: str = Field(description="English abstract, normalised.")
    abstract_ja: str = Field(
        description="Japanese abstract, normalised; a line feed is the translator's sentence mark."
    )
    authors: Strings = Field(description="Author names in order.")
    categories: Strings = Field(description="arXiv category codes, as listed; no primary.")
    version_date: UtcTime = Field(description="arXiv's time stamp of the version, UTC.")
    provider: str = Field(nullable=True, description="Who posted it.")
    translator: str = Field(nullable=True, description="Translation service, as named.")
    post_id: pl.Int64 = Field(nullable=True, ge=1, description="WordPress id of the post.")
    source_url: str = Field(description="The post's permalink, else the page it was seen on.")
    posted_at: UtcTime = Field(nullable=True, description="When the site posted it, UTC.")
    captured_at: UtcTime = Field(description="When the page was received, UTC.")
    archive_file: str = Field(description="WARC file that holds the page.")
    record_offset: pl.Int64 = Field(ge=0, description="Byte offset of its record in that file.")
    payload_digest: str = Field(description="Digest of the page's decoded body.")
    entry_index: pl.Int32 = Field(ge=0, description="Place among the page's entries, from 0.")
    pair_id: str = Field(
        str_matches=r"^[0-9a-f]{32}$",
        description="Hash of both abstracts: the same texts have the same pairs and signals.",
    )
    flags: Strings = Field(description="Doubts that do not disqualify, by name.")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True


class Quarantine(DataFrameModel):
    """One row per sighting of a post that broke a rule, with every reason."""

    day: pl.Date = Field(description="Digest day (JST), the partition.")
    reasons: Strings = Field(description="Every rule it breaks, by name; at least one.")
    source: str = Field(description="Address of the page on which it was seen.")
    post_id: pl.Int64 = Field(nullable=True, description="WordPress id of the post.")
    post_url: str = Field(nullable=True, description="The post's permalink.")
    posted_at: UtcTime = Field(nullable=True, description="When the site posted it, UTC.")
    entry_index: pl.Int32 = Field(ge=0, description="Place among the page's entries, from 0.")
    title: str = Field(nullable=True, description="Title as published.")
    raw: str = Field(description="Lines of the entry as they stood.")
    captured_at: UtcTime = Field(description="When the page was received, UTC.")
    archive_file: str = Field(description="WARC file that holds the page.")
    record_offset: pl.Int64 = Field(ge=0, description="Byte offset of its record in that file.")
    payload_digest: str = Field(description="Digest of the page's decoded body.")
    parser_version: str = Field(description="Version of the parser that read it.")

    class Config:
        """Exactly these columns, in this order."""

        strict = True
        ordered = True

    @pa.check("reasons", name="has_a_reason")
    def _has_a_reason(cls, data: pa.PolarsData) -> pl.LazyFrame:  # noqa: N805
        return data.lazyframe.select(pl.col(data.key).list.len() > 0)


class Ledger(DataFrameModel):
    """One row per post that the site announced, with the state in which it ended."""

    day: pl.Date = Field(description="Digest day (JST) of the post.")
    post: str = Field(description="What names the post: its id, else its address and place.")
    post_url: str = Field(nullable=True, description="The post's permalink, where known.")
    title: str = Field(nullable=True, description="Title as published, where known.")
    state: str = Field(isin=LEDGER_STATES, description=f"One of {', '.join(LEDGER_STATES)}.")
    reason: str = Field(nullable=True, description="Why, for the states that need one.")
    paper_id: str = Field(nullable=True, description="The paper, where the post has one.")
    version: pl.Int16 = Field(nullable=True, description="Its version, where known.")

    class Config:
        """Exactly these columns, in this order; a post has one row."""

        strict = True
        ordered = True
        unique = ["day", "post"]  # noqa: RUF012
