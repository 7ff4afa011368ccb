"""Where a WordPress keeps the listing of a day: it depends on the site's permalinks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

_BY_ID = re.compile(r"^(?P<front>/(?:[^/]+/)*)\d+/?$")


@dataclass(frozen=True)
class Layout:
    """How the addresses of day listings are built.

    Attributes:
        front: what stands before the date in the path; None where permalinks are plain.
        end: a slash where the site's addresses end with one.
    """

    front: str | None
    end: str = "/"

    def day_url(self, base_url: str, day: date) -> str:
        """The address of the first page of a day's listing.

        >>> Layout("/archives/date/", "").day_url("http://site", date(2025, 3, 4))
        'http://site/archives/date/2025/03/04'
        >>> Layout(None).day_url("http://site", date(2025, 3, 4))
        'http://site/?m=20250304'
        """
        if self.front is None:
            return f"{base_url}/?m={day:%Y%m%d}"
        return f"{base_url}{self.front}{day:%Y/%m/%d}{self.end}"


def query_url(base_url: str, day: date, page: int) -> str:
    """A page of a day's listing in WordPress's own query variables, for every layout.

    Needed where `?m=…&paged=…` is redirected to an address without the date.

    >>> query_url("http://site", date(2025, 3, 4), 2)
    'http://site/?year=2025&monthnum=03&day=04&paged=2'
    """
    return f"{base_url}/?year={day:%Y}&monthnum={day:%m}&day={day:%d}&paged={page}"


DATED, BY_ID, PLAIN = Layout("/"), Layout("/archives/date/"), Layout(None)


def layouts(permalinks: Iterable[str]) -> list[Layout]:
    """The layouts that a site may have, the likeliest first, judged by its posts' addresses.

    Where a permalink ends with the post's number, WordPress moves the dates to `date/` behind what
    stands in front of the number (`WP_Rewrite::get_date_permastruct`).

    >>> layouts(["http://site/archives/123"])[0]
    Layout(front='/archives/date/', end='')
    """
    found: list[Layout] = []
    for link in permalinks:
        parts = urlsplit(link)
        end = "/" if parts.path.endswith("/") else ""
        if by_id := _BY_ID.match(parts.path):
            found.append(Layout(f"{by_id['front']}date/", end))
        elif parts.path.strip("/"):
            found.append(Layout("/", end))
        elif parts.query.startswith("p="):
            found.append(PLAIN)
    return list(dict.fromkeys([*found, DATED, BY_ID, PLAIN]))
