"""Undoes Cloudflare's e-mail protection, which takes whatever holds an `@` for an address.

It puts `[email protected]` in the place of the text, and the text, in code, into an attribute for
the script that shows it again: of `Pass@k` nothing else is left.

Source: Cloudflare's `email-decode.min.js`: hexadecimal bytes, of which the first is combined with
each of the others by exclusive or.
"""

from __future__ import annotations

import html
import re

_HIDDEN = re.compile(
    r"<(a|span)\b[^<>]{0,500}\bdata-cfemail\s{0,9}=\s{0,9}[\"']?([0-9a-f]{4,1000})\b[^<>]{0,500}>"
    r"[^<]{0,100}</\1\s{0,9}>",
    re.IGNORECASE | re.ASCII,
)


def show_emails(markup: str) -> str:
    """HTML with every hidden text in its place, escaped; what is in no known code stays.

    >>> show_emails('<a class="__cf_email__" data-cfemail="5101302222113a">[email protected]</a>')
    'Pass@k'
    """
    return _HIDDEN.sub(_shown, markup) if "data-cfemail" in markup else markup


def show_emails_of_page(page: bytes) -> bytes:
    """The same of a page in UTF-8."""
    if b"data-cfemail" not in page:
        return page
    return show_emails(page.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _shown(match: re.Match[str]) -> str:
    try:
        key, *code = bytes.fromhex(match[2])
        return html.escape(bytes(byte ^ key for byte in code).decode(), quote=False)
    except ValueError:  # an odd number of digits, or no UTF-8
        return match[0]
