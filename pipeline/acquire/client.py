"""One request and its answer, by httpx2: in time, of bounded size, by a verified connection."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from socket import gaierror

import httpx2

from pipeline.archive.writer import Exchange
from pipeline.settings import SettingError

MAX_BODY = 32 * 1024 * 1024
"""Largest body in bytes, before and after decompression. A REST page of 100 posts has 1 to 2 MB."""
MAX_ENCODINGS = 2
"""How often a body may be compressed; each further time lets few bytes cost a thousandfold work."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class RefusalError(Exception):
    """A request failed in a way that may pass.

    Attributes:
        reason: what failed.
        retry_after: seconds after which the site asks us to come back, or None.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.retry_after = reason, retry_after


class UnreachableError(RefusalError):
    """Nothing answers at the address."""


class CertificateError(Exception):
    """The server does not prove that it is the site's; nothing was sent to it."""


def open_client(host: str, user_agent: str) -> httpx2.AsyncClient:
    """A client that has one connection, keeps no cookies and verifies certificates.

    The authorities are the system's, or those that the environment names by `SSL_CERT_FILE` or
    `SSL_CERT_DIR`. Proxies are taken from the environment too, except for a host that is this one.

    Raises:
        SettingError: the environment names what cannot be used.
    """
    try:
        return httpx2.AsyncClient(
            headers={
                "User-Agent": user_agent,
                "Accept": "text/html,application/json;q=0.9,*/*;q=0.8",
                "Accept-Language": "ja,en;q=0.5",
            },
            verify=httpx2.create_ssl_context(),
            trust_env=host not in _LOOPBACK,
            limits=httpx2.Limits(max_connections=1, keepalive_expiry=None),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )
    except OSError as error:
        reason = f"SSL_CERT_FILE or SSL_CERT_DIR cannot be used: {error.strerror or error}"
        raise SettingError(reason) from None
    except (ImportError, ValueError, httpx2.InvalidURL):
        # Their messages may quote a proxy's password.
        reason = "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names a proxy that cannot be used"
        raise SettingError(reason) from None


async def download(client: httpx2.AsyncClient, url: str, seconds: float) -> Exchange:
    """What `url` answers to one GET, its body decoded; redirects are not followed.

    Raises:
        RefusalError: there is no whole answer of at most `MAX_BODY` within `seconds`.
        CertificateError: the server's certificate is not valid.
        httpx2.InvalidURL: `url` is no address.
    """
    # For TCP and TLS each: a handshake that is cancelled, and has not timed out, is not closed.
    connecting = httpx2.Timeout(None, connect=seconds / 2)
    try:
        async with (
            asyncio.timeout(seconds),
            client.stream("GET", url, timeout=connecting) as response,
        ):
            headers = _pairs(response.headers)
            body = await _read_body(response)
    except (TimeoutError, httpx2.TimeoutException):
        raise RefusalError("no answer in time") from None
    except httpx2.ConnectError as error:
        raise _unconnected(error) from None
    except httpx2.DecodingError:
        raise RefusalError("the answer cannot be decompressed") from None
    except httpx2.ProxyError:
        raise RefusalError("the proxy refuses") from None
    except httpx2.RemoteProtocolError as error:
        ended = str(error).startswith(("peer closed", "Server disconnected"))
        raise RefusalError(
            "the answer broke off" if ended else "the answer is not valid HTTP"
        ) from None
    except (httpx2.TransportError, OSError):
        raise RefusalError("the connection broke") from None
    return Exchange(
        url=url,
        status=response.status_code,
        headers=headers,
        body=body,
        captured_at=datetime.now(UTC),
        request_headers=_pairs(response.request.headers),
    )


async def _read_body(response: httpx2.Response) -> bytes:
    """The decoded body of an answer, if it is not too large; its headers are adapted for that."""
    if int(response.headers.get("Content-Length", 0)) > MAX_BODY:
        raise _too_large()
    encodings = response.headers.get_list("Content-Encoding", split_commas=True)
    if len(encodings) > MAX_ENCODINGS:
        raise RefusalError(f"the answer is compressed {len(encodings)} times")
    if encodings:  # x-gzip is gzip (RFC 9110, 8.4.1.3), which httpx2 does not know
        known = ",".join(encodings).lower().replace("x-gzip", "gzip")
        response.headers["Content-Encoding"] = known
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MAX_BODY:
            raise _too_large()
    return bytes(body)


def _too_large() -> RefusalError:
    return RefusalError(f"an answer of more than {MAX_BODY >> 20} MB")


def _unconnected(error: httpx2.ConnectError) -> Exception:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateError(f"its certificate is not valid: {cause.verify_message}")
        if isinstance(cause, ssl.SSLError):
            return UnreachableError("no secure connection")
        if isinstance(cause, gaierror):
            return UnreachableError("no such host")
        if isinstance(cause, ConnectionRefusedError):
            return UnreachableError("connection refused")
    return RefusalError("the connection broke")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was raised from; several where a host has several addresses."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _causes(each)
    if cause := error.__cause__ or error.__context__:
        yield from _causes(cause)


def _pairs(headers: httpx2.Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)
