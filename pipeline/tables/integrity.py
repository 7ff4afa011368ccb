"""What must hold of the tables before anything is published, as findings that a person can use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl
from pandera.polars import DataFrameModel

from pipeline.schema import (
    CONFIGS,
    Config,
    Count,
    Reference,
    key_of,
    polars_schema,
    violations,
)

EXAMPLES = 10
"""Offending rows that a finding shows."""

_LEEWAY = 0.02
"""Share of a table's rows that may go from one release to the next."""

_FEW_ROWS = 3
"""Rows that may go whatever their share."""

_BATCH = 50_000
_CHARACTERS = 120
"""Characters of a text that a finding shows."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that a table breaks."""

    table: str
    reason: str
    rows: int
    """How many rows break it."""
    remedy: str
    """One sentence: what to do."""
    examples: pl.DataFrame
    """The first ten offending rows, texts cut; they are the site's words: escape them."""

    def __str__(self) -> str:
        rows = "1 row" if self.rows == 1 else f"{self.rows:,} rows"
        return f"{self.table}: {self.reason} in {rows}. {self.remedy}"


def check_table(table: str, model: type[DataFrameModel], frame: pl.LazyFrame) -> list[Finding]:
    """The rules of `model` that the table breaks, its keys included; read in batches.

    Returns:
        Findings in the order of reasons; none where all is well.
    """
    expected, actual = polars_schema(model), frame.collect_schema()
    if actual != expected:
        wrong = [
            {"column": name, "expected": str(expected.get(name)), "found": str(actual.get(name))}
            for name in {**expected, **actual}
            if expected.get(name) != actual.get(name)
        ] or [{"column": "order", "expected": str(list(expected)), "found": str(list(actual))}]
        remedy = "Make the table again with this version of the code."
        return [Finding(table, "wrong_columns", len(wrong), remedy, pl.DataFrame(wrong))]
    counts: dict[str, int] = {}
    examples: dict[str, pl.DataFrame] = {}
    for batch in frame.collect_batches(chunk_size=_BATCH, maintain_order=True):
        broken = violations(model, batch).filter(~pl.col("reason").str.starts_with("duplicate_"))
        for (reason,), rows in broken.group_by("reason", maintain_order=True):
            name = str(reason)
            counts[name] = counts.get(name, 0) + rows.height
            shown = examples.get(name, batch.clear())
            more = batch[rows["row"].head(EXAMPLES - shown.height).to_list()]
            examples[name] = pl.concat([shown, _cut(more)])
    remedy = "See the rows' source in the archive, then correct the parser or the rule and re-run."
    found = [Finding(table, name, counts[name], remedy, examples[name]) for name in sorted(counts)]
    return [*found, *_duplicates(table, model, frame)]


def _duplicates(table: str, model: type[DataFrameModel], frame: pl.LazyFrame) -> Iterator[Finding]:
    """Keys that stand twice; only their columns are read."""
    key = key_of(model)
    twice = (
        frame.group_by(key)
        .agg(rows=pl.len())
        .filter(pl.col("rows") > 1)
        .collect(engine="streaming")
    )
    if twice.height:
        yield Finding(
            table,
            f"duplicate_{key[0]}" if len(key) == 1 else "duplicate_key",
            int(twice["rows"].sum()),
            "The join that made the table met a key twice: keep its inputs and report it.",
            _cut(twice.sort(key).head(EXAMPLES)),
        )


REFERENCES = tuple((config, rule) for config in CONFIGS for rule in config.references)
COUNTS = tuple((config, rule) for config in CONFIGS for rule in config.counts)
"""What the released tables say of each other: the table that says it, and what."""


def check_references(
    tables: Mapping[str, pl.LazyFrame],
    references: Iterable[tuple[Config, Reference]] = REFERENCES,
    counts: Iterable[tuple[Config, Count]] = COUNTS,
) -> list[Finding]:
    """Where the released tables contradict each other.

    Args:
        tables: the tables that are named, by name; columns that are missing on either side of a
            reference are not compared.
        references: what is to be checked.
        counts: what is to be counted.
    """
    found: list[Finding] = []
    for config, reference in references:
        own, their = tables[config.table], tables[reference.to]
        if reference.kind is not None:
            own = own.filter(pl.col("kind") == reference.kind)
        both = set(own.collect_schema()), set(their.collect_schema())
        pairs = [(a, b) for a, b in reference.pairs if a in both[0] and b in both[1]]
        rows = _values(own, {a: a for a, _ in pairs})
        others = _values(their, dict(pairs))
        found += _lacking(config.table, reference.reason, rows, others)
    for config, count in counts:
        rows = tables[config.table].select(count.key, count.column)
        counted = (
            _values(tables[count.of].with_row_index("row"), {"row": "row", count.key: count.theirs})
            .group_by(count.key)
            .agg(pl.len().cast(polars_schema(config.model)[count.column]).alias(count.column))
        )
        found += _lacking(config.table, count.reason, rows, counted)
    return found


def _values(rows: pl.LazyFrame, columns: Mapping[str, str]) -> pl.LazyFrame:
    """The distinct values of columns, by their new names; of a list, each of its values."""
    dtypes = rows.collect_schema()
    lists = [name for name, of in columns.items() if isinstance(dtypes[of], pl.List)]
    picked = rows.select(pl.col(of).alias(name) for name, of in columns.items())
    return picked.explode(lists, empty_as_null=False).unique() if lists else picked.unique()


def check_splits(papers: pl.LazyFrame, published: pl.LazyFrame) -> list[Finding]:
    """Published papers whose split is another than the one they were published with."""
    moved = (
        papers.select("paper_id", "split")
        .join(published.select("paper_id", published_in="split"), on="paper_id")
        .filter(pl.col("split") != pl.col("published_in"))
        .sort("paper_id")
        .collect(engine="streaming")
    )
    remedy = "Build the tables with the splits of the last snapshot; do not publish these."
    if not moved.height:
        return []
    return [Finding("papers", "split_changed", moved.height, remedy, _cut(moved.head(EXAMPLES)))]


def check_lost(
    papers: pl.LazyFrame,
    published: pl.LazyFrame,
    observations: pl.LazyFrame,
    removed: pl.LazyFrame,
) -> list[Finding]:
    """Published papers that the tables no longer know.

    Args:
        papers: the new table.
        published: `paper_id` of the last release.
        observations: `Plan.observations`; a paper that is known by its id by now is not lost.
        removed: `Plan.removed`; nor is one that was taken out on request.
    """
    gone = published.select("paper_id").join(papers, on="paper_id", how="anti")
    renamed = observations.filter(pl.col("paper_id") != pl.col("old_id"))
    explained = pl.concat([removed.select("paper_id"), renamed.select(paper_id="old_id")]).unique()
    lost = gone.join(explained, on="paper_id", how="anti").sort("paper_id").collect()
    remedy = "Look for days that have lost records: a re-parse or a partition that is not there."
    if not lost.height:
        return []
    return [Finding("papers", "paper_lost", lost.height, remedy, lost.head(EXAMPLES))]


def check_counts(
    table: str, *, rows: int, published: int, papers_gone: int, papers_published: int
) -> list[Finding]:
    """Whether the table has lost more rows than the papers that are gone explain.

    A few rows go and come with every revision; more than `_LEEWAY` of them, and more than
    `_FEW_ROWS`, do not.

    Args:
        table: its name.
        rows: rows that it has now.
        published: rows that it had in the last release.
        papers_gone: papers of the last release that are gone, with their rows.
        papers_published: papers of the last release.
    """
    kept = 1 - papers_gone / papers_published if papers_published else 1.0
    fewest = published * kept * (1 - _LEEWAY) - _FEW_ROWS
    if rows >= fewest:
        return []
    remedy = (
        "Did a new parser, rule or aligner drop them on purpose? Compare with `arxiv-ja-en diff`; "
        "else look for days that are not there."
    )
    counts = pl.DataFrame({"table": [table], "published": [published], "now": [rows]})
    return [Finding(table, "fewer_rows", published - rows, remedy, counts)]


def check_ledger(ledger: pl.LazyFrame, announced: pl.DataFrame) -> list[Finding]:
    """Days on which the states do not sum to what the site announced, and posts without a reason.

    A post in quarantine has a reason, unless the day's quarantine was not made with its posts.

    Args:
        ledger: rows of `schema.Ledger`.
        announced: `day` and `announced`, as from `seen_posts.announced_per_day`.
    """
    wrong = (
        ledger.group_by("day")
        .agg(in_ledger=pl.len().cast(pl.Int64))
        .join(announced.lazy(), on="day", how="full", coalesce=True)
        .with_columns(pl.col("in_ledger", "announced").fill_null(0))
        .filter(pl.col("in_ledger") != pl.col("announced"))
        .sort("day")
        .collect()
    )
    unexplained = (
        ledger.filter(pl.col("state") == "quarantined", pl.col("reason").is_null())
        .sort("day", "post")
        .collect()
    )
    remedy = "Materialise posts, records and quarantine of these days again, then the ledger."
    return [
        Finding("ledger", reason, rows.height, remedy, _cut(rows.head(EXAMPLES)))
        for reason, rows in (("not_balanced", wrong), ("missing_reason", unexplained))
        if rows.height
    ]


def _lacking(
    table: str, reason: str, rows: pl.LazyFrame, others: pl.LazyFrame
) -> Iterator[Finding]:
    """The rows of which the other table has no equal."""
    on = rows.collect_schema().names()
    lacking = rows.join(others, on=on, how="anti", nulls_equal=True).collect(engine="streaming")
    if lacking.height:
        remedy = "The tables are of different runs: make all of them again, then check."
        yield Finding(table, reason, lacking.height, remedy, _cut(lacking.sort(on).head(EXAMPLES)))


def _cut(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their texts shortened."""
    return rows.with_columns(pl.col(pl.String).str.head(_CHARACTERS))
