"""The sample blog's content: posts, the entries in them, and the ways a blog lists them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from pipeline.settings import SITE_ZONE


class SampleError(ValueError):
    """A file of the sample cannot be used; the message names the file, the post and the reason."""


@dataclass(frozen=True)
class Entry:
    """A paper's entry as the digest writes it; a field left out is missing from the post too."""

    abstract_ja: str | None = None
    abstract_en: str | None = None
    authors: tuple[str, ...] = ()
    date: str | None = None
    """arXiv's time stamp of the version, as published: `2025-03-03 03:41:11+00:00`."""
    arxiv: str | None = None
    """Id with version, such as `2503.90012v1`: what follows `arxiv.org/abs/` in the link."""
    provider: str | None = "arxiv.jp"
    translator: str | None = "DeepL"


@dataclass(frozen=True)
class Post:
    """A post of the blog."""

    post_id: int
    slug: str
    posted_at: datetime
    """When it was posted; aware, kept in Japanese time."""
    title: str
    """Plain text, as typed by the editor."""
    content: str
    """HTML, as saved by the editor: before texturize, with `<!--more-->` and `<!--nextpage-->`."""
    categories: tuple[str, ...] = ()
    modified_at: datetime | None = None
    """When it was last changed; None where it never was."""
    protected: bool = False
    sticky: bool = False

    def __post_init__(self) -> None:
        for name in ("posted_at", "modified_at"):
            moment = getattr(self, name)
            if moment is not None:
                if moment.tzinfo is None:
                    raise SampleError(f"post {self.post_id}: {name} has no time zone")
                object.__setattr__(self, name, moment.astimezone(SITE_ZONE))

    @property
    def day(self) -> date:
        """The day (JST) on which it was posted."""
        return self.posted_at.date()

    @property
    def changed_at(self) -> datetime:
        """When it was last changed, or posted; JST."""
        return self.modified_at or self.posted_at


@dataclass(frozen=True)
class Category:
    """A category of the blog."""

    category_id: int
    name: str
    slug: str


def category_slug(name: str) -> str:
    """The slug WordPress gives to a category: `cs.CL` becomes `cs-cl`.

    >>> category_slug("astro-ph.GA")
    'astro-ph-ga'
    """
    return re.sub(r"[^\w]+", "-", name.lower()).strip("-")


@dataclass
class Blog:
    """The posts of a blog, which may be published, changed and deleted while it is served.

    Every change replaces the listings as a whole, so that a request sees one state of the blog.
    """

    posts: Sequence[Post] = ()
    title: str = "arxiv 要約ブログ(見本)"
    tagline: str = "すべて架空の論文です。"
    author: str = "jarxiv"
    _categories: dict[str, Category] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._arrange(self.posts)

    def _arrange(self, posts: Iterable[Post]) -> None:
        newest_first = sorted(posts, key=lambda post: (post.posted_at, post.post_id), reverse=True)
        by_id = {post.post_id: post for post in newest_first}
        if len(by_id) != len(newest_first):
            raise SampleError("two posts have the same id")
        by_slug: dict[tuple[date, str], Post] = {}
        by_day: defaultdict[date, list[Post]] = defaultdict(list)
        by_category: defaultdict[str, list[Post]] = defaultdict(list)
        for post in newest_first:
            if by_slug.setdefault((post.day, post.slug), post) is not post:
                raise SampleError(f"two posts of {post.day} have the slug {post.slug!r}")
            by_day[post.day].append(post)
            for name in post.categories:
                category = self._categories.setdefault(
                    name, Category(len(self._categories) + 2, name, category_slug(name))
                )
                by_category[category.slug].append(post)
        self.posts = newest_first
        self._by_id, self._by_slug = by_id, by_slug
        self._places = {post_id: place for place, post_id in enumerate(by_id)}
        self._by_day, self._by_category = dict(by_day), dict(by_category)

    def publish(self, post: Post) -> None:
        """Add a post."""
        self._arrange([*self.posts, post])

    def delete(self, post_id: int) -> None:
        """Remove a post."""
        self._arrange(post for post in self.posts if post.post_id != post_id)

    def revise(self, post_id: int, **changes: Any) -> None:
        """Change fields of a post; give `modified_at` too where the blog is to tell of it."""
        self._arrange(
            replace(post, **changes) if post.post_id == post_id else post for post in self.posts
        )

    def post(self, post_id: int) -> Post | None:
        """The post of that id."""
        return self._by_id.get(post_id)

    def post_by_slug(self, day: date, slug: str) -> Post | None:
        """The post of that day and slug."""
        return self._by_slug.get((day, slug))

    def post_by_slug_prefix(self, day: date, prefix: str) -> Post | None:
        """The oldest post of the day whose slug begins so: WordPress's guess at a wrong address."""
        matching = [post for post in self._by_day.get(day, ()) if post.slug.startswith(prefix)]
        return matching[-1] if matching else None

    def neighbours(self, post: Post) -> tuple[Post | None, Post | None]:
        """The next older and the next newer post."""
        place = self._places[post.post_id]
        older = self.posts[place + 1] if place + 1 < len(self.posts) else None
        return older, self.posts[place - 1] if place else None

    def in_period(self, year: int, month: int | None = None, day: int | None = None) -> list[Post]:
        """Posts of a day, a month or a year (JST), newest first."""
        days = (
            each
            for each in sorted(self._by_day, reverse=True)
            if each.year == year and month in (None, each.month) and day in (None, each.day)
        )
        return [post for each in days for post in self._by_day[each]]

    def in_category(self, slug: str) -> list[Post]:
        """Posts of a category, newest first."""
        return list(self._by_category.get(slug, ()))

    @property
    def categories(self) -> list[Category]:
        """All categories, by name."""
        return sorted(self._categories.values(), key=lambda category: category.name)

    def categories_of(self, post: Post) -> list[Category]:
        """The post's categories, by name as WordPress lists them."""
        return [self._categories[name] for name in sorted(post.categories)]

    def count_in_category(self, category: Category) -> int:
        """How many posts the category has."""
        return len(self._by_category.get(category.slug, ()))

    @property
    def months(self) -> list[tuple[int, int]]:
        """(year, month) of all posts, newest first."""
        return sorted({(each.year, each.month) for each in self._by_day}, reverse=True)
