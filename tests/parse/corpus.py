"""The corpus: page variants of every kind, all invented, and what each must be parsed to.

`golden.json` holds the expected entries. `python -m tests.parse.corpus` writes it anew, for a
reader to compare; only fields that differ from the paper's own are worth a look.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from tests.parse.invented import (
    LABELS,
    PAPERS,
    Markup,
    PageItem,
    anchors,
    content_html,
    content_text,
    feed,
    frame,
    listing_page,
    rest_answer,
    rest_post,
    shown,
    single_page,
    text_page,
    together,
    wet_page,
)

GOLDEN = Path(__file__).with_name("golden.json")
AMBER, COBALT, SEPIA = PAPERS
URL = "https://jarxiv.example/2025/03/04/"
HTML, JSON, RSS, TEXT = "text/html; charset=UTF-8", "application/json", "text/xml", "text/plain"


@dataclass(frozen=True)
class Page:
    """A page of the corpus."""

    body: bytes
    content_type: str | None = HTML
    url: str = URL


def _one(markup: Markup) -> Page:
    return Page(listing_page([shown(AMBER, markup)]))


def _changed(old: str, new: str, count: int = -1) -> Page:
    content = content_html(AMBER)
    assert old in content, old
    return Page(listing_page([PageItem(AMBER, content.replace(old, new, count))]))


def _with_authors(text: str) -> Page:
    return _changed(",".join(AMBER.authors), text)


def _authors_last(content: str) -> str:
    """The content with 著者 as the last of the facts, one name a line."""
    line = f"著者 {','.join(AMBER.authors)}<br />\n"
    assert line in content
    moved = content.replace(line, "")
    names = "<br />".join(AMBER.authors)
    end = moved.index("</p>", moved.index("arxivサイト"))
    return f"{moved[:end]}<br />著者 {names}{moved[end:]}"


def _with_links(cell: str) -> Page:
    return _changed(anchors(AMBER, "both"), cell)


def _with_date(text: str) -> Page:
    return _changed(AMBER.stamp, text)


def _titled(title: str) -> Page:
    return Page(listing_page([PageItem(AMBER, content_html(AMBER), title=title)]))


def _text(text: str) -> Page:
    return Page(text.encode(), TEXT, "inbox:page.txt")


def _headings() -> dict[str, Page]:
    styles = ["h1", "h3", "h4", "h5", "h6", "strong", "b", "div", "plain", "lead"]
    return {f"heading {style}": _one(Markup(heading=style)) for style in styles}


def _facts() -> dict[str, Page]:
    pages = {f"facts {s}": _one(Markup(facts=s)) for s in ("th-table", "dl", "bold")}
    for style in ("ul", "br", "p"):
        for name, between in {"space": " ", "colon": ": ", "wide colon": "：", "bar": "｜"}.items():
            pages[f"facts {style}, {name}"] = _one(Markup(facts=style, between=between))
    return pages


def _labels() -> dict[str, Page]:
    return {
        "labels wide": _one(Markup(wide=True)),
        "labels wide word": _one(Markup(arxiv="ａｒｘｉｖ", wide=True)),
        "labels arXiv": _one(Markup(arxiv="arXiv")),
        "labels spaced": _one(Markup(around=" \n\u3000 ")),
        "labels nbsp": _one(Markup(around="&nbsp;")),
        "labels zero width": _one(Markup(around="&#8203;")),
        "labels decorated": _one(Markup(decoration=("■ ", ""))),
        "labels bracketed": _one(Markup(decoration=("【", "】"))),
        "labels with colon": _one(Markup(decoration=("", "："))),
        "labels markdown": _one(Markup(heading="plain", decoration=("## ", ""), facts="p")),
        "provider split": _changed(
            f"<h2>{LABELS[3]}</h2>\n<p>arxiv.jp, DeepL</p>",
            "<p>提供元: arxiv.jp<br />利用サービス: DeepL</p>",
        ),
        "facts heading missing": _changed("<h2>arxiv情報</h2>\n<p></p>", ""),
        "facts heading missing, lines": Page(
            listing_page(
                [
                    PageItem(
                        AMBER,
                        content_html(AMBER, Markup(facts="p")).replace("<h2>arxiv情報</h2>", ""),
                    )
                ]
            )
        ),
        "provider missing": _changed(f"<h2>{LABELS[3]}</h2>\n<p>arxiv.jp, DeepL</p>", ""),
        "provider by br": _changed("arxiv.jp, DeepL", "arxiv.jp<br />DeepL"),
        "provider by list": _changed(
            "<p>arxiv.jp, DeepL</p>", "<ul><li>arxiv.jp</li><li>DeepL</li></ul><h3>共有:</h3>X"
        ),
        "provider, then who knows what": _changed("arxiv.jp, DeepL", "arxiv.jp<br />A<br />B"),
        "provider alone, then a button": _changed("arxiv.jp, DeepL", "arxiv.jp</p><p>Tweet"),
        "provider alone, then a Japanese button": _changed(
            "arxiv.jp, DeepL", "arxiv.jp</p><p>ツイート"
        ),
        "provider, service, then a button": _changed(
            "arxiv.jp, DeepL", "arxiv.jp<br />Google 翻訳<br />Share"
        ),
        "provider alone, then sharing": _changed(
            "<p>arxiv.jp, DeepL</p>", "<p>arxiv.jp</p><div>共有:</div><ul><li>X</li></ul>"
        ),
        "english label in English": _changed(LABELS[1], "Abstract"),
        "english label in brackets": _changed(LABELS[1], "要約（英語）"),
        "english begins with the word": _changed("We propose", "Abstract<br />We propose"),
        "english missing": _changed(f"<h2>{LABELS[1]}</h2>\n<p>{AMBER.english}</p>", ""),
        "japanese missing": _changed("".join(AMBER.japanese), ""),
    }


def _texts() -> dict[str, Page]:
    ja = "".join(AMBER.japanese)
    return {
        "sentences by br": _one(Markup(sentences="br")),
        "sentences by p": _one(Markup(sentences="p")),
        "sentences by line feed": _one(Markup(sentences="lf")),
        "english wrapped in the source": _changed(" invented method. ", "\n   invented method.\n"),
        "japanese wrapped in the source": _changed("架空の手法", "架空の\n      手法"),
        "abstract holds a label": _changed(ja, f"{AMBER.japanese[0]}<br />要約<br />{ja}"),
        "abstract holds every label": _changed(
            ja, "<br />".join([AMBER.japanese[0], *LABELS, "著者: 例", "発行日: 例", ja])
        ),
        "abstract begins with a fact's label": _changed(ja, f"著者らは提案する。{ja}"),
        "two abstracts under one label": _changed(ja, f"{ja}</p><h2>要約</h2><p>別の文。"),
        "LaTeX and signs": _changed(
            "an invented method", r"$x_i &lt; \frac{1}{2}$ &amp; O(n²) ℝ ½ – “so” it’s"
        ),
        "double escaped": _changed("an invented method", "a &amp;amp; b &amp;lt; c"),
        "raw less-than": _changed("an invented method", "all n<m and k hold"),
        "formula with TeX": _changed(
            "an invented method",
            "<math><semantics><msup><mi>x</mi><mn>2</mn></msup><annotation encoding="
            '"application/x-tex">x^2 &lt; y</annotation></semantics></math>'
            '<span aria-hidden="true">x2y</span> and '
            '<math alttext="y_{1}"><msub><mi>y</mi><mn>1</mn></msub></math>',
        ),
        "formula, flat": _changed("an invented method", "<math><mi>a</mi><mo>=</mo>b</math>"),
        "formula without TeX": _changed(
            "an invented method", "<math><msup><mi>x</mi><mn>2</mn></msup></math>"
        ),
        "superscript": _changed("3 datasets", "10<sup>2</sup> H<sub>2</sub>O datasets"),
        "emoji as image": _changed(
            "an invented method", '<img class="emoji" alt="🎉" src="/1f389.svg" /> method'
        ),
        "inline markup": _changed(
            "an invented method", "<em>an <strong>invented</strong></em> <a href='/x'>method</a>"
        ),
        "script and comment": _changed(
            "<h2>要約</h2>", "<!-- <h2>要約</h2> --><script>if(a<b){'要約'}</script><h2>要約</h2>"
        ),
        "share buttons after": _changed(
            "<p>arxiv.jp, DeepL</p>", "<p>arxiv.jp, DeepL</p><div>共有:</div><ul><li>X</li></ul>"
        ),
        "wrappers": _one(Markup(wrappers=("entry-body", "hfeed-like", "facts-box"))),
        "custom element around": Page(
            listing_page([PageItem(AMBER, f"<x-entry>\n{content_html(AMBER)}\n</x-entry>")])
        ),
        "replacement character": _changed("架空の手法", "架空\ufffd手法"),
        "title in texturized quotes": _titled("On ‘Amber’ — the “Study”…"),
        "title holds a label": _titled("要約"),
        "title with markup": Page(
            listing_page([PageItem(AMBER, content_html(AMBER), title="A < B & C")])
        ),
    }


def _links() -> dict[str, Page]:
    def link(address: str) -> str:
        return f'<a href="{address}">arxiv_id</a>'

    addresses = {
        "no version": "https://arxiv.org/abs/2503.90111",
        "pdf suffix": "http://arxiv.org/pdf/2503.90111v3.pdf",
        "old style": "http://arxiv.org/abs/hep-th/9901999v2",
        "old style with class": "http://arxiv.org/abs/math.GT/0309999",
        "old style escaped": "http://arxiv.org/abs/hep-th%2F9901999",
        "four digits": "https://arxiv.org/abs/0704.9999v1",
        "mirror": "https://mirror.example/arxiv/abs/2503.90111v1",
        "export host": "http://export.arxiv.org/abs/2503.90111v1?context=cs.CL#top",
        "old doi": "https://doi.org/10.48550/arXiv.hep-th/9901999",
        "lower-case doi": "https://doi.org/10.48550/arxiv.2503.90111",
        "bad month": "http://arxiv.org/abs/2513.90111v1",
        "doi without id": "https://doi.org/10.48550/arXiv.unknown",
        "no id": "http://arxiv.org/list/cs.CL/recent",
        "script": "javascript:alert('arxiv.org/abs/2503.90111')",
    }
    both = ("https://arxiv.org/abs/2503.90111v1", "https://arxiv.org/pdf/2503.90111v1")
    pages = {f"link {name}": _with_links(link(address)) for name, address in addresses.items()}
    return pages | {
        "link pdf only": _one(Markup(anchors="pdf")),
        "link abs only": _one(Markup(anchors="abs")),
        "link doi and pdf": _one(Markup(anchors="doi")),
        "link as text": _one(Markup(anchors="bare")),
        "link named in text": _with_links("arXiv:2503.90111v2"),
        "links as text, comma": _with_links(
            ", ".join(f'<a href="{address}">{address}</a>' for address in both)
        ),
        "links bare, comma": _with_links(", ".join(both)),
        "links bare, semicolon": _with_links("; ".join(both) + "."),
        "links bare, bar": _with_links("|".join(both)),
        "links bare, wide bar": _with_links("｜".join(both)),
        "link bare, pdf in brackets": _with_links(f"{both[0]}(pdf)"),
        "link named in a sentence": _with_links("arXiv:2503.90111v2."),
        "links missing": _with_links("arxiv_id(pdf)"),
        "links to two papers": _with_links(
            link("http://arxiv.org/abs/2503.90111v1") + link("http://arxiv.org/pdf/2503.92358v2")
        ),
        "link to a listing beside": _with_links(
            link("https://arxiv.org/list/cs.CL/recent") + anchors(AMBER, "both")
        ),
        "link to no paper beside": _with_links(
            link("https://arxiv.org/abs/unknown") + anchors(AMBER, "both")
        ),
        "links in abstract": _changed(
            "an invented method", link("http://arxiv.org/abs/2401.99999v1")
        ),
    }


def _people() -> dict[str, Page]:
    return {
        "authors missing": _with_authors(""),
        "authors with suffixes": _with_authors("A. Smith, Jr., B. Lee III, C. Wu, Ph.D., D. E. F."),
        "authors with and": _with_authors("Ada Lane, Bo Ek, and Cy Dahl"),
        "authors by semicolon": _with_authors("Lane, Ada; Ek, Bo"),
        "authors collaboration": _with_authors("The ABC and DEF Collaborations: A. Lane, B. Ek"),
        "authors affiliations": _with_authors("A. Lane (Uni X, City), B. Ek (on behalf of Y, Z)"),
        "authors accents": _with_authors(
            r"Bj&ouml;rn {\&quot;O}str{\&quot;o}m, J. O'Neil, 山田 太郎"
        ),
        "authors by br": _with_authors("Ada Lane<br />Ludwig van Ek,<br>\nand Wei-lun Dahl"),
        "authors by list": _with_authors("<ul><li>Ada Lane</li><li>Bo Ek</li></ul>"),
        "authors by cell": _with_authors("Ada Lane</td><td>Bo Ek</td><td>Cy Dahl"),
        "authors by line of text": _text(content_text(AMBER).replace("Amber,", "Amber\n")),
        "authors by br, without heading": Page(
            listing_page(
                [
                    PageItem(
                        AMBER,
                        content_html(AMBER, Markup(facts="p"))
                        .replace("<h2>arxiv情報</h2>", "")
                        .replace("Amber,", "Amber<br />"),
                    )
                ]
            )
        ),
        "authors, then prose": _with_authors(
            "Ada Lane<br>Bo Ek<p>We thank Cy Dahl for help.</p><p>Dora Finn</p>"
        ),
        "authors, then Japanese": _with_authors("Ada Lane<br>Bo Ek<p>著者らに感謝する</p>"),
        "authors, then a word": _with_authors("Ada Lane, Bo Ek<p>Submitted</p><p>Cy Dahl</p>"),
        "authors, one a single word": _with_authors("Ada Lane,<br>Madonna"),
        "authors last": Page(
            listing_page([PageItem(AMBER, _authors_last(content_html(AMBER, Markup(facts="br"))))])
        ),
        "authors 3000": _with_authors(",".join(f"A{n} Lane" for n in range(3000))),
        "date with zone": _with_date("2025-03-03T12:41:11+09:00"),
        "date in Japanese": _with_date("2025年3月3日 12時41分11秒 JST"),
        "date full-width": _with_date("２０２５－０３－０３　０３：４１：１１＋００：００"),
        "date UTC": _with_date("2025/03/03 03:41 UTC"),
        "date by mail": _with_date("Mon, 3 Mar 2025 03:41:11 +0000 (UTC)"),
        "date with offset from UTC": _with_date("2025-03-03 12:41:11 UTC+9"),
        "date with hours": _with_date("2025-03-03 12:41:11+09"),
        "date in brackets": _with_date("2025-03-03 03:41:11 (UTC)"),
        "date with other minus": _with_date("2025\u201303\u201302 22:41:11 \u221205:00"),
        "date after a digit": _with_date("12025-03-03 03:41:11Z"),
        "date without zone": _with_date("2025-03-03 03:41:11"),
        "date impossible": _with_date("2025-02-30 03:41:11+00:00"),
        "date missing": _with_date(""),
    }


def _posts() -> dict[str, Page]:
    protected = PageItem(AMBER, "<form>pw</form>", "保護中: Secret", "post-password-required")
    two = content_html(AMBER) + "<p>Second Paper in One Post</p>" + content_html(COBALT)
    cut = content_html(AMBER).split("<h2>要約(オリジナル)")[0]
    more = f'<p><a href="{AMBER.link}#more-118001" class="more-link">続きを読む →</a></p>'
    pages = (
        '<div class="page-link">ページ: <span class="post-page-numbers current">1</span>'
        f' <a href="{AMBER.link}/2/" class="post-page-numbers">2</a></div>'
    )
    notice = PageItem(COBALT, "<p>本日は更新をお休みします。</p>", "お知らせ")
    comment = f"<ol><li>{content_html(COBALT)}</li></ol>"
    everyone = [shown(paper) for paper in PAPERS]
    no_facts = content_html(AMBER).partition("<h2>arxiv情報")[0] + "<p>It ends here.</p>"
    aside = PageItem(
        AMBER,
        f"<nav>要約</nav>{content_html(AMBER)}<aside>広告</aside><p>{COBALT.title}</p>"
        + content_html(COBALT),
    )
    return {
        "listing of three": Page(listing_page(everyone)),
        "home": Page(listing_page(everyone, body_class="home blog", heading="")),
        "category": Page(listing_page(everyone, body_class="archive category", heading="cs.CL")),
        "single": Page(single_page(shown(AMBER))),
        "single with comments": Page(single_page(shown(AMBER), comments=comment)),
        "rest list": Page(rest_answer(everyone), JSON),
        "rest one": Page(rest_answer(everyone, one=True), JSON),
        "rest protected": Page(
            json.dumps(
                [rest_post(shown(AMBER), content={"rendered": "", "protected": True})]
            ).encode(),
            JSON,
        ),
        "rest without gmt": Page(
            json.dumps([rest_post(shown(AMBER), date_gmt=None, class_list={"1": "x"})]).encode(),
            JSON,
        ),
        "rest of two posts": Page(json.dumps([rest_post(shown(AMBER), id=7)]).encode(), JSON),
        "rest lone surrogate": Page(
            json.dumps([rest_post(shown(AMBER), title={"rendered": "A\ud800B"})]).encode(), JSON
        ),
        "feed": Page(feed(everyone), RSS),
        "feed escaped": Page(feed(everyone, escaped=True), RSS),
        "text of three": Page(text_page(PAPERS), TEXT, "inbox:page.txt"),
        "text without blank lines": Page(text_page(PAPERS, blank="\n"), TEXT, "inbox:page.txt"),
        "text with CRLF and BOM": Page(
            b"\xef\xbb\xbf" + text_page(PAPERS).replace(b"\n", b"\r\n"), TEXT, "inbox:page.txt"
        ),
        "text titled like a label": _text(content_text(AMBER).replace(AMBER.title, "要約")),
        "text without closing lines": _text(
            "".join(content_text(paper, closing=False) for paper in PAPERS)
        ),
        "text with another's closing line": _text(
            content_text(AMBER, closing=False) + content_text(COBALT).split("\n\n")[-2]
        ),
        "text without facts": _text(
            content_text(AMBER).split("arxiv情報")[0] + content_text(COBALT)
        ),
        "wet": Page(wet_page(PAPERS), TEXT),
        "unframed html": Page(
            f"<html><body><nav>要約</nav><main><h1>{AMBER.title}</h1>{content_html(AMBER)}</main>"
            "<aside>カテゴリー</aside></body></html>".encode()
        ),
        "utf-16": Page(
            single_page(shown(AMBER)).decode().encode("utf-16"), "text/html; charset=utf-16"
        ),
        "shift_jis by meta": Page(
            single_page(shown(replace(AMBER, mark="amber")))
            .decode()
            .replace("UTF-8", "Shift_JIS")
            .replace("É", "E")
            .encode("shift_jis"),
            "text/html",
        ),
        "protected": Page(listing_page([protected, shown(COBALT)])),
        "announcement": Page(listing_page([notice, shown(AMBER)])),
        "excerpts": Page(
            listing_page(
                [replace(shown(paper), summary=True, content="要約 …") for paper in PAPERS]
            )
        ),
        "cut by more": Page(listing_page([PageItem(AMBER, cut + more), shown(COBALT)])),
        "cut by page breaks": Page(single_page(PageItem(AMBER, cut + pages))),
        "two entries in one post": Page(listing_page([PageItem(AMBER, two), shown(SEPIA)])),
        "two entries in one post, one without facts": Page(
            rest_answer([PageItem(AMBER, no_facts + content_html(COBALT))]), JSON
        ),
        "two entries, one without facts, in text": _text(
            content_text(AMBER).partition("arxiv情報")[0]
            + "It ends here.\n"
            + content_text(COBALT, closing=False).partition("\n")[2]
        ),
        "three entries in one post": Page(rest_answer([together(PAPERS)]), JSON),
        "nav and aside in a post": Page(listing_page([aside, shown(SEPIA)])),
        "nav and aside in a post, rest": Page(rest_answer([aside, shown(SEPIA)]), JSON),
        "post of two frames": Page(
            listing_page([shown(AMBER)]).replace(
                f"{AMBER.title} は".encode(), f"{COBALT.title} は".encode()
            )
        ),
        "frame inside a post": Page(
            listing_page(everyone).replace(b"</div><!-- .entry-content -->", b"", 1)
        ),
        "nothing found": Page(
            frame(
                '<div id="post-0" class="post no-results not-found"></div>', body_class="x"
            ).encode()
        ),
    }


def corpus() -> dict[str, Page]:
    """All pages, by name."""
    parts = (_headings(), _facts(), _labels(), _texts(), _links(), _people(), _posts())
    return {name: page for part in parts for name, page in part.items()}


def _write() -> None:
    from tests.parse.test_corpus import parsed

    golden = {name: parsed(page) for name, page in corpus().items()}
    lines = ",\n".join(
        f"{json.dumps(name)}: [\n"
        + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
        + "\n]"
        for name, entries in golden.items()
    )
    GOLDEN.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    _write()
