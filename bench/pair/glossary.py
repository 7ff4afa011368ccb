"""How right the glossary is, against a dictionary that was made by others.

Usage: python -m bench.pair.glossary [--wrong]

The dictionary is EDICT, in Debian's package `edict` (Electronic Dictionary Research and Development
Group, CC BY-SA). A term is judged where EDICT gives it as a meaning of something, as it stands; it
is right where its first rendering is among what EDICT gives it for. The part `fit` chose the
thresholds. Without the ACL abstracts the sample serves, which is too small to say much.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.pair.testsets import Abstract, abstracts, is_test
from pipeline.pair.abstracts import pair_abstract
from pipeline.pair.glossary import Bead, Entry, make_glossary
from pipeline.pair.stage import ALIGNER_VERSION

EDICT = Path("/usr/share/edict/edict")
SURE = 0.9

_REMARK = re.compile(r"\([^)]*\)|\{[^}]*\}")


def dictionary(file: Path = EDICT) -> dict[str, set[str]]:
    """For each English meaning of EDICT the Japanese words that have it."""
    words: defaultdict[str, set[str]] = defaultdict(set)
    for line in file.read_text(encoding="euc-jp", errors="replace").splitlines():
        head, _, meanings = line.partition("/")
        forms = {_REMARK.sub("", form) for form in re.split(r"[;\[\] ]", head) if form}
        for meaning in meanings.split("/"):
            english = " ".join(_REMARK.sub("", meaning).split()).lower()
            words[english] |= forms
    return dict(words)


def beads(rows: Iterable[Abstract]) -> Iterator[Bead]:
    """The beads of abstracts of which the aligner is sure."""
    for row in rows:
        paired = pair_abstract(row.en, row.ja)
        for scored in paired.beads:
            if scored.bead.aligned and scored.score >= SURE:
                en = (
                    paired.english[scored.bead.en_start][0],
                    paired.english[scored.bead.en_end - 1][1],
                )
                ja = (
                    paired.japanese[scored.bead.ja_start][0],
                    paired.japanese[scored.bead.ja_end - 1][1],
                )
                yield Bead(row.id, row.en[slice(*en)], row.ja[slice(*ja)])


def judged(entries: Iterable[Entry], words: dict[str, set[str]]) -> Iterator[tuple[Entry, bool]]:
    """The entries that the dictionary knows, and whether it agrees."""
    for entry in entries:
        known = words.get(entry.term.lower(), set())
        if known:
            yield entry, entry.renderings[0].ja in known


def main() -> None:
    """Print how many terms there are, how many EDICT knows, and the share that is right."""
    words = dictionary()
    rows = abstracts()
    print(f"Aligner {ALIGNER_VERSION}.\n")
    print("| abstracts | terms | EDICT knows | first rendering right |\n|---|---:|---:|---:|")
    for name, chosen in (
        ("part fit", [row for row in rows if not is_test(row)]),
        ("part test", [row for row in rows if is_test(row)]),
        ("all", rows),
    ):
        entries = make_glossary(beads(chosen), {})
        results = list(judged(entries, words))
        right = sum(agrees for _, agrees in results)
        share = right / len(results) if results else 0.0
        print(f"| {name}, {len(chosen)} | {len(entries)} | {len(results)} | {share:.3f} |")
        if "--wrong" in sys.argv:
            for entry, agrees in results:
                if not agrees:
                    known = sorted(words[entry.term.lower()])[:8]
                    print(f"  {entry.term}: {entry.renderings} {known}")


if __name__ == "__main__":
    main()
