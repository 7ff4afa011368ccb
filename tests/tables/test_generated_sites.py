"""Sites of every kind are crawled, parsed and joined; every post they announce has its state.

Every example is a site of its own on loopback and a crawler's process, so there are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.acquire.crawl import crawl
from pipeline.archive.archive import Archive
from pipeline.parse.posts import posts_of
from pipeline.sample import Entry, Post, Quirks, Response, SampleHandler, SampleSite, serve_sample
from pipeline.sample.addresses import Addresses
from pipeline.sample.pages import entry_html
from pipeline.schema import LEDGER_STATES, Captures, Ledger, Posts, violations
from pipeline.settings import SITE_ZONE, load_settings
from pipeline.tables.integrity import check_ledger
from pipeline.tables.ledger import build_ledger, ledger_per_day
from pipeline.tables.plan import Plan, plan_tables
from pipeline.tables.seen_posts import announced_per_day
from pipeline.validate.records import validate_posts
from tests.tables.invented import DAY, SUBJECTS, abstract

SHOWN = {"paper", "older_version", "duplicate"}
STATES = {
    "paper": SHOWN,
    "two papers": SHOWN,
    "no japanese": {"quarantined"},
    "notice": {"not_a_paper"},
    "protected": {"protected"},
    "gone": SHOWN | {"not_captured"},
}
"""What a post may be, and in which states of the ledger it may end."""


class Made(NamedTuple):
    """A post, what it is, and the papers that a reader of the whole post finds in it."""

    post: Post
    kind: str
    papers: frozenset[str]


def _entry(paper: int, version: int, **changes: object) -> str:
    fields: dict[str, object] = {
        "abstract_ja": f"この要約は架空のものである。論文{paper}の第{version}版とは関係がない。",
        "abstract_en": abstract(SUBJECTS[paper], version),
        "authors": ("Ann Invented", f"Bo Invented {paper}"),
        "date": f"2025-03-0{version} 03:41:11+00:00",
        "arxiv": f"2503.9000{paper}v{version}",
    }
    return entry_html(Entry(**fields | changes))  # type: ignore[arg-type]


@st.composite
def _posts(draw: st.DrawFn, number: int) -> Made:
    kind = draw(st.sampled_from(list(STATES)))
    paper, version = draw(st.integers(0, 3)), draw(st.integers(1, 3))
    papers, title = {paper}, SUBJECTS[paper]
    content = _entry(paper, version)
    if kind == "two papers":
        other = (paper + 1) % len(SUBJECTS)
        content += f"\n<p>{SUBJECTS[other]}</p>\n{_entry(other, version)}"
        papers.add(other)
    elif kind == "no japanese":
        content, papers = _entry(paper, version, abstract_ja=None), set()
    elif kind == "notice":
        content, papers, title = "<p>本日の更新は架空の都合でお休みします。</p>", set(), "お知らせ"
    elif kind == "protected":
        papers = set()
    moment = datetime.combine(DAY, datetime.min.time(), SITE_ZONE)
    post = Post(
        post_id=1000 + number,
        slug=f"invented-{number}",
        posted_at=moment + timedelta(days=draw(st.integers(0, 2)), seconds=number),
        title=title,
        content=content,
        categories=("cs.CL",),
        protected=kind == "protected",
        sticky=draw(st.booleans()),
    )
    return Made(post, kind, frozenset(f"2503.9000{paper}" for paper in papers))


SITES = st.integers(6, 14).flatmap(lambda n: st.tuples(*(_posts(number) for number in range(n))))
QUIRKS = st.builds(
    Quirks,
    rest_refusal=st.sampled_from([401, 403, 404]),
    permalinks=st.sampled_from(["pretty", "archives", "plain"]),
    day_paging_lost=st.booleans(),
    unknown_is_home=st.booleans(),
    excerpts=st.booleans(),
    more_tag=st.booleans(),
    next_page=st.booleans(),
    per_page=st.integers(2, 10),
)


def _missing(pages: list[str]) -> Callable[[SampleHandler], bool]:
    """These posts' own pages are gone, though listings still show the posts."""

    def intercept(handler: SampleHandler) -> bool:
        if not handler.path.startswith(tuple(pages)):
            return False
        handler.send(Response(404, b"<html></html>"))
        return True

    return intercept


def _read(site: SampleSite, days: list[date], folder: Path) -> tuple[pl.DataFrame, Plan]:
    """The ledger of a site's days and what its tables would hold, its own check passed."""
    house = load_settings(base_url=site.base_url, data_dir=folder, delay_seconds=0.0)
    report = crawl(days, settings=house)
    assert {row.state for row in report.rows} <= {"complete", "empty"}
    archive = Archive(house.archive_dir)
    captures = archive.index()
    posts = posts_of(archive.captures(captures))
    validated = validate_posts(posts)
    plan = plan_tables(validated.records.lazy())
    seen, counted = posts.lazy(), captures.lazy()
    ledger = build_ledger(seen, counted, validated.quarantine.lazy(), plan.observations.lazy())
    for model, table in ((Captures, captures), (Posts, posts), (Ledger, ledger)):
        assert violations(model, table).is_empty()
    assert check_ledger(ledger.lazy(), announced_per_day(seen, counted)) == []
    return ledger, plan


@pytest.mark.parametrize("rest", ["on", "off", "closed"])
@settings(max_examples=max(2, settings().max_examples // 50))
@given(SITES, QUIRKS)
def test_the_states_sum_to_what_the_site_announced(
    rest: Literal["on", "off", "closed"], made: tuple[Made, ...], quirks: Quirks
) -> None:
    quirks = replace(quirks, rest=rest)
    posts = [each.post for each in made]
    days = [DAY + timedelta(days=n) for n in range(3)]
    with TemporaryDirectory() as folder, serve_sample(quirks=quirks, posts=posts) as site:
        gone = [each.post for each in made if each.kind == "gone"]
        address = Addresses("", quirks.permalinks)
        site.intercept = _missing([address.post(post).rstrip("/") for post in gone] or ["/none"])
        ledger, plan = _read(site, days, Path(folder))

    announced = Counter(post.day for post in posts)
    for row in ledger_per_day(ledger.lazy()).iter_rows(named=True):
        assert sum(row[state] for state in LEDGER_STATES) == announced.pop(row["day"])
    assert not announced
    states = dict(ledger.select("post", "state").rows())
    for post, kind, _papers in made:
        assert states[str(post.post_id)] in STATES[kind], kind
    read = {each for each in made if states[str(each.post.post_id)] in SHOWN}
    papers = set().union(*(each.papers for each in read))
    assert set(plan.versions["paper_id"]) == papers
