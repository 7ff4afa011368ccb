"""A route's reading of a blog in this process, without the crawler's."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from pipeline.acquire.addresses import Site
from pipeline.acquire.fetch import Fetcher
from pipeline.acquire.run import Run
from pipeline.archive.archive import Archive
from pipeline.sample import Blog, Quirks
from pipeline.sample.site import respond

BASE = "http://digest.example"


def direct_run(
    folder: Path, blog: Blog, on_request: Callable[[str], str] = lambda target: target
) -> Run:
    """A run that reads `blog` into the archive in `folder`.

    Args:
        folder: the archive's.
        blog: what is read.
        on_request: sees path and query of each request first, and says what is answered instead.
    """

    async def download(request: Request) -> Response:
        parts = urlsplit(request.url)
        target = on_request(f"{parts.path}?{parts.query}")
        answer = respond(blog, Quirks(), target, BASE)
        headers = {"Content-Type": answer.content_type, **dict(answer.headers)}
        return Response(request.url, answer.status, headers=headers, body=answer.body)

    writer = Archive(folder).writer("crawl", {})
    site = Site(BASE)
    fetcher = Fetcher(download, site, 0.0, 3, math.inf, "arxiv-ja-en/0", lambda _: None)
    return Run(site, fetcher, writer, lambda *_: None)
