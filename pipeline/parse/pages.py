"""One page, whatever its kind, to its entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from selectolax.lexbor import LexborHTMLParser

from pipeline.acquire.frame import FramedPost, UnreadablePage, decode_body, frame_page
from pipeline.parse.fields import (
    read_authors,
    read_category,
    read_date,
    read_links,
    read_provider,
)
from pipeline.parse.grammar import Draft, read_drafts
from pipeline.parse.labels import Label
from pipeline.parse.lines import Line, lines_of_html, lines_of_text

__all__ = ["Entry", "UnreadablePage", "parse_page"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry on a page, or a post on it that is none; unknown is None, never a guess."""

    source: str
    post_id: int | None
    post_url: str | None
    posted_at: datetime | None
    posted_day: date | None
    listing: str | None
    content: str
    """One of `pipeline.schema.posts.CONTENTS`."""
    title: str | None
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
    if page.posts or page.front in {"rest", "feed"}:
        return [entry for post in page.posts for entry in _post_entries(post, page.listing, url)]
    text = decode_body(body, content_type)
    lines = lines_of_text(text) if page.front == "text" else lines_of_html(_unframed(text))
    bare = Entry(url, None, None, None, page.day, page.listing or page.front, "entry", None)
    drafts = read_drafts(lines, title=None, framed=False)
    if not drafts:
        raise UnreadablePage("no digest page: neither posts nor labels of an entry")
    return [_filled(bare, draft, linked=page.front != "text") for draft in drafts]


def _unframed(text: str) -> str:
    """The body of a page that has no WordPress frame."""
    tree = LexborHTMLParser(text)
    node = tree.css_first("main, [role=main], article") or tree.body
    return (node.inner_html if node else None) or ""


def _post_entries(post: FramedPost, listing: str | None, source: str) -> Iterator[Entry]:
    """The entries of one post, or the post itself where it holds none."""
    bare = Entry(
        source=source,
        post_id=post.post_id,
        post_url=post.url,
        posted_at=post.posted_at,
        posted_day=post.posted_day,
        listing=listing,
        content="not_a_paper",
        title=post.title,
        categories=tuple(dict.fromkeys(read_category(name) for name in post.categories)),
        problems=post.problems,
    )
    if post.extent == "protected":
        yield replace(bare, content="protected", problems=(*post.problems, "protected"))
        return
    lines = lines_of_html(post.content)
    if post.extent == "excerpt":
        raw = "\n".join(line.text for line in lines)
        yield replace(bare, content="excerpt", problems=(*post.problems, "excerpt"), raw=raw)
        return
    drafts = read_drafts(lines, title=post.title, framed=True)
    if not drafts:
        yield replace(bare, raw="\n".join(line.text for line in lines))
    for draft in drafts:
        yield _filled(bare, draft, linked=True)


def _texts(draft: Draft, label: Label) -> list[str]:
    return [line.text for line in draft.sections.get(label, ())]


def _fact_lines(draft: Draft) -> list[Line]:
    sections = (Label.LINK, Label.AUTHORS, Label.DATE)
    return [line for label in sections for line in draft.sections.get(label, ())]


def _filled(bare: Entry, draft: Draft, *, linked: bool) -> Entry:
    """`bare` with the fields that `draft` holds.

    Args:
        bare: the post.
        draft: the entry's lines by section.
        linked: whether the page is of a kind that can hold links.
    """
    links = read_links(
        [link for line in draft.sections.get(Label.LINK, ()) for link in line.links],
        " ".join(_texts(draft, Label.LINK)),
    )
    date_text = " ".join(_texts(draft, Label.DATE))
    date = read_date(date_text)
    provider, translator = read_provider(
        [*_texts(draft, Label.PROVIDER), *_texts(draft, Label.SERVICE)]
    )
    entry = replace(
        bare,
        content="entry",
        title=draft.title,
        abstract_ja=draft.text(Label.ABSTRACT_JA),
        abstract_en=draft.text(Label.ABSTRACT_EN),
        authors=tuple(read_authors("\n".join(_texts(draft, Label.AUTHORS)))),
        date=date,
        arxiv_id=links.arxiv_id,
        version=links.version,
        abs_url=links.abs_url,
        pdf_url=links.pdf_url,
        provider=provider,
        translator=translator,
        categories=bare.categories or tuple(dict.fromkeys(map(read_category, draft.categories))),
        raw="\n".join(draft.raw),
    )
    problems = [*bare.problems, *draft.problems, *links.problems]
    problems += _missing(entry, date_text, linked)
    if any(line.odd for lines in draft.sections.values() for line in lines):
        problems.append("unexpected_element")
    if any("\ufffd" in (t or "") for t in (entry.title, entry.abstract_ja, entry.abstract_en)):
        problems.append("undecodable_text")
    return replace(entry, problems=tuple(dict.fromkeys(problems)))


def _missing(entry: Entry, date_text: str, linked: bool) -> Iterator[str]:
    for name in ("title", "abstract_ja", "abstract_en", "authors", "provider"):
        if not getattr(entry, name):
            yield f"missing_{name}"
    if entry.date is None:
        yield "bad_date" if date_text else "missing_date"
    if linked and entry.abs_url is None and entry.pdf_url is None and entry.arxiv_id is None:
        yield "missing_arxiv_link"
