"""What stands on the pages, as it stood."""

from __future__ import annotations

import polars as pl
from pandera.polars import DataFrameModel, Field

from pipeline.schema.columns import ARXIV_ID, Strings, UtcTime

CONTENTS = ("entry", "excerpt", "protected", "not_a_paper", "unreadable")
"""What a observation of a post holds.

- `entry`: the digest entry of a paper (complete or with `problems`).
- `excerpt`: the listing shows only the beginning; the post's own page has the rest.
- `protected`: the site asks for a password.
- `not_a_paper`: readable, without any label of an entry: an announcement, say.
- `unreadable`: a capture that is no digest page at all; `problems` says why.
"""


class Posts(DataFrameModel):
    """One row per entry in a capture: a post seen on three pages has three rows."""

    day: pl.Date = Field(description="Digest day (JST), the partition.")
    source: str = Field(description="Address of the page on which it was seen.")
    post_id: pl.Int64 = Field(nullable=True, ge=1, description="WordPress id of the post.")
    post_url: str = Field(nullable=True, description="The post's permalink.")
    posted_at: UtcTime = Field(nullable=True, description="When the site posted it, UTC.")
    listing: str = Field(nullable=True, description="Page: home, day, category, single, rest, …")
    entry_index: pl.Int32 = Field(ge=0, description="Place among the page's entries, from 0.")
    content: str = Field(isin=CONTENTS, description=f"One of {', '.join(CONTENTS)}.")
    title: str = Field(nullable=True, description="Title as published.")
    abstract_ja: str = Field(nullable=True, description="Japanese abstract as published.")
    abstract_en: str = Field(nullable=True, description="English abstract as published.")
    authors: Strings = Field(description="Author names in order, as published.")
    date: UtcTime = Field(nullable=True, description="arXiv's time stamp of the version, UTC.")
    arxiv_id: str = Field(nullable=True, str_matches=ARXIV_ID, description="Id without version.")
    version: pl.Int16 = Field(nullable=True, ge=1, description="Version that the link names.")
    abs_url: str = Field(nullable=True, description="Link to the abstract page, as published.")
    pdf_url: str = Field(nullable=True, description="Link to the PDF, as published.")
    provider: str = Field(nullable=True, description="Who posted it, as the entry says.")
    translator: str = Field(nullable=True, description="Translation service the entry names.")
    categories: Strings = Field(description="arXiv categories, as the site lists them.")
    problems: Strings = Field(description="What the parser found amiss, by name.")
    raw: str = Field(description="Lines of the entry as they stood, joined by line feeds.")
    captured_at: UtcTime = Field(description="When the page was received, UTC.")
    archive_file: str = Field(description="WARC file that holds the page.")
    record_offset: pl.Int64 = Field(ge=0, description="Byte offset of its record in that file.")
    payload_digest: str = Field(description="Digest of the page's decoded body.")
    announced: pl.Int32 = Field(
        nullable=True, ge=0, description="Posts of the day as the capture's server counts them."
    )
    parser_version: str = Field(description="Version of the parser that read it.")

    class Config:
        """Exactly these columns, in this order; an entry of a capture has one row a day."""

        strict = True
        ordered = True
        unique = ["day", "archive_file", "record_offset", "entry_index"]
