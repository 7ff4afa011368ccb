"""The frame of a WordPress REST answer (`wp/v2/posts`): one post or a list of them."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime

from pipeline.wordpress.dom import parse_html
from pipeline.wordpress.model import (
    UnreadablePage,
    WordPressPage,
    WordPressPost,
    bare_title,
    is_protected,
    site_day,
    utc,
)

_POST_CLASS = re.compile(r"^post-(\d{1,15})$")
_CATEGORY_CLASS = re.compile(r"^category-([a-z][a-z-]{1,40})$")
_SELF_LINK = re.compile(r"/posts/(\d{1,15})$")
_TAG = re.compile(r"<[^>]*>")


def read_rest(text: str) -> WordPressPage:
    """The posts of a REST answer, in its order.

    Raises:
        UnreadablePage: not valid JSON, a REST error, or JSON of something else.
    """
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "too deep or too large"
        raise UnreadablePage(f"not valid JSON: {reason}") from None
    if isinstance(answer, dict) and isinstance(answer.get("code"), str) and "message" in answer:
        code = re.sub(r"[^\w-]", "?", answer["code"], flags=re.ASCII)[:60]
        raise UnreadablePage(f"REST error {code}")
    posts = answer if isinstance(answer, list) else [answer]
    if not all(isinstance(post, dict) and "content" in post for post in posts):
        raise UnreadablePage("JSON without WordPress posts")
    return WordPressPage("rest", "rest", tuple(_post(post) for post in posts))


def well_formed(fragment: str) -> str:
    """An HTML fragment as the DOM serialises it: elements closed, attributes in double quotes."""
    body = parse_html(f"<!doctype html><body>{fragment}".encode()).body
    return (body.inner_html if body else None) or ""


def plain_text(markup: str) -> str:
    """The text of a short piece of HTML such as a rendered title, entities resolved."""
    return html.unescape(_TAG.sub("", markup))


def _post(post: dict[str, object]) -> WordPressPost:
    identity = post.get("id")
    post_id = identity if type(identity) is int and 0 < identity < 10**15 else None
    content = post.get("content")
    title = plain_text(_rendered(post.get("title")))
    flagged = isinstance(content, dict) and content.get("protected") is True
    protected = flagged or is_protected(title)
    posted_at = _moment(post, "date")
    return WordPressPost(
        post_id=post_id,
        url=_clean(post.get("link")) or None,
        posted_at=posted_at,
        posted_day=site_day(posted_at),
        modified_at=_moment(post, "modified"),
        title=bare_title(title),
        categories=tuple(_categories(post)),
        content="" if protected else well_formed(_rendered(content)),
        extent="protected" if protected else "full",
        part=1,
        part_urls=(),
        more_url=None,
        problems=() if _own_ids(post) <= {post_id} else ("mixed_frame",),
    )


def _clean(value: object) -> str:
    """A string that can be encoded: lone surrogates, which JSON may hold, become U+FFFD."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _rendered(value: object) -> str:
    return _clean(value.get("rendered") if isinstance(value, dict) else value)


def _moment(post: dict[str, object], name: str) -> datetime | None:
    """A time of the post in UTC: `<name>_gmt`, else `<name>`, which is the site's own time."""
    for field, zone in ((f"{name}_gmt", UTC), (name, None)):
        try:
            moment = datetime.fromisoformat(_clean(post.get(field)))
        except ValueError:
            continue
        return utc(moment.replace(tzinfo=moment.tzinfo or zone))
    return None


def _strings(value: object) -> list[str]:
    """A JSON list of strings; PHP writes a list with gaps as an object."""
    items = list(value.values()) if isinstance(value, dict) else value
    return [_clean(item) for item in items] if isinstance(items, list) else []


def _categories(post: dict[str, object]) -> list[str]:
    """Category names where terms are embedded, else the slugs in `class_list`."""
    embedded = post.get("_embedded")
    groups = embedded.get("wp:term") if isinstance(embedded, dict) else None
    terms = [
        term
        for group in (groups if isinstance(groups, list) else [])
        for term in (group if isinstance(group, list) else [])
        if isinstance(term, dict) and term.get("taxonomy") == "category"
    ]
    names = [plain_text(_clean(term.get("name"))).strip() for term in terms]
    if any(names):
        return [name for name in names if name]
    classes = (_CATEGORY_CLASS.match(name) for name in _strings(post.get("class_list")))
    return [match[1] for match in classes if match]


def _own_ids(post: dict[str, object]) -> set[int | None]:
    """The post's id as `class_list` and `_links.self`, which follow the content, repeat it."""
    ids: set[int | None] = {
        int(match[1])
        for name in _strings(post.get("class_list"))
        if (match := _POST_CLASS.match(name))
    }
    links = post.get("_links")
    selves = links.get("self") if isinstance(links, dict) else None
    for link in selves if isinstance(selves, list) else []:
        href = _clean(link.get("href")) if isinstance(link, dict) else ""
        if match := _SELF_LINK.search(href):
            ids.add(int(match[1]))
    return ids
