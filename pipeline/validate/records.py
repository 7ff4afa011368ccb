"""From posts to records: the text normalised, the rules applied, what breaks one set apart."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import polars as pl

from pipeline.parse.problems import PROBLEMS, UNTRUSTWORTHY
from pipeline.schema import Quarantine, Records, polars_schema, violations
from pipeline.schema.arxiv_ids import id_month_start
from pipeline.validate.minhash import minhash_bands
from pipeline.validate.taxonomy import taxonomy
from pipeline.validate.text import (
    normalise_author,
    normalise_en,
    normalise_ja,
    normalise_title,
    text_flags,
    title_key,
)
from pipeline.wordpress.model import PAGE_FAULTS

logger = logging.getLogger(__name__)

VALIDATOR_VERSION = "2"
"""Changes whenever the same posts may give other rows; days are then validated again."""

UNREADABLE = "unreadable"
"""The reason of a capture that is no digest page at all; the parser's own reason stands by it."""

VALIDATION_FAILS = "the validator fails"
"""Begins the reason of a post at which validation itself fails: what it says is not known."""

_FAULTS = (*PAGE_FAULTS, pl.exceptions.PolarsError)

LONGEST_WAIT = timedelta(days=7)
"""How long a submission waits for its announcement, and so for its id, if nothing holds it.

Source: the schedule in arXiv's "Availability of submissions"
(info.arxiv.org/help/availability.html): three days and six hours over a weekend; a holiday or two
add a day each. What is submitted on a month's last days has an id of the next month.
"""

_UNTRUSTWORTHY = pl.lit(pl.Series([sorted(UNTRUSTWORTHY)], dtype=pl.List(pl.String)))

PARSER_DOUBTS = {name: note for name, note in PROBLEMS.items() if name not in UNTRUSTWORTHY}
"""Problems with which an entry makes a record all the same, as flags of it, and their meaning."""
_FACTS = (
    *("arxiv_id", "version", "title", "abstract_en", "abstract_ja", "version_date"),
    *("provider", "translator", "kind", "title_ja"),
)
_LISTS = ("authors", "categories", "flags")
_SEPARATORS = ("\x1e", "\x1f")


class Validated(NamedTuple):
    """What became of a day's posts."""

    records: pl.DataFrame
    """Rows of `schema.Records`: the entries that keep every rule."""
    quarantine: pl.DataFrame
    """Rows of `schema.Quarantine`: the entries that break one, with every reason."""


def title_id(key: str) -> str:
    """The id of a paper of which no arXiv id is known, from what its title is compared by.

    >>> title_id("an invented title")
    't-8d3ce20eead02c7e'
    """
    return f"t-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def validate_posts(posts: pl.DataFrame) -> Validated:
    """Records and quarantine of `posts`, rows of `schema.Posts`.

    A row at which validation itself fails is quarantined for that; the others are validated.

    Every row whose content is `entry` or `unreadable` comes back in exactly one of the two; what
    is excerpt, protected or no paper in neither, as there is nothing to judge.

    Raises:
        Exception: validation fails at every one of several rows, or only at several together.
    """
    try:
        return _validated(posts)
    except _FAULTS:
        faults = _faults(posts)
        if not faults or len(faults) == posts.height > 1:
            raise
    logger.error("validation fails at %d of %d posts: %s", len(faults), posts.height, faults)
    failed = pl.Series(list(faults), dtype=pl.UInt32)
    rows = posts.with_row_index("row")
    valid = _validated(rows.filter(~pl.col("row").is_in(failed.implode())).drop("row"))
    reasons = pl.Series("reasons", [[reason] for reason in faults.values()], pl.List(pl.String))
    quarantined = posts[failed].with_columns(reasons).select(valid.quarantine.columns)
    return valid._replace(quarantine=pl.concat([valid.quarantine, quarantined]))


def _faults(posts: pl.DataFrame, first: int = 0) -> dict[int, str]:
    """The rows at which validation itself fails, and how; by halves, as few do."""
    try:
        _validated(posts)
    except _FAULTS as error:
        if posts.height == 1:
            return {first: f"{VALIDATION_FAILS}: {type(error).__name__}"}
        half = posts.height // 2
        return _faults(posts[:half], first) | _faults(posts[half:], first + half)
    return {}


def _validated(posts: pl.DataFrame) -> Validated:
    entries = posts.filter(pl.col("content") == "entry").with_row_index("row")
    candidates = _candidates(entries)
    reasons = _reasons(entries, violations(Records, candidates))
    broken = entries.join(reasons, on="row", how="inner", maintain_order="left")
    unreadable = posts.filter(pl.col("content") == "unreadable").with_columns(
        reasons=pl.concat_list(pl.lit([UNREADABLE]), "problems").list.unique(maintain_order=True)
    )
    columns = polars_schema(Quarantine).names()
    return Validated(
        candidates.with_row_index("row")
        .join(reasons, on="row", how="anti", maintain_order="left")
        .drop("row"),
        pl.concat([broken.select(columns), unreadable.select(columns)]),
    )


def _reasons(entries: pl.DataFrame, breaches: pl.DataFrame) -> pl.DataFrame:
    """Why an entry is no record, by `row`: the rules it breaks, and what its parser distrusts.

    Raises:
        ValueError: the candidates as a whole are not of their model.
    """
    if breaches["row"].has_nulls():
        names = breaches.filter(pl.col("row").is_null())["reason"].to_list()
        raise ValueError(f"records are not of their model: {', '.join(names)}")
    distrusted = (
        entries.select("row", reason=pl.col("problems").list.set_intersection(_UNTRUSTWORTHY))
        .explode("reason", empty_as_null=False)
        .drop_nulls()
    )
    return (
        pl.concat([breaches.select(pl.col("row").cast(pl.UInt32), "reason"), distrusted])
        .group_by("row")
        .agg(pl.col("reason").unique().sort().alias("reasons"))
    )


def _candidates(entries: pl.DataFrame) -> pl.DataFrame:
    """The entries as records, whether or not they keep the rules; same rows, same order."""
    normal = entries.with_columns(
        _mapped(entries["title"], normalise_title),
        _mapped(entries["title_ja"], normalise_title),
        _mapped(entries["abstract_en"], normalise_en),
        _mapped(entries["abstract_ja"], normalise_ja),
        _mapped_lists(entries["authors"], normalise_author),
        pl.col("categories")
        .list.eval(pl.element().str.strip_chars().replace("", None).drop_nulls())
        .list.unique(maintain_order=True),
        pl.col("provider", "translator").str.strip_chars().replace("", None),
        version_date=pl.col("date"),
        source_url=pl.coalesce("post_url", "source"),
    )
    typography = [text_flags(*texts) for texts in entries.select("title", "abstract_en").rows()]
    normal = normal.with_columns(
        typography=pl.Series(typography, dtype=pl.List(pl.String)),
        title_key=_mapped(normal["title"], title_key).fill_null(""),
        pair_id=_digest(normal.select(pl.col("abstract_en", "abstract_ja").fill_null("")), "\x00"),
        near_keys=minhash_bands(normal["abstract_en"]),
    )
    normal = normal.with_columns(flags=_flags())
    by_title = _mapped(normal["title_key"], title_id)
    normal = normal.with_columns(
        paper_id=pl.coalesce("arxiv_id", by_title), content_id=_content_id(normal)
    )
    return normal.select(polars_schema(Records).names())


def doubts() -> dict[str, pl.Expr]:
    """What is doubtful about an entry beside the parser's problems, by the flag's name."""
    known = pl.lit(taxonomy()["code"].implode())
    return {
        "date_before_id_month": _is_early(),
        "missing_authors": pl.col("authors").list.len() == 0,
        "missing_categories": pl.col("categories").list.len() == 0,
        "unknown_category": pl.col("categories").list.set_difference(known).list.len() > 0,
    }


def _flags() -> pl.Expr:
    """What is doubtful about an entry, and does not disqualify it."""
    own = pl.concat_list(pl.when(doubt).then(pl.lit(name)) for name, doubt in doubts().items())
    parsers = pl.col("problems").list.set_difference(_UNTRUSTWORTHY)
    return pl.concat_list("typography", parsers, own).list.drop_nulls().list.unique().list.sort()


def _is_early() -> pl.Expr:
    """Whether a version is older than its id lets expect.

    A first version, or one of unknown number, may be as much older than the id's month as the
    announcement had to be waited for; what is older was held. Only what has been announced can be
    replaced (info.arxiv.org/help/replace.html), so a later version is never older: its date is
    another version's. arXiv's months begin at midnight US Eastern, hours after those of UTC.
    """
    is_later_version = (pl.col("version") > 1).fill_null(value=False)
    wait = pl.when(is_later_version).then(timedelta(0)).otherwise(LONGEST_WAIT)
    return pl.col("version_date") < id_month_start(pl.col("arxiv_id")) - wait


def _content_id(frame: pl.DataFrame) -> pl.Series:
    """Hash of all that an entry says; where and when it was seen has no part in it."""
    item, field = _SEPARATORS
    text = frame.select(
        *(pl.col(c).cast(pl.String).fill_null("\x00") for c in _FACTS),
        *(pl.col(c).list.join(item) for c in _LISTS),
    )
    return _digest(text, field)


def _digest(parts: pl.DataFrame, separator: str) -> pl.Series:
    """128 bits of SHA-256, in hexadecimal, of each row's strings joined by `separator`."""
    joined = parts.select(pl.concat_str(pl.all(), separator=separator)).to_series()
    return _mapped(joined, lambda text: hashlib.sha256(text.encode()).hexdigest()[:32])


def _mapped(texts: pl.Series, function: Callable[[str], str]) -> pl.Series:
    """`function` of each text, null where it is null or nothing is left of it."""
    return pl.Series(
        texts.name,
        [(function(text) or None) if text is not None else None for text in texts],
        dtype=pl.String,
    )


def _mapped_lists(lists: pl.Series, function: Callable[[str], str]) -> pl.Series:
    """`function` of each text in each list, without those of which nothing is left."""
    return pl.Series(
        lists.name,
        [[new for text in texts if text and (new := function(text))] for texts in lists],
        dtype=pl.List(pl.String),
    )
