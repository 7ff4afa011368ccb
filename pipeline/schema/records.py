"""Posts that passed, and posts that did not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandera.polars as pa
import polars as pl
from pandera.polars import Field

from pipeline.schema.arxiv_ids import id_month_start, is_arxiv_id
from pipeline.schema.columns import (
    AUTHORS,
    HEX_32,
    KIND,
    PAPER_ID,
    SOURCE_URL,
    TITLE_JA,
    TRANSLATOR,
    VERSION_DATE,
    BandKeys,
    Strings,
    UtcTime,
    made_from,
)
from pipeline.schema.posts import POSTS, SeenEntry, UnreadEntry
from pipeline.schema.table import Table

MIN_ABSTRACT_EN = 40
MIN_ABSTRACT_JA = 15
"""Least length of an abstract, characters: shorter ones are cut or stand for something else."""

MAX_ABSTRACT = 20_000
"""Greatest length of an abstract, characters: ten times what arXiv accepts (1,920)."""

MAX_TITLE = 1_000
"""Greatest length of a title, characters."""

JAPANESE = r"[\p{Hiragana}\p{Katakana}\p{Han}]"

FIRST_DATE = datetime(1986, 1, 1, tzinfo=UTC)
"""No version is older: arXiv began in 1991 and took in a few papers of the five years before."""

LONGEST_HOLD = timedelta(days=366)
"""How long before its id's month a version may be dated.

arXiv gives the id when it announces a paper, in the month of that day, and dates the version by
its submission; how long moderation may hold a paper in between, it does not say
(info.arxiv.org/help/availability.html and versions.html). The year is ours: beyond it, a wrong
link or date is likelier than a hold.
"""

CLOCK_SKEW = timedelta(days=1)
"""How far the clocks of arXiv, the site and the crawler may differ."""


_FACTS = (
    *("posts.title", "posts.abstract_en", "posts.abstract_ja", "posts.authors"),
    *("posts.categories", "posts.arxiv_id", "posts.version", "posts.date"),
    *("posts.provider", "posts.translator", "posts.problems"),
    *("posts.kind", "posts.title_ja"),
)
_DOUBTS = (
    *("posts.title", "posts.abstract_en", "posts.authors", "posts.categories"),
    *("posts.arxiv_id", "posts.date", "posts.problems"),
)


class Records(SeenEntry):
    """One row per valid observation of a paper in a post, its text normalised."""

    paper_id: str = Field(
        str_matches=PAPER_ID,
        description="arXiv id without version, or `t-` and a title hash.",
        metadata=made_from("posts.arxiv_id", "posts.title"),
    )
    arxiv_id: str = Field(nullable=True, description="Id without version, if one is named.")
    version: pl.Int16 = Field(
        nullable=True, ge=1, description="Version of the paper; null where no link names it."
    )
    title: str = Field(
        str_length={"max_value": MAX_TITLE}, description="Title, normalised, on one line."
    )
    title_key: str = Field(
        description="Title folded for comparison: NFKC, letters and digits.",
        metadata=made_from("posts.title"),
    )
    abstract_en: str = Field(description="English abstract, normalised.")
    abstract_ja: str = Field(
        description="Japanese abstract, normalised; a line feed is the translator's sentence mark."
    )
    authors: Strings = AUTHORS
    categories: Strings = Field(description="arXiv category codes, as listed; no primary.")
    version_date: UtcTime = VERSION_DATE
    provider: str = Field(nullable=True, description="Who posted it.")
    translator: str = TRANSLATOR
    kind: str = KIND
    title_ja: str = TITLE_JA
    source_url: str = Field(
        str_matches=SOURCE_URL,
        description="The post's permalink, else the page it was seen on.",
        metadata=made_from("posts.post_url", "posts.source"),
    )
    pair_id: str = Field(
        str_matches=HEX_32,
        description="Hash of both abstracts: the same texts have the same pairs and signals.",
        metadata=made_from("posts.abstract_en", "posts.abstract_ja"),
    )
    content_id: str = Field(
        str_matches=HEX_32,
        description="Hash of all that the entry says: title, abstracts, authors, facts, flags.",
        metadata=made_from(*_FACTS),
    )
    near_keys: BandKeys = Field(
        description="MinHash bands of the English abstract: near duplicates share one.",
        metadata=made_from("posts.abstract_en"),
    )
    flags: Strings = Field(
        description="Doubts that do not disqualify, by name.", metadata=made_from(*_DOUBTS)
    )

    @pa.check("arxiv_id", name="bad_arxiv_id")
    @classmethod
    def _arxiv_id_exists(cls, data: pa.PolarsData) -> pl.LazyFrame:
        """An id has a form and a month that arXiv has used."""
        return data.lazyframe.select(is_arxiv_id(pl.col(data.key)))

    @pa.check("title", name="missing_title")
    @classmethod
    def _title_is_not_empty(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(data.key).str.len_chars() > 0)

    @pa.check("abstract_en", name="short_abstract_en")
    @classmethod
    def _english_is_long_enough(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(data.key).str.len_chars() >= MIN_ABSTRACT_EN)

    @pa.check("abstract_ja", name="short_abstract_ja")
    @classmethod
    def _japanese_is_long_enough(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(data.key).str.len_chars() >= MIN_ABSTRACT_JA)

    @pa.check("abstract_en", name="long_abstract_en")
    @classmethod
    def _english_is_no_book(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(data.key).str.len_chars() <= MAX_ABSTRACT)

    @pa.check("abstract_ja", name="long_abstract_ja")
    @classmethod
    def _japanese_is_no_book(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(data.key).str.len_chars() <= MAX_ABSTRACT)

    @pa.check("abstract_en", name="not_english")
    @classmethod
    def _english_is_mostly_latin(cls, data: pa.PolarsData) -> pl.LazyFrame:
        """At least half of the letters are Latin, and there are some."""
        letters = pl.col(data.key).str.count_matches(r"\p{L}")
        latin = pl.col(data.key).str.count_matches(r"\p{Latin}")
        return data.lazyframe.select((latin > 0) & (latin * 2 >= letters))

    @pa.check("abstract_ja", name="not_japanese")
    @classmethod
    def _japanese_has_kana_or_kanji(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(data.key).str.contains(JAPANESE))

    @pa.check("authors", "categories", "flags", name="empty_list_item")
    @classmethod
    def _lists_hold_text(cls, data: pa.PolarsData) -> pl.LazyFrame:
        """A list may be empty; what is in it is a text."""
        items = pl.element().is_null() | (pl.element() == "")
        return data.lazyframe.select(~pl.col(data.key).list.eval(items).list.any())

    @pa.dataframe_check(name="same_text")
    @classmethod
    def _sides_differ(cls, data: pa.PolarsData) -> pl.LazyFrame:
        en, ja = (pl.col(c).str.replace_all(r"\s+", "") for c in ("abstract_en", "abstract_ja"))
        return data.lazyframe.select((en != ja).fill_null(value=True))

    @pa.dataframe_check(name="no_identity")
    @classmethod
    def _has_an_identity(cls, data: pa.PolarsData) -> pl.LazyFrame:
        """Without an id, the title must have letters or digits to be known by."""
        nameless = pl.col("arxiv_id").is_null() & (pl.col("title_key") == "")
        return data.lazyframe.select(~nameless | (pl.col("title").fill_null("") == ""))

    @pa.dataframe_check(name="version_without_id")
    @classmethod
    def _version_belongs_to_an_id(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("version").is_null() | pl.col("arxiv_id").is_not_null())

    @pa.dataframe_check(name="paper_id_of_another")
    @classmethod
    def _paper_id_is_the_arxiv_id(cls, data: pa.PolarsData) -> pl.LazyFrame:
        by_title = pl.col("paper_id").str.starts_with("t-")
        return data.lazyframe.select(
            pl.when(pl.col("arxiv_id").is_null())
            .then(by_title)
            .otherwise(pl.col("paper_id") == pl.col("arxiv_id"))
            .fill_null(value=True)
        )

    @pa.dataframe_check(name="date_before_arxiv")
    @classmethod
    def _date_is_of_arxiv(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select((pl.col("version_date") >= FIRST_DATE).fill_null(value=True))

    @pa.dataframe_check(name="date_before_id_month")
    @classmethod
    def _date_is_not_before_the_id(cls, data: pa.PolarsData) -> pl.LazyFrame:
        """A version is no older than its id's month, save for the longest hold; see there."""
        earliest = id_month_start(pl.col("arxiv_id")) - LONGEST_HOLD
        return data.lazyframe.select((pl.col("version_date") >= earliest).fill_null(value=True))

    @pa.dataframe_check(name="date_in_future")
    @classmethod
    def _date_is_not_after_the_capture(cls, data: pa.PolarsData) -> pl.LazyFrame:
        latest = pl.col("captured_at") + CLOCK_SKEW
        return data.lazyframe.select((pl.col("version_date") <= latest).fill_null(value=True))


RECORDS = Table(
    table="records",
    model=Records,
    description="Entries that keep every rule, text normalised.",
    preview=("paper_id", "version", "title", "abstract_ja", "flags"),
    inputs=(POSTS,),
)


class Quarantine(UnreadEntry):
    """One row per observation of a post that broke a rule, with every reason."""

    reasons: Strings = Field(
        description="Every rule it breaks, by name; at least one.", metadata=made_from(*_FACTS)
    )

    @pa.check("reasons", name="missing_reasons")
    @classmethod
    def _has_a_reason(cls, data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col(data.key).list.len() > 0)


QUARANTINE = Table(
    table="quarantine",
    model=Quarantine,
    description="Entries that break a rule.",
    preview=("reasons", "title", "post_url", "raw"),
    inputs=(POSTS,),
)
