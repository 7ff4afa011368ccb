"""HTML content to lines.

A line is what a reader sees as one: every block element, table cell and `<br>` ends it. Only the
class names that `foreign` lists mean anything.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from pipeline.parse.foreign import ELEMENTS, Removed, is_foreign_tag, without_foreign
from pipeline.parse.formulas import with_formulas
from pipeline.parse.labels import MAX_LABEL, label_of
from pipeline.parse.lines import Line
from pipeline.wordpress.dom import without

_as_line: Callable[[tuple[object, ...]], Line] = partial(tuple.__new__, Line)
"""A `Line` of all its fields: what a named tuple's own constructor does, in half the time."""

_UNREAD_NAMES = (
    "script|style|xmp|iframe|noembed|noframes|noscript|template|svg|nav|aside"
    "|form|select|button|object|textarea|plaintext"
)
_UNREAD = re.compile(rf"<!--|<({_UNREAD_NAMES})(?=[\s>])")
"""Comments, and elements that hold no text of the author or text that is not escaped."""
_OPENS_UNREAD = re.compile(rf"!--|(?:{_UNREAD_NAMES}|math)(?!\S)")

_MARKED = re.compile(
    rf"(?:{'|'.join(ELEMENTS)}|img|amp-img)\b|[^/].* (?:class|id|role|style|hidden)\b"
)
"""Tags of elements that may be foreign to the paper."""

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

_BLOCKS = frozenset(
    {
        *("address", "article", "blockquote", "body", "br", "caption", "center", "col"),
        *("colgroup", "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset"),
        *("figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header"),
        *("hgroup", "hr", "legend", "li", "main", "menu", "ol", "p", "pre", "search", "section"),
        *("summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
"""Elements that end a line, where they begin and where they end."""
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BREAKS = frozenset({*(_BLOCKS - _HEADINGS - ELEMENTS.keys()), *(f"/{name}" for name in _BLOCKS)})
"""The tags without attributes that end a line, and do no more."""
_BARE_BREAKS = frozenset(f"{space}<{tag}" for tag in _BREAKS for space in ("", "\n"))
"""The same as most of them stand: with nothing between them and the tag before."""


class Content(NamedTuple):
    """The lines of a content, and what was cut out of it as foreign to the paper."""

    lines: list[Line]
    removed: Sequence[Removed] = ()
    doubtful: bool = False
    """Whether something is left that may be foreign."""


def lines_of_html(content: str) -> Content:
    """The lines of an HTML content.

    Superscripts and subscripts keep their meaning as `^` and `_`; an image stands as its `alt`,
    which is how WordPress writes emoji and formulas.

    Args:
        content: well-formed, as `WordPressPost.content`.
    """
    lines = _read_lines(content, all_read=False)
    if lines is not None:
        return Content(lines)
    content = without(content, _UNREAD)
    content = with_formulas(content) if "<math" in content else content
    content, removed, doubtful = without_foreign(content)
    lines = _read_lines(content, all_read=True)
    assert lines is not None
    return Content(lines, removed, doubtful)


def _read_lines(content: str, *, all_read: bool) -> list[Line] | None:
    """The lines; None where something opens that is not to be read, and not all is."""
    reader = _Reader()
    for piece in content.split(">"):  # text and the tag after it: both hold neither `<` nor `>`
        if piece in _BARE_BREAKS:
            if reader.begun:
                reader.end()
            continue
        text, _, tag = piece.partition("<")
        if tag in _BREAKS and not reader.begun:
            if text := text.strip():
                reader.take_line(text)
            continue
        if text:
            reader.take(text)
        if tag in _BREAKS:
            reader.end()
        elif tag in _HEADINGS:
            reader.begin_heading()
        elif tag:
            if not all_read and _MARKED.match(tag) and is_foreign_tag(tag):
                return None
            if not reader.take_tag(tag) and not all_read:
                return None
    reader.end()
    return reader.lines


class _Reader:
    """Gathers a line between two blocks; bold and heading may reach over several of them."""

    __slots__ = (
        "_all_bold",
        "_all_linked",
        "_bold",
        "_heading",
        "_in_link",
        "_links",
        "_odd",
        "_parts",
        "begun",
        "lines",
    )

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.begun = False
        """Whether there is anything since the last block."""
        self._heading = False
        self._bold = 0
        self._parts: list[str] = []
        """Texts since the last line; the first is not white space alone."""
        self._links: list[str] = []
        self._odd = False
        self._all_bold = True
        self._in_link = False
        self._all_linked = True

    def take_line(self, text: str) -> None:
        """Read a line that is text alone."""
        if "&" in text or "\n" in text or "\r" in text:
            self._emit(text, (), self._bold > 0, False, self._in_link)
        else:
            weight = 2 if self._heading else 1 if self._bold else 0
            self.lines.append(_as_line((text, (), weight, False, False, self._in_link)))
        self._heading = False

    def take(self, text: str) -> None:
        """Read text between two tags."""
        if not text.isspace():
            self.begun = True
            self._parts.append(text)
            self._all_bold = self._all_bold and self._bold > 0
            self._all_linked = self._all_linked and self._in_link
        elif self._parts:
            self._parts.append(text)

    def take_tag(self, tag: str) -> bool:
        """Read a tag without its angle brackets; False where what it opens is not to be read."""
        closes = tag[0] == "/"
        name = tag.split(None, 1)[0].removeprefix("/")
        if name in _BLOCKS:
            self.end()
            self._heading = self._heading or (name in _HEADINGS and not closes)
            return True
        self.begun = True
        take = _TAKES.get(name)
        if take:
            take(self, tag)
        elif name not in _INLINE:
            if _OPENS_UNREAD.match(tag):
                return False
            self._odd = self._odd or '=""' in tag or bool(self._parts)
        return True

    def _take_link(self, tag: str) -> None:
        self._in_link = tag[0] != "/"
        if self._in_link:
            self._links += map(html.unescape, _HREF.findall(tag))

    def _take_bold(self, tag: str) -> None:
        closes = tag[0] == "/"
        self._bold = max(0, self._bold + (-1 if closes else 1))
        if closes and not self._bold and self._all_bold and self._is_label():
            self._emit_gathered()

    def _take_image(self, tag: str) -> None:
        alt = _ALT.search(tag)
        if alt and (self._parts or not alt[1].isspace()):
            self._parts.append(alt[1])

    def _take_script(self, tag: str) -> None:
        """A superscript or subscript."""
        if tag[0] != "/":
            self._parts.append("^" if tag.startswith("sup") else "_")

    def _is_label(self) -> bool:
        """Whether what was gathered is a label and no more."""
        if len(self._parts) > MAX_LABEL:
            return False
        text = html.unescape("".join(self._parts)).strip()
        return len(text) <= MAX_LABEL and label_of(text) is not None

    def begin_heading(self) -> None:
        """End the line, and begin one in a heading element."""
        self.end()
        self._heading = True

    def end(self) -> None:
        """End the line."""
        if self.begun:
            self._emit_gathered()
            self.begun, self._heading, self._all_bold = False, False, True

    def _emit_gathered(self) -> None:
        linked = self._all_linked and bool(self._links)
        self._emit("".join(self._parts), tuple(self._links), self._all_bold, self._odd, linked)
        self._parts, self._links, self._odd, self._all_linked = [], [], False, True

    def _emit(self, text: str, links: tuple[str, ...], bold: bool, odd: bool, linked: bool) -> None:
        """The line, or lines, of a text."""
        if "&" in text:
            text = html.unescape(text)
        text = text.strip()
        if not text:
            return
        weight = 2 if self._heading else 1 if bold else 0
        if "\n" not in text and "\r" not in text:
            self.lines.append(_as_line((text, links, weight, False, odd, linked)))
            return
        texts = [row.strip() for row in text.splitlines() if not row.isspace()]
        self.lines.extend(
            Line(row, links, weight, n > 0, odd, linked) for n, row in enumerate(texts) if row
        )


_TAKES: dict[str, Callable[[_Reader, str], None]] = {
    "a": _Reader._take_link,
    "b": _Reader._take_bold,
    "strong": _Reader._take_bold,
    "img": _Reader._take_image,
    "sup": _Reader._take_script,
    "sub": _Reader._take_script,
}
"""How the inline elements are read that mean something."""
