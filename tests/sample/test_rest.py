"""The REST side of the sample site."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sample import Blog, Post, Quirks, serve_sample
from pipeline.sample.site import respond
from pipeline.settings import SITE_ZONE

Get = Callable[..., Any]
Make = Callable[..., Post]
POSTS = "/wp-json/wp/v2/posts"


def query(**values: object) -> str:
    return f"{POSTS}?{urlencode(values)}"


def test_index_and_whole_posts(get: Get) -> None:
    with serve_sample() as site:
        assert "wp/v2" in json.loads(get(site, "/wp-json/").body)["namespaces"]
        answer = get(site, query(per_page=20, page=3))
        assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("48", "3")
        assert b"\\/2025\\/03\\/03\\/" in answer.body, "PHP escapes slashes"
        posts = json.loads(answer.body)
        assert len(posts) == 8
        oldest = posts[-1]
        assert oldest["id"] == 118204
        assert (oldest["date"], oldest["date_gmt"]) == (
            "2025-03-03T00:07:41",
            "2025-03-02T15:07:41",
        )
        assert oldest["modified_gmt"] == oldest["date_gmt"]
        assert oldest["title"]["rendered"].startswith("Which Passages Pay Their Way?")
        assert "<h2>要約(オリジナル)</h2>" in oldest["content"]["rendered"]
        assert "category-cs-ir" in oldest["class_list"]
        categories = json.loads(get(site, "/wp-json/wp/v2/categories?per_page=100").body)
        names = {each["id"]: each["name"] for each in categories}
        assert [names[number] for number in oldest["categories"]] == ["cs.CL", "cs.IR"]
        assert get(site, "/wp-json/wp/v2/posts/118204").status == 200
        embedded = json.loads(get(site, query(per_page=1, _embed="wp:term")).body)[0]["_embedded"]
        assert [each["name"] for each in embedded["wp:term"][0]] == ["q-bio.PE"]


def test_bounds_are_exclusive_and_in_site_time(get: Get, make_post: Make) -> None:
    with serve_sample(posts=[make_post(n) for n in range(1, 5)]) as site:

        def found(**values: object) -> list[int]:
            return [post["id"] for post in json.loads(get(site, query(**values)).body)]

        assert found(after="2025-03-04T00:00:00") == [4, 3, 2]
        assert found(after="2025-03-03T23:59:59", before="2025-03-04T03:00:00") == [3, 2, 1]
        assert found(after="2025-03-03T15:00:00Z") == [4, 3, 2]
        assert found(orderby="id", order="asc", include="3,1") == [1, 3]
        assert found(exclude="4", per_page=2) == [3, 2]
        site.blog.revise(2, modified_at=datetime(2025, 3, 9, tzinfo=SITE_ZONE))
        assert found(modified_after="2025-03-08T00:00:00") == [2]
        assert found(orderby="modified")[0] == 2
        assert found(_fields="id", slug="paper-3") == [3]


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        (query(page=2), 400, "rest_post_invalid_page_number"),
        (query(per_page=101), 400, "rest_invalid_param"),
        (query(after="yesterday"), 400, "rest_invalid_param"),
        (query(orderby="mood"), 400, "rest_invalid_param"),
        (f"{POSTS}/77", 404, "rest_post_invalid_id"),
        ("/wp-json/wp/v2/nothing", 404, "rest_no_route"),
    ],
)
def test_errors(get: Get, make_post: Make, target: str, status: int, code: str) -> None:
    with serve_sample(posts=[make_post(1)]) as site:
        answer = get(site, target)
        assert answer.status == status
        assert json.loads(answer.body)["code"] == code


def test_a_day_without_posts_is_an_empty_list(get: Get, make_post: Make) -> None:
    with serve_sample(posts=[make_post(1)]) as site:
        answer = get(site, query(after="2025-04-01T00:00:00"))
        assert (answer.status, answer.body, answer.headers["X-WP-Total"]) == (200, b"[]", "0")


def test_protected_posts_count_without_text(get: Get) -> None:
    with serve_sample() as site:
        post = json.loads(get(site, f"{POSTS}/118302").body)
        assert post["content"] == {"rendered": "", "protected": True}
        assert post["title"]["rendered"] == "下書き: 翻訳設定の確認"


def test_rest_route_parameter(get: Get, make_post: Make) -> None:
    with serve_sample(posts=[make_post(1)], quirks=Quirks(permalinks="plain")) as site:
        for path in ("/?rest_route=/wp/v2/posts", "/index.php?rest_route=/wp/v2/posts&page=1"):
            assert [post["id"] for post in json.loads(get(site, path).body)] == [1]
        assert get(site, POSTS).status == 404


def test_off_and_closed(get: Get) -> None:
    with serve_sample(quirks=Quirks(rest="off")) as site:
        home = get(site, "/")
        assert home.headers["Link"] is None
        assert "api.w.org" not in home.text
        assert get(site, POSTS).headers["Content-Type"].startswith("text/html")
        site.quirks = Quirks(rest="closed", rest_refusal=403)
        assert "api.w.org" in get(site, "/").headers["Link"]
        answer = get(site, POSTS)
        assert answer.status == 403
        assert json.loads(answer.body)["code"] == "rest_cannot_access"


@settings(max_examples=40)
@given(
    st.lists(
        st.datetimes(datetime(2025, 3, 1), datetime(2025, 3, 5), timezones=st.just(SITE_ZONE)),  # noqa: DTZ001
        max_size=30,
    ),
    st.integers(1, 12),
)
def test_every_route_shows_every_post_once(moments: list[datetime], size: int) -> None:
    """Whatever the blog holds: the pages of each listing add up to it, by either route."""
    blog = Blog(
        [
            Post(number, f"p-{number}", moment, f"P {number}", "<p>x</p>")
            for number, moment in enumerate(moments, start=1)
        ]
    )
    quirks = Quirks(per_page=size)

    def pages(first: str, further: str) -> list[str]:
        bodies: list[str] = []
        while True:
            address = further.format(len(bodies) + 1) if bodies else first
            response = respond(blog, quirks, address, "http://h")
            if response.status != 200 or response.body == b"[]":
                return bodies
            bodies.append(response.body.decode())

    expected = [post.post_id for post in blog.posts]
    rest = pages(f"{POSTS}?per_page={size}", f"{POSTS}?per_page={size}&page={{}}")
    assert [post["id"] for body in rest for post in json.loads(body)] == expected
    listed = [
        int(part.partition('"')[0])
        for day in sorted({post.day for post in blog.posts}, reverse=True)
        for body in pages(f"/{day:%Y/%m/%d}/", f"/{day:%Y/%m/%d}/page/{{}}/")
        for part in body.split('<div id="post-')[1:]
    ]
    assert listed == expected
