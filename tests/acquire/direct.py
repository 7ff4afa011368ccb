"""A route's reading of a blog that is not served."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import httpx2

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

    def answer(request: httpx2.Request) -> httpx2.Response:
        target = on_request(request.url.raw_path.decode())
        answer = respond(blog, Quirks(), target, BASE)
        headers = {"Content-Type": answer.content_type, **dict(answer.headers)}
        return httpx2.Response(answer.status, headers=headers, content=answer.body)

    writer = Archive(folder).writer("crawl", {})
    site = Site(BASE)
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    fetcher = Fetcher(client, site, 0.0, 5.0, 3, math.inf, lambda _: None)
    return Run(site, fetcher, writer, lambda _: None)
