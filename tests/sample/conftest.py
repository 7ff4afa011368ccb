"""A client that sees every answer as it is: no redirects followed, nothing decoded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPMessage
from urllib.parse import urlsplit

import pytest

from pipeline.sample import Post, SampleSite
from pipeline.settings import SITE_ZONE


@dataclass(frozen=True)
class Answer:
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def fetch(site: SampleSite, target: str, method: str = "GET", **headers: str) -> Answer:
    connection = HTTPConnection(urlsplit(site.base_url).netloc, timeout=10)
    try:
        connection.request(
            method, target, headers={name.replace("_", "-"): each for name, each in headers.items()}
        )
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


@pytest.fixture
def get() -> Callable[..., Answer]:
    return fetch


@pytest.fixture
def make_post() -> Callable[..., Post]:
    """Posts 1, 2, … of 2025-03-04, an hour apart from midnight in Japan."""

    def make(number: int, **fields: object) -> Post:
        midnight = datetime(2025, 3, 4, tzinfo=SITE_ZONE)
        values: dict[str, object] = {
            "post_id": number,
            "slug": f"paper-{number}",
            "posted_at": midnight + timedelta(hours=number - 1),
            "title": f"Paper {number}",
            "content": f"<p>Text of {number}.</p>",
            "categories": ("cs.CL",),
        }
        return Post(**{**values, **fields})  # type: ignore[arg-type]

    return make
