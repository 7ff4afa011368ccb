"""Reads a WordPress REST answer (`wp/v2/posts`): one post or a list of them."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

from pipeline.wordpress.dom import well_formed
from pipeline.wordpress.emails import show_emails
from pipeline.wordpress.model import (
    OPEN_MARKUP,
    PAGE_FAULTS,
    UnreadablePage,
    WordPressPage,
    WordPressPost,
    bare_title,
    is_protected,
    post_fault,
    post_id_of,
    site_day,
    unescape,
    unreadable_post,
    utc,
)

_POST_CLASS = re.compile(r"^post-(\d{1,15})$")
_CATEGORY_CLASS = re.compile(r"^category-([a-z][a-z-]{1,40})$")
_SELF_LINK = re.compile(r"/posts/(\d{1,15})$")
_TAG = re.compile(r"<[^<>]*+>")
_JSON_SIGN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[][{},]', re.DOTALL)
_ID = re.compile(r'"id"\s*+:\s*+(\d{1,15})\b')
_LINK = re.compile(
    r'"link"\s*+:\s*+("(?:[^"\\\x00-\x1f]|\\["/\\bfnrt]|\\u[0-9a-fA-F]{4}){1,2000}")'
)
_DEEPEST = 500
"""Levels of lists and objects in one post."""
_LONGEST_LINK = 4096
"""Characters; nothing longer is an address."""


def read_rest(text: str) -> WordPressPage:
    """The posts of a REST answer, in its order.

    Raises:
        UnreadablePage: not valid JSON, a REST error, or JSON of something else.
    """
    try:
        answer = _json(text)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "too deep or too large"
        answer = _readable_items(text)
        if answer is None:
            raise UnreadablePage(f"not valid JSON: {reason}") from None
    if isinstance(answer, dict) and isinstance(answer.get("code"), str) and "message" in answer:
        code = re.sub(r"[^\w-]", "?", answer["code"], flags=re.ASCII)[:60]
        raise UnreadablePage(f"REST error {code}")
    posts = answer if isinstance(answer, list) else [answer]
    if posts and not any(map(_is_post, posts)):
        raise UnreadablePage("JSON without WordPress posts")
    return WordPressPage("rest", "rest", tuple(map(_readable_post, posts)))


def _json(text: str) -> Any:
    """The value of a JSON text; a number of too many digits to be an id is infinite."""
    return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 20 else math.inf)


def _readable_items(text: str) -> list[object] | None:
    """The items of a complete JSON list; where one cannot be read, its text stands for it.

    None where the text is no such list, or no item can be read.
    """
    items: list[object] = []
    depth = deepest = start = 0
    for sign in _JSON_SIGN.finditer(text):
        mark = sign[0]
        if mark in {"[", "{"}:
            start = start if depth else sign.end()
            depth += 1
            deepest = max(deepest, depth)
        elif mark in {"]", "}", ","}:
            if depth == 1:
                items.append(_item(text[start : sign.start()], deepest))
                start, deepest = sign.end(), 1
            depth -= mark != ","
            if not depth:
                is_list = text.lstrip()[:1] == "[" and not text[sign.end() :].strip()
                return items if is_list and any(map(_is_post, items)) else None
    return None


def _item(text: str, depth: int) -> object:
    try:
        return _json(text) if depth < _DEEPEST else text
    except (ValueError, RecursionError):
        return text


def _is_post(item: object) -> bool:
    return isinstance(item, dict) and "content" in item


def _readable_post(item: object) -> WordPressPost:
    """The post of a list's item; what breaks in it costs this post alone."""
    if isinstance(item, dict):
        try:
            if "content" in item:
                return _post(item)
            reason = "JSON without a WordPress post"
        except PAGE_FAULTS as error:
            reason = post_fault(error)
        return unreadable_post(_post_id(item), _link(item) or None, reason)
    text = item if isinstance(item, str) else ""
    post_id, link = _ID.search(text), _LINK.search(text)
    url = _clean(_json(link[1])) if link else None
    return unreadable_post(post_id_of(post_id[1]) if post_id else None, url, "not valid JSON")


def plain_text(markup: str) -> str:
    """The text of a short piece of HTML such as a rendered title, entities resolved."""
    return unescape(_TAG.sub("", markup))


def _post_id(post: dict[str, object]) -> int | None:
    identity = post.get("id")
    return identity if type(identity) is int and 0 < identity < 10**15 else None


def _link(post: dict[str, object]) -> str:
    link = _clean(post.get("link"))
    return link if len(link) <= _LONGEST_LINK else ""


def _post(post: dict[str, object]) -> WordPressPost:
    post_id = _post_id(post)
    content = post.get("content")
    title = plain_text(_rendered(post.get("title")))
    protected = _member(content, "protected") is True or is_protected(title)
    posted_at = _moment(post, "date")
    posted_day = site_day(posted_at)
    is_dated = any(map(post.get, ("date", "date_gmt")))
    rendered = content.get("rendered") if isinstance(content, dict) else content
    if not (protected or isinstance(rendered, str)):
        raise UnreadablePage("its content is no text")
    markup, is_open = ("", False) if protected else well_formed(_clean(rendered))
    return WordPressPost(
        post_id=post_id,
        url=_link(post) or None,
        posted_at=posted_at if posted_day else None,
        posted_day=posted_day,
        modified_at=_moment(post, "modified"),
        title=bare_title(title),
        categories=tuple(_categories(post)),
        content=markup,
        extent="protected" if protected else "full",
        part=1,
        part_urls=(),
        more_url=None,
        problems=("mixed_frame",) * (not _own_ids(post) <= {post_id})
        + (OPEN_MARKUP,) * is_open
        + ("bad_posted_date",) * (is_dated and not posted_day),
    )


def _clean(value: object) -> str:
    """A string that can be encoded: lone surrogates, which JSON may hold, become U+FFFD.

    What Cloudflare took for an e-mail address is shown again.
    """
    if not isinstance(value, str):
        return ""
    return show_emails(value.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


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


def _member(value: object, name: str) -> Any:
    """A member of a JSON object; None where it is no object or has none of that name."""
    return value.get(name) if isinstance(value, dict) else None


def _items(value: object) -> list[Any]:
    """The items of a JSON list; none where it is no list."""
    return value if isinstance(value, list) else []


def _strings(value: object) -> list[str]:
    """A JSON list of strings; PHP writes a list with gaps as an object."""
    items = list(value.values()) if isinstance(value, dict) else _items(value)
    return [_clean(item) for item in items]


def _categories(post: dict[str, object]) -> list[str]:
    """Category names where terms are embedded, else the slugs in `class_list`."""
    terms = [
        term
        for group in _items(_member(post.get("_embedded"), "wp:term"))
        for term in _items(group)
        if _member(term, "taxonomy") == "category"
    ]
    names = [plain_text(_clean(_member(term, "name"))).strip() for term in terms]
    if any(names):
        return [name for name in names if name]
    classes = map(_CATEGORY_CLASS.match, _strings(post.get("class_list")))
    return [match[1] for match in classes if match]


def _own_ids(post: dict[str, object]) -> set[int | None]:
    """The post's id as `class_list` and `_links.self`, which follow the content, repeat it."""
    ids: set[int | None] = {
        int(match[1])
        for name in _strings(post.get("class_list"))
        if (match := _POST_CLASS.match(name))
    }
    for link in _items(_member(post.get("_links"), "self")):
        if match := _SELF_LINK.search(_clean(_member(link, "href"))):
            ids.add(int(match[1]))
    return ids
