"""The sample blog's HTML: Japanese WordPress in the frame of the theme Twenty Ten."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from pipeline.sample.addresses import Addresses
from pipeline.sample.blog import Blog, Category, Entry, Post
from pipeline.sample.quirks import Quirks
from pipeline.sample.texturize import texturize

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

ORIGINAL_HEADING = "<h2>要約(オリジナル)</h2>"
"""The heading over the English abstract; where quirks cut an entry in two."""

_NEXT_PAGE = re.compile(r"\s*<!--nextpage-->\s*")
_MORE = re.compile(r"\s*(?:<p>)?<!--more-->(?:</p>)?\s*")
_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.S)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pipeline.sample"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["prose"] = prose
    environment.filters["texturized"] = texturized_text
    environment.filters["japanese_day"] = japanese_day
    environment.filters["clock"] = clock
    return environment


def entry_html(entry: Entry) -> str:
    """A paper's entry as the digest's editor writes it, before texturize."""
    return _templates().get_template("entry.html.j2").render(entry=entry)


def prose(text: str) -> Markup:
    """Plain text as HTML between tags: quotes stay as they are, for texturize to curl."""
    from markupsafe import Markup

    return Markup(html.escape(text, quote=False))  # noqa: S704


def texturized_text(text: str) -> Markup:
    """Plain text as WordPress shows it: escaped, with curly quotes and dashes."""
    from markupsafe import Markup

    return Markup(texturize(prose(text)))  # noqa: S704


def japanese_day(day: date) -> str:
    """A day as the blog writes it.

    >>> japanese_day(date(2025, 3, 4))
    '2025年3月4日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


def clock(moment: datetime) -> str:
    """A time of day in WordPress's default format, `g:i A`.

    >>> clock(datetime(2025, 3, 4, 0, 5))
    '12:05 AM'
    """
    return f"{moment.hour % 12 or 12}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"


@dataclass(frozen=True)
class Listing:
    """A list of posts that is shown page by page."""

    kind: Literal["home", "day", "month", "year", "category", "author"]
    heading: str
    address: str
    """Address of its first page."""
    posts: list[Post]


@dataclass(frozen=True)
class ShownPost:
    """A post as a template shows it."""

    post: Post
    link: str
    classes: str
    title: Markup
    body: Markup
    excerpt: str | None
    categories: list[tuple[Category, str]]
    parts: list[tuple[int, str | None]]
    """Number and address of each part of a divided post; the shown part has no address."""


class Pages:
    """Renders pages of a blog under given quirks, with links to a given host."""

    def __init__(self, blog: Blog, quirks: Quirks, addresses: Addresses) -> None:
        self.blog = blog
        self.quirks = quirks
        self.addresses = addresses

    def content(self, post: Post) -> str:
        """The post's HTML with the quirks' tags in it, before texturize."""
        content = post.content
        if self.quirks.more_tag:
            content = content.replace(ORIGINAL_HEADING, f"<!--more-->\n{ORIGINAL_HEADING}")
        if self.quirks.next_page:
            content = content.replace(ORIGINAL_HEADING, f"<!--nextpage-->\n{ORIGINAL_HEADING}")
        return content

    def listing(self, listing: Listing, number: int) -> str:
        """A page of a listing, from 1; the home page's first one begins with sticky posts."""
        size = self.quirks.per_page
        posts = listing.posts[(number - 1) * size : number * size]
        if listing.kind == "home" and number == 1:
            sticky = [post for post in self.blog.posts if post.sticky]
            posts = sticky + [post for post in posts if not post.sticky]
        last = page_count(len(listing.posts), size)
        return self._render(
            "listing.html.j2",
            listing=listing,
            shown=[self._on_listing(post, listing.kind, number) for post in posts],
            older=self.addresses.page(listing.address, number + 1) if number < last else None,
            newer=self.addresses.page(listing.address, number - 1) if number > 1 else None,
        )

    def single(self, post: Post, part: int = 1) -> str | None:
        """A post's own page, or a further part of it; None where it has no such part."""
        parts = _NEXT_PAGE.split(self.content(post))
        if not 1 <= part <= len(parts):
            return None
        anchor = f'<span id="more-{post.post_id}"></span>'
        body = _MORE.sub(lambda _: f"<p>{anchor}</p>\n", parts[part - 1])
        older, newer = self.blog.neighbours(post)
        return self._render(
            "single.html.j2",
            item=self._shown(post, body, part=part, n_parts=len(parts)),
            older=self._link(older),
            newer=self._link(newer),
        )

    def not_found(self) -> str:
        """The page of status 404."""
        return self._render("not_found.html.j2")

    def maintenance(self) -> str:
        """What WordPress shows while it is updated; no part of the theme."""
        return _templates().get_template("maintenance.html.j2").render()

    def feed(self) -> str:
        """The feed of the newest ten posts, RSS 2.0."""
        items = [
            (self._shown(post, post.content), format_datetime(post.posted_at))
            for post in self.newest()
        ]
        return self._render("feed.xml.j2", items=items)

    def newest(self) -> list[Post]:
        """The newest ten posts, as in sidebar and feed."""
        return list(self.blog.posts[:10])

    def classes(self, post: Post, *, sticky: bool = False) -> list[str]:
        """WordPress's `post_class`."""
        return [
            f"post-{post.post_id}",
            "post",
            "type-post",
            "status-publish",
            "format-standard",
            *(["post-password-required"] if post.protected else []),
            *(["sticky"] if sticky else []),
            "hentry",
            *(f"category-{category.slug}" for category in self.blog.categories_of(post)),
        ]

    def _on_listing(self, post: Post, kind: str, number: int) -> ShownPost:
        parts = _NEXT_PAGE.split(self.content(post))
        before, *after = _MORE.split(parts[0], maxsplit=1)
        excerpt = None
        if self.quirks.bare_excerpts:
            text = html.unescape(_TAG.sub(" ", "".join(parts)))
            before, after = f"<p>{html.escape(' '.join(text.split())[:110])} [&hellip;]</p>", []
            parts = parts[:1]
        elif self.quirks.excerpts and kind != "home":
            text = html.unescape(_TAG.sub("", "".join(parts)))
            excerpt = " ".join(text.split())[:40]
        elif after:
            before += (
                _templates()
                .get_template("more.html.j2")
                .render(link=f"{self.addresses.post(post)}#more-{post.post_id}")
            )
        shown = self._shown(post, before, n_parts=len(parts), excerpt=excerpt)
        if post.sticky and kind == "home" and number == 1:
            return replace(shown, classes=" ".join(self.classes(post, sticky=True)))
        return shown

    def _shown(
        self,
        post: Post,
        body: str,
        *,
        part: int = 1,
        n_parts: int = 1,
        excerpt: str | None = None,
    ) -> ShownPost:
        from markupsafe import Markup

        link = self.addresses.post(post)
        if post.protected:
            body = (
                _templates()
                .get_template("protected.html.j2")
                .render(post=post, base=self.addresses.base)
            )
            excerpt, n_parts = None, 1
        return ShownPost(
            post=post,
            link=link,
            classes=" ".join(self.classes(post)),
            title=texturized_text(f"保護中: {post.title}" if post.protected else post.title),
            body=Markup(texturize(body)),  # noqa: S704
            excerpt=excerpt,
            categories=[
                (category, self.addresses.category(category.slug, category.category_id))
                for category in self.blog.categories_of(post)
            ],
            parts=[
                (each, None if each == part else self.addresses.post(post, each))
                for each in range(1, n_parts + 1)
            ]
            if n_parts > 1
            else [],
        )

    def _link(self, post: Post | None) -> tuple[str, Markup] | None:
        return None if post is None else (self.addresses.post(post), texturized_text(post.title))

    def _render(self, template: str, **context: object) -> str:
        categories = [
            (category, self.addresses.category(category.slug, category.category_id))
            for category in self.blog.categories
        ]
        months = [
            (f"{year}年{month}月", self.addresses.period(year, month))
            for year, month in self.blog.months
        ]
        recent = [
            (texturized_text(post.title), self.addresses.post(post)) for post in self.newest()[:5]
        ]
        return (
            _templates()
            .get_template(template)
            .render(
                blog=self.blog,
                at=self.addresses,
                rest=self.quirks.rest != "off",
                sidebar_categories=categories,
                sidebar_months=months,
                sidebar_recent=recent,
                **context,
            )
        )


def page_count(total: int, size: int) -> int:
    """Pages needed for so many posts; none for none."""
    return -(-total // size)
