"""What the archive holds, as a table."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from pandera.polars import Field

from pipeline.schema.columns import CAPTURE_KINDS, RECORD_OFFSET, UtcTime
from pipeline.schema.table import Table, TableModel


class Captures(TableModel):
    """One row per archived response that has posts of a digest day."""

    day: pl.Date = Field(description="Digest day (JST) of the posts in the response.")
    url: str = Field(
        str_length={"min_value": 1},
        description="Address it was fetched from; `inbox:NAME` for a file that was dropped in.",
    )
    kind: str = Field(isin=CAPTURE_KINDS, description="listing, single, rest or inbox.")
    status: pl.Int16 = Field(ge=100, le=599, description="HTTP status; 200 for an inbox file.")
    content_type: str = Field(nullable=True, description="Media type as the server named it.")
    announced: pl.Int32 = Field(
        nullable=True,
        ge=0,
        description="Posts that the site says the day has (X-WP-Total); null where it says none.",
    )
    captured_at: UtcTime = Field(description="When the response was received, UTC.")
    archive_file: str = Field(description="WARC file, by its name in the archive folder.")
    record_offset: pl.Int64 = RECORD_OFFSET
    payload_digest: str = Field(
        str_matches=r"^sha256:[0-9a-f]{64}$", description="Digest of the decoded body."
    )

    class Config:
        """A record has one row for each day."""

        unique = ["archive_file", "record_offset", "day"]


CAPTURES = Table(
    table="captures",
    model=Captures,
    description="What the site answered for a day; the answers themselves are in the archive, "
    "which is never rewritten.",
    preview=("kind", "status", "announced", "url"),
)

INBOX_CAPTURES = replace(
    CAPTURES,
    table="inbox_captures",
    description="What people dropped in the inbox: WARC, WET, HTML, REST JSON, feeds, plain text.",
)
