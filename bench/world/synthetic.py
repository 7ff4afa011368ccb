"""Invented papers by the million: the same for the same size, in seconds, in the tables' shape.

Words are made of syllables, sentences of words by a Zipf-like law, abstracts of eight sentences,
so that texts have the lengths of real ones (1,100 English characters, 480 Japanese) and compress
about as they do. Ids use sequence numbers from 90000 on, which arXiv never reaches.

A world of N versions holds 0.8 N papers: every fifth post is a revision of a paper some weeks old,
every twentieth is seen twice. Days are as long as it takes to keep below 10,000 new papers a
month; one more day can be drawn than the world holds, to measure a refresh.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.schema import PairSignals, Records, SentencePairs, polars_schema
from pipeline.validate.minhash import minhash_bands
from pipeline.validate.taxonomy import taxonomy

FIRST_DAY = date(2016, 1, 4)
MOST_A_DAY = 330
"""New papers and revisions a day, so that a month's ids fit in 90000 to 99999."""
REVISIONS = 0.2
SEEN_TWICE = 0.05
REVISED_AFTER_DAYS = 90.0
"""Mean age of a paper that is revised, exponentially distributed."""
SENTENCES = 8

_TABLES = ("records", "pair_signals", "sentence_pairs")
_SYLLABLES = np.array([c + v for c in "bdfgklmnprstvz" for v in ("a", "e", "i", "o", "u", "en")])
_KANJI = np.array([chr(code) for code in range(0x5000, 0x5400)])
_KANA = np.array(list("はがをにでとのもするれなしたいる"))


@dataclass(frozen=True, slots=True)
class SyntheticDay:
    """What the stages before the tables would have made of one day."""

    day: date
    records: pl.DataFrame
    pair_signals: pl.DataFrame
    sentence_pairs: pl.DataFrame


@dataclass(frozen=True)
class World:
    """A world of about `versions` versions; `seed` gives another one of the same size.

    Fewer posts a day than `MOST_A_DAY` make a world of more days.
    """

    versions: int
    seed: int = 0
    most_a_day: int = MOST_A_DAY

    @property
    def n_days(self) -> int:
        """How many days of posts the world holds."""
        return max(1, math.ceil(self.versions / self.most_a_day))

    def days(self) -> list[date]:
        """The days of the world, oldest first."""
        return [FIRST_DAY + timedelta(days=n) for n in range(self.n_days)]

    @cached_property
    def _posts(self) -> pl.DataFrame:
        """Who is posted when: one row per post, one more day than the world holds."""
        rng = np.random.default_rng(self.seed)
        a_day = max(1, round(self.versions / self.n_days))
        mean_age = min(REVISED_AFTER_DAYS, self.n_days / 4)
        rows: list[tuple[int, int, int]] = []
        born_at: list[float] = []
        latest: list[int] = []
        for day in range(self.n_days + 1):
            today: set[int] = set()
            chances, ages = rng.random(a_day), rng.exponential(mean_age, a_day)
            for place, (chance, age) in enumerate(zip(chances, ages, strict=True)):
                now = day + place / a_day
                paper = len(born_at)
                if chance < REVISIONS and age < now:
                    paper = bisect_left(born_at, now - age)
                if paper == len(born_at) or paper in today:
                    paper = len(born_at)
                    born_at.append(now)
                    latest.append(0)
                today.add(paper)
                latest[paper] += 1
                rows.append((day, paper, latest[paper]))
        born = pl.Series(born_at).floor().cast(pl.Int32)
        posts = pl.DataFrame(
            rows, schema={"day": pl.Int32, "paper": pl.UInt32, "version": pl.Int16}, orient="row"
        )
        return posts.with_row_index("post").with_columns(born=born.gather(posts["paper"]))

    @cached_property
    def _ids(self) -> pl.Series:
        """The arXiv id of every paper, by number."""
        born = self._posts.unique("paper").sort("paper")
        return (
            born.select(month=(FIRST_DAY + pl.duration(days="born")).dt.strftime("%y%m"))
            .with_columns(sequence=pl.int_range(pl.len()).over("month") + 90_000)
            .select(pl.format("{}.{}", "month", "sequence"))
            .to_series()
        )

    @cached_property
    def _lexicon(self) -> _Lexicon:
        sentences = min(30_000, max(1_000, self.versions))
        return _Lexicon.draw(np.random.default_rng(self.seed + 1), sentences)

    def draw(self, day: date) -> SyntheticDay:
        """The rows of `day`, which may be the day after the world's last."""
        number = (day - FIRST_DAY).days
        posts = self._posts.filter(pl.col("day") == number)
        rng = np.random.default_rng((self.seed, number))
        return _drawn(day, posts, self._ids.gather(posts["paper"]), self._lexicon, rng)


@dataclass(frozen=True)
class _Lexicon:
    """The sentences and names that texts are made of."""

    english: pl.Series
    japanese: pl.Series
    names: pl.Series

    @classmethod
    def draw(cls, rng: np.random.Generator, sentences: int) -> _Lexicon:
        words = np.array(
            ["".join(rng.choice(_SYLLABLES, size)) for size in rng.integers(1, 5, 12_000)]
        )
        weight = 1 / np.arange(3, len(words) + 3)
        picked = rng.choice(words, (sentences, 25), p=weight / weight.sum())
        english = [" ".join(row[: 19 + n % 7]).capitalize() + "." for n, row in enumerate(picked)]
        kanji = rng.choice(_KANJI, (sentences, 30))
        kana = rng.choice(_KANA, (sentences, 30))
        japanese = [
            "".join(a + b for a, b in zip(k, h, strict=True))[: 50 + n % 20] + "。"
            for n, (k, h) in enumerate(zip(kanji, kana, strict=True))
        ]
        given = rng.choice(words, (4 * sentences, 2))
        names = [f"{a.capitalize()} {b.capitalize()}" for a, b in given]
        return cls(pl.Series(english), pl.Series(japanese), pl.Series(names))


def _drawn(
    day: date, posts: pl.DataFrame, ids: pl.Series, lexicon: _Lexicon, rng: np.random.Generator
) -> SyntheticDay:
    n = posts.height
    # A revision keeps most sentences of its paper: those of a version differ in the last two.
    paper = posts["paper"].to_numpy().astype(np.uint64)[:, None]
    place = np.arange(SENTENCES, dtype=np.uint64)[None, :]
    version = posts["version"].to_numpy().astype(np.uint64)[:, None]
    edition = np.where(place >= SENTENCES - 2, version, 0)
    picked = _mixed(paper * 1024 + place * 64 + edition % 64) % len(lexicon.english)
    sides = {
        side: [pool.gather(picked[:, k]) for k in range(SENTENCES)]
        for side, pool in (("en", lexicon.english), ("ja", lexicon.japanese))
    }
    names = _mixed(paper * 1024 + 512 + place[:, :5]) % len(lexicon.names)
    codes = taxonomy()["code"].filter(taxonomy()["code"].str.contains(".", literal=True))
    posted = datetime.combine(day, time(0, 30), tzinfo=UTC)
    frame = posts.select("post", "version", "born", number="paper").with_columns(
        day=pl.lit(day),
        paper_id=ids,
        arxiv_id=ids,
        title=pl.format("{} {}", sides["en"][0].str.head(60), "number"),
        abstract_en=_joined(sides["en"], " "),
        abstract_ja=_joined(sides["ja"], "\n"),
        authors=_lists(lexicon.names, [row[: 1 + k % 5] for k, row in enumerate(names)]),
        categories=pl.concat_list(
            codes.gather(names[:, 0] % len(codes)), codes.gather(names[:, 1] % len(codes))
        )
        .list.unique()
        .list.sort(),
        version_date=pl.lit(posted - timedelta(days=1)).cast(pl.Datetime("us", "UTC"))
        + pl.duration(seconds=pl.int_range(n) % 40_000),
        provider=pl.lit("invented.example"),
        translator=pl.lit("Google"),
        kind=pl.lit("translation"),
        title_ja=pl.lit(None, pl.String),
        post_id=pl.col("post").cast(pl.Int64) + 1,
        source_url=pl.format("https://invented.example/?p={}", pl.col("post") + 1),
        posted_at=pl.lit(posted).cast(pl.Datetime("us", "UTC")),
        captured_at=pl.lit(posted + timedelta(hours=8)).cast(pl.Datetime("us", "UTC")),
        archive_file=pl.lit(f"crawl-{day:%Y%m%d}.warc.gz"),
        record_offset=pl.int_range(n, dtype=pl.Int64) // 100 * 250_000,
        record_id=pl.format("urn:uuid:{}", pl.lit(_hex(str(day), 32))),
        payload_digest=pl.format("sha256:{}", pl.lit(_hex(str(day), 64))),
        entry_index=(pl.int_range(n) % 100).cast(pl.Int32),
        flags=pl.lit([], pl.List(pl.String)),
    )
    digests = [
        (_hex(f"{en}\0{ja}", 32), _hex(f"{title}\0{en}\0{ja}", 32))
        for title, en, ja in frame.select("title", "abstract_en", "abstract_ja").iter_rows()
    ]
    frame = frame.with_columns(
        title_key=pl.col("title").str.to_lowercase().str.replace_all(r"[^a-z0-9]", ""),
        pair_id=pl.Series([pair for pair, _content in digests]),
        content_id=pl.Series([content for _pair, content in digests]),
        near_keys=minhash_bands(frame["abstract_en"]),
    )
    again = frame.head(int(n * SEEN_TWICE)).with_columns(
        record_offset=pl.col("record_offset") + 125_000_000,
        captured_at=pl.col("captured_at") + pl.duration(hours=24),
    )
    schema = polars_schema(Records)
    records = pl.concat([frame, again]).select(schema.names()).cast(schema)
    return SyntheticDay(day, records, _signals(frame, rng), _sentence_pairs(frame, sides))


def _signals(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Signals of every pair: each column filled with what its type allows."""
    schema = polars_schema(PairSignals)
    given = {
        "day": pl.col("day"),
        "pair_id": pl.col("pair_id"),
        "aligner_version": pl.lit("synthetic").alias("aligner_version"),
    }
    filled = [
        given[name]
        if name in given
        else (
            pl.Series(name, rng.random(frame.height).round(3)).cast(dtype)
            if dtype.is_float()
            else _constant(dtype).alias(name)
        )
        for name, dtype in schema.items()
    ]
    return frame.select(filled).cast(schema)


def _constant(dtype: pl.DataType) -> pl.Expr:
    """An empty list, zero or false."""
    if isinstance(dtype, pl.List):
        return pl.lit([], dtype)
    return pl.lit(False if dtype == pl.Boolean else 0).cast(dtype)


def _sentence_pairs(frame: pl.DataFrame, sides: dict[str, list[pl.Series]]) -> pl.DataFrame:
    schema = polars_schema(SentencePairs)
    beads = []
    start = pl.DataFrame({"en_start": [0] * frame.height, "ja_start": [0] * frame.height})
    for index in range(SENTENCES):
        en, ja = sides["en"][index], sides["ja"][index]
        bead = frame.select("day", "pair_id").with_columns(
            *start,
            index=pl.lit(index),
            bead=pl.lit("1-1"),
            en=en,
            ja=ja,
            score=pl.lit(0.97),
            flags=pl.lit([], pl.List(pl.String)),
            aligner_version=pl.lit("synthetic"),
        )
        bead = bead.with_columns(
            en_end=pl.col("en_start") + en.str.len_chars(),
            ja_end=pl.col("ja_start") + ja.str.len_chars(),
        )
        start = bead.select(en_start=pl.col("en_end") + 1, ja_start=pl.col("ja_end") + 1)
        beads.append(bead)
    made = pl.concat(beads).sort("pair_id", "index")
    lacking = [_constant(t).alias(c) for c, t in schema.items() if c not in made.columns]
    return made.with_columns(lacking).select(schema.names()).cast(schema)


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The finaliser of SplitMix64: close numbers become far ones, always the same."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((numbers ^ (numbers >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)


def _joined(sentences: list[pl.Series], separator: str) -> pl.Expr:
    return pl.concat_str(sentences, separator=separator)


def _lists(pool: pl.Series, picked: list[NDArray[np.int64]]) -> pl.Series:
    """A list of strings of the pool for each array of places in it."""
    rows = np.repeat(np.arange(len(picked)), [len(places) for places in picked])
    frame = pl.DataFrame({"row": rows, "of": pool.gather(np.concatenate(picked))})
    return frame.group_by("row", maintain_order=True).agg("of")["of"]


def _hex(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def write_world(world: World, into: Path, *, extra_day: bool = False) -> list[date]:
    """Write the daily tables `into/<table>/<day>.parquet`; days already there are left.

    Returns:
        The days of the world, the day after its last included if `extra_day`.
    """
    days = world.days()
    if extra_day:
        days.append(days[-1] + timedelta(days=1))
    write_days(world, into, days)
    return days


def write_days(world: World, into: Path, days: list[date]) -> None:
    """Write the daily tables of `days`; those already there are left."""
    for table in _TABLES:
        (into / table).mkdir(parents=True, exist_ok=True)
    for day in days:
        if (into / _TABLES[-1] / f"{day}.parquet").exists():
            continue
        drawn = world.draw(day)
        for table in _TABLES:
            rows: pl.DataFrame = getattr(drawn, table)
            rows.write_parquet(into / table / f"{day}.parquet", compression_level=3)
