"""Sentences of scientific English and Japanese, as spans of the text they stand in.

A span is (start, end), in characters, without the white space around the sentence. Spans are in
order, do not overlap, and leave out nothing but white space, so the text can be put together again.

Rules, not a model: an abstract's traps are few and known (LaTeX, URLs, citations, decimals,
abbreviations, brackets, a missing space), and the same text must be split the same way for ever.
"""

from __future__ import annotations

import re
from bisect import bisect_right

Span = tuple[int, int]

MAX_BRACKET = 400
"""Characters. A bracket that closes later than this is taken for a slip and protects nothing."""

_NEVER_LAST = frozenset(
    "e.g i.e eg ie cf vs viz resp w.r.t wrt a.k.a ca approx dr prof mr mrs ms st fig figs eq eqs "
    "eqn sec sect secs tab ch chap vol no nos pp thm def prop lem cor ref refs ed eds dept".split()
)
"""Abbreviations after which a sentence goes on, whatever follows."""

_SELDOM_LAST = frozenset("al etc ph.d u.s u.k u.n e.u inc ltd co corp jr sr d.c a.m p.m".split())
"""Abbreviations after which a sentence ends only where a typical first word follows."""

_FIRST_WORDS = frozenset(
    "a after all although an and as at because both but by code computer current despite due each "
    "empirical existing experimental experiments extensive finally first firstly following for "
    "from furthermore given hence here how however if important in inspired instead it its lastly "
    "many meanwhile moreover most motivated nevertheless numerical next no notably on once one our "
    "overall previous prior recent recently results second secondly several simulations since some "
    "specifically such such that the their then there thereby therefore these they third this "
    "those through thus to two unlike using we what when where whether which while with without "
    "yet".split()
)
"""Words that open a sentence after something that looks like an abbreviation or an initial."""

_EN_END = re.compile(
    r"""(?<![.!?])[.!?]++ (?:''|["'”’»)\]}])*+ (?=\s+\S) """  # end marks, then white space
    r"""| (?<=[a-z]{3})[.?!](?=[A-Z][a-z]*[ ,]) """  # "challenging.In this", the space forgotten
    r"""| (?<=[a-z]{3}[)\]])\.(?=[A-Z][a-z]*[ ,]) """
    r"""| \n[ \t]*(?=\n) """,  # an empty line
    re.VERBOSE,
)
_EN_PROTECTED = re.compile(r"\$\$.{1,400}?\$\$|\$[^$]{1,400}\$|https?://\S+", re.DOTALL)
_LAST_WORD = re.compile(r"[^\s()\[\]{}\"'“”‘’,;:]*$")
_NEXT_WORD = re.compile(r"\s*[\"'“‘(\[`]*([^\s,;:]*)")
_STYLED = re.compile(r"[a-z]{1,3}-?[A-Z]|[a-z]-[a-z]+ ")
"""A first word that is written small on purpose: mBERT, iOS, k-means."""

_JAPANESE = "ぁ-ゖァ-ヺー一-鿿々〆"
_JA_END = re.compile(
    rf"[。！？｡]+|(?<=[{_JAPANESE}])[!?]+|(?<![!?])[!?]++(?=\s)|(?<=[{_JAPANESE})\]）」])[.．](?![A-Za-z0-9])|\n"
)
_JA_PROTECTED = re.compile(r"\$\$.{1,400}?\$\$|\$[^$]{1,400}\$", re.DOTALL)

_BRACKET = re.compile(r"[()\[\]{}（）「」『』【】〔〕［］〈〉《》“”]")
_CLOSING = dict(zip(")]}）」』】〕］〉》”", "([{（「『【〔［〈《“", strict=True))


class _Protected:
    """Ranges of a text in which no sentence ends.

    Args:
        text: the text.
        pattern: what is protected beside brackets.
        last_word: whether a mark just before a closing bracket is protected too.
    """

    def __init__(self, text: str, pattern: re.Pattern[str], *, last_word: bool) -> None:
        # The last character of a URL may be the sentence's own full stop.
        spans = [(match.start(), match.end() - 1) for match in pattern.finditer(text)]
        opened: list[tuple[str, int]] = []
        for match in _BRACKET.finditer(text):
            mark, at = match.group(), match.start()
            opening = _CLOSING.get(mark)
            if opening is None:
                opened.append((mark, at))
                continue
            for depth in range(len(opened) - 1, max(-1, len(opened) - 9), -1):
                if opened[depth][0] == opening:
                    if at - opened[depth][1] <= MAX_BRACKET:
                        spans.append((opened[depth][1], at if last_word else at - 1))
                    del opened[depth:]
                    break
        spans.sort()
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in spans:  # nested ranges are merged into the outermost
            if self._ends and start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def __contains__(self, at: int) -> bool:
        index = bisect_right(self._starts, at) - 1
        return index >= 0 and at < self._ends[index]


def _spans(text: str, ends: list[int]) -> list[Span]:
    """The stretches between `ends`, trimmed; those of white space alone are left out."""
    spans = []
    start = 0
    for end in [*ends, len(text)]:
        piece = text[start:end]
        body = piece.strip()
        if body:
            first = start + len(piece) - len(piece.lstrip())
            spans.append((first, first + len(body)))
        start = end
    return spans


def _ends_english(text: str, start: int, mark: re.Match[str]) -> bool:
    """Whether the sentence that began at `start` ends with the mark that was found."""
    if mark.group()[0] == "\n":
        return True
    following = _NEXT_WORD.match(text, mark.end())
    word = following.group(1) if following else ""
    first = word[:1]
    if first.islower():
        # Nobody opens a sentence with a small letter, but for names that are written so.
        after = text[following.start(1) : following.start(1) + 40] if following else ""
        return bool(_STYLED.match(after))
    if mark.group()[0] != ".":
        return True
    before = _LAST_WORD.search(text, max(start, mark.start() - 40), mark.start())
    last = before.group() if before else ""
    opens = word.lower().rstrip(".") in _FIRST_WORDS
    # "Fig", "fig" and "U.S" abbreviate; "ST" and "SEC" are names.
    lowered = "" if len(last) > 1 and last.isupper() and "." not in last else last.lower()
    if lowered in _NEVER_LAST and mark.group() == ".":
        # "no" and "ref" are words as well: then no number follows.
        return lowered in {"no", "ref", "def", "ed", "prop"} and not first.isdigit()
    if lowered in _SELDOM_LAST or (len(last) == 1 and last.isupper()):
        return opens
    enumerates = last.isdigit() and len(last) <= 2 and mark.group() == "."
    if enumerates:
        lead = text[start : mark.start() - len(last)].rstrip()
        return bool(lead) and lead[-1] not in ":;,"
    return True


def split_english(text: str) -> list[Span]:
    """Spans of the English sentences of `text`, in order."""
    protected: _Protected | None = None
    ends: list[int] = []
    start = 0
    for mark in _EN_END.finditer(text):
        if protected is None:
            protected = _Protected(text, _EN_PROTECTED, last_word=False)
        if mark.start() in protected or not _ends_english(text, start, mark):
            continue
        ends.append(mark.end())
        start = mark.end()
    return _spans(text, ends)


def split_japanese(text: str) -> list[Span]:
    """Spans of the Japanese sentences of `text`, in order; a line feed ends one wherever it is."""
    protected: _Protected | None = None
    ends: list[int] = []
    for mark in _JA_END.finditer(text):
        if mark.group() != "\n":
            if protected is None:
                protected = _Protected(text, _JA_PROTECTED, last_word=True)
            if mark.start() in protected:
                continue
        ends.append(mark.end())
    return _spans(text, ends)
