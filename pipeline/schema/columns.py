"""Column types, patterns and the units they stand for, shared by all tables."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import polars as pl
from pandera.polars import Field

UtcTime: TypeAlias = Annotated[pl.Datetime, "us", "UTC"]
"""A moment, microseconds, UTC."""

Strings: TypeAlias = Annotated[pl.List, pl.String()]
"""A list of strings, never null; empty when there is nothing to list."""

KINDS = ("translation", "summary")
"""What the Japanese of a paper is: machine-made from the abstract, or a model's summary of it."""

Offsets: TypeAlias = Annotated[pl.List, pl.Int32()]
"""Places in a text, in characters from its start, ascending."""

BandKeys: TypeAlias = Annotated[pl.List, pl.UInt64()]
"""The band hashes of a MinHash; texts that share one may be near duplicates."""

Translation: TypeAlias = Annotated[pl.Struct, {"en": pl.String(), "ja": pl.String()}]
"""An English text and its Japanese translation."""

RemovedTexts: TypeAlias = Annotated[
    pl.List, pl.Struct({"reason": pl.String(), "text": pl.String()})
]
"""Texts that were cut out of an entry, and why."""

Share: TypeAlias = pl.Float32
"""A share or chance, from 0 to 1."""

ARXIV_ID = r"^(?:\d{4}\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[A-Z]{2})?/\d{7})$"
"""An arXiv identifier without version: `2503.01234` (since April 2007) or `hep-th/9901001`.

Source: arXiv, "Understanding the arXiv identifier" (info.arxiv.org/help/arxiv_identifier.html).
"""

TITLE_ID = r"^t-[0-9a-f]{16}$"
"""The id of a paper of which no arXiv id is known: `t-` and a hash of its normalised title."""

PAPER_ID = f"(?:{ARXIV_ID}|{TITLE_ID})"
"""The id of a paper, whether arXiv's or made from its title."""

MONTH = r"^\d{4}-(?:0[1-9]|1[0-2])$"
"""A month as `YYYY-MM`."""

SPLITS = ("train", "validation", "test")

CAPTURE_KINDS = ("listing", "single", "rest", "inbox")
"""How a response came into the archive: a listing page, a post's own page, REST, the inbox."""

HEX_32 = r"^[0-9a-f]{32}$"
"""128 bits of a SHA-256, in hexadecimal."""

SOURCE_URL = r"^(?:https?://[^\s\x00-\x1f\x7f]+|inbox:[^\x00-\x1f\x7f]+)$"
"""Where a text was seen: a page of the site, or a file that was dropped in the inbox."""

Sources = tuple[str, ...]
"""Columns as `table.column`."""


def made_from(*columns: str) -> dict[str, Sources]:
    """Metadata of a field: the columns, as `table.column`, that its values are made from.

    Those of tables that are no inputs are left out. None at all means that it comes from no table.
    It is not needed where a column of the same name is carried over from an input.
    """
    return {"made_from": columns}


DAY = Field(description="Digest day (JST), the partition.")
POSTED_AT = Field(nullable=True, description="When the site posted it, UTC.")
ENTRY_INDEX = Field(ge=0, description="Place among the page's entries, from 0.")
RECORD_OFFSET = Field(ge=0, description="Byte offset of its record in that file.")
RECORD_ID = Field(description="WARC-Record-ID of that record.")
VERSION_DATE = Field(
    description="arXiv's time stamp of the version, UTC.", metadata=made_from("posts.date")
)
AUTHORS = Field(description="Author names in order.")
KIND = Field(
    nullable=True,
    isin=KINDS,
    description="What the Japanese is: translation or summary; null where it cannot be told.",
)
TITLE_JA = Field(nullable=True, description="Title in Japanese, where the source gives one.")
TRANSLATOR = Field(nullable=True, description="Translation service, as named.")
"""Columns of several tables that have little else in common."""
