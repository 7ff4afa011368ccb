"""What the site puts into an entry beside the paper's texts, and texts that only look like it.

All texts are invented. `KEPT` was written before any rule: abstracts that speak of advertising,
public relations, figures and sharing, and markup that an abstract may be in. None of it may be cut.
"""

from __future__ import annotations

import pytest

from pipeline.parse.pages import Entry, parse_page
from tests.parse.invented import PAPERS, PageItem, feed, listing_page, rest_answer, single_page

PAPER = PAPERS[0]
JAPANESE = "灯台の光を数える手法を提案する。"
ENGLISH = "We count the lights of lighthouses."


def content(japanese: str, english: str = f"<p>{ENGLISH}</p>", after: str = "") -> str:
    """A post whose abstracts have the given HTML, with `after` behind the last section."""
    address = f"https://arxiv.org/abs/{PAPER.arxiv}"
    return (
        f"<h2>要約</h2>{japanese}<h2>要約(オリジナル)</h2>{english}<h2>arxiv情報</h2>"
        f"<table><tbody><tr><td>著者</td><td>{', '.join(PAPER.authors)}</td></tr>"
        f"<tr><td>発行日</td><td>{PAPER.stamp}</td></tr>"
        f'<tr><td>arxivサイト</td><td><a href="{address}">arxiv_id</a></td></tr></tbody></table>'
        f"<h2>提供元, 利用サービス</h2><p>arxiv.jp, DeepL</p>{after}"
    )


def entry_of(markup: str, front: str = "single") -> Entry:
    item = PageItem(PAPER, markup)
    body, content_type = {
        "single": (single_page(item), "text/html; charset=UTF-8"),
        "listing": (listing_page([item]), "text/html; charset=UTF-8"),
        "rest": (rest_answer([item]), "application/json"),
        "feed": (feed([item]), "application/rss+xml"),
    }[front]
    [entry] = parse_page(body, content_type=content_type, url=PAPER.link)
    return entry


KEPT: dict[str, tuple[str, str]] = {
    "advertising": (
        "<p>広告のクリック率を予測する。広告主は入札する。</p>",
        "広告のクリック率を予測する。広告主は入札する。",
    ),
    "a short sentence of it": ("<p>広告は短い。</p><p>以上。</p>", "広告は短い。\n以上。"),
    "sponsored links": (
        "<p>スポンサーリンクを検出する分類器を作る。</p>",
        "スポンサーリンクを検出する分類器を作る。",
    ),
    "PR as an area": (
        "<p>PR(広報)の文章を分析する。PR曲線を描く。</p>",
        "PR(広報)の文章を分析する。PR曲線を描く。",
    ),
    "figures": (
        "<p>図1に概要を示す。</p><p>図2: 誤差は小さい、という主張を検証する。</p>",
        "図1に概要を示す。\n図2: 誤差は小さい、という主張を検証する。",
    ),
    "English words": (
        "<p>Advertisement という語を含む文を share する。</p>",
        "Advertisement という語を含む文を share する。",
    ),
    "an abstract of one such line": ("<p>広告</p>", "広告"),
    "a line feed inside a paragraph": (
        "<p>検索語は次の二つである。\n広告\nを含む文を集めた。</p>",
        "検索語は次の二つである。\n広告を含む文を集めた。",
    ),
    "an entry in a figure's element": (
        '<figure class="wp-block-table"><table><tbody><tr><td>灯台を数える。</td></tr></tbody>'
        "</table></figure>",
        "灯台を数える。",
    ),
    "a theme's class on the paragraph": (
        '<p class="ad-free read-more-disabled social-science related-work">灯台の広告を数える。'
        "灯台の光は遠くまで届き、船を導くことが知られている。本研究ではその数を数える。</p>",
        "灯台の広告を数える。灯台の光は遠くまで届き、船を導くことが知られている。"
        "本研究ではその数を数える。",
    ),
    "a class that begins alike": (
        '<div class="adjust shareholder printed"><p>灯台を数える。</p></div>',
        "灯台を数える。",
    ),
    "emoji and formulas": (
        '<p>灯台<img src="https://s.w.org/images/core/emoji/15.0.3/72x72/1f680.png" alt="🚀" '
        'class="wp-smiley" style="height: 1em">を<img src="/latex.php?latex=x%5E2" alt="x^2" '
        'class="latex" />個数える。</p>',
        "灯台🚀をx^2個数える。",
    ),
    "an emoji alone": (
        '<p>灯台を数える。</p><p><img alt="🚀" class="emoji" src="a.svg"></p>',
        "灯台を数える。\n🚀",
    ),
    "an address that is a link": (
        '<p>コードは次にある。<br><a href="https://example.org/x">https://example.org/x</a></p>',
        "コードは次にある。\nhttps://example.org/x",
    ),
    "a linked word in a sentence": (
        '<p><a href="https://example.org/x">コード</a>は公開されている。</p>',
        "コードは公開されている。",
    ),
    "an open accordion": (
        "<details open><p>灯台を数える。</p></details>",
        "灯台を数える。",
    ),
    "views and votes in prose": (
        "<p>閲覧数は128である。5つ星の評価を3票集めた。</p><p>この記事を読む時間は2分である。</p>",
        "閲覧数は128である。5つ星の評価を3票集めた。\nこの記事を読む時間は2分である。",
    ),
    "a short last line": ("<p>灯台を数える。</p><p>証明終</p>", "灯台を数える。\n証明終"),
    "bold words": (
        "<p><strong>背景:</strong> 灯台は光る。</p><p><strong>PR</strong>を考える。</p>",
        "背景: 灯台は光る。\nPRを考える。",
    ),
    "code": ("<p>次を実行する。</p><pre>share --print</pre>", "次を実行する。\nshare --print"),
}


@pytest.mark.parametrize("front", ["single", "listing", "rest", "feed"])
@pytest.mark.parametrize("name", KEPT)
def test_an_abstract_that_speaks_of_such_things_keeps_every_word(name: str, front: str) -> None:
    markup, expected = KEPT[name]
    entry = entry_of(content(markup), front)
    assert entry.abstract_ja == expected
    assert entry.abstract_en == ENGLISH
    assert entry.problems == ()


@pytest.mark.parametrize(
    "english",
    [
        "Advertisement detection is hard.",
        "We share PR data. Share prices fall.",
        "Print this: Figure 1 shows an ad.",
        "Related posts are found.\nSponsored content is labelled.",
        "Read more slowly, and subscribe to no newsletter.",
        "Listen to this article, the model says. It has 5 Stars.",
    ],
)
def test_an_english_abstract_keeps_every_word(english: str) -> None:
    markup = "".join(f"<p>{line}</p>" for line in english.split("\n"))
    entry = entry_of(content(f"<p>{JAPANESE}</p>", markup))
    assert (entry.abstract_ja, entry.abstract_en) == (JAPANESE, english)
    assert entry.problems == ()
