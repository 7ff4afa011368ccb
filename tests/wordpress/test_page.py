"""WordPress's pages: whose posts are on them, how much of each is shown, what is next."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pipeline.wordpress import html
from pipeline.wordpress.page import UnreadablePage, WordPressPost, read_page
from pipeline.wordpress.post import read_post
from tests.wordpress.pages import HTML, LINK, SITE, only, page, post_html

# A listing


@pytest.mark.parametrize(
    ("body", "heading", "kind", "day"),
    [
        ("home blog", "", "home", None),
        ("archive date", "日別アーカイブ: <span>2025年3月4日</span>", "day", date(2025, 3, 4)),
        ("archive date", "月別アーカイブ: <span>2025年3月</span>", "month", None),
        ("archive date", "", "day", date(2025, 3, 4)),  # by the page's address
        ("archive category category-cs-cl", "カテゴリーアーカイブ: cs.CL", "category", None),
        ("archive tag", "", "tag", None),
        ("archive author", "", "author", None),
        ("search search-results", "", "search", None),
        ("page page-id-2", "", "page", None),
        ("something-else", "", None, None),
    ],
)
def test_the_kind_of_a_page(body: str, heading: str, kind: str | None, day: date | None) -> None:
    shown = page(post_html(), body=body, before=f'<h1 class="page-title">{heading}</h1>')
    assert (shown.front, shown.listing, shown.day) == ("html", kind, day)


def test_what_a_listing_says_of_a_post() -> None:
    assert only(page(post_html())) == WordPressPost(
        post_id=7,
        url=LINK,
        posted_at=datetime(2025, 3, 4, 12, 5, tzinfo=UTC),
        posted_day=date(2025, 3, 4),
        modified_at=None,
        title="A & B",
        categories=("cs.CL",),
        content="<p>架空の文。</p>",
        extent="full",
        part=1,
        part_urls=(),
        more_url=None,
    )


def test_posts_stand_in_the_order_of_the_page_and_nothing_beside_them_is_one() -> None:
    shown = page(
        post_html(9),
        '<div id="post-0" class="post no-results not-found">none</div>',
        '<div id="post-5" class="page">no post</div>',
        post_html(7),
    )
    assert [post.post_id for post in shown.posts] == [9, 7]
    assert not shown.is_empty


@pytest.mark.parametrize(
    ("meta", "moment", "day"),
    [
        ('<time class="entry-date" datetime="2025-03-05T00:30:00+09:00">x</time>', 15, 5),
        ('<span class="entry-date">March 4, 2025</span>', None, 4),
        ('<span class="entry-date">2025/03/05</span>', None, 5),
        ("", None, 4),  # by the permalink
        ('<span class="entry-date">2025年13月40日</span>', None, 4),
        ('<time datetime="0001-01-01T00:00:00+09:00">x</time>', None, 4),
    ],
)
def test_when_a_post_was_posted(meta: str, moment: int | None, day: int) -> None:
    post = only(page(post_html(meta=meta)))
    assert (post.posted_at.hour if post.posted_at else None) == moment
    assert post.posted_day == date(2025, 3, day)


def test_without_a_line_of_categories_the_slugs_on_the_post_are_taken() -> None:
    assert only(page(post_html(foot=""))).categories == ("cs-cl",)


def test_the_next_page_is_that_with_older_posts() -> None:
    older = '<div class="nav-previous"><a href="/page/2/">← 古い投稿</a></div>'
    assert page(post_html(), before=older).next_url == f"{SITE}/page/2/"
    assert page(post_html(), before=older, body="single single-post").next_url is None
    newer = older.replace("previous", "next")
    assert page(post_html(), before=newer).next_url is None
    numbers = '<a class="next page-numbers" href="?paged=2">2</a>'
    assert page(post_html(), before=numbers).next_url == f"{SITE}/2025/03/04/?paged=2"


def test_a_page_that_says_that_it_is_empty_and_one_that_says_nothing() -> None:
    empty = page('<div id="post-0" class="post error404 not-found">なし</div>')
    assert (empty.posts, empty.is_empty) == ((), True)
    assert not page("<p>something</p>").is_empty


def test_where_rest_is_if_the_page_tells() -> None:
    link = '<link rel="https://api.w.org/" href="/wp-json/">'
    assert page(post_html(), head=link).rest_url == f"{SITE}/wp-json/"
    assert page(post_html()).rest_url is None


# A post's own page

SINGLE = "single single-post postid-7"
HEAD = f'<link rel="canonical" href="{LINK}"><link rel="shortlink" href="{SITE}/?p=7">'


def test_a_single_post_is_known_by_its_head() -> None:
    bare = post_html(title='<h1 class="entry-title">A &amp; B</h1>', meta="", foot="")
    shown = page(bare, body=SINGLE, head=HEAD)
    post = only(shown)
    assert shown.listing == "single"
    assert (post.url, post.posted_day, post.problems) == (LINK, date(2025, 3, 4), ())


@pytest.mark.parametrize(
    ("body", "head"),
    [
        ("single single-post postid-8", HEAD),
        ("single single-post", HEAD.replace("p=7", "p=8")),
        (SINGLE, HEAD.replace("a-paper", "another")),
    ],
)
def test_a_page_and_a_post_that_name_each_other_differently_are_told(body: str, head: str) -> None:
    assert only(page(post_html(), body=body, head=head)).problems == ("mixed_frame",)


def test_comments_and_neighbours_are_no_part_of_the_post() -> None:
    foot = '<div id="comments"><div class="comment">要約</div></div>'
    above = '<div id="nav-above" class="navigation"><a href="/o/" rel="prev">Other</a></div>'
    post = only(page(post_html(foot=foot), body=SINGLE, head=HEAD, before=above))
    assert (post.content, post.title) == ("<p>架空の文。</p>", "A & B")


# How much of a post is shown


def test_an_excerpt_names_the_page_that_has_the_rest() -> None:
    post = only(page(post_html(kind="summary", content="架空の …")))
    assert (post.extent, post.more_url) == ("excerpt", LINK)


def test_a_post_cut_by_more_goes_on_where_the_link_says_and_the_link_is_no_content() -> None:
    more = f'<p>前半。<a href="{LINK}#more-7" class="more-link">続きを読む</a></p>'
    post = only(page(post_html(content=more)))
    assert (post.extent, post.more_url, post.content) == ("cut", LINK, "<p>前半。</p>")


def test_a_post_in_parts_names_the_others_and_says_which_it_is() -> None:
    box = (
        f'<div class="page-link">ページ: <a href="{LINK}"><span>1</span></a> <span>2</span> '
        f'<a href="{LINK}3/"><span>3</span></a></div>'
    )
    canonical = HEAD.replace(LINK, f"{LINK}2/")
    post = only(page(post_html(content=f"<p>二頁。</p>{box}"), body=SINGLE, head=canonical))
    assert (post.extent, post.part, post.part_urls) == ("cut", 2, (LINK, f"{LINK}3/"))
    assert (post.content, post.problems) == ("<p>二頁。</p>", ())


@pytest.mark.parametrize(
    "part",
    [
        {"title": '<h2 class="entry-title">保護中: 秘密</h2>'},
        {"title": '<h2 class="entry-title">Protected: 秘密</h2>'},
        {"title": '<h2 class="entry-title">秘密</h2>', "classes": "hentry post-password-required"},
    ],
)
def test_a_protected_post_has_a_title_and_nothing_else(part: dict[str, str]) -> None:
    post = only(page(post_html(7, "<form>パスワード</form>", foot="", **part)))
    assert (post.extent, post.title, post.content, post.more_url) == ("protected", "秘密", "", None)


# What a content may hold


@pytest.mark.parametrize(
    "content",
    [
        '<h2 class="wp-title">要約</h2><div class="box-entry-content">x</div>',
        '<p title="id=&quot;post-5&quot; class=&quot;hentry&quot;">x</p>',
        "<!-- <div id='post-5' class='hentry'> --><p>x</p>",
        '<p>a &lt; b &amp;&amp; class="entry-title"</p>',
    ],
)
def test_what_only_looks_like_the_theme_stays_content(content: str) -> None:
    post = only(page(post_html(content=content)))
    assert (post.post_id, post.title, post.problems) == (7, "A & B", ())
    assert "x" in post.content or "a &lt; b" in post.content


@pytest.mark.parametrize(
    "content",
    [
        '<p>x</p><h2 class="entry-title">Another</h2>',
        '<p>x</p><div class="entry-content">another</div>',
        '<p>x</p><div class="navigation">another</div><a href="https://arxiv.org/abs/1">x</a>',
        "<table><tr><td>x",
        '<a href="/">x',
    ],
)
def test_the_themes_markup_inside_a_content_is_reported_and_ends_it(content: str) -> None:
    post = only(page(post_html(content=content)))
    assert post.problems == ("broken_frame",)
    assert "nother" not in post.content


@pytest.mark.parametrize("name", ["nav", "aside", "footer"])
def test_only_outside_a_content_does_the_name_of_an_element_end_it(name: str) -> None:
    content = f"<{name}>a</{name}><div><{name} lang='ja'>b</{name}></div><p>架空の文。</p>"
    in_div = post_html(content=content, foot=f"<{name}>カテゴリー</{name}>")
    in_section = in_div.replace('<div class="entry-content">', '<section class="entry-content">')
    in_section = in_section.replace(f"</div><{name}>カテ", f"</section><{name}>カテ")
    for post in (in_div, in_section, post_html(content=content, foot="")):
        first, second = page(post, post_html(8, foot="")).posts
        assert (first.content.count(f"<{name}"), first.problems) == (2, ())
        assert "架空の文" in first.content
        assert "カテゴリー" not in first.content
        assert second == page(post_html(8, foot="")).posts[0]


def test_what_is_broken_in_one_post_does_not_reach_into_the_next() -> None:
    broken = post_html(7, content="<div><table><p>first <b>open", foot="")
    second = page(broken, post_html(8, content="<p>second</p>")).posts[1]
    assert (second.post_id, second.title) == (8, "A & B")
    assert "second" in second.content
    assert "first" not in second.content


def test_a_page_that_was_cut_off_says_so_of_its_last_post() -> None:
    text = f'<html><body class="home"><div id="content">{post_html(7)}{post_html(8)}'
    posts = read_page(text.encode(), content_type=HTML).posts
    assert [post.problems for post in posts] == [(), ("unclosed",)]


def test_a_closing_line_of_another_post_is_told() -> None:
    foot = post_html().partition('<div class="entry-utility">')[2].replace("A &amp; B", "Another")
    assert only(page(post_html(foot=f'<div class="entry-utility">{foot}'))).problems == (
        "mixed_frame",
    )


@pytest.mark.parametrize("address", [LINK, "/2025/03/04/a-paper/"])
@pytest.mark.parametrize("anchor", ["comments", "respond"])
def test_open_comments_among_closed_ones_close_their_post(address: str, anchor: str) -> None:
    foot = f'<div class="entry-utility"><a href="{address}#{anchor}">3件のコメント</a></div>'
    posts = page(post_html(7), post_html(8, foot=foot)).posts
    assert [post.problems for post in posts] == [(), ()]


def test_open_comments_of_another_post_are_told() -> None:
    foot = f'<div class="entry-utility"><a href="{SITE}/2025/03/04/b/#comments">コメント</a></div>'
    posts = page(post_html(7), post_html(8, foot=foot)).posts
    assert [post.problems for post in posts] == [(), ("mixed_frame",)]


@pytest.mark.parametrize("number", ["0", "-1", "07", "7x", "9" * 16, "７"])
def test_an_id_that_is_none_makes_no_post(number: str) -> None:
    assert page(post_html().replace("post-7", f"post-{number}", 1)).posts == ()


@pytest.mark.parametrize("href", ["javascript:alert(1)", "http://[", "//", "", "\x00"])
def test_an_address_that_is_none_stops_nothing(href: str) -> None:
    title = f'<h2 class="entry-title"><a href="{href}" rel="bookmark">A &amp; B</a></h2>'
    assert only(page(post_html(title=title, meta=""))).title == "A & B"


BOMBS = {
    "div": "<div>" * 20_000,
    "b": "<p>" + "<b>" * 3_000 + "<p>x" * 3_000,
    "closed by others": "</footer><nav>" * 20_000,
    "options": "<select>" + "<option>x" * 20_000,
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">",
    "attributes with signs": "<p " + " ".join(f"a{n}='<>'" for n in range(100_000)) + ">",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_post_built_to_take_forever_is_refused_alone(bomb: str) -> None:
    posts = page(post_html(7, BOMBS[bomb]), post_html(8)).posts
    assert [(post.post_id, post.extent) for post in posts] == [(7, "unreadable"), (8, "full")]
    assert posts[0].problems[0] == "unreadable"
    assert "too " in posts[0].problems[1]
    with pytest.raises(UnreadablePage, match="too "):
        page(before=BOMBS[bomb])


OPEN = {
    "plaintext": "<plaintext>",
    "comment": "<!--",
    "plaintext and comment": "<plaintext><!--",
    "textarea": "<textarea>",
    "script": "<script>",
    "tag": '<a title="x',
    "closed in a later post": "<textarea>",
}


@pytest.mark.parametrize("case", OPEN)
def test_a_post_that_leaves_markup_open_costs_itself_alone(case: str) -> None:
    end = "</textarea>" if case.startswith("closed") else ""
    posts = page(
        post_html(7, "<p>first</p>"),
        post_html(8, f"<p>second</p>{OPEN[case]}"),
        post_html(9, "<p>third</p>"),
        post_html(10, f"{end}<p>fourth</p>"),
    ).posts
    assert [post.post_id for post in posts] == [7, 8, 9, 10]
    assert [post.problems for post in posts if post.post_id != 8] == [()] * 3
    assert {"open_markup", "broken_frame"} & {*posts[1].problems}
    assert "third" in posts[2].content


def test_a_post_inside_a_closed_comment_is_none() -> None:
    hidden = f"<!-- {post_html(9)} -->"
    assert [post.post_id for post in page(post_html(7), hidden, post_html(8)).posts] == [7, 8]


def test_a_fault_of_the_reader_costs_one_post(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(opening: str, *rest: object) -> WordPressPost:
        if 'id="post-8"' in opening:
            raise KeyError(opening)
        return read_post(opening, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(html, "read_post", failing)
    posts = page(post_html(7), post_html(8), post_html(9)).posts
    assert [post.extent for post in posts] == ["full", "unreadable", "full"]
    assert posts[1].post_id == 8
    assert posts[1].problems[1].startswith("the parser fails: KeyError at ")


@pytest.mark.parametrize(
    "stamp", ["9999-12-31T23:00:00+00:00", "0001-01-01T00:00:00+09:00", "2025-13-40", "soon"]
)
def test_a_time_stamp_that_is_none_is_reported(stamp: str) -> None:
    post = only(page(post_html(meta=f'<time datetime="{stamp}">x</time>')))
    assert (post.posted_at, post.posted_day) == (None, date(2025, 3, 4))
    assert post.problems == ("bad_posted_date",)
