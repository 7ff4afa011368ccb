"""What stands on the pages, as it stood."""

from __future__ import annotations

import polars as pl
from pandera.polars import Field

from pipeline.schema.captures import CAPTURES
from pipeline.schema.columns import (
    ARXIV_ID,
    DAY,
    ENTRY_INDEX,
    KIND,
    POSTED_AT,
    RECORD_ID,
    RECORD_OFFSET,
    TITLE_JA,
    RemovedTexts,
    Strings,
    UtcTime,
    made_from,
)
from pipeline.schema.table import Table, TableModel

CONTENTS = ("entry", "excerpt", "protected", "not_a_paper", "unreadable")
"""What a observation of a post holds.

- `entry`: the digest entry of a paper (complete or with `problems`).
- `excerpt`: the listing shows only the beginning; the post's own page has the rest.
- `protected`: the site asks for a password.
- `not_a_paper`: readable, without any label of an entry: an announcement, say.
- `unreadable`: a capture that is no digest page at all, or one post of it that cannot be read;
  `problems` says why.
"""


class SeenEntry(TableModel):
    """Where and when an entry was seen: columns of every table with a row per entry."""

    day: pl.Date = DAY
    post_id: pl.Int64 = Field(nullable=True, ge=1, description="WordPress id of the post.")
    posted_at: UtcTime = POSTED_AT
    entry_index: pl.Int32 = ENTRY_INDEX
    captured_at: UtcTime = Field(description="When the page was received, UTC.")
    archive_file: str = Field(description="WARC file that holds the page.")
    record_offset: pl.Int64 = RECORD_OFFSET
    record_id: str = RECORD_ID
    payload_digest: str = Field(description="Digest of the page's decoded body.")

    class Config:
        """An entry of a capture has one row a day."""

        unique = ["day", "archive_file", "record_offset", "entry_index"]


class UnreadEntry(SeenEntry):
    """What an entry shows before any of its fields is read."""

    source: str = Field(
        description="Address of the page on which it was seen.", metadata=made_from("captures.url")
    )
    post_url: str = Field(nullable=True, description="The post's permalink.")
    title: str = Field(nullable=True, description="Title as published.")
    raw: str = Field(description="Lines of the entry as they stood, joined by line feeds.")
    parser_version: str = Field(description="Version of the parser that read it.")


class Posts(UnreadEntry):
    """One row per entry in a capture: a post seen on three pages has three rows."""

    listing: str = Field(nullable=True, description="Page: home, day, category, single, rest, …")
    content: str = Field(isin=CONTENTS, description=f"One of {', '.join(CONTENTS)}.")
    abstract_ja: str = Field(nullable=True, description="Japanese abstract as published.")
    abstract_en: str = Field(nullable=True, description="English abstract as published.")
    authors: Strings = Field(description="Author names in order, as published.")
    date: UtcTime = Field(nullable=True, description="arXiv's time stamp of the version, if given.")
    arxiv_id: str = Field(nullable=True, str_matches=ARXIV_ID, description="Id without version.")
    version: pl.Int16 = Field(nullable=True, ge=1, description="Version that the link names.")
    abs_url: str = Field(nullable=True, description="Link to the abstract page, as published.")
    pdf_url: str = Field(nullable=True, description="Link to the PDF, as published.")
    provider: str = Field(nullable=True, description="Who posted it, as the entry says.")
    translator: str = Field(nullable=True, description="Translation service the entry names.")
    categories: Strings = Field(description="arXiv categories, as the site lists them.")
    problems: Strings = Field(description="What the parser found amiss, by name.")
    announced: pl.Int32 = Field(
        nullable=True, ge=0, description="Posts of the day as the capture's server counts them."
    )
    kind: str = KIND
    title_ja: str = TITLE_JA
    removed_lines: RemovedTexts = Field(
        description="Texts cut out as the site's own, not the paper's: captions, advertisements, …"
    )


POSTS = Table(
    table="posts",
    model=Posts,
    description="The entries on a day's pages, as they stood.",
    preview=("content", "title", "abstract_ja", "arxiv_id", "problems"),
    inputs=(CAPTURES,),
)
