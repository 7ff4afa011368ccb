"""Where every announced post stands."""

from __future__ import annotations

import polars as pl
from pandera.polars import Field

from pipeline.schema.captures import CAPTURES
from pipeline.schema.columns import UtcTime, made_from
from pipeline.schema.posts import POSTS
from pipeline.schema.records import QUARANTINE, RECORDS
from pipeline.schema.table import Table, TableModel

LEDGER_STATES = (
    "paper",
    "older_version",
    "duplicate",
    "not_a_paper",
    "protected",
    "quarantined",
    "not_captured",
    "removed",
    "withdrawn",
)
"""The states of announced posts; each is in exactly one.

The post of a paper's latest version is `paper`, that of an earlier version `older_version`; any
other observation of the same is a `duplicate`. `removed` is a paper taken out on request.
`withdrawn` is a post that the site no longer shows: its day was read to the end without it.
"""


class Ledger(TableModel):
    """One row per post that the site announced, with its state now."""

    day: pl.Date = Field(
        description="Digest day (JST) of the post, where it was seen last.",
        metadata=made_from("captures.day", "posts.day"),
    )
    post: str = Field(
        description="What names the post: its id, else its address and place.",
        metadata=made_from("posts.post_id", "posts.post_url"),
    )
    post_url: str = Field(
        nullable=True,
        description="The post's permalink, where known.",
        metadata=made_from("posts.post_url"),
    )
    title: str = Field(
        nullable=True,
        description="Title as published, where known.",
        metadata=made_from("posts.title"),
    )
    state: str = Field(
        isin=LEDGER_STATES,
        description=f"One of {', '.join(LEDGER_STATES)}.",
        metadata=made_from(
            *("captures.announced", "posts.content", "quarantine.reasons"),
            *("records.paper_id", "records.version"),
        ),
    )
    reason: str = Field(
        nullable=True,
        description="Why, for the states that need one.",
        metadata=made_from("quarantine.reasons", "posts.problems"),
    )
    paper_id: str = Field(
        nullable=True,
        description="The paper, where the post has one.",
        metadata=made_from("records.paper_id"),
    )
    version: pl.Int16 = Field(
        nullable=True,
        description="Its version, where known.",
        metadata=made_from("records.version"),
    )
    was: str = Field(
        nullable=True,
        isin=LEDGER_STATES,
        description="The state it had before the site withdrew, protected or emptied it.",
        metadata=made_from("posts.content", "quarantine.reasons", "records.paper_id"),
    )
    since: UtcTime = Field(
        nullable=True,
        description="When it was first seen so, UTC; null for a post never seen.",
        metadata=made_from("captures.captured_at", "posts.captured_at"),
    )
    moved_from: pl.Date = Field(
        nullable=True,
        description="Digest day (JST) on which it was seen before it was moved.",
        metadata=made_from("posts.day"),
    )

    class Config:
        """A post has one row."""

        unique = ["day", "post"]


LEDGER = Table(
    table="ledger",
    model=Ledger,
    description="Where every announced post ended: the account that nothing was lost.",
    preview=("day", "state", "reason", "title", "post_url"),
    inputs=(RECORDS, CAPTURES, POSTS, QUARANTINE),
)
