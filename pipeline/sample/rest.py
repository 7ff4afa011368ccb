"""The sample blog's REST interface: the parts of WordPress's `wp/v2` that a reader of posts uses.

Names, defaults, errors and headers follow the REST API Handbook
(developer.wordpress.org/rest-api/reference/posts/).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pipeline.sample.blog import Blog, Category, Post
from pipeline.sample.pages import Pages, page_count
from pipeline.sample.responses import Response
from pipeline.sample.texturize import texturize
from pipeline.settings import SITE_ZONE

_ORDERS = {
    "date": lambda post: (post.posted_at, post.post_id),
    "id": lambda post: post.post_id,
    "modified": lambda post: (post.changed_at, post.post_id),
    "slug": lambda post: post.slug,
    "title": lambda post: post.title,
}


class RestError(Exception):
    """An answer with WordPress's error body."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def rest_response(pages: Pages, route: str, query: Mapping[str, str]) -> Response:
    """The answer to a REST route such as `/wp/v2/posts`."""
    try:
        if pages.quirks.rest == "closed":
            raise RestError(
                pages.quirks.rest_refusal,
                "rest_no_route" if pages.quirks.rest_refusal == 404 else "rest_cannot_access",
                "REST API を利用する権限がありません。",
            )
        body, headers = _answer(pages, "/" + route.strip("/"), query)
        return _json(200, body, headers)
    except RestError as error:
        problem = {"code": error.code, "message": str(error), "data": {"status": error.status}}
        return _json(error.status, problem, [])


def _answer(
    pages: Pages, route: str, query: Mapping[str, str]
) -> tuple[object, list[tuple[str, str]]]:
    if route == "/":
        return _index(pages), []
    if route == "/wp/v2/posts":
        return _posts(pages, query)
    if route == "/wp/v2/categories":
        found = [_category(pages, category) for category in pages.blog.categories]
        chosen, headers = _page(pages, route, found, query)
        return [_fields(each, query) for each in chosen], headers
    if route.startswith("/wp/v2/posts/"):
        number = route.rpartition("/")[2]
        post = pages.blog.post(int(number)) if number.isdecimal() else None
        if post is None:
            raise RestError(404, "rest_post_invalid_id", "無効な投稿 ID です。")
        return _fields(post_json(pages, post, query), query), []
    raise RestError(404, "rest_no_route", "URL とリクエストメソッドに一致するルートがありません。")


def _index(pages: Pages) -> dict[str, object]:
    return {
        "name": pages.blog.title,
        "description": pages.blog.tagline,
        "url": pages.addresses.base,
        "home": pages.addresses.base,
        "gmt_offset": "9",
        "timezone_string": "Asia/Tokyo",
        "namespaces": ["wp/v2"],
        "authentication": [],
        "routes": {
            route: {"namespace": "wp/v2", "methods": ["GET"]}
            for route in ("/wp/v2/posts", "/wp/v2/posts/(?P<id>[\\d]+)", "/wp/v2/categories")
        },
    }


def _posts(
    pages: Pages, query: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    orderby = query.get("orderby", "date")
    if orderby not in _ORDERS:
        raise _invalid("orderby")
    posts = sorted(
        _matching(pages.blog, query),
        key=_ORDERS[orderby],
        reverse=query.get("order", "desc") != "asc",
    )
    chosen, headers = _page(pages, "/wp/v2/posts", posts, query)
    return [_fields(post_json(pages, post, query), query) for post in chosen], headers


def _matching(blog: Blog, query: Mapping[str, str]) -> list[Post]:
    wanted = [
        (keeps, read(query, name)) for name, (read, keeps) in _FILTERS.items() if name in query
    ]
    return [post for post in blog.posts if all(keeps(blog, post, value) for keeps, value in wanted)]


def _page(
    pages: Pages, route: str, found: list[Any], query: Mapping[str, str]
) -> tuple[list[Any], list[tuple[str, str]]]:
    size = _number(query, "per_page", default=10, most=100)
    number = _number(query, "page", default=1)
    total, last = len(found), page_count(len(found), size)
    if number > last and total:
        raise RestError(
            400,
            "rest_post_invalid_page_number",
            "リクエストされたページ番号が、利用できるページ数を超えています。",
        )
    headers = [("X-WP-Total", str(total)), ("X-WP-TotalPages", str(last))]
    kept = "&".join(f"{name}={quote(value)}" for name, value in query.items() if name != "page")
    link = pages.addresses.rest(route) + ("&" if "?" in pages.addresses.rest(route) else "?")
    relations = [("prev", number - 1)] if number > 1 else []
    relations += [("next", number + 1)] if number < last else []
    if relations:
        value = ", ".join(f'<{link}{kept}&page={page}>; rel="{name}"' for name, page in relations)
        headers.append(("Link", value))
    return found[(number - 1) * size : number * size], headers


def post_json(pages: Pages, post: Post, query: Mapping[str, str]) -> dict[str, Any]:
    """A post as REST shows it; of a protected one, no text and the title without its prefix."""
    import html

    categories = pages.blog.categories_of(post)
    link = pages.addresses.post(post)
    shown: dict[str, Any] = {
        "id": post.post_id,
        "date": _site_time(post.posted_at),
        "date_gmt": _utc(post.posted_at),
        "guid": {"rendered": pages.addresses.shortlink(post)},
        "modified": _site_time(post.changed_at),
        "modified_gmt": _utc(post.changed_at),
        "slug": post.slug,
        "status": "publish",
        "type": "post",
        "link": link,
        "title": {"rendered": texturize(html.escape(post.title, quote=False))},
        "content": {
            "rendered": "" if post.protected else texturize(pages.content(post)),
            "protected": post.protected,
        },
        "author": 1,
        "featured_media": 0,
        "comment_status": "closed",
        "ping_status": "closed",
        "sticky": post.sticky,
        "template": "",
        "format": "standard",
        "meta": {"footnotes": ""},
        "categories": [category.category_id for category in categories],
        "tags": [],
        "class_list": pages.classes(post),
        "_links": {"self": [{"href": pages.addresses.rest(f"/wp/v2/posts/{post.post_id}")}]},
    }
    if "_embed" in query:
        shown["_embedded"] = {"wp:term": [[_category(pages, each) for each in categories], []]}
    return shown


def _category(pages: Pages, category: Category) -> dict[str, Any]:
    return {
        "id": category.category_id,
        "count": pages.blog.count_in_category(category),
        "description": "",
        "link": pages.addresses.category(category.slug, category.category_id),
        "name": category.name,
        "slug": category.slug,
        "taxonomy": "category",
        "parent": 0,
    }


def _fields(shown: dict[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    if not query.get("_fields"):
        return shown
    names = {name.strip().partition(".")[0] for name in query["_fields"].split(",")}
    return {name: value for name, value in shown.items() if name in names}


def _number(query: Mapping[str, str], name: str, *, default: int, most: int | None = None) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1 or (most is not None and int(text) > most):
        raise _invalid(name)
    return int(text)


def _numbers(query: Mapping[str, str], name: str) -> set[int]:
    values = [value for value in query.get(name, "").split(",") if value]
    if not all(value.isdecimal() for value in values):
        raise _invalid(name)
    return {int(value) for value in values}


def _slugs(query: Mapping[str, str], name: str) -> list[str]:
    return query[name].split(",")


def _moment(query: Mapping[str, str], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(query[name])
    except ValueError:
        raise _invalid(name) from None
    # A time without zone is the site's.
    return moment.replace(tzinfo=SITE_ZONE) if moment.tzinfo is None else moment


_FILTERS: dict[
    str, tuple[Callable[[Mapping[str, str], str], Any], Callable[[Blog, Post, Any], bool]]
] = {
    # WordPress compares strictly on both sides.
    "after": (_moment, lambda _, post, moment: post.posted_at > moment),
    "before": (_moment, lambda _, post, moment: post.posted_at < moment),
    "modified_after": (_moment, lambda _, post, moment: post.changed_at > moment),
    "modified_before": (_moment, lambda _, post, moment: post.changed_at < moment),
    "include": (_numbers, lambda _, post, ids: not ids or post.post_id in ids),
    "exclude": (_numbers, lambda _, post, ids: post.post_id not in ids),
    "slug": (_slugs, lambda _, post, slugs: post.slug in slugs),
    "categories": (
        _numbers,
        lambda blog, post, ids: (
            not ids or any(each.category_id in ids for each in blog.categories_of(post))
        ),
    ),
}
"""The parameters that choose posts: how each is read, and which posts it keeps."""


def _invalid(name: str) -> RestError:
    return RestError(400, "rest_invalid_param", f"無効なパラメーター: {name}")


def _site_time(moment: datetime) -> str:
    return moment.astimezone(SITE_ZONE).strftime("%Y-%m-%dT%H:%M:%S")


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _json(status: int, body: object, headers: list[tuple[str, str]]) -> Response:
    # PHP's json_encode escapes slashes and everything beyond ASCII.
    text = json.dumps(body, separators=(",", ":")).replace("/", "\\/")
    return Response(
        status,
        text.encode("ascii"),
        "application/json; charset=UTF-8",
        [
            ("X-Robots-Tag", "noindex"),
            ("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"),
            ("Allow", "GET"),
            *headers,
        ],
    )
