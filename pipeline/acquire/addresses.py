"""Which addresses belong to the site, and which lead away from it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

_PORTS = {"http": 80, "https": 443}


class OffSiteError(ValueError):
    """An address that is not the site's; the message says why."""


@dataclass(frozen=True)
class Site:
    """One host on one port.

    A change from http to https on the standard ports stays on the site; what leads to http on a
    site of https, as a WordPress behind a proxy may write, is asked for by https.

    Addresses of another host or port are never requested: this is also what keeps a redirect from
    reaching into a private network.
    """

    base_url: str

    @property
    def host(self) -> str:
        """The host's name, in lower case, without port."""
        return (urlsplit(self.base_url).hostname or "").lower()

    def resolve(self, link: str, page_url: str | None = None) -> str:
        """`link`, found on `page_url`, as an absolute address without fragment.

        Raises:
            OffSiteError: it is no address of the site.
        """
        try:
            url = urldefrag(urljoin(page_url or self.base_url + "/", link.strip())).url
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme)
        except ValueError:
            raise OffSiteError("no valid address") from None
        if parts.scheme not in _PORTS:
            raise OffSiteError(f"neither http nor https: {printable_url(url)}")
        if parts.username is not None or parts.password is not None:
            raise OffSiteError(f"an address with credentials: {parts.scheme}://…@…")
        base = urlsplit(self.base_url)
        base_port = base.port or _PORTS[base.scheme]
        if (base_port, port, parts.scheme, base.scheme) == (443, 80, "http", "https"):
            url, port = urlunsplit(parts._replace(scheme="https", netloc=base.netloc)), base_port
        upgraded = (base_port, port) == (80, 443) and parts.scheme == "https"
        if (parts.hostname or "").lower() != self.host or not (port == base_port or upgraded):
            raise OffSiteError(
                f"off the site: {printable_url(f'{parts.scheme}://{parts.netloc}/')}"
            )
        return safe_url_string(url)


def printable_url(url: str, limit: int = 200) -> str:
    """An address fit for a message or a log: percent-encoded, without credentials, not endless."""
    text = safe_url_string("".join(char for char in url if char.isprintable()))
    return text if len(text) <= limit else text[: limit - 1] + "…"
