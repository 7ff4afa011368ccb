"""What a document is and in which encoding; what REST answers and feeds say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.wordpress.page import UnreadablePage, decode_body, front_of, read_page
from tests.wordpress.pages import (
    JSON,
    LINK,
    REST_POST,
    RSS,
    feed,
    item,
    only,
    page,
    post_html,
    rest,
)


@pytest.mark.parametrize(
    ("body", "content_type", "front"),
    [
        (b"<!DOCTYPE html><title>x</title>", None, "html"),
        (b"\xef\xbb\xbf\n <div>x</div>", None, "html"),
        (b"<p>x</p>", "text/plain", "text"),
        (b"plain", "text/html", "html"),
        (b'[{"id": 1}]', "text/html", "rest"),  # what the bytes show goes first
        (b"[]", None, "rest"),
        (b"plain", "application/json", "rest"),
        (b"<?xml version='1.0'?><rss>", "text/plain", "feed"),
        (b"<rss>", None, "feed"),
        ("[要約] 架空".encode(), None, "text"),
        (b"", None, "text"),
    ],
)
def test_what_a_document_is(body: bytes, content_type: str | None, front: str) -> None:
    assert front_of(body, content_type) == front


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("要約".encode(), None),
        ("要約".encode("utf-8-sig"), None),
        ("要約".encode("utf-16"), None),
        ("要約".encode("shift_jis"), "text/html; charset=Shift_JIS"),
        ("要約".encode("euc_jp"), 'text/html; charset="EUC-JP"'),
        ("要約".encode(), "text/html; charset=Shift_JIS"),  # servers err
        ("要約".encode(), "text/html; charset=no-such-thing"),
        ("要約".encode(), "text/html; charset=base64"),
    ],
)
def test_text_is_read_in_its_encoding(body: bytes, content_type: str | None) -> None:
    assert decode_body(body, content_type).lstrip("\ufeff") == "要約"


def test_the_encoding_that_a_page_declares_itself() -> None:
    text = '<meta http-equiv="Content-Type" content="text/html; charset=shift_jis">要約'
    assert decode_body(text.encode("shift_jis")) == text


def test_bytes_of_no_encoding_become_a_mark_that_shows_it() -> None:
    assert decode_body(b"abc\xff") == "abc\ufffd"


@pytest.mark.parametrize("body", [b"", b" \n", b"\x89PNG" + bytes(64)])
def test_what_is_empty_or_no_text_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadablePage):
        read_page(body)


# REST and feeds


def test_what_rest_says_of_a_post() -> None:
    shown = rest(REST_POST)
    assert (shown.front, shown.listing) == ("rest", "rest")
    assert only(shown) == only(page(post_html()))._replace(
        modified_at=datetime(2025, 3, 5, tzinfo=UTC), categories=("cs-cl",)
    )


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"date_gmt": None}, "posted_at", datetime(2025, 3, 4, 12, 5, tzinfo=UTC)),  # site's time
        ({"date": "soon", "date_gmt": 1}, "posted_at", None),
        ({"id": "7", "class_list": []}, "post_id", None),
        ({"id": 10**15, "class_list": []}, "post_id", None),
        ({"id": True, "class_list": []}, "post_id", None),
        ({"id": 8}, "problems", ("mixed_frame",)),
        ({"title": {"rendered": "保護中: 秘密"}}, "extent", "protected"),
        ({"content": {"rendered": "", "protected": True}}, "extent", "protected"),
        ({"content": None}, "content", ""),
        ({"class_list": {"0": "category-math-ph", "2": 5}}, "categories", ("math-ph",)),
        (
            {"_embedded": {"wp:term": [[{"taxonomy": "category", "name": "cs.CL &amp; x"}], 1]}},
            "categories",
            ("cs.CL & x",),
        ),
        ({"title": {"rendered": "A\ud800B"}}, "title", "A\ufffdB"),
        ({"link": 5}, "url", None),
    ],
)
def test_rest_of_another_shape(change: dict[str, Any], field: str, value: object) -> None:
    assert getattr(only(rest(REST_POST | change)), field) == value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"code": "rest_forbidden\\n<b>", "message": "x"}', "REST error rest_forbidden??b?"),
        (b"[1, 2]", "JSON without WordPress posts"),
        (b'[{"id": 1}]', "JSON without WordPress posts"),
        (b'[{"content": ', "not valid JSON: Expecting value"),
        (b"[" * 100_000, "not valid JSON: too deep or too large"),
    ],
)
def test_an_answer_that_holds_no_posts_is_refused_on_one_line(body: bytes, message: str) -> None:
    with pytest.raises(UnreadablePage) as refused:
        read_page(body, content_type=JSON)
    assert str(refused.value) == message


def test_an_empty_answer_is_a_day_without_posts() -> None:
    assert rest().posts == feed().posts == ()


def test_what_a_feed_says_of_a_post() -> None:
    shown = feed(item())
    assert (shown.front, shown.listing) == ("feed", "feed")
    assert only(shown) == only(page(post_html()))
    escaped = only(feed(item("&lt;p&gt;架空の文。&lt;/p&gt;")))
    assert escaped == only(shown)


def test_a_feed_of_summaries_shows_excerpts() -> None:
    post = only(feed(item(content="")))
    assert (post.extent, post.more_url, post.content) == ("excerpt", LINK, "架空 […]")


def test_a_feed_that_was_cut_off_gives_its_whole_items() -> None:
    whole, cut = item(), item()[:-30]
    assert len(feed(whole, cut).posts) == 1
    with pytest.raises(UnreadablePage, match="feed without a complete item"):
        feed(cut)


def test_no_entity_of_a_feed_is_expanded() -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    text = f"<?xml version='1.0'?>{bomb}<rss><channel>{item(title='&b;')}</channel></rss>"
    assert only(read_page(text.encode(), content_type=RSS)).title == "&b;"


# One post of several that breaks

SOUND = REST_POST | {"id": 8, "class_list": ["post-8"]}


def readings(*items: str) -> list[tuple[int | None, str, str | None]]:
    """Id, extent and address of the posts of a REST answer, of the items' own text."""
    page = read_page(f"[{', '.join(items)}]".encode(), content_type=JSON)
    return [(post.post_id, post.extent, post.url) for post in page.posts]


@pytest.mark.parametrize(
    "change",
    [
        {"content": 5},
        {"content": ["<p>x</p>"]},
        {"content": {"rendered": None}},
        {"content": {"rendered": "<div>" * 20_000}},
        {"content": {"rendered": "<select>" + "<option>x" * 20_000}},
    ],
)
def test_a_rest_post_that_cannot_be_read_is_named_and_the_others_are_read(
    change: dict[str, Any],
) -> None:
    broken = json.dumps(REST_POST | change)
    sound = json.dumps(SOUND)
    assert readings(sound, broken, sound) == [
        (8, "full", LINK),
        (7, "unreadable", LINK),
        (8, "full", LINK),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        f'{{"id": 7, "link": "{LINK}", "content": "x" "y"}}',
        f'{{"id": 7, "link": "{LINK}", "content": {"[" * 20_000}{"]" * 20_000}}}',
        f'{{"id": 7, "link": "{LINK}"}}',
        f'{{"id": 7, "link": "{LINK}", "content": tru}}',
        f'{{"id": 7, "link": "{LINK.replace("/", chr(92) + "/")}", "content": \x01}}',
    ],
)
def test_an_item_that_is_no_post_costs_itself_alone(broken: str) -> None:
    sound = json.dumps(SOUND)
    assert readings(sound, broken, sound)[1] == (7, "unreadable", LINK)
    assert [found[0] for found in readings(sound, broken, sound)] == [8, 7, 8]


@pytest.mark.parametrize(
    ("number", "post_id"),
    [("NaN", None), ("1e400", None), ("9" * 5_000, None), ("-1", None), ("7.0", None), ("7", 7)],
)
def test_a_number_that_is_no_id_costs_the_id_alone(number: str, post_id: int | None) -> None:
    text = json.dumps(REST_POST | {"class_list": []}).replace('"id": 7', f'"id": {number}')
    assert readings(text) == [(post_id, "full", LINK)]


def test_a_list_that_was_cut_off_is_refused() -> None:
    text = json.dumps([SOUND, REST_POST])
    for end in (len(text) - 1, len(text) - 30, text.index('"id": 7')):
        with pytest.raises(UnreadablePage, match="not valid JSON"):
            read_page(text[:end].encode(), content_type=JSON)


@pytest.mark.parametrize(
    "stamp", ["9999-12-31T23:59:59", "9998-01-01T00:00:00", "0001-01-01T00:00:00", "2025-02-30"]
)
def test_a_date_that_is_none_costs_the_date_alone(stamp: str) -> None:
    post = only(rest(REST_POST | {"date": stamp, "date_gmt": stamp}))
    assert (post.posted_at, post.posted_day, post.extent) == (None, None, "full")
    assert post.problems == ("bad_posted_date",)
    item_date = item().replace("04 Mar 2025 12:05:00 +0000", "31 Dec 9999 23:00:00 -1200")
    assert only(feed(item_date)).problems == ("bad_posted_date",)


@pytest.mark.parametrize("end", ["<!--", "<plaintext>", "<plaintext><!--", "<textarea>", '<a b="'])
def test_markup_that_swallows_the_end_of_a_content_is_reported(end: str) -> None:
    content = {"rendered": f"<p>x</p>{end}<p>y</p>"}
    assert only(rest(REST_POST | {"content": content})).problems == ("open_markup",)
    assert only(feed(item(f"<![CDATA[<p>x</p>{end}]]>"))).problems == ("open_markup",)


def test_content_holds_neither_comments_nor_scripts() -> None:
    raw = "<!-- a --><script>if (a < b) {}</script><p>x</p><style>b</style><!---->"
    assert only(rest(REST_POST | {"content": {"rendered": raw}})).content == "<p>x</p>"


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode_escape", "utf-7", "undefined"])
def test_what_is_no_encoding_of_the_web_is_not_believed(name: str) -> None:
    assert decode_body(rb"\ud800 +2AA- x", f"text/html; charset={name}") == r"\ud800 +2AA- x"


def test_references_that_python_refuses_to_read_are_no_characters() -> None:
    title = f"A &#{'1' * 5_000}; B"
    assert only(rest(REST_POST | {"title": {"rendered": title}})).title == "A \ufffd B"
    assert only(feed(item(title=title))).title == "A \ufffd B"


def test_a_feed_keeps_what_stands_around_its_texts() -> None:
    texts = item(title=" \n A <b>B</b> ").replace("<title>", "<title a='1'>")
    assert only(feed(texts)).title is None  # an element inside of a text is no text
    assert only(feed(item(title=" \n A B \n"))).title == "A B"
    assert only(feed(item(title="<![CDATA[ A ]]> \n"))).title == "A"
