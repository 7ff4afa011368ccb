"""The addresses of the sample blog under each permalink structure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import quote

from pipeline.sample.blog import Post


@dataclass(frozen=True)
class Addresses:
    """Builds addresses as WordPress does; all of them absolute."""

    base: str
    """Scheme and host, without a slash at the end."""
    permalinks: Literal["pretty", "archives", "plain"]

    @property
    def _end(self) -> str:
        return "/" if self.permalinks == "pretty" else ""

    @property
    def _front(self) -> str:
        return "/archives" if self.permalinks == "archives" else ""

    @property
    def home(self) -> str:
        """The home page."""
        return f"{self.base}/"

    def post(self, post: Post, part: int = 1) -> str:
        """A post's own page, or a further part of it."""
        if self.permalinks == "plain":
            return f"{self.base}/?p={post.post_id}" + (f"&page={part}" if part > 1 else "")
        tail = f"/{part}" if part > 1 else ""
        if self.permalinks == "archives":
            return f"{self.base}/archives/{post.post_id}{tail}"
        return f"{self.base}/{post.day:%Y/%m/%d}/{quote(post.slug)}{tail}/"

    def shortlink(self, post: Post) -> str:
        """The address by id, which works under every structure."""
        return f"{self.base}/?p={post.post_id}"

    def period(self, year: int, month: int | None = None, day: int | None = None) -> str:
        """The archive of a year, a month or a day."""
        numbers = [f"{year:04}", *(f"{number:02}" for number in (month, day) if number)]
        if self.permalinks == "plain":
            return f"{self.base}/?m={''.join(numbers)}"
        dated = "/date" if self.permalinks == "archives" else ""
        return f"{self.base}{self._front}{dated}/{'/'.join(numbers)}{self._end}"

    def day(self, day: date) -> str:
        """The archive of a day."""
        return self.period(day.year, day.month, day.day)

    def category(self, slug: str, category_id: int) -> str:
        """The archive of a category."""
        if self.permalinks == "plain":
            return f"{self.base}/?cat={category_id}"
        return f"{self.base}{self._front}/category/{quote(slug)}{self._end}"

    def author(self, name: str) -> str:
        """The author's archive."""
        if self.permalinks == "plain":
            return f"{self.base}/?author=1"
        return f"{self.base}{self._front}/author/{quote(name)}{self._end}"

    def page(self, listing: str, number: int) -> str:
        """A further page of a listing whose first page is given."""
        if number <= 1:
            return listing
        if self.permalinks == "plain":
            return f"{listing}{'&' if '?' in listing else '?'}paged={number}"
        return f"{listing.rstrip('/')}/page/{number}{self._end}"

    @property
    def feed(self) -> str:
        """The feed of all posts."""
        return f"{self.base}/?feed=rss2" if self.permalinks == "plain" else f"{self.base}/feed/"

    def rest(self, route: str = "/") -> str:
        """A REST route; `/index.php?rest_route=` where permalinks are plain."""
        if self.permalinks == "plain":
            return f"{self.base}/index.php?rest_route={route}"
        return f"{self.base}/wp-json{route}"
