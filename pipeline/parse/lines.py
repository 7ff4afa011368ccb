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


_ATTRIBUTES = r"(?:\s[^>]*)?"
_UNREAD = re.compile(
    r"<!--.*?-->|<(script|style|xmp|iframe|noembed|noframes|noscript|template|svg|math|nav|aside"
    r"|form|select|button|object|textarea)\b.*?(?:</\1>|$)",
    re.DOTALL,
)
"""Comments, and elements that hold no text of the author or text that is not escaped."""
_UNREAD_HINT = re.compile(r"<(?:[!x]|s[cetv]|if|no|te|ma|na|as|fo|bu|ob)")

_HEADING, _BREAK = "\x02", "\x1e"
"""What stands for a heading's start and a line's end once the blocks are gone."""
_HEADINGS = re.compile(rf"<h[1-6]{_ATTRIBUTES}>")
_BLOCKS = re.compile(
    r"</?(?:td|tr|p|br|h[1-6]|div|li|tbody|table|ul|dd|dt|dl|ol|th|section|article|blockquote"
    r"|caption|center|col|colgroup|address|body|details|dialog|dir|fieldset|figcaption|figure"
    rf"|footer|header|hgroup|hr|legend|main|menu|pre|search|summary|tfoot|thead){_ATTRIBUTES}>"
)
_TOKEN = re.compile(r"<(/?)([a-z][^\s/>]*)([^>]*)>|([^<]+)")
_HREF = re.compile(r'\bhref="([^"]*)"')
_ALT = re.compile(r'\balt="([^"]{1,200})"')

_INLINE = frozenset(
    {
        *("a", "abbr", "acronym", "area", "audio", "b", "base", "basefont", "bdi", "bdo", "big"),
        *("canvas", "cite", "code", "data", "datalist", "del", "dfn", "em", "embed", "font"),
        *("head", "html", "i", "img", "input", "ins", "kbd", "label", "link", "map", "mark"),
        *("meta", "meter", "optgroup", "option", "output", "param", "picture", "progress", "q"),
        *("rb", "rp", "rt", "rtc", "ruby", "s", "samp", "small", "source", "span", "strike"),
        *("strong", "sub", "sup", "time", "title", "track", "tt", "u", "var", "video", "wbr"),
    }
)
"""Elements of HTML, obsolete ones included, that do not end a line."""


def lines_of_html(content: str) -> list[Line]:
    """The lines of an HTML content.

    Superscripts and subscripts keep their meaning as `^` and `_`; an image stands as its `alt`,
    which is how WordPress writes emoji and formulas.

    Args:
        content: well-formed, as `FramedPost.content`.
    """
    if _UNREAD_HINT.search(content):
        content = _UNREAD.sub("", content)
    reader = _Reader()
    marked = _BLOCKS.sub(_BREAK, _HEADINGS.sub(_BREAK + _HEADING, content))
    for segment in marked.split(_BREAK):
        if segment and not segment.isspace():
            reader.read(segment)
    return reader.lines


def lines_of_text(text: str) -> list[Line]:
    """The lines of a plain text that are not empty."""
    rows = (row.strip() for row in text.splitlines())
    return [Line(row) for row in rows if row]


class _Reader:
    """Reads what stands between two blocks; bold and heading may reach over several of them."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._heading = False
        self._bold = 0

    def read(self, segment: str) -> None:
        """The line, or lines, of a segment."""
        if segment[0] == _HEADING:
            self._heading = True
            segment = segment[1:]
            if not segment or segment.isspace():
                return
        if "<" in segment:
            self._read_inline(segment)
        else:
            self._emit(segment, (), self._bold > 0, False)
        self._heading = False

    def _read_inline(self, segment: str) -> None:
        parts: list[str] = []
        links: list[str] = []
        odd, all_bold = False, True
        for slash, tag, attributes, text in _TOKEN.findall(segment):
            if text:
                parts.append(text)
                all_bold = all_bold and (self._bold > 0 or text.isspace())
            elif tag == "a":
                links.extend(map(html.unescape, _HREF.findall(attributes)))
            elif tag in {"strong", "b"}:
                self._bold = max(0, self._bold + (-1 if slash else 1))
                if slash and not self._bold and all_bold and _is_label("".join(parts)):
                    self._emit("".join(parts), tuple(links), True, odd)
                    parts, links, odd = [], [], False
            elif tag == "img":
                parts.extend(_ALT.findall(attributes)[:1])
            elif tag in {"sup", "sub"} and not slash:
                parts.append("^" if tag == "sup" else "_")
            elif tag not in _INLINE and ('=""' in attributes or "".join(parts).strip()):
                odd = True
        self._emit("".join(parts), tuple(links), all_bold, odd)

    def _emit(self, text: str, links: tuple[str, ...], bold: bool, odd: bool) -> None:
        if "&" in text:
            text = html.unescape(text)
        text = text.strip()
        if not text:
            return
        weight = 2 if self._heading else 1 if bold else 0
        if "\n" not in text and "\r" not in text:
            self.lines.append(Line(text, links, weight, False, odd))
            return
        texts = [row.strip() for row in text.splitlines() if not row.isspace()]
        self.lines.extend(
            Line(row, links, weight, n > 0, odd) for n, row in enumerate(texts) if row
        )


def _is_label(text: str) -> bool:
    text = html.unescape(text).strip()
    return len(text) <= MAX_LABEL and label_of(text) is not None
