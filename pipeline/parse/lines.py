"""The front ends: HTML content and plain text become lines, which is all the grammar reads.

A line is what a reader sees as one: every block element, table cell and `<br>` ends it. Class
names of the content are never looked at.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from pipeline.parse.labels import MAX_LABEL, label_of


class Line(NamedTuple):
    """One line of an entry."""

    text: str
    """The visible text, without white space at its ends; never empty."""
    links: tuple[str, ...] = ()
    """Addresses that the line links to, as published."""
    weight: int = 0
    """2 in a heading element, 1 where all of it is bold, else 0."""
    soft: bool = False
    """Whether only a line feed inside a paragraph, and no markup, parts it from the line before."""
    odd: bool = False
    """Whether an element that HTML does not know interrupts it."""


_TOKEN = re.compile(r'<!--.*?-->|<(/?)([a-z][^\s/>]*)((?:[^">]|"[^"]*")*)>|([^<]+)', re.DOTALL)
_RAW = re.compile(
    r"<(script|style|xmp|iframe|noembed|noframes|noscript|template|svg|math|nav|aside|form|select"
    r"|button|object|textarea)\b.*?(?:</\1>|$)",
    re.DOTALL,
)
"""Elements that hold no text of the author, or text that is not escaped."""
_RAW_HINT = re.compile(r"<(?:s[ctev]|xm|if|no|te|ma|na|as|fo|bu|ob)")

_HREF = re.compile(r'\bhref="([^"]*)"')
_ALT = re.compile(r'\balt="([^"]{1,200})"')
_LINE_FEED = re.compile(r"\s*[\n\r\u2028\u2029\x0b\x0c\x85]\s*")


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_BLOCKS = _names("""
    address article blockquote body br caption center col colgroup dd details dialog dir div dl
    dt fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu
    ol p pre search section summary table tbody td tfoot th thead tr ul
""")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_INLINE = _names("""
    a abbr acronym area audio b base basefont bdi bdo big canvas cite code data datalist del dfn
    em embed font head html i img input ins kbd label link map mark meta meter optgroup option
    output param picture progress q rb rp rt rtc ruby s samp small source span strike strong sub
    sup time title track tt u var video wbr
""")
"""Elements of HTML, obsolete ones included, that do not end a line."""


def lines_of_html(content: str) -> list[Line]:
    """The lines of an HTML content.

    Superscripts and subscripts keep their meaning as `^` and `_`; an image stands as its `alt`,
    which is how WordPress writes emoji and formulas.

    Args:
        content: well-formed, as `FramedPost.content`.
    """
    if _RAW_HINT.search(content):
        content = _RAW.sub("", content)
    builder = _Builder()
    for slash, tag, attributes, text in _TOKEN.findall(content):
        if text:
            builder.add(text)
        elif tag in _BLOCKS:
            builder.end_line(-1 if slash and tag in _HEADINGS else tag in _HEADINGS)
        elif tag == "a" and not slash:
            builder.links.extend(html.unescape(href) for href in _HREF.findall(attributes))
        elif tag in {"strong", "b"}:
            builder.bold(-1 if slash else 1)
        elif tag == "img":
            builder.add("".join(_ALT.findall(attributes)[:1]))
        elif tag in {"sup", "sub"} and not slash:
            builder.add("^" if tag == "sup" else "_")
        elif tag and tag not in _INLINE and (builder.parts or '=""' in attributes):
            builder.odd = True
    builder.end_line(0)
    return builder.lines


class _Builder:
    """Collects the text of one line after the other."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.parts: list[str] = []
        self.links: list[str] = []
        self.odd = False
        self._bold = 0
        self._plain = False
        self._heading = 0

    def add(self, text: str) -> None:
        """Text inside the line."""
        if not text or text.isspace():
            if self.parts:
                self.parts.append(text)
            return
        self.parts.append(text)
        if not self._bold:
            self._plain = True

    def bold(self, step: int) -> None:
        """Bold begins or ends; a bold label that opens the line is a line of its own."""
        self._bold = max(0, self._bold + step)
        if step < 0 and not self._bold and self.parts and not self._plain:
            text = html.unescape("".join(self.parts)).strip()
            if len(text) <= MAX_LABEL and label_of(text):
                self.end_line(0)

    def end_line(self, heading: int) -> None:
        """The line is over; `heading` is 1 before, -1 after a heading element's content."""
        if self.parts:
            self._emit()
        if heading:
            self._heading = max(0, self._heading + heading)

    def _emit(self) -> None:
        text = "".join(self.parts)
        if "&" in text:
            text = html.unescape(text)
        text = text.strip()
        weight = 2 if self._heading else 0 if self._plain else 1
        links = tuple(self.links)
        if "\n" in text or _LINE_FEED.search(text):
            rows = [row for row in _LINE_FEED.split(text) if row]
            self.lines.extend(
                Line(row, links, weight, index > 0, self.odd) for index, row in enumerate(rows)
            )
        elif text:
            self.lines.append(Line(text, links, weight, False, self.odd))
        self.parts.clear()
        self.links.clear()
        self.odd = self._plain = False


def lines_of_text(text: str) -> list[Line]:
    """The lines of a plain text that are not empty."""
    rows = (row.strip() for row in _LINE_FEED.split(text))
    return [Line(row) for row in rows if row]
