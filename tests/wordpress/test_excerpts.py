"""Posts of which a listing shows the beginning only, though nothing in its markup says so."""

from __future__ import annotations

import pytest

from pipeline.wordpress.page import read_page
from tests.wordpress.pages import HTML, page, post_html

WHOLE = (
    "<h2>要約</h2><p>灯台を数える。</p><h2>arxiv情報</h2>"
    '<p><a href="http://arxiv.org/abs/2503.90001v1">arxiv_id</a></p>'
)
OWN = "https://jarxiv.example/2025/03/04/a-b"


def extents(*contents: str) -> list[str]:
    posts = (post_html(n, content=content) for n, content in enumerate(contents, 7))
    return [post.extent for post in page(*posts).posts]


@pytest.mark.parametrize(
    "content",
    [
        "<p>要約 灯台を数える手法を</p>",
        "<p>【要約】灯台を数える手法を</p>",
        "<p>Abstract We count lights</p>",
        "<p>灯台を数える手法を [&hellip;]</p>",
        "<p>灯台を数える手法を…</p>",
        "<p>灯台を数える手法を...</p>",
        "<p>灯台を数える手法を &#8230; 続きを読む</p>",
        "灯台を数える手法を [...]",
    ],
)
def test_a_short_text_that_ends_or_begins_like_an_excerpt_is_one(content: str) -> None:
    assert extents(WHOLE, content) == ["full", "excerpt"]


def test_a_short_text_that_links_to_its_own_post_is_an_excerpt() -> None:
    post = page(post_html(7, content=WHOLE), post_html(8, content="<p>灯台</p>")).posts[1]
    for link in (post.url, f"{post.url}#more", (post.url or "").replace("https:", "http:")):
        content = f'<p>灯台を数える。<a href="{link}">続き</a></p>'
        found = page(post_html(7, content=WHOLE), post_html(8, content=content)).posts[1]
        assert (found.extent, found.more_url) == ("excerpt", found.url)


def test_where_no_post_of_a_listing_has_more_all_are_excerpts() -> None:
    assert extents("<p>灯台を数える。</p>", "<p>船の紹介です。</p>") == ["excerpt"] * 2


@pytest.mark.parametrize(
    "content",
    [
        "<p>本日の更新はお休みします。</p>",
        '<p>お知らせは<a href="https://other.example/">こちら</a>。</p>',
        "<h2>お知らせ</h2><p>要約の方法が変わりました…</p>",
        "<ul><li>一</li><li>二…</li></ul>",
        f"<p>{'長い文である。' * 100}…</p>",
        '<p>要約 <a href="http://arxiv.org/abs/2503.90001v1">arxiv_id</a> …</p>',
    ],
)
def test_an_announcement_among_whole_posts_is_whole(content: str) -> None:
    assert extents(WHOLE, content) == ["full", "full"]


def test_what_a_post_shows_on_its_own_page_is_all_of_it() -> None:
    text = page(post_html(7, content="<p>要約 灯台を数える…</p>"), body="single single-post")
    assert [post.extent for post in text.posts] == ["full"]


def test_an_empty_listing_has_no_excerpts() -> None:
    text = '<html><body class="home"><div id="content"></div></body></html>'
    assert read_page(text.encode(), content_type=HTML).posts == ()
