"""Taking a post out of an archived document, of whatever kind that is.

Of the post its id and its time stay, so that the ledger still knows of it. What is written is read
again: it counts only if every other post reads exactly as before.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pipeline.parse.pages import Entry, parse_page
from pipeline.wordpress.dom import without_raw_text
from pipeline.wordpress.feed import ITEM
from pipeline.wordpress.model import UnreadablePage, WordPressPost
from pipeline.wordpress.page import decode_body, front_of, read_page


class ErasureError(ValueError):
    """A post cannot be taken out of a document; the message says why, on one line."""


@dataclass(frozen=True, slots=True)
class Document:
    """An archived body, and how it was served."""

    body: bytes
    content_type: str | None
    url: str

    def entries(self) -> list[Entry]:
        """What the parser reads on it; nothing, where it can read nothing."""
        try:
            return parse_page(self.body, content_type=self.content_type, url=self.url)
        except UnreadablePage:
            return []

    def with_body(self, body: bytes) -> Document:
        """The same with another body."""
        return Document(body, self.content_type, self.url)


def without_post(document: Document, post_id: int | None, raws: Collection[str]) -> bytes:
    """The body without the post.

    Args:
        document: what it stands in.
        post_id: WordPress's id of the post; None for an entry of a text.
        raws: the lines of each of its entries, as `posts.raw` has them.

    Raises:
        ErasureError: it cannot be taken out alone.
    """
    mine = [entry for entry in document.entries() if _is_of(entry, post_id, raws)]
    others = [entry for entry in document.entries() if not _is_of(entry, post_id, raws)]
    if post_id is not None and {entry.raw for entry in mine} - {*raws, ""}:
        raise ErasureError(f"post {post_id} holds other papers too")
    for body in _candidates(document, post_id, mine):
        left = document.with_body(body).entries()
        emptied = [entry for entry in left if post_id is not None and entry.post_id == post_id]
        is_empty = not any(entry.raw or entry.title for entry in emptied)
        is_known = bool(emptied) or post_id is None
        if is_empty and is_known and [e for e in left if e not in emptied] == others:
            return _without_mentions(document.with_body(body), mine, others, post_id)
    what = f"post {post_id}" if post_id else "its entry"
    raise ErasureError(f"{what} cannot be told from what stands around it")


def _is_of(entry: Entry, post_id: int | None, raws: Collection[str]) -> bool:
    return entry.raw in raws if post_id is None else entry.post_id == post_id


def _candidates(document: Document, post_id: int | None, mine: list[Entry]) -> Iterator[bytes]:
    front = front_of(document.body, document.content_type)
    try:
        if post_id is None:
            yield _without_lines(decode_body(document.body, document.content_type), mine)
        elif front == "rest":
            yield _without_item(decode_body(document.body, document.content_type), post_id)
        elif front == "feed":
            yield _without_feed_item(decode_body(document.body, document.content_type), post_id)
        else:
            yield from _without_element(document, post_id)
    except (UnreadablePage, ValueError, RecursionError):
        return


def _without_mentions(
    document: Document, mine: list[Entry], others: list[Entry], post_id: int | None
) -> bytes:
    """The body without title and address of the post in links and menus around the others."""
    body = document.body
    said = {text for entry in mine for text in (entry.title, entry.post_url) if text}
    spelled = {spelling for text in said for spelling in (text, html.escape(text))}
    for text in sorted(spelled, key=len, reverse=True):
        shorter = body.replace(text.encode(), b"")
        left = document.with_body(shorter).entries()
        if [entry for entry in left if not (post_id and entry.post_id == post_id)] == others:
            body = shorter
    return body


# --- REST ---------------------------------------------------------------------------------------


def _without_item(text: str, post_id: int) -> bytes:
    """A REST answer with a stub for the post: its id and its dates."""
    if text.lstrip().startswith("{"):
        return _stub(json.loads(text), post_id).encode()
    decoder, place, parts, kept = json.JSONDecoder(), text.index("[") + 1, [], 0
    between = re.compile(r"[\s,]*")
    while (match := between.match(text, place)) and text[match.end()] != "]":
        item, end = decoder.raw_decode(text, match.end())
        if isinstance(item, dict) and item.get("id") == post_id:
            parts += [text[kept : match.end()], _stub(item, post_id)]
            kept = end
        place = end
    return "".join([*parts, text[kept:]]).encode()


def _stub(item: dict[str, object], post_id: int) -> str:
    names = ("date", "date_gmt", "modified", "modified_gmt")
    dates = {name: item[name] for name in names if isinstance(item.get(name), str)}
    nothing = {"rendered": ""}
    return json.dumps({"id": post_id, **dates, "title": nothing, "content": nothing})


# --- feeds --------------------------------------------------------------------------------------

_PUBLISHED = re.compile(r"<pubDate>[^<]{0,100}</pubDate>")


def _without_feed_item(text: str, post_id: int) -> bytes:
    def stub(match: re.Match[str]) -> str:
        alone = f"<?xml version='1.0'?><rss><channel>{match[0]}</channel></rss>".encode()
        (post,) = read_page(alone, content_type="application/rss+xml").posts
        if post.post_id != post_id:
            return match[0]
        published = _PUBLISHED.search(match[0])
        return f'<item><guid isPermaLink="false">https://example.org/?p={post_id}</guid>' + (
            f"{published[0] if published else ''}<content:encoded></content:encoded></item>"
        )

    return ITEM.sub(stub, text).encode()


# --- text ---------------------------------------------------------------------------------------


def _without_lines(text: str, mine: list[Entry]) -> bytes:
    """A text without title and lines of each entry, blank lines between them included."""
    lines = text.split("\n")
    for entry in mine:
        said = [entry.title or "", *entry.raw.splitlines()]
        wanted = ["".join(line.split()) for line in said if line.strip()]
        filled = [(n, "".join(line.split())) for n, line in enumerate(lines) if line.strip()]
        shown = [line for _, line in filled]
        for start in range(len(shown) - len(wanted) + 1):
            if wanted and shown[start : start + len(wanted)] == wanted:
                del lines[filled[start][0] : filled[start + len(wanted) - 1][0] + 1]
                break
    return "\n".join(lines).encode()


# --- HTML ---------------------------------------------------------------------------------------

_ELEMENT = r"<(article|div|li|section|main)\b(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>"
_META = re.compile(r"<meta\b(?![^>]{0,500}charset)[^>]*+>", re.IGNORECASE)


def _without_element(document: Document, post_id: int) -> Iterator[bytes]:
    """The page with the post's element emptied; a page of the post alone, emptied wholly."""
    page = read_page(document.body, content_type=document.content_type, url=document.url)
    (mine,) = (post for post in page.posts if post.post_id == post_id)
    if len(page.posts) == 1:
        opening = f'<article id="post-{post_id}" class="post-{post_id} post hentry">'
        body = f'{opening}{_time(mine)}<div class="entry-content"></div></article>'
        yield f'<html><body class="{page.listing or ""}">{body}</body></html>'.encode()
    # Markup is ASCII in every encoding that a page may be in, but for UTF-16.
    text = document.body.decode("latin-1")
    named = re.compile(rf"\bid\s*=\s*[\"']?post-{post_id}\b|[\"'\s]post-{post_id}[\"'\s]")
    for tag in re.finditer(_ELEMENT, text, re.IGNORECASE):
        if named.search(tag[0]):
            before, after = text[: tag.end()], text[_end_of(text, tag.end(), tag[1]) :]
            # A page may say it a second time, in descriptions and in data for machines.
            without = (_META.sub("", without_raw_text(part)) for part in (before, after))
            yield _time(mine).join(without).encode("latin-1")
            yield (before + _time(mine) + after).encode("latin-1")


def _time(post: WordPressPost) -> str:
    moment = post.posted_at or post.posted_day
    stamp = moment.isoformat() if moment else ""
    return f'<time class="entry-date published" datetime="{stamp}"></time>' if stamp else ""


def _end_of(text: str, start: int, name: str) -> int:
    """Where the closing tag of an element begins whose content begins at `start`."""
    depth = 1
    for tag in re.finditer(rf"<(/?){name}\b", text[start:], re.IGNORECASE):
        depth += -1 if tag[1] else 1
        if not depth:
            return start + tag.start()
    return len(text)
