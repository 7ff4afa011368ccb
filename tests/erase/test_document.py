"""A post is taken out of any kind of document; every other post reads as before."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pipeline.erase.document import Document, ErasureError, without_post
from pipeline.parse.pages import Entry
from pipeline.sample.blog import Blog
from pipeline.sample.posts_file import read_posts
from pipeline.sample.quirks import Quirks
from pipeline.sample.site import respond
from tests.parse.invented import PAPERS, text_page

BASE = "http://127.0.0.1:1"
POSTS = read_posts()
DAYS = sorted({post.day for post in POSTS})


def fetched(target: str, quirks: Quirks | None = None) -> Document:
    response = respond(Blog(POSTS), quirks or Quirks(), target, BASE)
    assert response.status == 200, target
    return Document(response.body, response.content_type, BASE + target)


DAY = f"/{DAYS[0]:%Y/%m/%d}/"
ON_DAY = [post for post in POSTS if post.day == DAYS[0] and not post.protected]
PAGES: dict[str, Callable[[], Document]] = {
    "a day": lambda: fetched(DAY),
    "home": lambda: fetched("/"),
    "a month": lambda: fetched(f"/{DAYS[0]:%Y/%m}/page/2/"),
    "rest": lambda: fetched("/wp-json/wp/v2/posts?per_page=100"),
    "one post of rest": lambda: fetched(f"/wp-json/wp/v2/posts/{ON_DAY[0].post_id}"),
    "feed": lambda: fetched("/feed/"),
    "single": lambda: fetched(f"/{ON_DAY[0].day:%Y/%m/%d}/{ON_DAY[0].slug}/"),
}


def said(entry: Entry) -> list[str]:
    """The texts of an entry by which it would be known."""
    lines = [line for line in entry.raw.splitlines() if len(line) > 20 and "http" not in line]
    return [*lines, *filter(None, [entry.title])]


@pytest.mark.parametrize("page", PAGES)
def test_every_post_of_every_kind_of_page_can_be_taken_out(page: str) -> None:
    document = PAGES[page]()
    entries = document.entries()
    posts = {entry.post_id for entry in entries if entry.content == "entry"}
    assert posts
    for post_id in posts:
        mine = [entry for entry in entries if entry.post_id == post_id]
        body = without_post(document, post_id, [entry.raw for entry in mine])
        left = document.with_body(body).entries()
        assert [e for e in left if e.post_id != post_id] == [
            e for e in entries if e.post_id != post_id
        ]
        (stub,) = [entry for entry in left if entry.post_id == post_id]
        assert (stub.title, stub.abstract_ja, stub.abstract_en, stub.authors) == (
            None, None, None, ()
        )  # fmt: skip
        assert stub.posted_day == mine[0].posted_day
        text = body.decode()
        if page in {"rest", "one post of rest"}:
            text = json.dumps(json.loads(text), ensure_ascii=False)
        others = [line for entry in entries if entry.post_id != post_id for line in said(entry)]
        for line in {*said(mine[0])} - {*others}:
            assert line not in text
        assert len(body) < len(document.body)


def test_what_is_left_can_be_taken_out_of_again() -> None:
    document = PAGES["a day"]()
    first, second = [e for e in document.entries() if e.content == "entry"][:2]
    body = without_post(document, first.post_id, [first.raw])
    body = without_post(document.with_body(body), second.post_id, [second.raw])
    assert without_post(document.with_body(body), first.post_id, [first.raw]) == body


def test_title_and_address_go_from_the_links_around_the_posts() -> None:
    document = PAGES["a day"]()
    entry = next(e for e in document.entries() if e.content == "entry")
    assert entry.title
    assert entry.post_url
    menu = f'<ul id="recent"><li><a href="{entry.post_url}">{entry.title}</a></li></ul></body>'
    document = document.with_body(document.body.replace(b"</body>", menu.encode()))
    body = without_post(document, entry.post_id, [entry.raw]).decode()
    assert entry.title not in body
    assert entry.post_url not in body


@pytest.mark.parametrize("page", ["a day", "home"])
def test_what_is_said_a_second_time_for_machines_goes_too(page: str) -> None:
    document = PAGES[page]()
    entry = next(e for e in document.entries() if e.content == "entry")
    said = json.dumps({"description": entry.abstract_en})
    head = f'<meta property="og:description" content="{entry.abstract_en}" />'
    data = f'<script type="application/ld+json">{said}</script>'
    body = document.body.replace(b"</head>", f"{head}{data}</head>".encode())
    body = body.replace(b"</body>", f"{data}</body>".encode())
    left = without_post(document.with_body(body), entry.post_id, [entry.raw]).decode()
    assert str(entry.abstract_en) not in left
    assert "charset" in left


def test_a_title_that_others_speak_of_stays_with_them() -> None:
    document = PAGES["a day"]()
    first, second = [e for e in document.entries() if e.content == "entry"][:2]
    assert second.title
    named = document.body.replace((first.title or "").encode(), second.title.split()[0].encode())
    document = document.with_body(named)
    body = without_post(document, first.post_id, [first.raw])
    assert second.title in body.decode()


@pytest.mark.parametrize("index", range(len(PAPERS)))
def test_an_entry_of_a_text_is_taken_out_by_its_lines(index: int) -> None:
    document = Document(text_page(PAPERS), "text/plain", "file:a.txt")
    entries = document.entries()
    assert len(entries) == len(PAPERS)
    body = without_post(document, None, [entries[index].raw])
    assert document.with_body(body).entries() == entries[:index] + entries[index + 1 :]
    assert str(entries[index].title) not in body.decode()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'[{"id": 1, "content": {"rendered": "x"}}, {"id": 2', "cannot be told"),
        (b"<html><body><div class='post'>no id</div></body></html>", "cannot be told"),
        ("<html>".encode("utf-16"), "cannot be told"),
    ],
)
def test_what_cannot_be_taken_out_alone_is_said(body: bytes, why: str) -> None:
    with pytest.raises(ErasureError, match=why):
        without_post(Document(body, None, "http://site/"), 1, ["a line"])


def test_a_post_of_several_papers_is_left() -> None:
    document = PAGES["a day"]()
    entry = next(e for e in document.entries() if e.content == "entry")
    with pytest.raises(ErasureError, match="holds other papers too"):
        without_post(document, entry.post_id, ["the lines of another entry"])
