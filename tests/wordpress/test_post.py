"""Whatever a post of Twenty Ten's listings says, each thing is read as it was said."""

from __future__ import annotations

import html
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.wordpress.model import WordPressPost
from tests.wordpress.pages import LINK, only, page

CLOSED = "コメントを受け付けていません"
WORDS = (
    *("A paper", "は", " ", "\u3000", "\n", "a  b", "é", "１２", "&amp;", "&lt;b", '"', "<"),
    *("entry-date", "page-link", "-link", "2025-03-04", "9:05 PM", "#x", "/y/", "//[", "</h2>"),
    *('class="entry-content">', '<a href="/z/" rel="bookmark">z</a>', 'id="comments"', "<time "),
    *('<p class="more-link">', '<div class="page-link">1 <a href="/2/">2</a></div>', 'id="post-8"'),
    *('<a class="more-link" href="/m/">more</a>', "<nav>", "</div>", "<span>", "</a>", ">", ""),
    *('<div id="nav-below" class="navigation">', 'rel="category tag">', "<!--", "<script>"),
    *(
        "post-password-required",
        '<div id="post-8" class="hentry">',
        "<plaintext>",
        "<HR ID=page-end>",
    ),
)
"""Texts that look like markup, dates or the theme's own words."""
TELLING = ("entry-title", "entry-content", "/abs/", CLOSED, "Comments Off on ")
"""What is never in these places of a sound post, and so is reported where it is."""
SAID = st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=4).map("".join)
USUAL = {
    "title": "A paper",
    "clock": "9:05 PM",
    "day": "2025年3月4日",
    "author": "digest",
    "content": "架空の文。",
    "mark": "カテゴリー:",
    "category": "cs.CL",
}


def listed(said: dict[str, str]) -> WordPressPost:
    """The post of a listing page that says such things, escaped as WordPress does."""
    part = {name: html.escape(text) for name, text in said.items()}
    return only(
        page(
            f"""
<div id="post-7" class="post hentry category-cs-cl">
<h2 class="entry-title"><a href="{LINK}" rel="bookmark">{part["title"]}</a></h2>
<div class="entry-meta">
<span class="meta-prep meta-prep-author">投稿日:</span> <a href="{LINK}" title="{part["clock"]}" \
rel="bookmark"><span class="entry-date">{part["day"]}</span></a> <span class="meta-sep">作成者:\
</span> <span class="author vcard"><a class="url fn n" href="/a/" title="{part["author"]}">\
{part["author"]}</a></span>
</div>
<div class="entry-content">
<p>{part["content"]}</p>
</div>
<div class="entry-utility">
<span class="cat-links"><span class="entry-utility-prep entry-utility-prep-cat-links">\
{part["mark"]}</span> <a href="/c/cs-cl/" rel="category tag">{part["category"]}</a></span>
<span class="meta-sep">|</span>
<span class="comments-link"><span><span class="screen-reader-text">{part["title"]} は</span>\
{CLOSED}</span></span>
</div>
</div>"""
        )
    )


def expected(said: dict[str, str]) -> dict[str, Any]:
    """What is read of it."""
    category = seen(said["category"]).strip()
    return {
        "post_id": 7,
        "url": LINK,
        "title": " ".join(seen(said["title"]).split()) or None,
        "categories": (category or "cs-cl",),
        "extent": "full",
        "part": 1,
        "part_urls": (),
        "more_url": None,
    }


def seen(text: str) -> str:
    """A text as HTML can hold it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def read(post: WordPressPost, said: dict[str, str]) -> dict[str, Any]:
    return {name: getattr(post, name) for name in expected(said)}


@pytest.mark.parametrize("place", USUAL)
def test_what_stands_in_one_place_is_read_there_and_nowhere_else(place: str) -> None:
    usual = USUAL[place]
    for word in WORDS:
        for text in (word, word + usual, usual + word, f"{usual} {word}"):
            said = USUAL | {place: text}
            post = listed(said)
            assert read(post, said) == expected(said), text
            if place == "content" or not any(mark in text for mark in TELLING):
                assert post.problems == (), text
            if place not in {"day", "clock"}:
                assert post.posted_at == datetime(2025, 3, 4, 12, 5, tzinfo=UTC)
            content = html.escape(said["content"], quote=False)
            assert post.content.rstrip().removesuffix("</div>").strip() == f"<p>{content}</p>"


@pytest.mark.parametrize("place", ["title", "author", "mark", "category"])
@pytest.mark.parametrize("word", TELLING)
def test_the_themes_own_words_around_a_content_are_reported(place: str, word: str) -> None:
    said = USUAL | {place: f"{USUAL[place]} {word}"}
    post = listed(said)
    assert read(post, said) == expected(said)
    if word in TELLING[:3] and not (word == "entry-content" and place in {"title", "author"}):
        assert post.problems == ("broken_frame",)


@given(said=st.fixed_dictionaries({"title": SAID, "author": SAID, "content": SAID, "mark": SAID}))
@settings(max_examples=100)
def test_a_post_is_read_as_it_says(said: dict[str, str]) -> None:
    whole = USUAL | said
    post = listed(whole)
    assert read(post, whole) == expected(whole)
    assert (post.posted_day, post.posted_at) == (
        date(2025, 3, 4),
        datetime(2025, 3, 4, 12, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize("title", ["保護中: 秘密", "Protected: 秘密"])
def test_a_protected_posts_content_is_not_taken(title: str) -> None:
    post = listed(USUAL | {"title": title})
    assert (post.extent, post.title, post.content) == ("protected", "秘密", "")
