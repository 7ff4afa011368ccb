"""One page, whatever its kind, to its entries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import chain
from typing import NamedTuple

from pipeline.parse.categories import read_categories
from pipeline.parse.drafts import Draft
from pipeline.parse.fields import (
    read_authors,
    read_date,
    read_links,
    read_provider,
)
from pipeline.parse.foreign import Removed
from pipeline.parse.foreign_lines import cut_lines
from pipeline.parse.grammar import read_drafts
from pipeline.parse.html_lines import Content, lines_of_html
from pipeline.parse.kinds import Kind, read_japanese
from pipeline.parse.labels import Label
from pipeline.parse.lines import Line, lines_of_text, whole_lines
from pipeline.parse.problems import PROBLEMS
from pipeline.wordpress.dom import parse_html, without_raw_text
from pipeline.wordpress.model import OPEN_MARKUP, PAGE_FAULTS, post_fault
from pipeline.wordpress.page import (
    Extent,
    UnreadablePage,
    WordPressPage,
    WordPressPost,
    decode_body,
    read_page,
)

__all__ = ["Entry", "UnreadablePage", "page_entries", "parse_page", "post_entries"]

_HIDDEN_EMAIL = re.compile(r"\[email[\s\u00a0]protected\]", re.IGNORECASE)
"""What Cloudflare's e-mail protection leaves where its code is gone, in a feed or a saved page."""


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
    kind: Kind | None = None
    title_ja: str | None = None
    removed_lines: tuple[Removed, ...] = ()
    """What was cut out of it as the site's own, in order; of a post's entries the first has all
    that stood outside of their abstracts."""


def parse_page(body: bytes, *, content_type: str | None = None, url: str = "") -> list[Entry]:
    """The entries of a page in page order, and its posts that are none (see `Entry.content`).

    Args:
        body: HTML, a REST answer, an RSS feed or plain text, decoded.
        content_type: as the server named it.
        url: where it comes from; becomes `source`.

    Raises:
        UnreadablePage: it is no page of the digest at all; the message says why, on one line.
    """
    page = read_page(body, content_type=content_type, url=url)
    return page_entries(page, body, content_type=content_type, url=url)


def page_entries(
    page: WordPressPage, body: bytes, *, content_type: str | None = None, url: str = ""
) -> list[Entry]:
    """The same as `parse_page`, of a page whose posts have been read."""
    if page.posts or page.front in {"rest", "feed"} or page.is_empty:
        return post_entries(page.posts, page.listing, url)
    if page.front == "html" and (page.listing is not None or b"entry-content" in body):
        raise UnreadablePage("a WordPress page, but none of its posts can be recognised")
    text = decode_body(body, content_type)
    is_text = page.front == "text"
    content = Content(lines_of_text(text)) if is_text else lines_of_html(_main_html(text))
    drafts = read_drafts(content.lines, title=None, is_post=False)
    if not drafts:
        raise UnreadablePage("no digest page: neither posts nor labels of an entry")
    bare = Entry(url, "entry", posted_day=page.day, listing=page.listing or page.front)
    return _all_filled(bare, content, drafts, linked=not is_text)


def _main_html(text: str) -> str:
    """The body of a page that is not WordPress's."""
    tree = parse_html(text.encode())
    node = tree.css_first("main, [role=main], article") or tree.body
    return without_raw_text((node.inner_html if node else None) or "")


def post_entries(posts: Sequence[WordPressPost], listing: str | None, source: str) -> list[Entry]:
    """The entries of posts, or the post itself where it holds none or not all of it is shown.

    What breaks in one post costs that post alone.

    Args:
        posts: in the order of their page.
        listing: the kind of the page.
        source: the page's address.
    """
    try:
        return _entries(posts, listing, source)
    except PAGE_FAULTS as error:
        if len(posts) != 1:
            return [entry for post in posts for entry in post_entries([post], listing, source)]
        bare = _bare(posts[0], listing, source)
        return [bare._replace(content="unreadable", problems=("unreadable", post_fault(error)))]


def _entries(posts: Sequence[WordPressPost], listing: str | None, source: str) -> list[Entry]:
    """One step is done for all posts before the next: a processor is a tenth faster at that."""
    contents = [lines_of_html(post.content) for post in posts]
    drafts = [
        read_drafts(content.lines, title=post.title, is_post=True) if post.extent == "full" else []
        for post, content in zip(posts, contents, strict=True)
    ]
    bares = [_bare(post, listing, source) for post in posts]
    entries: list[Entry] = []
    for post, bare, content, found in zip(posts, bares, contents, drafts, strict=True):
        if found:
            entries += _all_filled(bare, content, found, linked=True)
        else:
            entries.append(_without_draft(post, bare, content.lines))
    return entries


def _all_filled(
    bare: Entry, content: Content, drafts: Iterable[Draft], *, linked: bool
) -> list[Entry]:
    """The entries of a content; see `_filled`."""
    if content.doubtful:
        bare = bare._replace(problems=(*bare.problems, "foreign_text"))
    entries = [_filled(bare, draft, linked=linked) for draft in drafts]
    if content.removed:
        removed = (*content.removed, *entries[0].removed_lines)
        entries[0] = entries[0]._replace(removed_lines=removed)
    return entries


_WITHOUT_DRAFT: dict[Extent, tuple[str, tuple[str, ...]]] = {
    "full": ("not_a_paper", ()),
    "cut": ("excerpt", ("excerpt",)),
    "excerpt": ("excerpt", ("excerpt",)),
    "protected": ("protected", ("protected",)),
    "unreadable": ("unreadable", ()),
}
"""What a post without an entry is, and what is noted of it, by how much of it is shown."""


def _without_draft(post: WordPressPost, bare: Entry, lines: Iterable[Line]) -> Entry:
    content, problems = _WITHOUT_DRAFT[post.extent]
    if post.extent == "full" and OPEN_MARKUP in post.problems:
        content, problems = "unreadable", ("unreadable", PROBLEMS[OPEN_MARKUP])
    return bare._replace(content=content, problems=bare.problems + problems, raw=_raw(lines))


def _bare(post: WordPressPost, listing: str | None, source: str) -> Entry:
    return Entry(
        source,
        "not_a_paper",
        post_id=post.post_id,
        post_url=post.url,
        posted_at=post.posted_at,
        posted_day=post.posted_day,
        listing=listing,
        title=post.title,
        categories=read_categories(post.categories),
        problems=post.problems,
    )


def _raw(lines: Iterable[Line]) -> str:
    return "\n".join([line.text for line in lines])


def _filled(bare: Entry, draft: Draft, *, linked: bool) -> Entry:
    """`bare` with the fields that `draft` holds.

    Args:
        bare: the post.
        draft: the entry's lines by section.
        linked: whether the page is of a kind that can hold links.
    """
    link_lines = draft.sections.get(Label.LINK, ())
    links = read_links(
        chain.from_iterable(line.links for line in link_lines),
        " ".join(_texts(draft, Label.LINK)),
    )
    date_text = " ".join(_texts(draft, Label.DATE))
    moment = read_date(date_text)
    authors = _authors(draft.sections.get(Label.AUTHORS, ()))
    provider, translator = read_provider(
        (*_texts(draft, Label.PROVIDER), *_texts(draft, Label.SERVICE))
    )
    removed, doubtful = _cut_abstracts(draft)
    kind, title_ja, abstract_ja = read_japanese(draft.text(Label.ABSTRACT_JA))
    abstract_en = draft.text(Label.ABSTRACT_EN)
    problems = [*bare.problems, *draft.problems, *links.problems]
    problems += ["foreign_text"] if doubtful else []
    known = (
        ("missing_title", draft.title),
        ("missing_abstract_ja", abstract_ja),
        ("missing_abstract_en", abstract_en),
        ("missing_authors", authors),
        ("missing_provider", provider),
        ("bad_date" if date_text else "missing_date", moment),
        ("missing_arxiv_link", not linked or links.lead_to_paper),
    )
    problems += [name for name, value in known if not value]
    raw = "\n".join(draft.raw)
    if "\ufffd" in raw + (draft.title or ""):
        problems.append("undecodable_text")
    if _HIDDEN_EMAIL.search(raw + (draft.title or "")):
        problems.append("hidden_email")
    return bare._replace(
        content="entry",
        title=draft.title,
        abstract_ja=abstract_ja,
        abstract_en=abstract_en,
        authors=tuple(authors),
        date=moment,
        arxiv_id=links.arxiv_id,
        version=links.version,
        abs_url=links.abs_url,
        pdf_url=links.pdf_url,
        provider=provider,
        translator=translator,
        categories=bare.categories or read_categories(draft.categories),
        problems=tuple(dict.fromkeys(problems)) if problems else (),
        raw=raw,
        kind=kind,
        title_ja=title_ja,
        removed_lines=removed,
    )


def _cut_abstracts(draft: Draft) -> tuple[tuple[Removed, ...], bool]:
    """Cut the site's own lines out of both abstracts.

    Returns:
        What was cut; and whether a line that stays may be foreign too.
    """
    removed: list[Removed] = []
    doubtful = False
    for label in (Label.ABSTRACT_JA, Label.ABSTRACT_EN):
        kept, cut, is_doubtful = cut_lines(draft.sections.get(label, []))
        doubtful |= is_doubtful
        if cut:
            draft.sections[label] = kept
            removed += cut
    return tuple(removed), doubtful


def _texts(draft: Draft, label: Label) -> list[str]:
    return [line.text for line in draft.sections.get(label, ())]


def _authors(lines: Sequence[Line]) -> list[str]:
    if len(lines) == 1:
        return read_authors(lines[0].text)
    return [name for text in whole_lines(lines) for name in read_authors(text)]
