"""Every announced post ends in exactly one state, and the states sum to what was announced."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
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
    PRECEDENCE,
    UNSEEN,
    build_ledger,
    ledger_per_day,
)
from pipeline.tables.observations import RECORD
from pipeline.tables.plan import plan_tables
from pipeline.tables.seen_posts import MOST_A_DAY, READINGS, announced_per_day
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
        "removed_lines": [],
        "raw": "raw",
        "captured_at": WHEN + timedelta(hours=8),
        "archive_file": "crawl-1.warc.gz",
        "record_offset": 0,
        "payload_digest": "sha256:" + "0" * 64,
        "record_id": "urn:uuid:00000000-0000-4000-8000-000000000000",
        "parser_version": "1",
    } | given
    if "post_url" not in row and row["post_id"]:
        row["post_url"] = f"https://invented.example/?p={row['post_id']}"
    return row


def capture(announced: int | None, **given: Any) -> dict[str, Any]:
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
        "record_id": "urn:uuid:00000000-0000-4000-8000-000000000000",
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
def _observations(draw: st.DrawFn) -> dict[str, Any]:
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
    st.lists(_observations(), max_size=12, unique_by=lambda p: tuple(p[name] for name in RECORD)),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 3)), max_size=4),
)
def test_the_states_always_sum_to_what_was_announced(posts, counts):
    captures = [
        capture(
            n,
            day=DAY + timedelta(days=day),
            captured_at=WHEN + timedelta(hours=hour),
            archive_file="counts.warc.gz",
            record_offset=place,
        )
        for place, (day, n, hour) in enumerate(counts)
    ]
    ledger = ledger_of(posts, captures)
    latest = {c["day"]: c["announced"] for c in sorted(captures, key=lambda c: c["captured_at"])}
    per_day = {row["day"]: row for row in ledger_per_day(ledger.lazy()).iter_rows(named=True)}
    for day in {row["day"] for row in [*posts, *captures]}:
        announced = _announced_by_hand(posts, day, latest.get(day, 0))
        row = per_day.get(day, dict.fromkeys(("announced", *LEDGER_STATES), 0))
        assert sum(row[state] for state in LEDGER_STATES) == row["announced"] == announced


def _announced_by_hand(posts: list[dict[str, Any]], day: date, counted: int) -> int:
    id_of = {p["post_url"]: p["post_id"] for p in posts if p["post_id"] and p["post_url"]}
    read_at: dict[date, datetime] = {}
    for p in posts:
        if p["content"] != "unreadable":
            read_at[p["day"]] = max(read_at.get(p["day"], p["captured_at"]), p["captured_at"])
    days: dict[object, tuple[datetime, date]] = {}
    ids = set()
    for p in posts:
        number = p["post_id"] or id_of.get(p["post_url"])
        key = number or p["post_url"] or (p["payload_digest"], p["entry_index"])
        # All of a day are of one page: what could not be read counts until the page was read.
        nameless = not number and not p["post_url"] and p["content"] == "unreadable"
        if nameless and read_at.get(p["day"], p["captured_at"] - timedelta(1)) >= p["captured_at"]:
            continue
        days[key] = max(days.get(key, (p["captured_at"], p["day"])), (p["captured_at"], p["day"]))
        if number and p["day"] == day:
            ids.add(number)
    of_day = sum(last == day for _, last in days.values())
    return of_day + max(0, counted - len(ids))


READ = WHEN + timedelta(hours=8)
"""When the posts are captured that are not said to be at another time."""
LATER = READ + timedelta(days=1)


def _reading(read_at: datetime, *, complete: bool = True, day: date = DAY) -> dict[str, Any]:
    return {"day": day, "read_at": read_at + timedelta(minutes=1), "complete": complete}


def _after(posts, readings, captures=()):
    """The ledger after the crawler's readings of days, by post."""
    seen = rows_to_frame(Posts, _placed(*posts))
    fetched = [
        capture(None, **{name: row[name] for name in (*RECORD[:3], "captured_at")})
        for row in seen.iter_rows(named=True)
    ]
    counted = rows_to_frame(Captures, [*fetched, *captures]).lazy()
    validated = validate_posts(seen)
    roles = plan_tables(validated.records.lazy()).observations
    read = pl.DataFrame(readings, schema=READINGS)
    ledger = build_ledger(seen.lazy(), counted, validated.quarantine.lazy(), roles.lazy(), read)
    assert violations(Ledger, ledger).is_empty()
    assert check_ledger(ledger.lazy(), announced_per_day(seen.lazy(), counted, read)) == []
    return {row["post"]: row for row in ledger.iter_rows(named=True)}


def _is(row: dict[str, Any], **expected: Any) -> bool:
    return {name: row[name] for name in expected} == expected


def test_a_post_that_the_day_no_longer_shows_is_withdrawn():
    posts = [
        post(post_id=1),
        post(post_id=2, arxiv_id="2503.90002", title=SUBJECTS[1]),
        post(post_id=1, captured_at=LATER),
    ]
    ledger = _after(
        posts,
        [_reading(READ), _reading(LATER), _reading(LATER + timedelta(days=1), complete=False)],
        [capture(2, record_offset=90), capture(1, record_offset=91, captured_at=LATER)],
    )
    assert _is(ledger["1"], state="paper", was=None, since=READ)
    gone_at = LATER + timedelta(minutes=1)
    assert _is(ledger["2"], state="withdrawn", was="paper", since=gone_at, paper_id="2503.90002")
    assert len(ledger) == 2


def test_a_day_that_shows_nothing_any_more_has_withdrawn_posts_and_no_unseen_ones():
    counts = [capture(2, record_offset=90)]
    both = [post(post_id=1), post(post_id=2, version=2)]
    ledger = _after(both, [_reading(READ), _reading(LATER)], counts)
    assert {row["state"] for row in ledger.values()} == {"withdrawn"}
    assert [row["was"] for row in ledger.values()] == ["older_version", "paper"]


def test_only_a_complete_reading_after_the_last_look_says_that_a_post_is_gone():
    for readings in ([], [_reading(READ)], [_reading(READ), _reading(LATER, complete=False)]):
        assert _is(_after([post()], readings)["1"], state="paper", was=None)
    # It was seen once more after the reading, as a changed post is.
    again = [post(), post(captured_at=LATER + timedelta(hours=1))]
    assert _is(_after(again, [_reading(READ), _reading(LATER)])["1"], state="paper")


def test_what_was_put_into_the_inbox_is_not_withdrawn_by_the_crawler():
    seen = rows_to_frame(Posts, [post()])
    roles = plan_tables(validate_posts(seen).records.lazy()).observations.lazy()
    read = pl.DataFrame([_reading(READ), _reading(LATER)], schema=READINGS)
    none = rows_to_frame(Captures, []).lazy()
    ledger = build_ledger(seen.lazy(), none, validate_posts(seen).quarantine.lazy(), roles, read)
    assert ledger["state"].to_list() == ["paper"]


@pytest.mark.parametrize(
    ("change", "state", "reason"),
    [
        ({"content": "protected"}, "protected", None),
        ({"content": "not_a_paper"}, "not_a_paper", None),
        ({"abstract_ja": None}, "quarantined", "missing_abstract_ja"),
    ],
)
def test_a_post_from_which_the_site_took_its_paper_says_so(change, state, reason):
    posts = [post(), post(captured_at=LATER, **change)]
    posts.append({**posts[-1], "captured_at": LATER + timedelta(days=1)})
    readings = [_reading(row["captured_at"]) for row in posts]
    (row,) = _after(posts, readings).values()
    assert _is(row, state=state, was="paper", since=LATER, reason=reason)
    # What is shown again is a paper again; what was protected at first was none before.
    (row,) = _after([*posts, post(captured_at=LATER + timedelta(days=2))], readings).values()
    assert _is(row, state="paper", was=None)
    (row,) = _after([posts[1], post(captured_at=LATER + timedelta(days=2))], readings).values()
    assert _is(row, state="paper", was=None, since=LATER + timedelta(days=2))


def test_a_moved_post_counts_on_its_day_now():
    other = DAY + timedelta(days=1)
    moved = post(day=other, captured_at=LATER, post_url="https://invented.example/2025/03/05/a")
    ledger = _after(
        [post(), moved],
        [_reading(READ), _reading(LATER), _reading(LATER, day=other)],
        [
            capture(1, record_offset=90),
            capture(1, record_offset=91, day=other, captured_at=LATER),
        ],
    )
    (row,) = ledger.values()
    assert _is(row, day=other, state="paper", was=None, moved_from=DAY, since=LATER)
    assert row["post_url"] == moved["post_url"]


def test_a_post_that_left_a_settled_day_is_not_missed_there():
    other = DAY + timedelta(days=1)
    moved = [post(), post(day=other, captured_at=LATER)]
    ledger = _after(moved, [_reading(READ)], [capture(1, record_offset=90)])
    assert [(row["day"], row["state"]) for row in ledger.values()] == [(other, "paper")]
