"""One page, whatever its kind, to its entries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from pipeline.acquire.dom import parse_html
from pipeline.acquire.frame import (
    FramedPage,
    FramedPost,
    UnreadablePage,
    decode_body,
    frame_page,
)
from pipeline.parse.fields import (
    read_authors,
    read_category,
    read_date,
    read_links,
    read_provider,
)
from pipeline.parse.grammar import Draft, read_drafts
from pipeline.parse.labels import Label
from pipeline.parse.lines import lines_of_html, lines_of_text

__all__ = ["Entry", "UnreadablePage", "page_entries", "parse_page", "post_entries"]


class Entry(NamedTuple):
    """One entry on a page, or a post on it that is none; unknown is None, never a guess."""

    source: str
    content: str
    """One of `pipeline.schema.posts.CONTENTS`."""
    post_id: int | None = None
    post_url: str | None = None
    posted_at: datetime | None = None
    posted_day: date | None = None
    """The site's own day (JST)."""
    listing: str | None = None
    title: str | None = None
    abstract_ja: str | None = None
    abstract_en: str | None = None
    authors: tuple[str, ...] = ()
    date: datetime | None = None
    arxiv_id: str | None = None
    version: int | None = None
    abs_url: str | None = None
    pdf_url: str | None = None
    provider: str | None = None
    translator: str | None = None
    categories: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    raw: str = ""


def parse_page(body: bytes, *, content_type: str | None = None, url: str = "") -> list[Entry]:
    """The entries of a page in page order, and its posts that are none (see `Entry.content`).

    Args:
        body: HTML, a REST answer, an RSS feed or plain text, decoded.
        content_type: as the server named it.
        url: where it comes from; becomes `source`.

    Raises:
        UnreadablePage: it is no page of the digest at all; the message says why, on one line.
    """
    page = frame_page(body, content_type=content_type, url=url)
    return page_entries(page, body, content_type=content_type, url=url)


def page_entries(
    page: FramedPage, body: bytes, *, content_type: str | None = None, url: str = ""
) -> list[Entry]:
    """The same as `parse_page`, of a page whose frame has been read."""
    if page.posts or page.front in {"rest", "feed"} or page.says_empty:
        return [e for post in page.posts for e in post_entries(post, page.listing, url)]
    if page.front == "html" and (page.listing is not None or b"entry-content" in body):
        raise UnreadablePage("a WordPress page, but none of its posts can be recognised")
    text = decode_body(body, content_type)
    lines = lines_of_text(text) if page.front == "text" else lines_of_html(_unframed(text))
    drafts = read_drafts(lines, title=None, framed=False)
    if not drafts:
        raise UnreadablePage("no digest page: neither posts nor labels of an entry")
    bare = Entry(url, "entry", posted_day=page.day, listing=page.listing or page.front)
    return [_filled(bare, draft, linked=page.front != "text") for draft in drafts]


def _unframed(text: str) -> str:
    """The body of a page that has no WordPress frame."""
    tree = parse_html(text.encode())
    node = tree.css_first("main, [role=main], article") or tree.body
    return (node.inner_html if node else None) or ""


def post_entries(post: FramedPost, listing: str | None, source: str) -> Iterator[Entry]:
    """The entries of one post, or the post itself where it holds none or not all of it is shown.

    Args:
        post: as its page frames it.
        listing: the kind of the page.
        source: the page's address.
    """
    bare = Entry(
        source,
        "not_a_paper",
        post_id=post.post_id,
        post_url=post.url,
        posted_at=post.posted_at,
        posted_day=post.posted_day,
        listing=listing,
        title=post.title,
        categories=tuple(dict.fromkeys(map(read_category, post.categories))),
        problems=post.problems,
    )
    if post.extent == "protected":
        yield bare._replace(content="protected", problems=(*post.problems, "protected"))
        return
    lines = lines_of_html(post.content)
    if post.extent != "full":
        raw = "\n".join(line.text for line in lines)
        yield bare._replace(content="excerpt", problems=(*post.problems, "excerpt"), raw=raw)
        return
    drafts = read_drafts(lines, title=post.title, framed=True)
    if not drafts:
        yield bare._replace(raw="\n".join(line.text for line in lines))
    for draft in drafts:
        yield _filled(bare, draft, linked=True)


def _texts(draft: Draft, label: Label) -> list[str]:
    return [line.text for line in draft.sections.get(label, ())]


def _filled(bare: Entry, draft: Draft, *, linked: bool) -> Entry:
    """`bare` with the fields that `draft` holds.

    Args:
        bare: the post.
        draft: the entry's lines by section.
        linked: whether the page is of a kind that can hold links.
    """
    link_lines = draft.sections.get(Label.LINK, ())
    links = read_links(
        [link for line in link_lines for link in line.links],
        " ".join([line.text for line in link_lines]) if link_lines else "",
    )
    date_text = " ".join(_texts(draft, Label.DATE))
    moment = read_date(date_text)
    abstract_ja, abstract_en = draft.text(Label.ABSTRACT_JA), draft.text(Label.ABSTRACT_EN)
    authors = tuple(read_authors("\n".join(_texts(draft, Label.AUTHORS))))
    provider, translator = read_provider(
        [*_texts(draft, Label.PROVIDER), *_texts(draft, Label.SERVICE)]
    )
    known = {
        "missing_title": draft.title,
        "missing_abstract_ja": abstract_ja,
        "missing_abstract_en": abstract_en,
        "missing_authors": authors,
        "missing_provider": provider,
        "bad_date" if date_text else "missing_date": moment,
        "missing_arxiv_link": not linked or links.abs_url or links.pdf_url or links.arxiv_id,
    }
    problems = [*bare.problems, *draft.problems, *links.problems]
    problems += [name for name, value in known.items() if not value]
    raw = "\n".join(draft.raw)
    if "\ufffd" in raw or "\ufffd" in (draft.title or ""):
        problems.append("undecodable_text")
    return bare._replace(
        content="entry",
        title=draft.title,
        abstract_ja=abstract_ja,
        abstract_en=abstract_en,
        authors=authors,
        date=moment,
        arxiv_id=links.arxiv_id,
        version=links.version,
        abs_url=links.abs_url,
        pdf_url=links.pdf_url,
        provider=provider,
        translator=translator,
        categories=bare.categories or tuple(dict.fromkeys(map(read_category, draft.categories))),
        problems=tuple(dict.fromkeys(problems)),
        raw=raw,
    )
