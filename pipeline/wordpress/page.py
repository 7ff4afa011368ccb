"""Reads a WordPress page: which posts it holds, whose they are and what comes next.

The markup around the posts is WordPress's and its theme's (Twenty Ten), not the author's: it is
stable, so it is read by class and id. What stands inside a post's content is not read here.

    read_page(body, content_type="text/html; charset=UTF-8", url="https://…/2025/03/04/")
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from pipeline.wordpress.emails import show_emails_of_page
from pipeline.wordpress.excerpts import with_excerpts
from pipeline.wordpress.feed import read_feed
from pipeline.wordpress.html import read_html
from pipeline.wordpress.model import Extent, Front, UnreadablePage, WordPressPage, WordPressPost
from pipeline.wordpress.rest import read_rest

__all__ = [
    "Extent",
    "Front",
    "UnreadablePage",
    "WordPressPage",
    "WordPressPost",
    "decode_body",
    "front_of",
    "read_page",
]

_NO_CONTROLS = bytes({*range(256)} - {*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20)})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WEB_ENCODINGS = frozenset(
    "ascii big5 big5hkscs cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp866 "
    "cp874 cp932 cp949 euc_jis_2004 euc_jp euc_kr gb18030 gb2312 gbk iso2022_jp iso2022_jp_1 "
    "iso2022_jp_2 iso2022_jp_3 iso2022_jp_ext iso8859-1 iso8859-10 iso8859-13 iso8859-14 "
    "iso8859-15 iso8859-16 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 "
    "iso8859-9 koi8-r koi8-u mac-cyrillic mac-roman shift_jis shift_jis_2004 tis-620 utf-16 "
    "utf-16-be utf-16-le utf-8 utf-8-sig".split()
)
"""Python's names of the encodings that a page may declare, and of their Japanese kin.

Source: the Encoding Standard (encoding.spec.whatwg.org). Others of Python's are no encodings of
text, take quadratic time (`idna`, `punycode`), or make surrogates (`unicode_escape`, `utf-7`).
"""
_UNDECLARED = ("cp932", "euc_jp", "utf_8")
"""What Japanese pages and texts are in that do not say so."""
_JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_JSON_START = re.compile(rb"\{|\[\s*[{\]]")
_FEED_SIGN = re.compile(rb"<rss|\A<\?xml")
_HTML_TAG = re.compile(rb"<(?:!doctype|html|head|body|!--|meta|div|article|main|section)\b")
_ANY_TAG = re.compile(rb"%b|<[a-z][a-z0-9]*[\s>]" % _HTML_TAG.pattern)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE
)


def _media_type(content_type: str | None) -> tuple[str, str | None]:
    """The media type, in lower case, and the charset that a Content-Type header names."""
    media, _, parameters = (content_type or "").partition(";")
    charset = _CHARSET.search(parameters)
    return media.strip().lower(), charset[1] if charset else None


def front_of(body: bytes, content_type: str | None = None) -> Front:
    """What kind of document `body` is: what its bytes show first, then what its server said."""
    media, _ = _media_type(content_type)
    start = body[:2048].removeprefix(codecs.BOM_UTF8).lstrip()
    lower = start.lower()
    if _JSON_START.match(start):
        return "rest"
    if media in {"text/html", "application/xhtml+xml"} or b"<html" in lower:
        return "html"
    if "xml" in media or _FEED_SIGN.search(lower):
        return "feed"
    if "json" in media:
        return "rest"
    tag = _HTML_TAG if media == "text/plain" else _ANY_TAG
    return "html" if tag.match(lower) else "text"


def decode_body(body: bytes, content_type: str | None = None) -> str:
    """`body` as text: by its byte order mark, its header, its own `<meta>`, else UTF-8.

    What is valid UTF-8 beyond ASCII is read as such, whatever header and `<meta>` say.

    Bytes that are not of the encoding become U+FFFD.

    Raises:
        UnreadablePage: it is empty or binary.
    """
    return body.decode(_encoding(body, content_type), "replace")


def _encoding(body: bytes, content_type: str | None) -> str:
    """The name of the encoding of `body`, one that Python knows.

    Raises:
        UnreadablePage: it is empty or binary.
    """
    if not body or body.isspace():
        raise UnreadablePage("empty")
    encoding = _declared_encoding(body, content_type)
    if not encoding.startswith("utf-16") and len(body[:4096].translate(None, _NO_CONTROLS)) > 8:
        raise UnreadablePage("binary, not text")
    # Text of another encoding is hardly ever valid UTF-8: servers and tags err more often.
    is_utf8 = not encoding.startswith("utf") and not body.isascii() and _is_utf8(body)
    if encoding == "utf-8" and not _is_utf8(body):
        return _detected(body) or encoding
    return "utf-8" if is_utf8 else encoding


def _detected(body: bytes) -> str | None:
    """The Japanese encoding that a page without a declared one is in; None where it is in none.

    A page that is UTF-8 but for some damaged bytes is in none of them.
    """
    from charset_normalizer import from_bytes

    best = from_bytes(body, cp_isolation=[*_UNDECLARED], enable_fallback=False).best()
    return best.encoding if best is not None and _JAPANESE.search(str(best)) else None


def _declared_encoding(body: bytes, content_type: str | None) -> str:
    """What its byte order mark says, else its header, else its own `<meta>`, else UTF-8."""
    names = [name for mark, name in _MARKS if body.startswith(mark)]
    _, charset = _media_type(content_type)
    meta = _META_CHARSET.search(body, 0, 1024)
    names += filter(None, (charset, meta and meta[1].decode("ascii"), "utf-8"))
    return next(filter(_is_web_encoding, names)).lower()


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=64)
def _is_web_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name).name in _WEB_ENCODINGS
    except (LookupError, ValueError):
        return False


def read_page(body: bytes, *, content_type: str | None = None, url: str = "") -> WordPressPage:
    """The posts of a page: HTML, a REST answer (one post or a list) or an RSS feed.

    A page of plain text has none, nor has an HTML page that is not WordPress's.

    Args:
        body: the decoded response body.
        content_type: as the server named it.
        url: where it was fetched; relative links are resolved against it.

    Raises:
        UnreadablePage: it is empty, binary, no valid JSON, or a REST error.
    """
    front = front_of(body, content_type)
    encoding = _encoding(body, content_type)
    if front == "html":
        is_utf8 = encoding in {"utf-8", "utf8"}
        page = body if is_utf8 else body.decode(encoding, "replace").encode()
        return with_excerpts(read_html(show_emails_of_page(page), url))
    if front == "text":
        return WordPressPage("text", None, ())
    text = body.decode(encoding, "replace")
    return read_rest(text) if front == "rest" else read_feed(text)
