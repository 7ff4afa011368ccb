"""The typography WordPress puts on every title and text when it renders them.

A small `wptexturize` (WordPress, wp-includes/formatting.php), enough for prose: curly quotes,
primes, dashes, the ellipsis and the multiplication sign, each as the numeric entity that
WordPress writes. It works on HTML and leaves tags, comments and code alone.
"""

from __future__ import annotations

import re
from functools import lru_cache

_MARKUP = re.compile(r"(<!--.*?-->|<(?:pre|code|script|style)\b.*?</(?:pre|code)>|<[^>]*>)", re.S)

_OPENS = r"(?:(?<=^)|(?<=[\s(\[{\-\u3000「(])|(?<=&lt;))"
"""Where a quote opens: at the start of a text, after a space, a bracket or a hyphen."""

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"---", "&#8212;"),
        (r"(?<=\s)--(?=\s)", "&#8212;"),
        (r"(?<!xn)--", "&#8211;"),
        (r"(?<=\s)-(?=\s)", "&#8211;"),
        (r"\.\.\.", "&#8230;"),
        (r"``", "&#8220;"),
        (r"''", "&#8221;"),
        (r"(?<=\d)\"(?=[\s.,;)]|$)", "&#8243;"),
        (r"(?<=\d)'(?=[\s.,;)]|$)", "&#8242;"),
        (r"'(?=\d\d(?:s|\b))", "&#8217;"),
        (_OPENS + r"'(?!\s|$)", "&#8216;"),
        (r"'", "&#8217;"),
        (_OPENS + r"\"(?!\s|$)", "&#8220;"),
        (r"\"", "&#8221;"),
        (r"\b(?!0x)(\d(?:[\d.,]*\d)?)x(\d(?:[\d.,]*\d)?)\b", r"\1&#215;\2"),
        (r"&(?![A-Za-z]+;|#\d+;|#x[0-9A-Fa-f]+;)", "&#038;"),
    )
)


@lru_cache(maxsize=4096)
def texturize(html: str) -> str:
    """The HTML as WordPress would show it.

    >>> texturize("It's 'so' ... 3x3 -- <a title='x'>y</a>")
    "It&#8217;s &#8216;so&#8217; &#8230; 3&#215;3 &#8212; <a title='x'>y</a>"
    """
    parts = _MARKUP.split(html)
    for place in range(0, len(parts), 2):
        text = parts[place]
        for pattern, replacement in _RULES:
            text = pattern.sub(replacement, text)
        parts[place] = text
    return "".join(parts)
