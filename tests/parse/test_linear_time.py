"""From bytes to records, time grows with the size of the input, whatever stands in it.

Each hostile string fills a document of 10,000 and one of 80,000 characters. Eight times as much
may take 24 times as long: what is quadratic takes 64 times, what is cubic 512 times.
"""

from __future__ import annotations

import html
import json
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from pipeline.pair.features import japanese_sentence
from pipeline.pair.loops import loops, said_once
from pipeline.pair.measures import measures
from pipeline.pair.numbers import english_numbers, japanese_numbers
from pipeline.pair.sentences import split_english, split_japanese
from pipeline.pair.signals import is_untranslated
from pipeline.pair.tokens import content_words
from pipeline.parse.pages import UnreadablePage, parse_page
from pipeline.tables.removals import named_paper
from pipeline.validate.minhash import shingles
from pipeline.validate.text import normalise_author, normalise_en, normalise_ja, title_key

LARGE = 80_000
MOST = 24
NOTHING = 0.001
"""Seconds that any document may take; less is not measured."""

TEXTS = (
    *(
        " ",
        "\u3000",
        "\t",
        "\n",
        "\n ",
        "\u200d",
        "\u00ad",
        "a",
        "A",
        "1",
        "é",
        "\u0301",
        "あ",
        "ア",
    ),
    *(
        "<",
        ">",
        "&",
        "&#",
        "&amp;",
        '"',
        "'",
        "’",
        "–",
        "…",
        "“",
        ".",
        "。",
        "!",
        "(",
        "[",
        "{",
        "（",
    ),
    *(
        "$",
        "$$",
        "\\",
        "\\'{a}",
        "a-",
        "a.",
        "a ",
        "a b, ",
        "x,",
        "; ",
        ": ",
        "/",
        "//",
        "% ",
        "%41",
    ),
    *("and ", " and the ", "Team and ", "[Team and ", "1,000", "1 ", "two ", "twenty-", "一", "十"),
    *("2025-", "2025年", "2025-03-04 ", "00:00", "12 Jan 2025 ", "http://", "https://x ", "arXiv:"),
    *(
        "https://arxiv.org/abs/",
        "10.48550/arxiv.",
        "cs.",
        "cs-",
        "要約",
        "要約 ",
        "著者\u3000",
        "発行日",
    ),
    *("提供元 ", "カテゴリー: ", "は", " は ", "コメントを受け付けていません", "Comments Off on "),
)
MARKUP = (
    *(
        "<a>",
        "<a ",
        "<a href=x>",
        "<b>",
        "</b>",
        "<b>x</b>",
        "<p>",
        "</p>",
        "<br>",
        "<div>",
        "</x>",
    ),
    *(
        "<span></x>",
        "</footer><nav>",
        "<table>",
        "<td>",
        "<li>",
        "<select>",
        "<option>",
        "<script>",
    ),
    *("<script ", "<style>", "<title>", "<title ", "<textarea>", "<xmp>", "<iframe>", "<template>"),
    *("<svg>", "<math>", "<math><mi>x</mi></math>", "<svg><![CDATA[", "<![CDATA[", "]]>", "<!--"),
    *("-->", "<!", "<?", "</", "<plaintext>", "<img alt=' '><x>", "<b>著者</b>", "<x>y", "<nav>"),
    *("<aside></aside>", "<sup>", '<a class="more-link" href="x">', '<div class="page-link">'),
    *(
        '<div class="entry-content">',
        '<h2 class="entry-title">',
        '<time datetime="x">',
        ' id="post-7"',
    ),
    *(
        '<div id="post-7" class="hentry">',
        '<p aria-hidden="true">',
        "<item>",
        "<item ",
        "<category>",
    ),
    *("<title><![CDATA[", "<content:encoded>", "<guid", "<p a=1 ", " a=1", "<a rel=category>x</a>"),
)


def filled(unit: str, size: int) -> str:
    """As many of `unit` as fit in `size` characters."""
    return unit * (size // len(unit))


def an_entry(text: str) -> str:
    """A text in every place of an entry, as lines."""
    return (
        f"{text}\n要約\n架空{text}\n要約(オリジナル)\nInvented {text}\narxiv情報\n著者\n{text}\n"
        f"発行日\n{text}\narxivサイト\n{text}\n提供元, 利用サービス\n{text}\nカテゴリー: cs.CL | "
        f"{text}"
    )


def as_text(text: str) -> tuple[bytes, str]:
    return an_entry(text).encode(), "text/plain"


def as_html(markup: str) -> tuple[bytes, str]:
    text = an_entry("x").replace("\n", "<br>")
    page = (
        '<html><body class="home"><div id="content"><div id="post-1" class="hentry">'
        f'<h2 class="entry-title"><a href="http://x/{markup}" rel="bookmark">{markup}</a></h2>'
        f'<span class="entry-date">{markup}</span><div class="entry-content">{text}{markup}</div>'
        f'<div class="entry-utility">{markup}</div></div></div></body></html>'
    )
    return page.encode(), "text/html"


def as_rest(markup: str) -> tuple[bytes, str]:
    text = an_entry("x").replace("\n", "<br>")
    post = {
        "id": 1,
        "link": markup,
        "date": markup,
        "title": {"rendered": markup},
        "content": {"rendered": text + markup},
        "class_list": [markup],
    }
    return json.dumps([post]).encode(), "application/json"


def as_broken_json(markup: str) -> tuple[bytes, str]:
    inside = json.dumps(markup)[1:-1]
    return f'[{{"id": 1, "content": "x"}}, {{"id": 2, "link": "{inside}" "x{markup}}}]'.encode(), ""


def as_feed(markup: str) -> tuple[bytes, str]:
    text = an_entry("x").replace("\n", "<br>")
    item = (
        f"<item><title>{markup}</title><link>{markup}</link><pubDate>{markup}</pubDate>"
        f"<category>{markup}</category><guid>{markup}</guid>"
        f"<content:encoded><![CDATA[{text}{markup}]]></content:encoded>{markup}</item>"
    )
    return f"<?xml version='1.0'?><rss><channel>{item}</channel></rss>".encode(), "text/xml"


def escaped(front: Callable[[str], tuple[bytes, str]]) -> Callable[[str], tuple[bytes, str]]:
    """`front` with its text as text, not as markup."""
    return lambda text: front(html.escape(text))


def parse(document: tuple[bytes, str]) -> None:
    with suppress(UnreadablePage):
        parse_page(document[0], content_type=document[1] or None, url="http://x/")


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def assert_linear(work: Callable[[str], object], unit: str, size: int = LARGE) -> None:
    """A large input takes at most `MOST` times as long as a small one; measured again if not."""
    small, large = filled(unit, size // 8), filled(unit, size)
    ratio = 0.0
    for _ in range(3):
        short = max(NOTHING, seconds(lambda: work(small)))
        ratio = seconds(lambda: work(large)) / short
        if ratio < MOST:
            return
    pytest.fail(f"{unit!r}: {ratio:.0f} times as long for 8 times as much")


FRONTS = {"text": as_text, "html": escaped(as_html), "rest": escaped(as_rest)}
MARKUP_FRONTS = {
    "html": as_html,
    "rest": as_rest,
    "broken JSON": as_broken_json,
    "feed": as_feed,
}


@pytest.mark.parametrize("front", FRONTS)
def test_texts_are_parsed_in_linear_time(front: str) -> None:
    for unit in TEXTS:
        assert_linear(lambda text: parse(FRONTS[front](text)), unit)


@pytest.mark.parametrize("front", MARKUP_FRONTS)
def test_markup_is_parsed_in_linear_time(front: str) -> None:
    for unit in MARKUP:
        assert_linear(lambda text: parse(MARKUP_FRONTS[front](text)), unit)


def normalise(text: str) -> None:
    for function in (normalise_en, normalise_ja, normalise_author, title_key, shingles):
        function(f"x{text}x")


def compare(text: str) -> None:
    for function in (split_english, split_japanese, english_numbers, japanese_numbers):
        function(f"x{text}x")
    content_words(text)
    is_untranslated(japanese_sentence(text))
    loops(text)
    said_once(text)
    measures(text)
    named_paper(text)


@pytest.mark.parametrize("work", [normalise, compare])
def test_texts_are_normalised_and_compared_in_linear_time(work: Callable[[str], object]) -> None:
    for unit in TEXTS:
        assert_linear(work, unit, LARGE // 2)


def test_many_posts_and_attributes_take_linear_time() -> None:
    post = '<div id="post-7" class="hentry"><div class="entry-content">x<textarea></div></div>'
    assert_linear(lambda text: parse((f"<html><body>{text}".encode(), "text/html")), post)
    assert_linear(lambda text: parse((f"[{text[:-1]}]".encode(), "")), '{"id":1,"content":""},')
    assert_linear(lambda text: parse((f"[{text}{{]".encode(), "")), '{"id":1,"content":""},')
    attributes = "".join(f" a{n}=1" for n in range(LARGE // 8))
    assert_linear(lambda text: parse((f"<p{attributes[: len(text)]}>".encode(), "text/html")), "x")
