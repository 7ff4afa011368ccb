r"""Japanese that was damaged on its way: Latin inside a word, wrong encodings, remains of markup.

is_garbled("流fluさ")        a language model changed the language within a word
is_garbled("提案æ‰‹æ³•")    UTF-8 read as Windows-1252
is_garbled(r"\emph{灯台}")   TeX outside a formula
"""

from __future__ import annotations

import re

from pipeline.pair.formulas import blanked, formulas

_KANJI = "一-鿿々"
_PREFIXES = "".join(
    (
        "非不無未反脱超準擬半再各全両同本新旧前後主副他別毎単双片多少高低強弱大小長短深浅速",
        "次先元亜被既対自逆等",
    )
)
"""Kanji that stand before a foreign word as they stand before a Japanese one: 低rank, 各layer."""

_INSIDE_A_WORD = re.compile(
    rf"(?<![{_KANJI}ァ-ヺーA-Za-z])(?:"
    rf"(?![{_PREFIXES}])[{_KANJI}][a-z]{{3,12}}(?=[ぁ-ん{_KANJI}])"
    rf"|[{_PREFIXES}][a-z]{{3,12}}(?=しい|しく|[いきくるれ]))"
)
_LOST = re.compile("[\ufffd\x80-\x9f\ud800-\udfff]")
_LATIN_RUN = re.compile("[\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{2,40}")
_UTF_8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\xe2\xe3][\x80-\xbf]"
)
"""A character of several bytes (RFC 3629); of the punctuation of both languages, also its start."""

_AS_SHIFT_JIS = re.compile(r"[繧繝]|縺(?!れ)|[､｡･｢｣][ｦ-ﾟ､｡･｢｣][､｡･｢｣][ｦ-ﾟ､｡･｢｣]")
"""UTF-8 or EUC-JP read as Shift_JIS: their first bytes become these kanji and marks."""

_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|n(?![A-Za-z]))")
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}\d?|#\d{2,6}|#[xX][0-9A-Fa-f]{2,6});")
_TEX = re.compile(r"\\[A-Za-z]{2,}|\\[,;!]|\\[\"'`^~=.][A-Za-z{]|\\[Hckuvr]\{|\^\{")


def is_garbled(text: str, english: str = "") -> bool:
    r"""Whether a Japanese text is damaged; formulas may hold whatever formulas hold.

    Args:
        text: the Japanese.
        english: what it translates; markup that stands in it as well is the author's own.

    >>> is_garbled("流fluさを保つ。"), is_garbled(r"GPUで$\alpha$波を測る。")
    (True, False)
    """
    if _LOST.search(text) or _AS_SHIFT_JIS.search(text) or _INSIDE_A_WORD.search(text):
        return True
    if any(_UTF_8.search(_bytes_of(run)) for run in _LATIN_RUN.findall(text)):
        return True
    if "\\" not in text and "&" not in text and "^{" not in text:
        return False
    text = blanked(text, formulas(text))
    remains = (found[0] for pattern in (_ESCAPE, _ENTITY, _TEX) for found in pattern.finditer(text))
    return any(remain not in english for remain in remains)


def _bytes_of(run: str) -> bytes:
    """The bytes that were read as these characters."""
    return b"".join(
        char.encode("latin-1") if char <= "\xff" else char.encode("cp1252") for char in run
    )
