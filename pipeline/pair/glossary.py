"""A glossary: which Japanese renderings the English terms of aligned sentences have.

A term is up to four words without small words between them, a rendering a stretch of kanji and
katakana; both end where their phrase does, and stand where a noun does, as far as the words beside
them tell. They go together by how often the same beads have both (Dice's coefficient); where a
translation says 大規模言語モデル(LLM) of a large language model (LLM), that speaks for it too. What
a rendering explains is set aside before the next one is looked for.

It is made for readers. The aligner and the flags never use it: what a run makes must not change
what it makes of the same texts later.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.pair.english_terms import full_form, prose, singular, term_key, terms
from pipeline.pair.tokens import fold

MIN_PAPERS = 3
"""Papers that a term, and each of its renderings beside it, must be in."""

MIN_DICE = 0.5
"""Least coefficient of a rendering of what no earlier one explains."""

BRACKET_WORTH = 0.1
"""What each bracket that names a term after a rendering adds to the coefficient ..."""

BRACKETS_COUNTED = 3
"""... for at most so many."""

MAX_PARTS = 8
"""Kanji, and runs of katakana, of a rendering."""
MAX_RENDERINGS = 4

WHOLE = 0.8
"""A term of which so large a share stands within one longer term is left to that one."""

_ABBREVIATED = re.compile(r"((?:[A-Za-z][A-Za-z'-]*\s+){1,6})\(([A-Z][A-Za-z-]{1,8})\)")
_RUN = re.compile(
    r"(?:[一-鿿々]|[ァ-ヴ][ァ-ヴー]*|(?<=[一-鿿])[きみりけめえいしちびぎげれせ](?=[一-鿿]))+"
    r"(?:(?<=[一-鿿])[みきりけせえめれ](?=[をがはにのでとへも、。(]|$))?"
)
_PART = re.compile(r"[一-鿿々][ぁ-ん]?|[ァ-ヴー]+")
_AFTER_NOUN = re.compile(r"[^ぁ-ん]|[をがはにのとへもや]|で(?!き)|から|まで|より|など|だ|$")
"""After a run that is a noun; after others a verb or an adjective goes on."""
_BRACKETED = re.compile(r"\(([A-Za-z][A-Za-z -]{1,60}?)\s?[,;:、)]")


class Rendering(NamedTuple):
    """A Japanese rendering, the sentences it translates the term in, and their share of all."""

    ja: str
    n: int
    share: float


class Entry(NamedTuple):
    """A term with what is known of it; the rendering that is most frequent first."""

    term: str
    renderings: list[Rendering]
    n_papers: int
    variants: list[str]
    categories: list[str]


class Bead(NamedTuple):
    """A paper's id, and the English and the Japanese of one of its beads."""

    paper_id: str
    en: str
    ja: str


@dataclass(slots=True)
class _Seen:
    """What was seen of all beads: terms by their key, renderings as they are."""

    papers: list[str] = field(default_factory=list)
    terms: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    forms: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    renderings: list[tuple[str, ...]] = field(default_factory=list)
    short: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    bracketed: Counter[tuple[str, str]] = field(default_factory=Counter)


def make_glossary(
    beads: Iterable[Bead], categories: Mapping[str, Sequence[str]], min_papers: int = MIN_PAPERS
) -> list[Entry]:
    """The terms of `beads` with their renderings, by term.

    Args:
        beads: those that are surely right; the same in any order.
        categories: those of each paper.
        min_papers: papers that a term, and each of its renderings beside it, must be in.
    """
    seen = _Seen()
    for number, bead in enumerate(sorted(set(beads))):
        _look_at(seen, number, bead)
    _name_brackets(seen)
    seen.terms = _in_papers(seen.terms, seen.papers, min_papers)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for number, found in enumerate(seen.renderings):
        for rendering in found:
            places[rendering].append(number)
    usual = _in_papers(places, seen.papers, min_papers)
    seen.renderings = [tuple(filter(usual.__contains__, found)) for found in seen.renderings]
    counts = {rendering: len(numbers) for rendering, numbers in usual.items()}
    parts = _parts_of_longer(seen)
    entries = []
    for key in seen.terms.keys() - parts:
        renderings = list(_renderings(seen, key, counts, min_papers))
        if renderings:
            entries.append(_entry(seen, key, renderings, categories))
    return sorted(entries, key=lambda entry: entry.term)


def _look_at(seen: _Seen, number: int, bead: Bead) -> None:
    """Take in what a bead holds."""
    english, japanese = fold(prose(bead.en)), fold(prose(bead.ja))
    seen.papers.append(bead.paper_id)
    for key, form in dict(terms(english)).items():
        seen.terms[key].append(number)
        seen.forms[key][form] += 1
    for words, short in _ABBREVIATED.findall(english):
        if (full := full_form(words.split(), short)) is not None:
            seen.short[term_key(full)][short.removesuffix("s")] += 1
    seen.renderings.append(tuple(sorted(set(_candidates(seen, japanese)))))


def _candidates(seen: _Seen, text: str) -> Iterator[str]:
    """What may be a rendering in a Japanese text; those before brackets are noted."""
    for run in _RUN.finditer(text):
        if not _AFTER_NOUN.match(text, run.end()):
            continue
        parts = _PART.findall(run.group())
        for first in range(max(0, len(parts) - MAX_PARTS), len(parts)):
            rendering = "".join(parts[first:])
            if len(rendering) > 1 or len(parts) == 1:
                yield rendering
        if named := _BRACKETED.match(text, run.end()):
            seen.bracketed[term_key(singular(named[1])), run.group()] += 1


def _name_brackets(seen: _Seen) -> None:
    """Give what stands before an abbreviation in brackets to the terms that it abbreviates."""
    full = defaultdict(list)
    for key, shorts in seen.short.items():
        for short in shorts:
            full[term_key(short)].append(key)
    for (named, rendering), count in sorted(seen.bracketed.items()):
        for key in full.get(named, ()):
            seen.bracketed[key, rendering] += count


def _in_papers(
    places: Mapping[str, list[int]], papers: Sequence[str], least: int
) -> defaultdict[str, list[int]]:
    """Those that stand in at least so many papers, with the numbers of their beads."""
    kept = {
        name: numbers
        for name, numbers in places.items()
        if len(numbers) >= least and len({papers[number] for number in numbers}) >= least
    }
    return defaultdict(list, kept)


def _parts_of_longer(seen: _Seen) -> set[str]:
    """Keys of terms that nearly always stand within one longer term."""
    parts = set()
    for key, numbers in seen.terms.items():
        words = seen.forms[key].most_common(1)[0][0].split(" ")
        for first in range(len(words)):
            for last in range(first + 1, len(words) + 1):
                part = term_key(singular(" ".join(words[first:last])))
                inside = last - first < len(words) and part in seen.terms
                if inside and len(numbers) >= WHOLE * len(seen.terms[part]):
                    parts.add(part)
    return parts


def _renderings(
    seen: _Seen, key: str, counts: Mapping[str, int], min_papers: int
) -> Iterator[Rendering]:
    """The renderings of a term, those that explain most first."""
    numbers = seen.terms[key]
    left = numbers
    for _ in range(MAX_RENDERINGS):
        together = Counter(name for number in left for name in seen.renderings[number])
        likely = [
            (_association(seen, key, name, count, len(left) + counts[name]), len(name), name)
            for name, count in together.items()
            if count >= min_papers
        ]
        value, _, best = max(likely, default=(0.0, 0, ""))
        with_it = {number for number in left if best in seen.renderings[number]}
        if value < MIN_DICE or len({seen.papers[number] for number in with_it}) < min_papers:
            return
        yield Rendering(best, len(with_it), len(with_it) / len(numbers))
        left = [number for number in left if number not in with_it]


def _association(seen: _Seen, key: str, rendering: str, together: int, alone: int) -> float:
    brackets = min(seen.bracketed[key, rendering], BRACKETS_COUNTED)
    return 2 * together / alone + BRACKET_WORTH * brackets


def _entry(
    seen: _Seen, key: str, renderings: list[Rendering], categories: Mapping[str, Sequence[str]]
) -> Entry:
    papers = sorted({seen.papers[number] for number in seen.terms[key]})
    forms = sorted(seen.forms[key], key=lambda form: (-seen.forms[key][form], form))
    listed = {code for paper in papers for code in categories.get(paper, ())}
    return Entry(
        term=forms[0],
        renderings=sorted(renderings, key=lambda rendering: (-rendering.n, rendering.ja)),
        n_papers=len(papers),
        variants=sorted({*forms[1:], *seen.short[key]}),
        categories=sorted(listed),
    )
