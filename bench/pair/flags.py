"""How right the flags are on invented sentences of ten fields, each put into a whole abstract.

Usage: python -m bench.pair.flags [PART] [--list]

`tests/pair/flags.tsv` was written before the rules were looked at. Each of its doubtful sentences,
and each that only looks doubtful, is put into the clean abstract of its field, within it or at its
end: 27 abstracts a field. Six fields are the part `tune`, for work on the rules; nothing is fitted
to the others, which are `test`. `--list` prints the abstracts judged wrong.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.pair.fields import Counts
from pipeline.pair import ALIGNER_VERSION
from pipeline.pair.abstracts import PairedAbstract, pair_abstract

FLAGS_FILE = Path(__file__).resolve().parents[2] / "tests" / "pair" / "flags.tsv"
NO_TEXT_FILE = FLAGS_FILE.with_name("no_text.tsv")

TUNE_FIELDS = frozenset({"hep", "astro-ph", "cond-mat", "math", "q-bio", "econ"})

MIDDLE = 3
"""Sentences of the clean abstract before one that stands within it."""


@dataclass(frozen=True, slots=True)
class FlagCase:
    """An abstract with the flags it should have, and those that are right either way."""

    field: str
    en: str
    ja: str
    flags: frozenset[str]
    either: frozenset[str]
    told_by: str


def _lines(file: Path) -> Iterator[list[str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        table = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(table)
        yield from table


def cases(part: str) -> list[FlagCase]:
    """The abstracts of a part; those without text are of no field, and of the part `test`."""
    context: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    put_in = []
    for name, place, flags, en, ja in _lines(FLAGS_FILE):
        if place == "context":
            context[name].append((en, ja))
        else:
            put_in.append((name, place, flags, en, ja))
    found = [
        _case(name, [*context[name][:at], (en, ja), *context[name][at:]], flags, ja)
        for name, place, flags, en, ja in put_in
        if (name in TUNE_FIELDS) == (part == "tune")
        for at in [MIDDLE if place == "mid" else len(context[name])]
    ]
    if part == "test":
        found += [_case("none", [(en, ja)], flags, ja) for flags, en, ja in _lines(NO_TEXT_FILE)]
    return found


def _case(name: str, sentences: list[tuple[str, str]], flags: str, told_by: str) -> FlagCase:
    listed = [flag for flag in flags.split(",") if flag]
    return FlagCase(
        name,
        " ".join(en for en, _ in sentences),
        "".join(ja for _, ja in sentences),
        frozenset(flag for flag in listed if not flag.startswith("?")),
        frozenset(flag[1:] for flag in listed if flag.startswith("?")),
        told_by,
    )


def measure(
    part: str, pair: Callable[[str, str], PairedAbstract] = pair_abstract
) -> tuple[dict[str, Counts], dict[str, Counts], list[tuple[FlagCase, tuple[str, ...]]]]:
    """Counts by flag, those of `omission_suspected` by field, and the cases judged wrong."""
    by_flag: defaultdict[str, Counts] = defaultdict(Counts)
    by_field: defaultdict[str, Counts] = defaultdict(Counts)
    wrong = []
    for number, case in enumerate(cases(part)):
        flags = pair(case.en, case.ja).flags
        found = set(flags) - case.either
        for flag in found | case.flags:
            one = [(number, flag)]
            gold, seen = one if flag in case.flags else [], one if flag in found else []
            by_flag[flag].add(seen, gold)
            if flag == "omission_suspected":
                by_field[case.field].add(seen, gold)
        if found != case.flags:
            wrong.append((case, flags))
    return by_flag, by_field, wrong


def _table(head: str, counts: dict[str, Counts]) -> list[str]:
    return [
        f"| {head} | precision | recall | there are |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {of.precision:.2f} | {of.recall:.2f} | {of.gold} |"
            for name, of in counts.items()
        ),
    ]


def main() -> None:
    """Measure a part and print it as Markdown."""
    part = next((word for word in sys.argv[1:] if not word.startswith("-")), "test")
    by_flag, by_field, wrong = measure(part)
    print(f"Aligner {ALIGNER_VERSION}, part `{part}`: {len(cases(part))} abstracts.\n")
    print("\n".join(_table("flag", {f"`{name}`": by_flag[name] for name in sorted(by_flag)})))
    print()
    print("\n".join(_table("`omission_suspected` by field", by_field)))
    if "--list" in sys.argv:
        for case, flags in wrong:
            print(case.field, sorted(case.flags), list(flags), case.told_by, sep="\t")


if __name__ == "__main__":
    main()
