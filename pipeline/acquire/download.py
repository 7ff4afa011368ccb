"""Scrapy's HTTP client without the one thing it does on its own."""

from __future__ import annotations

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler


class OneRequestHandler(HTTP11DownloadHandler):
    """Sends a request once.

    Twisted's connection pool sends a GET again, at once, when a kept-open connection turns out to
    be closed; the pause before a request would not be kept.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.retryAutomatically = False
