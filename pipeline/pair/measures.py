"""Numbers with a unit, by their size in the unit without prefix: 20 fs, 5キロメートル."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_PREFIXES = {
    **{"f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "μ": -6, "m": -3, "c": -2},
    **{"k": 3, "K": 3, "M": 6, "G": 9, "T": 12},
}
_SPELLED_PREFIXES = {
    **{"femto": -15, "pico": -12, "nano": -9, "micro": -6, "milli": -3, "centi": -2},
    **{"kilo": 3, "mega": 6, "giga": 9, "tera": 12},
    **{"フェムト": -15, "ピコ": -12, "ナノ": -9, "マイクロ": -6, "ミリ": -3, "センチ": -2},
    **{"キロ": 3, "メガ": 6, "ギガ": 9, "テラ": 12},
}
_SPELLED_UNITS = {
    **{"second": "s", "metre": "m", "meter": "m", "gram": "g", "hertz": "Hz", "volt": "V"},
    **{"electronvolt": "eV", "electron volt": "eV", "watt": "W", "pascal": "Pa", "byte": "B"},
    **{"秒": "s", "メートル": "m", "グラム": "g", "ヘルツ": "Hz", "電子ボルト": "eV"},
    **{"ボルト": "V", "ワット": "W", "パスカル": "Pa", "バイト": "B"},
}
_MEASURE = re.compile(
    r"(?<![A-Za-z\d.,])(?P<number>\d{1,15}(?:,\d{3})*(?:\.\d{1,15})?)[ \u00a0\u2009\u202f-]?(?:"
    rf"(?P<spelled>{'|'.join(_SPELLED_PREFIXES)})?"
    rf"(?P<word>{'|'.join(sorted(_SPELLED_UNITS, key=len, reverse=True))})"
    rf"|(?P<prefix>[{''.join(_PREFIXES)}])?(?P<unit>s|m|g|Hz|eV|V|W|Pa)(?![A-Za-z])"
    r"|(?P<large>[KkMGT])(?P<byte>B)(?![A-Za-z]))"
)


class Measure(NamedTuple):
    """A number with its unit.

    Attributes:
        number: the number as it stands, without commas.
        unit: the unit without prefix.
        size: how many of these it is.
        start: where the number begins.
    """

    number: float
    unit: str
    size: str
    start: int


def measures(text: str) -> tuple[Measure, ...]:
    """Those in folded text of either language whose unit is a usual one of the SI."""
    return tuple(map(_measure, _MEASURE.finditer(text))) if text else ()


def _measure(match: re.Match[str]) -> Measure:
    number = float(match["number"].replace(",", ""))
    if match["word"]:
        unit, power = _SPELLED_UNITS[match["word"]], _SPELLED_PREFIXES.get(match["spelled"], 0)
    else:
        unit = match["unit"] or match["byte"]
        power = _PREFIXES.get(match["prefix"] or match["large"], 0)
    return Measure(number, unit, format(number * 10.0**power, ".9g"), match.start("number"))


def changed(english: Sequence[Measure], japanese: Iterable[Measure]) -> Iterator[tuple[int, bool]]:
    """Where an English number with a unit begins, and whether the Japanese gives another size.

    Left out are those of whose unit the Japanese says nothing, with that number or of that size.
    """
    numbers: dict[tuple[float, str], set[str]] = {}
    sizes = set()
    for measure in japanese:
        numbers.setdefault((measure.number, measure.unit), set()).add(measure.size)
        sizes.add((measure.unit, measure.size))
    for measure in english:
        if (measure.unit, measure.size) in sizes:
            yield measure.start, False
        elif (measure.number, measure.unit) in numbers:
            yield measure.start, True
