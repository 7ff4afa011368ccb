"""The lexicon: which units of Japanese go with which English words, learnt from abstracts.

One line a word in `lexicon.tsv`: the word's stem, how reliably one of its units is there when the
word is (in percent), and its units with their gains, `unit:gain`, the gain being the logarithm of
how much likelier the unit is beside the word, in tenths of a nat. `lexicon.json` tells what it was
learnt from and under which terms.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pipeline.settings import BUNDLED

LEXICON_FILE = BUNDLED / "data" / "reference" / "lexicon.tsv"
"""The lexicon that ships with the project."""


class LexiconError(ValueError):
    """A lexicon cannot be read; the message names file, line and reason."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What is known of words and units; an empty one is a valid lexicon.

    Attributes:
        version: names the content, `none` where there is none.
        by_unit: for every Japanese unit the English stems it goes with, and the gain in nats.
        reliability: for every English stem the share of its sentences, in [0, 1], whose Japanese
            holds one of its units.
    """

    version: str = "none"
    by_unit: Mapping[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)
    reliability: Mapping[str, float] = field(default_factory=dict)

    _units: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Turn the entries round."""
        units: defaultdict[str, set[str]] = defaultdict(set)
        for unit, words in self.by_unit.items():
            for word, _ in words:
                units[word].add(unit)
        object.__setattr__(
            self, "_units", {word: frozenset(found) for word, found in units.items()}
        )

    def __bool__(self) -> bool:
        return bool(self.by_unit)

    def units_of(self, word: str) -> frozenset[str]:
        """The Japanese units that an English stem goes with."""
        return self._units.get(word, frozenset())


def write_lexicon(
    words: Mapping[str, tuple[float, Mapping[str, float]]],
    file: Path,
    source: Mapping[str, object],
) -> str:
    """Write `words` (stem to reliability and gains) and beside it what they were learnt from.

    Returns:
        The version: twelve digits of the hash of the table.
    """
    lines = []
    for word in sorted(words):
        reliability, gains = words[word]
        listed = sorted(gains.items(), key=lambda item: (-round(item[1] * 10), item[0]))
        cells = " ".join(f"{unit}:{round(gain * 10)}" for unit, gain in listed)
        lines.append(f"{word}\t{round(reliability * 100)}\t{cells}\n")
    content = "".join(lines).encode()
    version = _version(content)
    asset_metadata = {"version": version, "words": len(lines), **source}
    file.parent.mkdir(parents=True, exist_ok=True)
    for path, data in (
        (file, content),
        (file.with_suffix(".json"), json.dumps(asset_metadata, indent=2).encode() + b"\n"),
    ):
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        part.replace(path)
    return version


def read_lexicon(file: Path) -> Lexicon:
    """The lexicon in `file`, a table as `write_lexicon` makes it.

    Raises:
        LexiconError: it is not such a table.
        OSError: it cannot be read.
    """
    content = file.read_bytes()
    by_unit: dict[str, list[tuple[str, float]]] = {}
    reliability = {}
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError as error:
        raise LexiconError(f"{file}: not UTF-8") from error
    for number, line in enumerate(lines, 1):
        try:
            word, percent, cells = line.split("\t")
            reliability[word] = int(percent) / 100
            for cell in cells.split():
                unit, gain = cell.split(":")
                by_unit.setdefault(unit, []).append((word, int(gain) / 10))
        except ValueError as error:
            raise LexiconError(f"{file}, line {number}: not `word, percent, units`") from error
    version = _version(content)
    return Lexicon(version, {unit: tuple(words) for unit, words in by_unit.items()}, reliability)


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def shipped_version() -> str:
    """The version of the project's lexicon, without reading its words: 1 ms, not 300."""
    return _version(LEXICON_FILE.read_bytes()) if LEXICON_FILE.exists() else Lexicon().version


@lru_cache(maxsize=1)
def shipped_lexicon() -> Lexicon:
    """The project's lexicon; the empty one where the file has been taken away."""
    return read_lexicon(LEXICON_FILE) if LEXICON_FILE.exists() else Lexicon()
