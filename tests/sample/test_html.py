"""The HTML side of the sample site, behaviour by behaviour."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.sample import Post, Quirks, serve_sample

Get = Callable[..., Any]
Make = Callable[..., Post]


def ids(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'<div id="post-(\d+)"', text)]


def locations(get: Get, site: Any, *targets: str) -> list[str | None]:
    answers = [get(site, target) for target in targets]
    assert {answer.status for answer in answers} == {301}
    return [answer.headers["Location"].removeprefix(site.base_url) for answer in answers]


def test_the_demo_site(get: Get) -> None:
    with serve_sample() as site:
        first, second = (get(site, f"/2025/03/03/{page}") for page in ("", "page/2/"))
        assert [len(ids(page.text)) for page in (first, second)] == [10, 2]
        assert get(site, "/2025/03/03/page/3/").status == 404
        assert get(site, "/2025/03/08/").status == 404
        assert first.headers["Link"] == f'<{site.base_url}/wp-json/>; rel="https://api.w.org/"'
        total = [len(ids(get(site, f"/page/{page}/").text)) for page in range(2, 6)]
        assert total == [10, 10, 10, 8]


def one(node: Any, selector: str) -> Any:
    found = node.css(selector)
    assert len(found) == 1, selector
    return found[0]


def words(node: Any) -> str:
    return " ".join(node.text().split())


def test_page_of_a_listing(get: Get) -> None:
    with serve_sample() as site:
        tree = LexborHTMLParser(get(site, "/2025/03/06/").text)
    assert one(tree, "html").attributes["lang"] == "ja"
    one(tree, "#wrapper #main #container #content")
    one(tree, "#primary .widget_categories")
    post = one(tree, "#post-118290")
    classes = post.attributes["class"].split()
    assert {"post", "type-post", "hentry", "category-cs-cr", "category-eess-sp"} <= set(classes)
    link = one(post, "h2.entry-title a[rel=bookmark]")
    assert link.text().startswith("Deskside: Recovering Typed Text")
    assert words(one(post, ".entry-meta")) == "投稿日: 2025年3月6日 作成者: jarxiv"
    assert one(post, ".entry-meta a[rel=bookmark]").attributes["title"] == "9:39 AM"
    assert words(one(post, ".entry-utility")) == (
        "カテゴリー: cs.CR, eess.SP | Deskside: Recovering Typed Text from the Vibration of a "
        "Shared Table はコメントを受け付けていません"
    )
    headings = [each.text() for each in post.css(".entry-content h2")]
    assert headings == ["要約", "要約(オリジナル)", "arxiv情報", "提供元, 利用サービス"]
    facts = {label.text(): fact for label, fact in (row.css("td") for row in post.css("tr"))}
    assert facts["発行日"].text() == "2025-03-05 14:07:10+00:00"
    assert facts["arxivサイト"].text() == "arxiv_id(pdf)"
    assert [each.attributes["href"] for each in facts["arxivサイト"].css("a")] == [
        "http://arxiv.org/abs/2503.90125v1",
        "http://arxiv.org/pdf/2503.90125v1",
    ]


def test_single_page_and_ways_to_it(get: Get, make_post: Make) -> None:
    with serve_sample(posts=[make_post(1), make_post(2)]) as site:
        page = get(site, "/2025/03/04/paper-1/").text
        assert ids(page) == [1]
        assert '<h1 class="entry-title">Paper 1</h1>' in page
        assert locations(get, site, "/?p=1", "/2025/03/04/paper-1", "/2025/03/04/paper-1/7/") == [
            "/2025/03/04/paper-1/"
        ] * 2 + ["/2025/03/04/paper-1/"]
        assert get(site, "/?p=9").status == 404
        assert locations(get, site, "/2025/03/04", "/?m=20250304&paged=2", "/?m=20250304") == [
            "/2025/03/04/",
            "/page/2/",
            "/2025/03/04/",
        ]


def test_a_wrong_slug_goes_to_another_post(get: Get, make_post: Make) -> None:
    with serve_sample(posts=[make_post(1, slug="soundings-2")]) as site:
        target = "/2025/03/04/soundings/"
        assert locations(get, site, target) == ["/2025/03/04/soundings-2/"]
        site.quirks = replace(site.quirks, guess_slugs=False)
        assert get(site, target).status == 404


def test_sticky_post_shows_twice(get: Get, make_post: Make) -> None:
    posts = [make_post(number, sticky=number == 1) for number in range(1, 13)]
    with serve_sample(posts=posts) as site:
        assert ids(get(site, "/").text) == [1, *range(12, 2, -1)]
        assert ids(get(site, "/page/2/").text) == [2, 1]
        assert ids(get(site, "/2025/03/04/").text) == list(range(12, 2, -1))


def test_protected_post(get: Get, make_post: Make) -> None:
    with serve_sample(posts=[make_post(1, protected=True)]) as site:
        for target in ("/2025/03/04/", "/2025/03/04/paper-1/"):
            page = get(site, target).text
            assert "保護中: Paper 1" in page
            assert "Text of 1" not in page
            assert "post-password-required" in page


def test_more_and_next_page(get: Get, make_post: Make) -> None:
    content = "<p>One.</p>\n<!--more-->\n<p>Two.</p>\n<!--nextpage-->\n<p>Three.</p>"
    with serve_sample(posts=[make_post(1, content=content)]) as site:
        listing = get(site, "/").text
        assert "One." in listing
        assert "Two." not in listing
        assert "/2025/03/04/paper-1/#more-1" in listing
        first, second = (get(site, f"/2025/03/04/paper-1/{part}").text for part in ("", "2/"))
        assert "Two." in first
        assert "Three." not in first
        assert "/2025/03/04/paper-1/2/" in first
        assert "Three." in second
        assert "One." not in second


def test_switches_cut_entries(get: Get) -> None:
    with serve_sample(quirks=Quirks(more_tag=True, next_page=True)) as site:
        listing = get(site, "/2025/03/06/").text
        assert "NUMSCRIPTを作成し" in listing
        assert "We build" not in listing
        single = "/2025/03/06/assigning-nursery-places-when-siblings-must-stay-together/"
        assert "Municipalities" not in get(site, single).text
        assert "Municipalities" in get(site, f"{single}2/").text


def test_excerpts_on_archives_only(get: Get) -> None:
    with serve_sample(quirks=Quirks(excerpts=True)) as site:
        day = LexborHTMLParser(get(site, "/2025/03/07/").text)
        assert day.css_first(".entry-content") is None
        assert len(day.css(".entry-summary")) == 8
        assert LexborHTMLParser(get(site, "/").text).css_first(".entry-summary") is None


def test_pages_shift_while_they_are_read(get: Get, make_post: Make) -> None:
    quirks = Quirks(arrivals=(make_post(13),))
    with serve_sample(posts=[make_post(n) for n in range(1, 13)], quirks=quirks) as site:
        assert ids(get(site, "/2025/03/04/").text)[-1] == 3
        assert ids(get(site, "/2025/03/04/page/2/").text) == [3, 2, 1]


def test_plain_permalinks(get: Get, make_post: Make) -> None:
    quirks = Quirks(permalinks="plain", unknown_is_home=True)
    with serve_sample(posts=[make_post(n) for n in range(1, 13)], quirks=quirks) as site:
        day = get(site, "/?m=20250304")
        assert f"{site.base_url}/?m=20250304&amp;paged=2" in day.text
        assert f"{site.base_url}/index.php?rest_route=/" in day.headers["Link"]
        assert ids(get(site, "/?m=20250304&paged=2").text) == [2, 1]
        assert get(site, "/?m=20250304&paged=3").status == 404
        assert ids(get(site, "/2025/03/04/page/2/").text) == ids(get(site, "/").text)
        assert ids(get(site, "/?p=5").text) == [5]
        site.quirks = replace(quirks, day_paging_lost=True)
        assert locations(get, site, "/?m=20250304&paged=2") == ["/?paged=2"]
        assert ids(get(site, "/?cat=2&paged=2").text) == [2, 1]


def test_archives_permalinks(get: Get, make_post: Make) -> None:
    quirks = Quirks(permalinks="archives")
    with serve_sample(posts=[make_post(n) for n in range(1, 13)], quirks=quirks) as site:
        assert f'href="{site.base_url}/archives/12"' in get(site, "/").text
        assert ids(get(site, "/archives/7").text) == [7]
        assert ids(get(site, "/archives/date/2025/03/04/page/2").text) == [2, 1]
        assert ids(get(site, "/archives/category/cs-cl/page/2").text) == [2, 1]
        assert get(site, "/2025/03/04/").status == 404


def test_maintenance_covers_everything(get: Get) -> None:
    with serve_sample(quirks=Quirks(maintenance=True, retry_after="2")) as site:
        for target in ("/", "/robots.txt", "/wp-json/wp/v2/posts", "/nope"):
            answer = get(site, target)
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "2"
            assert answer.headers["Content-Type"].startswith("text/html")
        site.quirks = Quirks()
        assert get(site, "/").status == 200


def test_robots(get: Get) -> None:
    quirks = Quirks(crawl_delay=2.5, disallow=("/category/",))
    with serve_sample(quirks=quirks) as site:
        lines = get(site, "/robots.txt").text.splitlines()
        assert lines[:4] == [
            "User-agent: *",
            "Crawl-delay: 2.5",
            "Disallow: /wp-admin/",
            "Disallow: /category/",
        ]
        site.quirks = Quirks(robots_status=500)
        assert get(site, "/robots.txt").status == 500
        site.quirks = Quirks(robots="User-agent: *\nDisallow: /\n")
        assert get(site, "/robots.txt").text.endswith("Disallow: /\n")


def test_gzip_head_and_log(get: Get) -> None:
    with serve_sample() as site:
        plain, packed = get(site, "/"), get(site, "/", Accept_Encoding="gzip")
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        head = get(site, "/?p=1", method="HEAD", User_Agent="reader")
        assert (head.status, head.body) == (404, b"")
        assert [request.target for request in site.requests] == ["/", "/", "/?p=1"]
        assert site.requests[-1].method == "HEAD"
        assert site.requests[-1].headers["user-agent"] == "reader"
        assert [request.status for request in site.requests] == [200, 200, 404]


def test_links_are_of_the_host_that_was_asked(get: Get, make_post: Make) -> None:
    with serve_sample(posts=[make_post(1)]) as site:
        page = get(site, "/", Host="blog.example.org").text
        assert "http://blog.example.org/2025/03/04/paper-1/" in page
        assert site.base_url not in page


def test_hostile_text_is_shown_not_run(get: Get, make_post: Make) -> None:
    with serve_sample(posts=[make_post(1, title="<script>alert(1)</script>")]) as site:
        for target in ("/", "/2025/03/04/paper-1/", '/"><script>alert(2)</script>', "/feed/"):
            assert "<script>" not in get(site, target).text


def test_an_intercept_may_answer_or_break(get: Get) -> None:
    def refuse(handler: Any) -> bool:
        if handler.path != "/":
            return False
        handler.connection.close()
        handler.close_connection = True
        return True

    with serve_sample(intercept=refuse) as site:
        with pytest.raises(ConnectionError):
            get(site, "/")
        assert get(site, "/2025/03/03/").status == 200


def test_feed(get: Get) -> None:
    from xml.etree import ElementTree as Tree

    with serve_sample() as site:
        channel = Tree.fromstring(get(site, "/feed/").body).find("channel")
    assert channel is not None
    items = channel.findall("item")
    assert len(items) == 10
    assert items[0].findtext("guid") == f"{site.base_url}/?p=118324"
    assert items[0].findtext("pubDate") == "Fri, 07 Mar 2025 10:00:00 +0900"
