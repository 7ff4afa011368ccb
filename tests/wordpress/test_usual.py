"""What is recognised as a usual post reads as `read_post` reads it, whatever it says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sample import Blog, Quirks, read_posts
from pipeline.sample.site import respond
from pipeline.wordpress import html
from pipeline.wordpress.post import PageContext, read_post
from pipeline.wordpress.usual import usual_post

CLOSED = "コメントを受け付けていません"
LISTING = PageContext("https://digest.example/", False, None, None, unbalanced=False)
WORDS = (
    *("A paper", "保護中: ", "は", " ", "\u3000", "\n", "a  b", "é", "１２", "&amp;", "&lt;b", '"'),
    *("entry-title", "entry-date", "entry-content", "/abs/", "page-link", "-link", CLOSED),
    *("2025-03-04", "9:05 PM", "https://digest.example/2025/03/04/x/", "#x", "/y/", "//[", "<"),
    *('class="entry-content">', '<a href="/z/" rel="bookmark">z</a>', 'id="comments"', "</h2>"),
    *('<p class="more-link">', '<div class="page-link">1 <a href="/2/">2</a></div>', "<time "),
    *('<a class="more-link" href="/m/">more</a>', "<nav>", "</div>", "<span>", "</a>", ">", ""),
    *('<div id="nav-below" class="navigation">', 'rel="category tag">', "Comments Off on "),
    *("post-password-required", ', <a href="/c/cs-ai/" rel="category tag">cs.AI</a>'),
)
SAID = st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=3).map("".join)
USUAL = {
    "number": "7",
    "classes": "post hentry category-cs-cl",
    "link": "https://digest.example/2025/03/04/x/",
    "title": "A paper",
    "clock": "9:05 PM",
    "day": "2025年3月4日",
    "author": "digest",
    "content": "<p>架空の文。</p>",
    "mark": "カテゴリー:",
    "category": "cs.CL",
    "more": "",
    "closed": "A paper ",
    "rest": "",
}
OPENING = '<div id="post-{number}" class="{classes}">'
TEXT = """
<h2 class="entry-title"><a href="{link}" rel="bookmark">{title}</a></h2>
<div class="entry-meta">
<span class="meta-prep meta-prep-author">投稿日:</span> <a href="{link}" title="{clock}" \
rel="bookmark"><span class="entry-date">{day}</span></a> <span class="meta-sep">作成者:</span> \
<span class="author vcard"><a class="url fn n" href="/a/" title="{author}">{author}</a></span>
</div>

<div class="entry-content">
{content}
</div>

<div class="entry-utility">
<span class="cat-links"><span class="entry-utility-prep entry-utility-prep-cat-links">{mark}\
</span> <a href="/c/{category}/" rel="category tag">{category}</a>{more}</span>
<span class="meta-sep">|</span>
<span class="comments-link"><span><span class="screen-reader-text">{closed}は</span>\
コメントを受け付けていません</span></span>
</div>
</div>
{rest}"""


def reads_alike(said: dict[str, str]) -> bool:
    """Whether such a post is read alike by both; also where it is not recognised as usual."""
    post = OPENING.format_map(said), TEXT.format_map(said)
    usual = usual_post(*post, LISTING)
    return usual is None or usual == read_post(*post, LISTING, True)


@pytest.mark.parametrize("place", USUAL)
def test_whatever_stands_in_one_place_reads_as_in_any_post(place: str) -> None:
    usual = USUAL[place]
    for word in WORDS:
        for said in (word, word + usual, usual + word, f"{usual} {word}"):
            assert reads_alike(USUAL | {place: said}), said


@st.composite
def posts(draw: st.DrawFn) -> tuple[str, str]:
    """A post's opening tag and what follows; a few things in it may be anything."""
    changes = draw(st.dictionaries(st.sampled_from(sorted(USUAL)), SAID, max_size=2))
    said = USUAL | changes
    text = TEXT.format_map(said)
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(SAID) + text[place:]
    return OPENING.format_map(said), text


@given(post=posts(), closes=st.booleans())
@settings(max_examples=200)
def test_a_usual_post_reads_as_any_post(post: tuple[str, str], closes: bool) -> None:
    usual = usual_post(*post, LISTING)
    assert usual is None or usual == read_post(*post, LISTING, closes)


def test_nearly_every_post_of_a_listing_is_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(opening: str, text: str, page: PageContext, closes: bool) -> object:
        asked.append(opening)
        return read_post(opening, text, page, closes)

    monkeypatch.setattr(html, "read_post", counted)
    answer = respond(Blog(read_posts()), Quirks(), "/", "https://digest.example")
    page = html.read_html(answer.body, "https://digest.example/")
    protected = sum(post.extent == "protected" for post in page.posts)
    assert len(page.posts) == 10
    assert len(asked) <= protected + 1
