"""The same invented post as WordPress shows it: on a page, in a REST answer, in a feed."""

from __future__ import annotations

import json
from typing import Any

from pipeline.wordpress.page import WordPressPage, WordPressPost, read_page

SITE = "https://digest.example"
LINK = f"{SITE}/2025/03/04/a-paper/"
HTML, JSON, RSS = "text/html; charset=UTF-8", "application/json", "application/rss+xml"


def post_html(post_id: int = 7, content: str = "<p>架空の文。</p>", **parts: str) -> str:
    """A post as Twenty Ten shows it on a listing; any part may be another, or nothing."""
    part = {
        "classes": "post hentry category-cs-cl",
        "title": f'<h2 class="entry-title"><a href="{LINK}" rel="bookmark">A &amp; B</a></h2>',
        "meta": f'<div class="entry-meta"><a href="{LINK}" title="9:05 PM" rel="bookmark">'
        '<span class="entry-date">2025年3月4日</span></a></div>',
        "kind": "content",
        "foot": '<div class="entry-utility"><span class="cat-links">カテゴリー: <a href="/c/"'
        ' rel="category tag">cs.CL</a></span> <span class="comments-link"><span>A &amp; B は</span>'
        "コメントを受け付けていません</span></div>",
    } | parts
    return (
        f'<div id="post-{post_id}" class="{part["classes"]}">{part["title"]}{part["meta"]}'
        f'<div class="entry-{part["kind"]}">{content}</div>{part["foot"]}</div>'
    )


def page(
    *posts: str, body: str = "archive date", head: str = "", before: str = ""
) -> WordPressPage:
    """A page with these posts, a sidebar after them."""
    text = (
        f'<!DOCTYPE html><html><head><meta charset="UTF-8">{head}</head><body class="{body}">'
        f'<div id="content">{before}{"".join(posts)}</div>'
        '<div id="primary" class="widget-area"><h3>最近の投稿</h3><a href="/x/">Other</a></div>'
        "</body></html>"
    )
    return read_page(text.encode(), content_type=HTML, url=f"{SITE}/2025/03/04/")


def only(shown: WordPressPage) -> WordPressPost:
    """The one post of a page; its content without the end tag of the element that holds it."""
    [post] = shown.posts
    return post._replace(content=post.content.removesuffix("</div>"))


def rest(*posts: dict[str, Any]) -> WordPressPage:
    return read_page(json.dumps(list(posts)).encode(), content_type=JSON)


REST_POST: dict[str, Any] = {
    "id": 7,
    "date": "2025-03-04T21:05:00",
    "date_gmt": "2025-03-04T12:05:00",
    "modified_gmt": "2025-03-05T00:00:00",
    "link": LINK,
    "title": {"rendered": "A &#038; B"},
    "content": {"rendered": "<p>架空の文。", "protected": False},
    "class_list": ["post-7", "hentry", "category-cs-cl"],
}


def feed(*items: str) -> WordPressPage:
    text = f"<?xml version='1.0'?><rss><channel><title>x</title>{''.join(items)}</channel></rss>"
    return read_page(text.encode(), content_type=RSS)


def item(content: str = "<![CDATA[<p>架空の文。</p>]]>", title: str = "A &amp; B") -> str:
    encoded = f"<content:encoded>{content}</content:encoded>" if content else ""
    return (
        f"<item><title>{title}</title><link>{LINK}</link>"
        "<pubDate>Tue, 04 Mar 2025 12:05:00 +0000</pubDate>"
        "<category><![CDATA[cs.CL]]></category>"
        f'<guid isPermaLink="false">{SITE}/?p=7</guid>'
        f"<description><![CDATA[架空 [&#8230;]]]></description>{encoded}</item>"
    )
