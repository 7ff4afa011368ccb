"""What the site puts into an entry beside the paper's texts, and texts that only look like it.

All texts are invented. `KEPT` was written before any rule: abstracts that speak of advertising,
public relations, figures and sharing, and markup that an abstract may be in. None of it may be cut.
"""

from __future__ import annotations

import pytest

from pipeline.parse.foreign import REASONS
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


J = f"<p>{JAPANESE}</p>"

CUT: dict[str, tuple[str, str]] = {
    "ad label": ("advertisement", f'{J}<div class="ad-label">広告</div>'),
    "ad label without class": ("advertisement", f"{J}<p>スポンサーリンク</p>"),
    "ad label in brackets": ("advertisement", f"{J}<div>【PR】</div>"),
    "ad label in arrows": ("advertisement", f"{J}<p>▼ スポンサードリンク ▼</p>"),
    "ad label before": ("advertisement", f"<p>Sponsored Links</p>{J}"),
    "ad label after a break": ("advertisement", f"<p>{JAPANESE}<br>Advertisement</p>"),
    "ad with text": (
        "advertisement",
        f'{J}<div class="code-block code-block-2"><a href="//ads.example/">最安の灯台</a></div>',
    ),
    "ad by id": ("advertisement", f'{J}<div id="div-gpt-ad-17"><p>灯台 30% OFF</p></div>'),
    "caption": (
        "caption",
        f"{J}<figure><img src=a.png><figcaption>図1: 概要</figcaption></figure>",
    ),
    "caption, classic editor": (
        "caption",
        f'{J}<div class="wp-caption alignnone"><img src="a.png" alt="灯台" class="wp-image-3">'
        '<p class="wp-caption-text">図: 灯台の絵</p></div>',
    ),
    "caption of a table": (
        "caption",
        f'{J}<figure class="wp-block-table"><table><tr><td></td></tr></table>'
        '<figcaption class="wp-element-caption">表1</figcaption></figure>',
    ),
    "picture": ("image", f'<p><img src="a.png" alt="概要図"></p>{J}'),
    "picture in the paragraph": (
        "image",
        f'<p><img class="alignright wp-image-12" src="a.png" alt="灯台の写真">{JAPANESE}</p>',
    ),
    "picture that is a link": (
        "image",
        f'{J}<p><a href="a.png"><img src="a.png" alt="拡大図"></a></p>',
    ),
    "accordion": ("control", f"<details><summary>日本語訳を表示</summary>{J}</details>"),
    "button": (
        "control",
        f'{J}<div class="wp-block-button"><a class="wp-block-button__link">原文へ</a></div>',
    ),
    "button by role": ("control", f'{J}<span role="button">クリップボードへ</span>'),
    "print link": ("control", f'{J}<div class="printfriendly"><a href="#">この頁を刷る</a></div>'),
    "print link without class": ("link", f'{J}<p><a href="/print">この頁を刷る</a></p>'),
    "copy without class": ("control", f"{J}<div>リンクをコピー</div>"),
    "hidden": ("hidden", f'{J}<p class="screen-reader-text">外部サイト</p>'),
    "hidden by style": ("hidden", f'{J}<div style="color: red; display:none">見えない語</div>'),
    "hidden by attribute": ("hidden", f"{J}<p hidden>見えない語</p>"),
    "hidden within a line": (
        "hidden",
        f'<p>{JAPANESE}<span class="sr-only">(新しい窓)</span></p>',
    ),
    "player": ("player", f'<div class="tts-player">読み上げる</div>{J}'),
    "player without class": ("player", f"<div>🔊 この記事を聴く</div>{J}"),
    "audio": ("player", f'<audio controls src="a.mp3">再生できません</audio>{J}'),
    "video": (
        "player",
        f'<div class="wp-video"><video><a href="a.mp4">http://x.example/a.mp4</a></video></div>{J}',
    ),
    "share box": (
        "share",
        f'{J}<div class="sharedaddy sd-sharing-enabled"><div class="sd-block"><h3>共有:</h3>'
        "<ul><li><a>Twitter で共有</a></li></ul></div></div>",
    ),
    "share links without class": (
        "link",
        f'{J}<ul><li><a href="//x.example/share">ツイートへ</a></li></ul>',
    ),
    "share word": ("share", f"{J}<p>シェアする</p>"),
    "likes": ("share", f"{J}<p>いいね: 読み込み中...</p>"),
    "reading time": ("notice", f"<p>この記事を読む時間: 2 分</p>{J}"),
    "views": ("notice", f'{J}<div class="post-views content-post">1,024 閲覧</div>'),
    "rating": ("notice", f'{J}<div class="kksr-legend">5/5 - (3 票)</div>'),
    "newsletter": ("notice", f'{J}<div class="mailpoet_form">購読して灯台の知らせを受け取る</div>'),
    "contents": (
        "related",
        '<div id="toc_container" class="no_bullets"><p class="toc_title">この頁の中身</p><ul><li>'
        f'<a href="#a">要約</a></li><li><a href="#b">要約(オリジナル)</a></li></ul></div>{J}',
    ),
    "related word": ("related", f"{J}<p>あわせて読みたい</p>"),
    "blog card": (
        "related",
        f'{J}<div class="blogcard"><a href="/p2/"><div class="blogcard-title">別の灯台</div>'
        '<div class="blogcard-snippet">要約 別の灯台を数える。遠い。海も。</div></a></div>',
    ),
    "embedded post": (
        "related",
        f'{J}<blockquote class="wp-embedded-content"><a href="/p2/">別の灯台</a></blockquote>',
    ),
    "core's embed": (
        "related",
        f'{J}<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">'
        "https://x.example/v</div></figure>",
    ),
}
"""What stands beside the Japanese abstract, and the reason for which it goes."""


@pytest.mark.parametrize("front", ["single", "rest"])
@pytest.mark.parametrize("name", CUT)
def test_what_the_site_puts_beside_an_abstract_is_cut_and_recorded(name: str, front: str) -> None:
    reason, markup = CUT[name]
    entry = entry_of(content(markup), front)
    assert (entry.abstract_ja, entry.abstract_en) == (JAPANESE, ENGLISH)
    assert entry.problems == ()
    assert reason in {removed.reason for removed in entry.removed_lines} <= set(REASONS)
    assert all(removed.text for removed in entry.removed_lines)


@pytest.mark.parametrize("name", CUT)
def test_the_same_beside_the_english_abstract(name: str) -> None:
    markup = CUT[name][1].replace(JAPANESE, ENGLISH)
    entry = entry_of(content(J, markup))
    assert (entry.abstract_ja, entry.abstract_en) == (JAPANESE, ENGLISH)


@pytest.mark.parametrize(
    "after",
    [
        '<div class="yarpp yarpp-related"><h3>関連記事</h3><ol><li><a href="/p2/">別の灯台</a>'
        "<small>要約 別の灯台を数える。 …</small></li></ol></div>",
        '<div id="jp-relatedposts" class="jp-relatedposts"><p><a href="/p2/">別の灯台</a></p>'
        "<p>要約</p><p>別の灯台を数える。</p></div>",
        '<div class="addtoany_share_save_container"><a>Facebook</a><a>X</a></div>',
        "<p>スポンサーリンク</p>",
        '<div class="author-box"><p>灯台が好き。</p></div>',
    ],
)
def test_what_follows_the_entry_is_neither_provider_nor_translator(after: str) -> None:
    entry = entry_of(content(J, after=after))
    assert (entry.provider, entry.translator) == ("arxiv.jp", "DeepL")
    assert (entry.abstract_ja, entry.abstract_en) == (JAPANESE, ENGLISH)
    assert "repeated_label" not in entry.problems


LONG = "灯台の広告を数える。灯台の光は遠くまで届き、船を導くことが知られている。" * 3


@pytest.mark.parametrize(
    "markup",
    [
        f'<div class="ads"><p>{LONG}</p></div>',
        f'{J}<div class="share"><p>{LONG}</p></div>',
        f"{J}<p>図1: 灯台の概要</p>",
        f'<div class="elementor-tab-content" style="display: none;">{J}</div>',
        f'<div class="wp-block-accordion-panel" hidden="until-found">{J}</div>',
        f"{J}<p>Figure 2. Lights at sea</p>",
    ],
)
def test_what_may_be_the_papers_own_stays_and_is_a_problem(markup: str) -> None:
    entry = entry_of(content(markup))
    assert "foreign_text" in entry.problems
    assert entry.removed_lines == ()
    assert entry.abstract_ja
    assert entry.abstract_ja.count("\n") == markup.count("<p>") - 1


@pytest.mark.parametrize("name", ["share", "ad", "related", "screen-reader-text", "toc"])
def test_an_entry_is_read_whatever_the_class_around_it(name: str) -> None:
    entry = entry_of(f'<div class="{name}">{content(J)}</div>')
    assert (entry.abstract_ja, entry.abstract_en) == (JAPANESE, ENGLISH)
    assert (entry.authors, entry.translator) == (PAPER.authors, "DeepL")
    assert entry.problems == ()


@pytest.mark.parametrize("name", ["ez-toc-section", "btn", "share", "toc"])
def test_a_label_is_read_whatever_the_class_in_its_heading(name: str) -> None:
    markup = content(J).replace("<h2>要約<", f'<h2><span class="{name}">要約</span><')
    entry = entry_of(markup)
    assert (entry.abstract_ja, entry.removed_lines) == (JAPANESE, ())
