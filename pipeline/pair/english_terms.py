"""Terms of English sentences for the glossary: their stretches, their forms, their initials."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.pair.formulas import blanked, formulas
from pipeline.pair.tokens import STOP_WORDS

MAX_WORDS = 4
"""Words of a term."""

_URL = re.compile(r"https?://[!-~]+")
_WORD = re.compile(r"[A-Za-z](?:[A-Za-z0-9'-]*[A-Za-z0-9])?")
_DETERMINERS = frozenset(
    "a all an any both each every her his how it its many more most no our several some such that "
    "the their them these this those us what which whose".split()
)
"""Before these a word is a verb ..."""
_BEFORE_PREDICATE = frozenset(
    "also are be been being can cannot could did do does had has have he if is it may might must "
    "not often should they to was we were which who will would".split()
)
"""... and after these a verb or an adjective."""
_NO_TERMS = frozenset(
    "across after against among around before behind beyond despite during however hence even "
    "finally first further moreover only several second since third thus towards whether within "
    "without yet".split()
)


def prose(text: str) -> str:
    """A text without formulas and addresses."""
    return _URL.sub(" ", blanked(text, formulas(text)))


def terms(text: str) -> Iterator[tuple[str, str]]:
    """Key and form of every term of an English text."""
    for before, run, after in _runs(text):
        if after in _DETERMINERS or run[-1].endswith(("ly", "ed")):
            continue
        opens = 1 if before in _BEFORE_PREDICATE else 0
        for first in range(max(opens, len(run) - MAX_WORDS), len(run)):
            form = singular(" ".join(run[first:]))
            if len(form) > 2 and not form.isupper():
                yield term_key(form), form


def _runs(text: str) -> Iterator[tuple[str, list[str], str]]:
    """Words that follow each other, with the small word before and the one after them."""
    before, run, last = "", list[str](), -1
    for match in _WORD.finditer(text):
        word, apart = match.group(), text[last : match.start()] != " "
        small = word.lower() in STOP_WORDS or word.lower() in _NO_TERMS
        if run and (apart or small):
            yield before, run, "" if apart else word.lower()
            run = []
        if small:
            before = word.lower()
        else:
            if not run and apart:
                before = ""
            run.append(word)
        last = match.end()
    if run:
        yield before, run, ""


def singular(term: str) -> str:
    """A term in small letters, its last word in the singular; capitals within a word stay."""
    words = [word if word[1:] != word[1:].lower() else word.lower() for word in term.split(" ")]
    last = words[-1]
    if last.endswith("ies") and len(last) > 4:
        words[-1] = last[:-3] + "y"
    elif last.endswith(("sses", "xes", "ches", "shes")):
        words[-1] = last[:-2]
    elif last.endswith("s") and not last.endswith(("ss", "us", "is")) and len(last) > 3:
        words[-1] = last[:-1]
    return " ".join(words)


def term_key(form: str) -> str:
    """What `data set`, `data-set` and `dataset` have in common."""
    return re.sub(r"[ -]", "", form.lower())


def full_form(words: Sequence[str], short: str) -> str | None:
    """The last of some words, those of which `short` has the initials; None where it has not."""
    letters = short.removesuffix("s").replace("-", "").lower()
    for first in range(len(words)):
        initials = "".join(part[0] for part in " ".join(words[first:]).replace("-", " ").split())
        if initials.lower() == letters and words[first].lower() not in STOP_WORDS:
            return singular(" ".join(words[first:]))
    return None
