"""Every announced post ends in exactly one state, and the states sum to what was announced."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.parse.problems import PROBLEMS
from pipeline.schema import (
    CONTENTS,
    LEDGER_STATES,
    Captures,
    Ledger,
    Posts,
    rows_to_frame,
    violations,
)
from pipeline.tables.integrity import check_ledger
from pipeline.tables.ledger import (
    EXCERPT,
    MOST_A_DAY,
    PRECEDENCE,
    UNSEEN,
    announced_per_day,
    build_ledger,
    ledger_per_day,
)
from pipeline.tables.observations import RECORD
from pipeline.tables.plan import plan_tables
from pipeline.validate.records import validate_posts
from tests.tables.invented import DAY, SUBJECTS, WHEN, abstract


def post(**given: Any) -> dict[str, Any]:
    """A row of `schema.Posts`: an entry that keeps every rule."""
    row: dict[str, Any] = {
        "day": DAY,
        "source": "https://invented.example/2025/03/04/",
        "post_id": 1,
        "posted_at": WHEN,
        "listing": "day",
        "entry_index": 0,
        "content": "entry",
        "title": SUBJECTS[0],
        "abstract_ja": "この要約は架空のものである。\n実在の論文とは関係がない。",
        "abstract_en": abstract(SUBJECTS[0]),
        "authors": ["A. Author"],
        "date": WHEN,
        "arxiv_id": "2503.90001",
        "version": 1,
        "provider": "invented",
        "translator": "Google",
        "categories": ["cs.CL"],
        "problems": [],
        "raw": "raw",
        "captured_at": WHEN + timedelta(hours=8),
        "archive_file": "crawl-1.warc.gz",
        "record_offset": 0,
        "payload_digest": "sha256:" + "0" * 64,
        "parser_version": "1",
    } | given
    if "post_url" not in row and row["post_id"]:
        row["post_url"] = f"https://invented.example/?p={row['post_id']}"
    return row


def capture(announced: int, **given: Any) -> dict[str, Any]:
    """A row of `schema.Captures` in which the site counts its posts."""
    return {
        "day": DAY,
        "url": "https://invented.example/wp-json/wp/v2/posts",
        "kind": "rest",
        "status": 200,
        "announced": announced,
        "captured_at": WHEN + timedelta(hours=8),
        "archive_file": "crawl-1.warc.gz",
        "record_offset": 0,
        "payload_digest": "sha256:" + "0" * 64,
    } | given


def ledger_of(posts, captures=()):
    """The ledger of what the stages before make of the posts, with its own check passed."""
    seen = rows_to_frame(Posts, list(posts))
    counted = rows_to_frame(Captures, list(captures)).lazy()
    validated = validate_posts(seen)
    roles = plan_tables(validated.records.lazy()).observations
    ledger = build_ledger(seen.lazy(), counted, validated.quarantine.lazy(), roles.lazy())
    assert violations(Ledger, ledger).is_empty()
    assert check_ledger(ledger.lazy(), announced_per_day(seen.lazy(), counted)) == []
    return ledger


def _states(posts, captures=()):
    return dict(ledger_of(posts, captures).select("post", "state").rows())


def _placed(*posts):
    return [{**row, "record_offset": n} for n, row in enumerate(posts)]


def test_each_state():
    posts = _placed(
        post(post_id=1, version=1),
        post(post_id=2, version=2),
        post(post_id=3, version=2, captured_at=WHEN + timedelta(days=1)),
        post(post_id=4, content="not_a_paper"),
        post(post_id=5, content="protected"),
        post(post_id=6, abstract_ja=None),
        post(post_id=7, content="excerpt"),
    )
    ledger = ledger_of(posts, [capture(8)])
    assert ledger.select("post", "state", "reason").rows() == [
        ("1", "older_version", None),
        ("2", "paper", None),
        ("3", "duplicate", "same_text"),
        ("4", "not_a_paper", None),
        ("5", "protected", None),
        ("6", "quarantined", "missing_abstract_ja"),
        ("7", "not_captured", EXCERPT),
        ("unseen-1", "not_captured", UNSEEN),
    ]


def test_a_post_that_was_seen_often_has_one_state():
    observations = _placed(
        post(content="excerpt"), post(), post(abstract_ja=None), post(content="protected")
    )
    assert _states(observations) == {"1": "paper"}


def test_a_post_known_by_its_address_is_the_one_with_the_id():
    url = "https://invented.example/2025/03/04/a-slug"
    observations = _placed(post(post_url=url), post(post_id=None, post_url=url))
    assert _states(observations) == {"1": "paper"}


def test_every_entry_of_a_plain_text_is_a_post_of_its_own():
    plain = {"post_id": None, "arxiv_id": None, "version": None, "source": "inbox:a.txt"}
    entries = [
        post(**plain, entry_index=n, title=title, abstract_en=abstract(title))
        for n, title in enumerate(SUBJECTS)
    ]
    assert list(_states(entries).values()) == ["paper"] * 4


def test_a_page_that_was_read_after_all_announces_nothing_more():
    closed = {"post_id": None, "content": "unreadable", "problems": ["unreadable", "maintenance"]}
    again = post(captured_at=WHEN + timedelta(days=1))
    assert _states(_placed(post(**closed), again)) == {"1": "paper"}
    assert list(_states([post(**closed)]).values()) == ["quarantined"]


def test_the_site_counts_less_when_posts_were_deleted():
    posts = _placed(post(post_id=1), post(post_id=2, version=2))
    later = capture(2, captured_at=WHEN + timedelta(days=2))
    assert len(_states(posts, [capture(5), later])) == 2


def test_a_site_that_counts_millions_is_not_believed():
    assert ledger_of([post()], [capture(2_000_000_000)]).height == MOST_A_DAY


def test_a_day_of_which_nothing_was_seen_is_in_the_ledger():
    assert ledger_of([], [capture(3)])["reason"].to_list() == [UNSEEN] * 3


def test_a_post_with_two_papers_says_so():
    both = [post(), post(entry_index=1, arxiv_id="2503.90002", title=SUBJECTS[1])]
    assert ledger_of(both).select("post", "state", "reason").rows() == [
        ("1", "paper", "holds 2 papers")
    ]


def test_a_paper_taken_out_is_told_apart():
    posts = rows_to_frame(Posts, [post()])
    validated = validate_posts(posts)
    asked = pl.DataFrame({"kind": ["author"], "value": ["A. Author"]})
    roles = plan_tables(validated.records.lazy(), removals=asked).observations
    ledger = build_ledger(
        posts.lazy(),
        rows_to_frame(Captures, []).lazy(),
        validated.quarantine.lazy(),
        roles.lazy(),
    )
    assert ledger.select("state", "reason").rows() == [("removed", "request by author")]


def test_the_states_of_the_ledger_have_an_order():
    assert sorted(PRECEDENCE) == sorted(LEDGER_STATES)


def test_a_ledger_that_lost_a_post_does_not_balance():
    posts = rows_to_frame(Posts, _placed(post(post_id=1), post(post_id=2, version=2)))
    announced = announced_per_day(posts.lazy(), rows_to_frame(Captures, []).lazy())
    ledger = ledger_of(posts.rows(named=True))
    (finding,) = check_ledger(ledger[:1].lazy(), announced)
    assert finding.reason == "not_balanced"
    assert finding.examples.rows() == [(DAY, 1, 2)]


def test_what_is_quarantined_without_a_reason_is_found():
    broken = ledger_of([post(title=None)])
    assert broken["state"].to_list() == ["quarantined"]
    announced = broken.group_by("day").agg(announced=pl.len().cast(pl.Int64))
    assert check_ledger(broken.lazy(), announced) == []
    lost = broken.with_columns(reason=pl.lit(None, pl.String))
    (finding,) = check_ledger(lost.lazy(), announced)
    assert (finding.reason, finding.rows) == ("missing_reason", 1)
    assert finding.examples["post"].to_list() == broken["post"].to_list()


@st.composite
def _sightings(draw: st.DrawFn) -> dict[str, Any]:
    number = draw(st.integers(1, 5))
    named = draw(st.sampled_from(["id", "address", "both", "none"]))
    day = draw(st.integers(0, 2))
    paper = draw(st.integers(0, 3))
    return post(
        day=DAY + timedelta(days=day),
        post_id=number if named in {"id", "both"} else None,
        post_url=f"https://invented.example/{number}" if named in {"address", "both"} else None,
        content=draw(st.sampled_from(CONTENTS)),
        problems=draw(st.lists(st.sampled_from(sorted(PROBLEMS)), max_size=2)),
        title=SUBJECTS[paper],
        abstract_en=draw(st.sampled_from([None, "", abstract(SUBJECTS[paper])])),
        arxiv_id=draw(st.sampled_from([None, f"2503.9000{paper}"])),
        version=None,
        captured_at=WHEN + timedelta(hours=draw(st.integers(0, 3))),
        record_offset=draw(st.integers(0, 3)),
        entry_index=draw(st.integers(0, 9)),
        payload_digest="sha256:" + str(number) * 64,
    )


@settings(max_examples=max(25, settings().max_examples // 4))
@given(
    st.lists(_sightings(), max_size=12, unique_by=lambda p: tuple(p[name] for name in RECORD)),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 3)), max_size=4),
)
def test_the_states_always_sum_to_what_was_announced(posts, counts):
    captures = [
        capture(
            n,
            day=DAY + timedelta(days=day),
            captured_at=WHEN + timedelta(hours=hour),
            record_offset=place,
        )
        for place, (day, n, hour) in enumerate(counts)
    ]
    ledger = ledger_of(posts, captures)
    latest = {c["day"]: c["announced"] for c in sorted(captures, key=lambda c: c["captured_at"])}
    per_day = {row["day"]: row for row in ledger_per_day(ledger.lazy()).iter_rows(named=True)}
    for day in {row["day"] for row in [*posts, *captures]}:
        announced = _announced_by_hand([p for p in posts if p["day"] == day], latest.get(day, 0))
        row = per_day.get(day, dict.fromkeys(("announced", *LEDGER_STATES), 0))
        assert sum(row[state] for state in LEDGER_STATES) == row["announced"] == announced


def _announced_by_hand(posts: list[dict[str, Any]], counted: int) -> int:
    ids = {p["post_id"] for p in posts if p["post_id"]}
    of_ids = {p["post_url"] for p in posts if p["post_id"]}
    addresses = {p["post_url"] for p in posts if not p["post_id"]} - of_ids - {None}
    read_at = max((p["captured_at"] for p in posts if p["content"] != "unreadable"), default=None)
    nameless = {
        (p["payload_digest"], p["entry_index"])
        for p in posts
        if not p["post_id"] and not p["post_url"]
        # All are of one page: what could not be read counts until the page was read.
        if p["content"] != "unreadable" or read_at is None or read_at < p["captured_at"]
    }
    return max(len(ids), counted) + len(addresses) + len(nameless)
