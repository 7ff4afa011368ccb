"""What the sample blog answers, before it is put on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Response:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    content_type: str = "text/html; charset=UTF-8"
    headers: list[tuple[str, str]] = field(default_factory=list)
    """Further headers, in order."""
    shows_posts: bool = False
    """Whether it is a page of posts: after such a page, arriving posts shift the next."""


def redirect(address: str) -> Response:
    """A permanent redirect, as WordPress makes to a canonical address."""
    return Response(301, headers=[("Location", address), ("X-Redirect-By", "WordPress")])
