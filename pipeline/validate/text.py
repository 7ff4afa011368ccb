"""The text policy: how a text as published becomes a text in the tables.

Entities that were escaped twice are resolved, characters composed (NFC), invisible ones dropped,
spaces unified, WordPress's typography undone where that is certain. In Japanese, full-width ASCII
becomes ASCII and half-width kana become full-width. Never NFKC: it makes 10² into 102, ℝ into R
and ½ into 1⁄2. Only comparison keys are folded by it.

Every function here is idempotent and leaves a text that is already clean as it is.
"""

from __future__ import annotations

import html
import re
import unicodedata
from html.entities import html5

from pipeline.validate.untexturize import undo_texturize

_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    "|(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])"
)
"""Control and format characters; a joiner only where it joins no emoji."""
_LINE_END = re.compile(r"(?<![ \t])[ \t]*+(?:\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])\s*+")
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]+")
_FULL_WIDTH_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN = re.compile(r"[ -%'-~\n]*")
"""ASCII without `&`: nothing of the policy but its spaces applies."""


def _clean(text: str) -> str:
    """What both languages share, but for typography."""
    if not _PLAIN.fullmatch(text):
        escaped = None
        while "&" in text and text != escaped:
            escaped, text = text, _ENTITY.sub(_resolved, text)
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return _SPACES.sub(" ", _LINE_END.sub("\n", text)).strip()


def _resolved(match: re.Match[str]) -> str:
    """The character that a reference names, and the reference itself where it names none."""
    name = match[0][1:]
    return html.unescape(match[0]) if name[0] == "#" or name in html5 else match[0]


def normalise_en(text: str) -> str:
    r"""An English text, on one line: line feeds in it are the page's, not the author's.

    >>> normalise_en("It’s\u200b 10² &amp;lt; 11²\nin ℝ.")
    "It's 10² < 11² in ℝ."
    """
    return undo_texturize(_clean(text).replace("\n", " ")).text


def normalise_ja(text: str) -> str:
    r"""A Japanese text; its line feeds stay, since they are the translator's sentence marks.

    >>> normalise_ja("ＬＬＭは　１０²です。\nﾓﾃﾞﾙ（ＢＥＲＴ）も…")
    'LLMは 10²です。\nモデル(BERT)も…'
    """
    text = _HALF_WIDTH_KANA.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return undo_texturize(_clean(text.translate(_FULL_WIDTH_ASCII)), japanese=True).text


def normalise_title(text: str) -> str:
    """A title, on one line; as an English text."""
    return normalise_en(text)


def text_flags(*texts: str | None) -> list[str]:
    """What the policy did to English texts or could not decide, by name; sorted.

    The names are `untexturize.UNDONE` and `untexturize.AMBIGUOUS`.
    """
    flags = {flag for text in texts if text for flag in undo_texturize(_clean(text)).flags}
    return sorted(flags)


def title_key(title: str) -> str:
    """What titles are compared by: letters and digits, folded by NFKC and case.

    A title without any letter or digit is compared by all its characters.

    >>> title_key("  The “Ｌ²-Norm” of É&amp;C: 3×3 ") == title_key("the L2 norm of É&C; 3x3")
    True
    """
    folded = unicodedata.normalize("NFKC", normalise_title(title)).casefold()
    letters = "".join(char for char in folded if char.isalnum())
    return letters or folded


_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306",
    ".": "\u0307", '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323",
    "c": "\u0327", "k": "\u0328", "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß", "aa": "å", "AA": "Å", "ae": "æ",
    "AE": "Æ", "oe": "œ", "OE": "Œ", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ",
    "TH": "Þ",
}  # fmt: skip
_TEX_ACCENT = re.compile(
    r"""\{?\\(?:(?P<mark>[`'^~="."])\s*|(?P<word>[uvHcdbkr])(?:\s+|(?=\{)))"""
    r"(?:\{\\?(?P<braced>[A-Za-z])\}|\\(?P<dotless>[ij])(?![A-Za-z])|(?P<bare>[A-Za-z]))\}?"
)
_TEX_LETTER = re.compile(
    r"\{?\\(ss|aa|AA|ae|AE|oe|OE|dh|DH|th|TH|[oOlLij])(?![A-Za-z])(?:\{\}|\s)?\}?"
)


def normalise_author(name: str) -> str:
    r"""An author's name, on one line, TeX's accents as letters.

    >>> normalise_author(r'Kurt G{\"o}del'), normalise_author(r"Micha{\l} \'{E}mile")
    ('Kurt Gödel', 'Michał Émile')
    """
    if "\\" in name:
        name = _TEX_LETTER.sub(lambda match: _LETTERS[match[1]], _TEX_ACCENT.sub(_accented, name))
    return normalise_en(name)


def _accented(match: re.Match[str]) -> str:
    letter = match["braced"] or match["dotless"] or match["bare"]
    return unicodedata.normalize("NFC", letter + _ACCENTS[match["mark"] or match["word"]])
