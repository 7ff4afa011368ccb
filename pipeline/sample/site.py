"""The sample blog's addresses and what each answers."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

from pipeline.sample.addresses import Addresses
from pipeline.sample.blog import Blog, Post
from pipeline.sample.pages import Listing, Pages, japanese_day, page_count
from pipeline.sample.quirks import Quirks
from pipeline.sample.responses import Response, redirect
from pipeline.sample.rest import rest_response

_PAGED = re.compile(r"^(?P<listing>.*?)/page/(?P<number>\d+)$")
_PERIOD = re.compile(r"^/(?P<year>\d{4})(?:/(?P<month>\d{2})(?:/(?P<day>\d{2}))?)?$")
_SINGLE = re.compile(
    r"^/(?P<year>\d{4})/(?P<month>\d{2})/(?P<day>\d{2})/(?P<slug>[^/]+)(?:/(?P<part>\d+))?$"
)
_BY_ID = re.compile(r"^/archives/(?P<id>\d+)(?:/(?P<part>\d+))?$")
_CATEGORY = re.compile(r"^/category/([^/]+)$")


def respond(blog: Blog, quirks: Quirks, target: str, base: str) -> Response:
    """The answer to a GET.

    Args:
        blog: what is served.
        quirks: how it is served.
        target: path and query of the request.
        base: scheme and host under which the blog is addressed; links are made of it.
    """
    return _Request(blog, quirks, target, base).answer()


class _Request:
    def __init__(self, blog: Blog, quirks: Quirks, target: str, base: str) -> None:
        parts = urlsplit("http://host" + target if target.startswith("/") else target)
        self.path = unquote(parts.path)
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.blog = blog
        self.quirks = quirks
        self.plain = quirks.permalinks == "plain"
        self.at = Addresses(base, quirks.permalinks)
        self.pages = Pages(blog, quirks, self.at)

    def answer(self) -> Response:
        if self.quirks.maintenance:
            return Response(
                503,
                self.pages.maintenance().encode(),
                headers=[("Retry-After", self.quirks.retry_after)],
            )
        if self.path == "/robots.txt":
            return self._robots()
        route = self._rest_route()
        if route is not None:
            return rest_response(self.pages, route, self.query)
        if self.path == "/feed/" or self.query.get("feed") == "rss2":
            return Response(200, self.pages.feed().encode(), "application/rss+xml; charset=UTF-8")
        if self.path in ("/", "/index.php"):
            return self._by_query()
        if self.plain:
            return self._unknown()
        return self._by_path()

    def _rest_route(self) -> str | None:
        if self.quirks.rest == "off":
            return None
        if "rest_route" in self.query:
            return self.query["rest_route"]
        if not self.plain and (self.path == "/wp-json" or self.path.startswith("/wp-json/")):
            return self.path.removeprefix("/wp-json")
        return None

    def _by_query(self) -> Response:
        number = _number(self.query.get("paged", ""), default=1)
        for name, answer in (
            ("p", self._by_post_id),
            ("year", self._by_date),
            ("m", self._by_digits),
            ("cat", self._by_category_id),
        ):
            if name in self.query:
                return answer(number)
        if number > 1 and not self.plain:
            return redirect(self.at.page(self.at.home, number))
        return self._listing(self._home(), number)

    def _by_post_id(self, _number_of_page: int) -> Response:
        post = self.blog.post(_number(self.query["p"], default=0))
        if post is None:
            return self._not_found()
        if not self.plain:
            return redirect(self.at.post(post))
        return self._single(post, _number(self.query.get("page", ""), default=1))

    def _by_date(self, number: int) -> Response:
        given = [self.query[name] for name in ("year", "monthnum", "day") if name in self.query]
        if not all(re.fullmatch(r"[0-9]{1,4}", each) for each in given):
            return self._not_found()
        period = self._period(*map(int, given))
        if self.plain:
            return self._listing(period, number)
        return redirect(self.at.page(period.address, number))

    def _by_digits(self, number: int) -> Response:
        if number > 1 and (self.quirks.day_paging_lost or not self.plain):
            return redirect(self.at.page(self.at.home, number))
        digits = re.fullmatch(r"(\d{4})(\d{2})?(\d{2})?", self.query["m"])
        if digits is None:
            return self._not_found()
        period = self._period(*map(int, filter(None, digits.groups())))
        return self._listing(period, number) if self.plain else redirect(period.address)

    def _by_category_id(self, number: int) -> Response:
        for category in self.blog.categories:
            if self.query["cat"] == str(category.category_id):
                listing = self._category(category.slug)
                return self._listing(listing, number) if self.plain else redirect(listing.address)
        return self._not_found()

    def _by_path(self) -> Response:
        path, number = self.path.rstrip("/"), 1
        if paged := _PAGED.match(path):
            path, number = paged["listing"], int(paged["number"])
        elif single := self._single_at(path):
            return single
        listing = self._listing_at(path)
        if listing is None:
            return self._unknown()
        address = self.at.page(listing.address, number)
        return self._canonical(address) or self._listing(listing, number)

    def _single_at(self, path: str) -> Response | None:
        if self.quirks.permalinks == "pretty":
            single = _SINGLE.match(path)
            return self._by_slug(single) if single else None
        by_id = _BY_ID.match(path)
        if by_id is None:
            return None
        post = self.blog.post(int(by_id["id"]))
        return self._single(post, int(by_id["part"] or 1)) if post else self._not_found()

    def _by_slug(self, single: re.Match[str]) -> Response:
        try:
            day = date(int(single["year"]), int(single["month"]), int(single["day"]))
        except ValueError:
            return self._not_found()
        post = self.blog.post_by_slug(day, single["slug"])
        if post:
            part = int(single["part"] or 1)
            return self._canonical(self.at.post(post, part)) or self._single(post, part)
        if self.quirks.guess_slugs:
            guess = self.blog.post_by_slug_prefix(day, single["slug"])
            if guess:
                return redirect(self.at.post(guess))
        return self._unknown()

    def _listing_at(self, path: str) -> Listing | None:
        if not path:
            return self._home()
        if self.quirks.permalinks == "archives":
            if not path.startswith("/archives/"):
                return None
            path = path.removeprefix("/archives").removeprefix("/date")
        if period := _PERIOD.match(path):
            return self._period(*map(int, filter(None, period.groups())))
        if path == f"/author/{self.blog.author}":
            return self._author()
        category = _CATEGORY.match(path)
        listing = self._category(category[1]) if category else None
        return listing if listing and listing.posts else None

    def _home(self) -> Listing:
        return Listing("home", "", self.at.home, list(self.blog.posts))

    def _author(self) -> Listing:
        name = self.blog.author
        return Listing("author", name, self.at.author(name), list(self.blog.posts))

    def _category(self, slug: str) -> Listing:
        named = [category for category in self.blog.categories if category.slug == slug]
        name, number = (named[0].name, named[0].category_id) if named else (slug, 0)
        posts = self.blog.in_category(slug)
        return Listing("category", name, self.at.category(slug, number), posts)

    def _period(self, year: int, month: int | None = None, day: int | None = None) -> Listing:
        posts = self.blog.in_period(year, month, day)
        address = self.at.period(year, month, day)
        if month and 1 <= month <= 12 and day and day <= monthrange(year, month)[1]:
            return Listing("day", japanese_day(date(year, month, day)), address, posts)
        if month:
            return Listing("month", f"{year}年{month}月", address, posts)
        return Listing("year", f"{year}年", address, posts)

    def _listing(self, listing: Listing, number: int) -> Response:
        last = max(page_count(len(listing.posts), self.quirks.per_page), listing.kind == "home")
        if not 1 <= number <= last:
            return self._not_found()
        return self._html(self.pages.listing(listing, number), shows_posts=True)

    def _single(self, post: Post, part: int) -> Response:
        body = self.pages.single(post, part)
        if body is None:
            return redirect(self.at.post(post))
        links = [("Link", f"<{self.at.shortlink(post)}>; rel=shortlink")]
        if self.quirks.rest != "off":
            own = self.at.rest(f"/wp/v2/posts/{post.post_id}")
            kind = 'rel="alternate"; title="JSON"; type="application/json"'
            links.insert(0, ("Link", f"<{own}>; {kind}"))
        return self._html(body, headers=links)

    def _canonical(self, address: str) -> Response | None:
        """A redirect, where the request's path is not the address's own."""
        own = unquote(urlsplit(address).path)
        return None if own == self.path else redirect(address)

    def _unknown(self) -> Response:
        if self.quirks.unknown_is_home:
            return self._listing(self._home(), 1)
        return self._not_found()

    def _not_found(self) -> Response:
        return self._html(self.pages.not_found(), status=404)

    def _html(
        self,
        body: str,
        *,
        status: int = 200,
        headers: list[tuple[str, str]] | None = None,
        shows_posts: bool = False,
    ) -> Response:
        links = (
            [("Link", f'<{self.at.rest()}>; rel="https://api.w.org/"')]
            if self.quirks.rest != "off"
            else []
        )
        return Response(
            status, body.encode(), headers=links + (headers or []), shows_posts=shows_posts
        )

    def _robots(self) -> Response:
        if self.quirks.robots_status != 200:
            return self._html(self.pages.not_found(), status=self.quirks.robots_status)
        text = self.quirks.robots
        if text is None:
            lines = ["User-agent: *"]
            if self.quirks.crawl_delay is not None:
                lines.append(f"Crawl-delay: {self.quirks.crawl_delay:g}")
            lines += [f"Disallow: {path}" for path in ("/wp-admin/", *self.quirks.disallow)]
            lines.append("Allow: /wp-admin/admin-ajax.php")
            text = "\n".join(lines) + "\n"
        return Response(200, text.encode(), "text/plain; charset=utf-8")


def _number(text: str, *, default: int) -> int:
    return int(text) if text.isdecimal() else default
