"""What the card says in figures about a snapshot, counted from its data files."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.release.manifest import Snapshot

TOP = 15
"""Categories, translators and flags that are listed; the rest is summed up or left out."""

BIN = 250
"""Characters in a bin of the length histogram."""


@dataclass(frozen=True, slots=True)
class Count:
    """How often something occurs."""

    name: str
    n: int


@dataclass(frozen=True, slots=True)
class Signal:
    """The spread of a signal of the default config: tenth, fiftieth and ninetieth percentile."""

    name: str
    p10: float
    p50: float
    p90: float
    missing: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of a snapshot.

    Attributes:
        months: papers by month of submission.
        categories: papers by category, the most frequent first, with their English names.
        translators: papers by translation service, as named; one that is not named is "".
        flags: papers by flag of the pair.
        lengths: abstracts by length, `BIN` characters a bin: the bin, English, Japanese.
        length_en: characters of English abstracts: median.
        length_ja: characters of Japanese abstracts: median.
        beads: sentence pairs by bead.
        signals: how the signals of the pairs are spread.
        n_authors: distinct author names.
        n_sentences: sentence pairs.
        n_versions: versions.
    """

    months: tuple[Count, ...]
    categories: tuple[Count, ...]
    translators: tuple[Count, ...]
    flags: tuple[Count, ...]
    lengths: tuple[tuple[int, int, int], ...]
    length_en: int
    length_ja: int
    beads: tuple[Count, ...]
    signals: tuple[Signal, ...]
    n_authors: int
    n_sentences: int
    n_versions: int


def _scan(snapshot: Snapshot, config: str) -> pl.LazyFrame | None:
    files = snapshot.data_files(config)
    return pl.scan_parquet(files) if files else None


def _counts(rows: pl.LazyFrame | None, value: pl.Expr) -> tuple[Count, ...]:
    """How often each value occurs, most frequent first; a missing one counts as empty."""
    if rows is None:
        return ()
    counted = rows.select(value.fill_null("").alias("name")).group_by("name").len("n")
    ordered = counted.sort(["n", "name"], descending=[True, False]).collect(engine="streaming")
    return tuple(Count(name, n) for name, n in ordered.iter_rows())


def _in_lists(rows: pl.LazyFrame | None, column: str) -> tuple[Count, ...]:
    exploded = rows.select(column).explode(column).drop_nulls() if rows is not None else None
    return _counts(exploded, pl.col(column))


def _lengths(pairs: pl.LazyFrame | None) -> tuple[tuple[tuple[int, int, int], ...], int, int]:
    """The histogram of both languages, and their medians."""
    if pairs is None:
        return (), 0, 0
    lengths = pairs.select(
        pl.col("translation").struct.field(language).str.len_chars().alias(language)
        for language in ("en", "ja")
    ).collect(engine="streaming")
    bins = lengths.select(pl.all() // BIN)
    last = max(bins["en"].quantile(0.995) or 0, bins["ja"].quantile(0.995) or 0)
    counts = {
        language: dict(bins[language].clip(upper_bound=int(last)).value_counts().iter_rows())
        for language in ("en", "ja")
    }
    histogram = tuple(
        (int(b * BIN), counts["en"].get(b, 0), counts["ja"].get(b, 0)) for b in range(int(last) + 1)
    )
    en, ja = (lengths[language].median() for language in ("en", "ja"))
    assert isinstance(en, float)
    assert isinstance(ja, float)
    return histogram, round(en), round(ja)


def _signals(pairs: pl.LazyFrame | None) -> tuple[Signal, ...]:
    if pairs is None:
        return ()
    names = [n for n, dtype in pairs.collect_schema().items() if dtype == pl.Float32]
    values = pairs.select(names).collect(engine="streaming")
    signals = []
    for name in names:
        known = values[name].drop_nulls()
        if len(known):
            p10, p50, p90 = (float(known.quantile(q) or 0.0) for q in (0.1, 0.5, 0.9))
            signals.append(Signal(name, p10, p50, p90, values.height - len(known)))
    return tuple(signals)


def statistics(snapshot: Snapshot) -> Statistics:
    """Count a snapshot's figures."""
    papers, pairs = _scan(snapshot, "papers"), _scan(snapshot, "en-ja")
    counts = snapshot.manifest.counts()
    lengths, length_en, length_ja = _lengths(pairs)
    months = sorted(_counts(papers, pl.col("submitted_month")), key=lambda count: count.name)
    return Statistics(
        months=tuple(months),
        categories=_in_lists(papers, "categories"),
        translators=_counts(pairs, pl.col("translator")),
        flags=_in_lists(pairs, "flags"),
        lengths=lengths,
        length_en=length_en,
        length_ja=length_ja,
        beads=_counts(_scan(snapshot, "en-ja-sentences"), pl.col("bead")),
        signals=_signals(pairs),
        n_authors=sum(counts["authors"].values()),
        n_sentences=sum(counts["en-ja-sentences"].values()),
        n_versions=sum(counts["versions"].values()),
    )
