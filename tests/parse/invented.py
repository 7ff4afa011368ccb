"""Invented digest entries, and every way the tests know to put them on a page.

All papers, people and texts here are invented; their ids are ones arXiv never gives.
"""

from __future__ import annotations

import html
import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """One invented paper. Its `mark` stands in every text of it, and in no other paper's."""

    mark: str
    post_id: int
    arxiv: str
    stamp: str
    categories: tuple[str, ...]
    translator: str = "DeepL"

    @property
    def title(self) -> str:
        return f"{self.mark.title()} Lanterns: An Invented Study of {self.mark}"

    @property
    def japanese(self) -> tuple[str, ...]:
        return (
            f"本研究では、{self.mark}という架空の手法を提案する。",
            f"著者らは{self.mark}を3つのデータセットで評価し、精度を12.5%改善した。",
            f"コードは https://example.org/{self.mark} で公開されている。",
        )

    @property
    def english(self) -> str:
        return (
            f"We propose {self.mark}, an invented method. We evaluate {self.mark} on 3 datasets "
            f"and improve accuracy by 12.5%. Code is at https://example.org/{self.mark} for all."
        )

    @property
    def authors(self) -> tuple[str, ...]:
        return (f"Ada {self.mark.title()}", f"Émile O'{self.mark.title()}", "Wei-Lun Zhang")

    @property
    def link(self) -> str:
        return f"https://jarxiv.example/2025/03/04/{self.mark}-lanterns"


PAPERS = (
    Paper("amber", 118001, "2503.90111v1", "2025-03-03 03:41:11+00:00", ("cs.AI", "cs.CL")),
    Paper("cobalt", 118023, "2503.92358v2", "2025-03-03 05:17:42+00:00", ("cs.CL",), "Google"),
    Paper("sepia", 118345, "2503.97604v1", "2025-02-28 23:59:59+00:00", ("math.OC", "stat.ML")),
)


@dataclass(frozen=True)
class Markup:
    """The choices that the markup of an entry's content leaves open."""

    heading: str = "h2"
    """h1 to h6, strong, b, div, plain (a line of its own), lead (bold, the text follows)."""
    facts: str = "table"
    """table, th-table, dl, ul, ol, br, p; each fact's label and value are parted by `between`."""
    between: str = " "
    sentences: str = "one"
    """How the Japanese sentences are parted: one (not at all), br, p, lf."""
    wide: bool = False
    """Brackets and commas of the labels full-width."""
    around: str = ""
    """White space around every label."""
    arxiv: str = "arxiv"
    """How the word is written in labels."""
    decoration: tuple[str, str] = ("", "")
    wrappers: tuple[str, ...] = ()
    """Classes of elements around everything."""
    anchors: str = "both"
    """both, abs, pdf, doi, bare (the address as text)."""
    people: str = ","
    """What parts the authors' names."""
    services: str = ", "
    """What parts provider and translator."""

    def label(self, text: str) -> str:
        text = text.replace("arxiv", self.arxiv)
        if self.wide:
            text = text.replace("(", "（").replace(")", "）").replace(", ", "、")
        before, after = self.decoration
        return f"{self.around}{before}{text}{after}{self.around}"


LABELS = ("要約", "要約(オリジナル)", "arxiv情報", "提供元, 利用サービス")


def anchors(paper: Paper, style: str) -> str:
    host = "http://arxiv.org"
    page = f'<a href="{host}/abs/{paper.arxiv}" target="_blank">arxiv_id</a>'
    file = f'<a href="{host}/pdf/{paper.arxiv}">pdf</a>'
    return {
        "both": f"{page}({file})",
        "abs": page,
        "pdf": f"({file})",
        "doi": f'<a href="https://doi.org/10.48550/arXiv.{paper.arxiv}">arxiv_id</a>({file})',
        "bare": f"{host}/abs/{paper.arxiv}",
    }[style]


def facts_html(pairs: Sequence[tuple[str, str]], markup: Markup) -> str:
    rows = [(markup.label(name), value) for name, value in pairs]
    joined = [f"{name}{markup.between}{value}" for name, value in rows]
    match markup.facts:
        case "table":
            cells = "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in rows)
            return f"<table><tbody>{cells}</tbody></table>"
        case "th-table":
            cells = "".join(f"<tr><th scope='row'>{a}</th>\n<td>{b}</td></tr>" for a, b in rows)
            return f"<table>{cells}</table>"
        case "dl":
            return "<dl>" + "".join(f"<dt>{a}</dt><dd>{b}</dd>" for a, b in rows) + "</dl>"
        case "ul" | "ol" as tag:
            return f"<{tag}>" + "".join(f"<li>{line}</li>" for line in joined) + f"</{tag}>"
        case "br":
            return "<p>" + "<br />\n".join(joined) + "</p>"
        case "bold":
            return "".join(f"<p><b>{a}</b> {b}</p>" for a, b in rows)
        case _:
            return "".join(f"<p>{line}</p>" for line in joined)


def section_html(name: str, body: str, markup: Markup) -> str:
    label = markup.label(name)
    if markup.heading == "lead":
        return body.replace("<p>", f"<p><strong>{label}</strong> ", 1)
    if markup.heading in {"strong", "b"}:
        return f"<p><{markup.heading}>{label}</{markup.heading}></p>\n{body}"
    if markup.heading == "plain":
        return body.replace("<p>", f"<p>{label}<br />", 1) if "<p>" in body else f"{label}{body}"
    return f"<{markup.heading}>{label}</{markup.heading}>\n{body}"


def prose(sentences: Sequence[str], style: str) -> str:
    escaped = [html.escape(sentence, quote=False) for sentence in sentences]
    if style == "p":
        return "".join(f"<p>{sentence}</p>" for sentence in escaped)
    return "<p>" + {"one": "", "br": "<br />\n", "lf": "\n"}[style].join(escaped) + "</p>"


def content_html(paper: Paper, markup: Markup | None = None) -> str:
    """The HTML of a post's content."""
    markup = markup or Markup()
    facts = [
        ("著者", markup.people.join(html.escape(name, quote=False) for name in paper.authors)),
        ("発行日", paper.stamp),
        ("arxivサイト", anchors(paper, markup.anchors)),
    ]
    parts = [
        section_html(LABELS[0], prose(paper.japanese, markup.sentences), markup),
        section_html(LABELS[1], prose([paper.english], "one"), markup),
        section_html(LABELS[2], "<p></p>", markup)
        if markup.heading != "lead"
        else f"<p><strong>{markup.label(LABELS[2])}</strong></p>",
        facts_html(facts, markup),
        section_html(LABELS[3], f"<p>arxiv.jp{markup.services}{paper.translator}</p>", markup),
    ]
    content = "\n".join(parts)
    for name in markup.wrappers:
        content = f'<div class="{name}">\n{content}\n</div>'
    return content


def content_text(paper: Paper, *, blank: str = "\n\n", closing: bool = True) -> str:
    """An entry as a reader of plain text sees it, as the real seed has it."""
    lines = [
        paper.title,
        LABELS[0],
        "".join(paper.japanese),
        LABELS[1],
        paper.english,
        LABELS[2],
        f"著者 {','.join(paper.authors)}\n発行日 {paper.stamp}\narxivサイト arxiv_id(pdf)",
        LABELS[3],
        f"arxiv.jp, {paper.translator}",
    ]
    if closing:
        names = ", ".join(paper.categories)
        lines.append(f"カテゴリー: {names} | {paper.title} はコメントを受け付けていません")
    return blank.join(lines) + blank


@dataclass(frozen=True)
class PageItem:
    """A post as it stands on a page."""

    paper: Paper
    content: str
    title: str | None = None
    classes: str = ""
    summary: bool = False
    foot: str = ""

    @property
    def heading(self) -> str:
        return html.escape(self.title if self.title is not None else self.paper.title, quote=False)


def shown(paper: Paper, markup: Markup | None = None) -> PageItem:
    return PageItem(paper, content_html(paper, markup))


def together(papers: Sequence[Paper]) -> PageItem:
    """A post that holds several entries; its title is the first's."""
    first, *others = papers
    titled = (f"<p>{paper.title}</p>\n{content_html(paper)}" for paper in others)
    return PageItem(first, "\n".join([content_html(first), *titled]))


def frame(posts: str, *, body_class: str, head: str = "", before: str = "") -> str:
    """A page of Twenty Ten around posts, with a sidebar full of labels and other titles."""
    return f"""<!DOCTYPE html>
<html lang="ja"><head><meta charset="UTF-8" /><title>架空の論文の見本</title>{head}</head>
<body class="{body_class}"><div id="wrapper" class="hfeed"><div id="header"><h1>見本</h1></div>
<div id="main"><div id="container"><div id="content" role="main">{before}
{posts}
</div><!-- #content --></div><!-- #container -->
<div id="primary" class="widget-area"><ul><li><h3>最近の投稿</h3><ul><li>
<a href="/2025/03/04/sidebar">Sidebar Paper: Never an Entry</a></li></ul></li>
<li><h3>カテゴリー</h3><ul><li><a href="/category/cs-cl/">cs.CL</a></li></ul></li>
<li><h3>要約</h3><p>sidebar text</p></li></ul></div></div>
<div id="footer">Proudly powered by WordPress.</div></div></body></html>"""


def post_html(item: PageItem, *, single: bool = False) -> str:
    paper = item.paper
    slugs = " ".join("category-" + name.lower().replace(".", "-") for name in paper.categories)
    names = ", ".join(
        f'<a href="/category/{name.lower()}/" rel="category tag">{name}</a>'
        for name in paper.categories
    )
    tag, kind = ("h1", "content") if single else ("h2", "summary" if item.summary else "content")
    link = paper.link
    title = item.heading if single else f'<a href="{link}" rel="bookmark">{item.heading}</a>'
    closing = (
        f'このエントリーは {names} に投稿されました。<a href="{link}" rel="bookmark">固定</a>'
        if single
        else f'<span class="cat-links"><span>カテゴリー:</span> {names}</span> | '
        '<span class="comments-link"><span><span class="screen-reader-text">'
        f"{item.heading} は</span>コメントを受け付けていません</span></span>"
    )
    return f"""<div id="post-{paper.post_id}" class="post-{paper.post_id} post type-post
 status-publish hentry {slugs} {item.classes}">
<{tag} class="entry-title">{title}</{tag}>
<div class="entry-meta"><span>投稿日:</span> <a href="{link}" title="10:15 AM" rel="bookmark"><span
 class="entry-date">2025年3月4日</span></a> <span>作成者:</span> <a class="url">jarxiv</a></div>
<div class="entry-{kind}">
{item.content}
</div><!-- .entry-{kind} -->
<div class="entry-utility">{closing}</div>{item.foot}
</div><!-- #post-## -->"""


def listing_page(
    items: Sequence[PageItem],
    *,
    body_class: str = "archive date",
    heading: str = "日別アーカイブ: <span>2025年3月4日</span>",
    older: str = "",
) -> bytes:
    before = f'<h1 class="page-title">{heading}</h1>' if heading else ""
    if older:
        before += f'<div class="nav-previous"><a href="{older}">古い</a></div>'
    posts = "\n".join(post_html(item) for item in items)
    return frame(posts, body_class=body_class, before=before).encode()


def single_page(item: PageItem, *, comments: str = "") -> bytes:
    paper = item.paper
    head = (
        f'<link rel="canonical" href="{paper.link}" />'
        f"<link rel='shortlink' href='https://jarxiv.example/?p={paper.post_id}' />"
        '<link rel="https://api.w.org/" href="https://jarxiv.example/wp-json/" />'
    )
    neighbours = (
        '<div id="nav-above" class="navigation"><div class="nav-previous">'
        '<a href="/2025/03/03/other" rel="prev">Neighbour Paper: Never an Entry</a></div></div>'
    )
    body = f"single single-post postid-{paper.post_id} single-format-standard"
    page = post_html(item, single=True) + f'<div id="comments">{comments}</div>'
    return frame(page, body_class=body, head=head, before=neighbours).encode()


def rest_post(item: PageItem, **changes: object) -> dict[str, object]:
    paper = item.paper
    slugs = ["category-" + name.lower().replace(".", "-") for name in paper.categories]
    post: dict[str, object] = {
        "id": paper.post_id,
        "date": "2025-03-04T10:15:00",
        "date_gmt": "2025-03-04T01:15:00",
        "modified": "2025-03-04T10:20:00",
        "modified_gmt": "2025-03-04T01:20:00",
        "link": paper.link,
        "title": {"rendered": item.heading},
        "content": {"rendered": item.content, "protected": False},
        "class_list": [f"post-{paper.post_id}", "post", "hentry", *slugs],
        "_links": {
            "self": [{"href": f"https://jarxiv.example/wp-json/wp/v2/posts/{paper.post_id}"}]
        },
    }
    return {**post, **changes}


def rest_answer(items: Sequence[PageItem], *, one: bool = False) -> bytes:
    posts = [rest_post(item) for item in items]
    return json.dumps(posts[0] if one else posts, ensure_ascii=False).encode()


def feed(items: Sequence[PageItem], *, escaped: bool = False) -> bytes:
    def content(item: PageItem) -> str:
        return html.escape(item.content) if escaped else f"<![CDATA[{item.content}]]>"

    rows = "".join(
        f"""<item><title>{item.heading}</title><link>{item.paper.link}</link>
<pubDate>Tue, 04 Mar 2025 01:15:00 +0000</pubDate>
{"".join(f"<category><![CDATA[{name}]]></category>" for name in item.paper.categories)}
<guid isPermaLink="false">https://jarxiv.example/?p={item.paper.post_id}</guid>
<description><![CDATA[要約 … [&#8230;]]]></description>
<content:encoded>{content(item)}</content:encoded></item>\n"""
        for item in items
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>見本</title>
{rows}</channel></rss>""".encode()


def text_page(papers: Sequence[Paper], *, blank: str = "\n\n", before: str = "") -> bytes:
    return (before + "".join(content_text(paper, blank=blank) for paper in papers)).encode()


def wet_page(papers: Sequence[Paper]) -> bytes:
    """The text of a listing page as Common Crawl's WET files have it: navigation and all."""
    body = "".join(
        content_text(paper, blank="\n").replace(
            f"{paper.title}\n要約", f"{paper.title}\n投稿日: 2025年3月4日 作成者: jarxiv\n要約", 1
        )
        for paper in papers
    )
    side = "検索:\n最近の投稿\nSidebar Paper: Never an Entry\n2025年3月\nカテゴリー\ncs.CL\n"
    return textwrap.dedent(
        f"見本\nコンテンツへスキップ\nホーム\n← 古い投稿\n{body}← 古い投稿\n{side}"
    ).encode()
