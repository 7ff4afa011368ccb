"""Papers taken out on request: removals.csv in the data folder, applied to all tables."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import polars as pl

from pipeline.parse.fields import read_links
from pipeline.schema.columns import TITLE_ID
from pipeline.settings import PROJECT_ROOT
from pipeline.validate.text import normalise_author, title_key

FORMER_FILE = PROJECT_ROOT / "data" / "reference" / "removals.csv"
"""Where the list was kept by the first release."""

REINSTATED = "reinstated"
"""The kind of a line that takes a request back: its paper may be published again."""

KINDS = ("paper_id", "arxiv_id", "author", REINSTATED)

COLUMNS = ("kind", "value", "requested_on", "note")

NO_REQUESTS = f"""\
# Papers taken out of the dataset on request, one line each. `kind` is paper_id, arxiv_id or author;
# `value` is the paper's id or address, or the author's name as published; `requested_on` a date
# (YYYY-MM-DD); `note` is free text, shown nowhere. A request for an author removes every paper that
# lists the name. A line of the kind {REINSTATED} with a paper's id takes a request back. Lines that
# begin with # are skipped.
{",".join(COLUMNS)}
"""
"""The list that a fresh data folder gets."""


class RemovalsError(ValueError):
    """The list of removals cannot be read as one; the message names the file and the line."""


def require_removals(path: Path, tombstones: Collection[str]) -> None:
    """Have a list of requests: that of the first release, else an empty one where none is needed.

    Args:
        path: where it is kept.
        tombstones: ids that the last snapshot leaves out on request.

    Raises:
        RemovalsError: there is none, and papers were left out on request: without it, a release
            would bring them back.
    """
    if path.exists():
        return
    if tombstones and not FORMER_FILE.exists():
        raise RemovalsError(
            f"{path} is missing, and {len(tombstones):,} papers were left out on request: put it "
            "back from a back-up"
        )
    text = FORMER_FILE.read_text(encoding="utf-8") if FORMER_FILE.exists() else NO_REQUESTS
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def read_removals(path: Path) -> pl.DataFrame:
    """The requests in `path`: `kind` (one of `KINDS`) and `value`.

    Raises:
        RemovalsError: there is no such file; an unknown kind, an empty value, an id that is none,
            or other columns. Nothing is built with a list that may leave in what someone asked to
            take out.
    """
    try:
        rows = pl.read_csv(path, comment_prefix="#", infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise RemovalsError(f"{path}: {' '.join(str(error).split())}") from None
    if tuple(rows.columns) != COLUMNS:
        raise RemovalsError(f"{path.name}: columns must be {','.join(COLUMNS)}")
    wrong = rows.with_row_index("line", offset=1).filter(
        ~pl.col("kind").is_in(KINDS).fill_null(value=False)
        | (pl.col("value").fill_null("").str.strip_chars() == "")
    )
    if wrong.height:
        raise RemovalsError(
            f"{path.name}: request {wrong['line'][0]} needs a kind ({', '.join(KINDS)}) and a value"
        )
    requests = rows.select("kind", pl.col("value").str.strip_chars())
    for number, (kind, value) in enumerate(requests.iter_rows(), start=1):
        if kind != "author" and named_paper(value) is None:
            raise RemovalsError(f"{path.name}: request {number}: {value!r} is no paper's id")
    return requests


def named_paper(value: str) -> str | None:
    """The paper that a request names by id, with or without version, or by address; else None.

    >>> named_paper("arXiv:math.GT/0309136v2"), named_paper("https://arxiv.org/pdf/2503.90001v1")
    ('math/0309136', '2503.90001')
    """
    if re.fullmatch(TITLE_ID, value):
        return value
    bare = re.sub(r"^arxiv:\s*", "", value, flags=re.IGNORECASE)
    return read_links([bare], f"arXiv:{bare}").arxiv_id


def removed_papers(
    removals: pl.DataFrame,
    observations: pl.DataFrame,
    records: pl.LazyFrame,
    published: pl.DataFrame,
) -> pl.DataFrame:
    """Which papers the requests take out.

    Args:
        removals: `kind` and `value`, as from `read_removals`.
        observations: narrow rows with the resolved `paper_id`, and `old_id` as recorded.
        records: rows of `schema.Records`; the authors are read where an author asked.
        published: `paper_id` of the last release.

    Returns:
        `paper_id`, `kind` and `value` of the first request that concerns it; sorted by paper_id.
        A paper of `published` counts although no entry is of it any more: it may have been erased.
    """
    by_id = removals.filter(~pl.col("kind").is_in(["author", REINSTATED])).with_columns(
        id=pl.col("value").map_elements(named_paper, return_dtype=pl.String)
    )
    ids = observations.lazy().select("paper_id", "old_id").unique()
    found = [
        ids.join(by_id.lazy(), left_on=column, right_on="id").select("paper_id", "kind", "value")
        for column in ("paper_id", "old_id")
    ]
    erased = by_id.lazy().join(published.lazy(), left_on="id", right_on="paper_id", how="semi")
    found.append(erased.select("kind", "value", paper_id="id").select("paper_id", "kind", "value"))
    by_author = removals.filter(pl.col("kind") == "author")
    if by_author.height:
        keys = by_author.with_columns(
            key=pl.Series([title_key(normalise_author(name)) for name in by_author["value"]])
        )
        names = records.with_row_index("row").select("row", name="authors").explode("name")
        spelled = names.select("name").unique().collect(engine="streaming").drop_nulls()
        meant = spelled.with_columns(
            key=pl.Series([title_key(name) for name in spelled["name"]], dtype=pl.String)
        ).join(keys, on="key")
        found.append(
            names.join(meant.lazy(), on="name")
            .join(observations.lazy().select("row", "paper_id"), on="row")
            .select("paper_id", "kind", "value")
        )
    return (
        pl.concat(found)
        .filter(~pl.col("paper_id").is_in(reinstated(removals)))
        .sort("paper_id", "kind", "value")
        .unique("paper_id", keep="first", maintain_order=True)
        .collect(engine="streaming")
    )


def reinstated(removals: pl.DataFrame) -> list[str]:
    """Ids of papers whose request was taken back.

    Args:
        removals: `kind` and `value`, as from `read_removals`.
    """
    values = removals.filter(pl.col("kind") == REINSTATED).get_column("value")
    return [paper_id for value in values if (paper_id := named_paper(value)) is not None]
