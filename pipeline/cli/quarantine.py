"""`arxiv-ja-en quarantine`: what was set apart, and why."""

from __future__ import annotations

from datetime import date

import click
import polars as pl

from pipeline.cli.options import DAY, in_order
from pipeline.cli.show import between, json_line, one_line, scan_table
from pipeline.settings import settings
from pipeline.tables.observations import RECORD

_POST = pl.coalesce(pl.col("post_id").cast(pl.String), "post_url", "source").alias("post")


@click.command()
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day (JST), YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="Last day (JST), YYYY-MM-DD.")
@click.option("--reason", help="Only what has this reason, such as missing_abstract_ja.")
@click.option("--limit", type=click.IntRange(0), default=20, help="Most posts listed (20).")
@click.option("--json", "as_json", is_flag=True, help="All of them, one JSON object a line.")
def quarantine(
    first: date | None, last: date | None, reason: str | None, limit: int, as_json: bool
) -> None:
    """List the posts in quarantine, newest first, grouped by the rules that they break.

    A post is counted under each of its reasons, and once however often it was read: as it was read
    last. One that was read well in another capture is left out. Every reading, with the raw text,
    is in the JSON lines, where `read_well` says whether another capture made up for it; the page it
    stood on is in the archive, at the file and offset named there. Fixing the parser and running
    `arxiv-ja-en refresh` for the days brings posts back, without crawling.
    """
    in_order(first, last)
    rows = scan_table(settings(), "quarantine").filter(between(first, last))
    rows = _marked(rows, scan_table(settings(), "posts").filter(between(first, last)))
    if reason:
        rows = rows.filter(pl.col("reasons").list.contains(reason))
    found = rows.sort("day", "captured_at", *RECORD[1:], descending=True)
    if as_json:
        for row in found.collect().iter_rows(named=True):
            click.echo(json_line(row))
        return
    once = (
        found.select(
            *("day", _POST, "entry_index", "reasons", "post_url", "source", "title", "read_well")
        )
        .unique(["day", "post", "entry_index"], keep="first", maintain_order=True)
        .collect()
    )
    shown = once.filter(~pl.col("read_well"))
    if shown.is_empty():
        matching = "matching " if first or last or reason else ""
        click.echo(f"No {matching}quarantined posts.")
    else:
        _list(shown, limit)
    if n_well := once.height - shown.height:
        click.echo(
            f"{n_well:,} more {'was' if n_well == 1 else 'were'} read well in another capture"
        )


def _marked(rows: pl.LazyFrame, posts: pl.LazyFrame) -> pl.LazyFrame:
    """Quarantined rows with `read_well`: whether another capture of the day made up for them.

    A post is made up for by a capture in which none of its entries is in quarantine, as the ledger
    has it; a page that could not be read, by a later reading of the same address.

    Args:
        rows: rows of `schema.Quarantine`.
        posts: rows of `schema.Posts`, of the same days.
    """
    page = ["day", "archive_file", "record_offset"]
    troubled = rows.select(*page, _POST).unique()
    well = (
        posts.filter(pl.col("content") == "entry")
        .select(*page, "post_id", "post_url", _POST)
        .join(troubled, on=[*page, "post"], how="anti")
    )
    unread = pl.col("content") == "unreadable"
    read_at = pl.col("captured_at").filter(~unread).max().over("day", "source")
    again = posts.filter(unread & (read_at >= pl.col("captured_at")))
    marked = rows.join(
        again.select(*RECORD, pl.lit(value=True).alias("by_source")), on=RECORD, how="left"
    )
    for name in ("post_id", "post_url"):
        known = well.select("day", name, pl.lit(value=True).alias(f"by_{name}")).unique()
        marked = marked.join(known, on=["day", name], how="left")
    signs = ("by_source", "by_post_id", "by_post_url")
    found = pl.any_horizontal(signs).fill_null(value=False)
    return marked.with_columns(read_well=found).drop(signs)


def _list(shown: pl.DataFrame, limit: int) -> None:
    """Print how many posts broke which rule, and the first `limit` of them."""
    groups = (
        shown.select("day", reason="reasons")
        .explode("reason", empty_as_null=False)
        .group_by("reason")
        .agg(posts=pl.len(), days=pl.col("day").n_unique(), latest=pl.col("day").max())
        .sort("posts", "reason", descending=[True, False])
    )
    click.echo(f"{shown.height:,} in quarantine\n\n{'posts':>7}  {'days':>5}  latest      reason")
    for name, posts, days, latest in groups.select("reason", "posts", "days", "latest").rows():
        click.echo(f"{posts:>7,}  {days:>5,}  {latest}  {one_line(name)}")
    if limit:
        click.echo()
    for row in shown.head(limit).iter_rows(named=True):
        where = one_line(row["post_url"] or row["source"])
        reasons = one_line(", ".join(row["reasons"]))
        click.echo(
            f"{row['day']}  {where}\n    {reasons}: {one_line(row['title']) or '(no title)'}"
        )
    if 0 < limit < shown.height:
        click.echo(f"… and {shown.height - limit:,} more: --limit or --json shows them")
