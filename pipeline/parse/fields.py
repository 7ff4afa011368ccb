"""The fields of an entry, each read from the lines under its label."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import unquote

_TIME_STAMP = re.compile(
    r"(?<!\d)(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T\s]*(\d{1,2})[:時](\d{2})"
    r"(?:[:分](\d{2})(?:[.,](\d{1,9}))?)?[分秒]?\s*"
    r"\(?(Z|UTC|GMT|JST)?\s?(?:([+-]\d{1,2}):?(\d{2})?)?(?![\w:+-])",
    re.IGNORECASE | re.ASCII,
)
_MAIL_STAMP = re.compile(
    r"\b\d{1,2} [A-Z][a-z]{2} [12]\d{3} \d{1,2}:\d{2}(?::\d{2})? "
    r"(?:UTC?|GMT|Z|(?!-0000)[+-]\d{4})(?![\w:+-])",
    re.ASCII,
)
"""A date of RFC 2822, as arXiv's own pages have it; `-0000` says that its zone is not known."""
_FULL_WIDTH = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | {"\u3000": " ", "\u00a0": " "}
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
)
_ARXIV_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+\d\d:\d\d$", re.ASCII)
_ZONES = {"Z": ("+00", None), "UTC": ("+00", None), "GMT": ("+00", None), "JST": ("+09", None)}


def read_date(text: str) -> datetime | None:
    """The time stamp in UTC; None where `text` is no time stamp with a zone.

    >>> read_date("2025-03-03 12:41:11+09:00").isoformat()
    '2025-03-03T03:41:11+00:00'
    >>> read_date("2025-03-03 12:41:11") is None
    True
    """
    if _ARXIV_STAMP.match(text):
        return _in_utc(datetime.fromisoformat, text)
    plain = text.translate(_FULL_WIDTH)
    if mail := _MAIL_STAMP.search(plain):
        return _in_utc(parsedate_to_datetime, mail[0])
    match = _TIME_STAMP.search(plain)
    zone = _zone(*match.groups()[7:]) if match else None
    if match is None or zone is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction = f"{match[7]:.6}".ljust(6, "0") if match[7] else "0"
    return _in_utc(
        datetime.fromisoformat,
        f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{int(fraction):06}{zone}",
    )


def _zone(name: str | None, hours: str | None, minutes: str | None) -> str | None:
    """A zone as ISO 8601 has it, from `JST`, `+0900`, `+09` or `UTC+9`; None where it is none."""
    name = name.upper() if name else None
    if not hours:
        hours, minutes = _ZONES[name] if name else (None, None)
    elif name not in {None, "UTC", "GMT"} or (name is None and len(hours) < len("+09")):
        return None
    return f"{hours[0]}{hours[1:]:0>2}:{minutes or '00'}" if hours else None


def _in_utc(read: Callable[[str], datetime], stamp: str) -> datetime | None:
    try:
        return read(stamp).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_ID = r"(?:(\d{4}\.\d{4,5})|([a-z]+(?:-[a-z]+)*)(?:\.[a-z]+(?:-[a-z]+)?)?/(\d{7}))(?:v(\d{1,3}))?"
_PAPER_LINK = re.compile(
    rf"^(?:https?:)?//[^/]+/(?:[\w-]+/)??(abs|pdf|html|format|ps|e-print|src)/(?:arxiv:)?{_ID}"
    r"(?:\.pdf|\.ps\.gz)?/?(?:[?#].*)?$",
    re.IGNORECASE | re.ASCII,
)
_DOI_LINK = re.compile(rf"10\.48550/arxiv\.{_ID}/?(?:[?#].*)?$", re.IGNORECASE | re.ASCII)
_NAMED = re.compile(rf"\barxiv:\s?{_ID}(?!\w|\.\w)", re.IGNORECASE | re.ASCII)
_CLAIMS_PAPER = re.compile(
    r"^(?:https?:)?//(?:[\w.-]+\.)?(?:arxiv\.org|xxx\.lanl\.gov)/"
    r"(?:abs|pdf|html|format|ps|e-print|src)/|10\.48550/arxiv\.",
    re.IGNORECASE | re.ASCII,
)
"""Other addresses of arXiv, such as a listing's, name no paper and say nothing of one."""
_URL = re.compile(r"https?://[\w.:/?&=#%~+@-]*[\w/]", re.ASCII)
"""An address in a text, as far as arXiv's can go: not with the sign or the bracket after it."""


@dataclass(slots=True)
class PaperLinks:
    """What the links of an entry say of its paper."""

    arxiv_id: str | None = None
    version: int | None = None
    abs_url: str | None = None
    pdf_url: str | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def lead_to_paper(self) -> bool:
        """Whether one of them leads to a paper, or names one."""
        return bool(self.abs_url or self.pdf_url or self.arxiv_id)


def read_links(links: Iterable[str], text: str = "") -> PaperLinks:
    """Id, version and addresses of the paper to which links under arxivサイト lead.

    Every host is taken that has arXiv's paths (mirrors), and DOIs `10.48550/arXiv.…`. Two links to
    different papers or versions give no id. The same paper named with and without version is one.
    An address that holds a tag has swallowed what follows it, perhaps the next entry.

    Args:
        links: addresses, as published.
        text: the text beside them; addresses and `arXiv:…` in it count as well.
    """
    result = PaperLinks()
    ids: set[str] = set()
    versions: set[int] = set()
    named = _URL.findall(text) if "://" in text else ()
    for link in dict.fromkeys((*links, *named)):
        _take_link(result, link.strip(), ids, versions)
    for match in _NAMED.finditer(text) if ":" in text else ():
        _note(match, ids, versions)
    if len(ids) > 1 or len(versions) > 1:
        result.problems.append("conflicting_ids")
    elif ids:
        result.arxiv_id = ids.pop()
        result.version = versions.pop() if versions else None
    return result


def _take_link(result: PaperLinks, published: str, ids: set[str], versions: set[int]) -> None:
    """Add to `result`, `ids` and `versions` what one address says."""
    address = unquote(published)
    paper = _PAPER_LINK.match(address)
    match = paper or _DOI_LINK.search(address)
    if match is None or not _note(match, ids, versions):
        if match or "<" in address or _CLAIMS_PAPER.search(address):
            result.problems.append("bad_arxiv_id")
    elif paper and paper[1].lower() in {"pdf", "ps"}:
        result.pdf_url = result.pdf_url or published
    else:
        result.abs_url = result.abs_url or published


def _note(match: re.Match[str], ids: set[str], versions: set[int]) -> bool:
    """Whether a match names a paper; if so its id and version are added.

    The id is in arXiv's canonical form: old ones without subject class.

    Source: arXiv, "Understanding the arXiv identifier": four digits after the month until 2014,
    five since 2015; a month is 01 to 12; versions count from 1.
    """
    *_, new, archive, number, version = match.groups()
    if not "01" <= (new or number)[2:4] <= "12":
        return False
    if new and (len(new) != (10 if new >= "1501" else 9) or new < "0704"):
        return False
    if version:
        if int(version) < 1:
            return False
        versions.add(int(version))
    ids.add(new or f"{archive.lower()}/{number}")
    return True


_SUFFIX = re.compile(
    r"^(?:(?:Jr|Sr|II|III|IV|Ph\.?\s?D|M\.?D)\.?|S\.?J\.?|O\.?P\.?|O\.?S\.?B\.?|O\.?F\.?M\.?)$",
    re.IGNORECASE,
)
"""What stands after a name and is part of it: generations, degrees, orders of the Church."""

_AFFILIATION = re.compile(
    r"(?<=[^\s(\[{（])\s*(?:\([^()]*\)|\[[^][]*\]|（[^（）]*）|(?<=\s)\{[^{}]*\s[^{}]*\})(?=\s*$)"
)
"""An affiliation after a name. A group of TeX holds no space, or none stands before it."""

_AND_OTHERS = re.compile(r"\s*\bet\.?\s+al\b\.?.*$|^(?:\d+\s+)?others$", re.IGNORECASE)
"""What stands for authors who are not named."""
_GROUP_WORD = r"\b(?:Collaborations?|Team|Group|Consortium|Project|Network|Committee)\b"
_GROUP = re.compile(_GROUP_WORD)
_AFTER_GROUP = re.compile(
    rf"[(\[{{（][^)\]}}）]*+|({_GROUP_WORD})?( (?:and|&) )"
    r"(?(1)|(?=[Tt]he (?!(?:(?! (?:and|&) ).){0,200} Collaborations\b)))"
)
"""An `and` between a group and another author: after a group's own word, or before its `the`.

Not before `the DEF Collaborations`, whose plural is also of the group before; nor in brackets.
"""
_SEPARATOR = re.compile(r"[;；、，(\[{（&:]")
_AND = re.compile(r"[Aa]nd\b(?<=\b...)")
_NO_NAME = re.compile(
    r",\s*(?:[^\w\s]|[JjSs][Rr]\b|II|IV|Ph|M\.?D|[Ee]t\b|S\.?J\b|O\.?[PSF]\b|O\.[SF]|others\b)"
)
"""Together, what makes a list of authors more than names with commas between them."""
_OPEN, _CLOSE = "([{（", ")]}）"


def read_authors(text: str) -> list[str]:
    r"""Author names in order, as published.

    Names are parted by commas or semicolons, the last also by `and`; not inside brackets or TeX
    groups. `Jr.`, `III`, `S.J.` and the like stay with their name. A collaboration's `and` is its
    own, save after `Collaboration`, `Team` and the like and before `the`; a colon parts it from its
    members. An affiliation in brackets after a name is no part of it, nor is `et al.` an author.

    Source: arXiv, "Format of the authors field" (info.arxiv.org/help/prep.html#author): names by
    comma or `and`, affiliations in parentheses after them; and its own listings, which shorten long
    lists to `et al. (2919 additional authors not shown)`.

    >>> read_authors("Ada Amber (1 and 2), Bo Ek (Uni X, City), et al. (9 more)")
    ['Ada Amber', 'Bo Ek']
    >>> read_authors("A. Smith, Jr., B. Lee III, and the ABC and DEF Collaborations")
    ['A. Smith, Jr.', 'B. Lee III', 'the ABC and DEF Collaborations']
    >>> read_authors("A. Smith and the Data and Analysis Team and Bo Li")
    ['A. Smith', 'the Data and Analysis Team', 'Bo Li']
    """
    unusual = _SEPARATOR.search(text) or _NO_NAME.search(text) or _AND.search(text)
    if not unusual and " et al" not in text:
        return list(filter(None, map(str.strip, " ".join(text.split()).split(","))))
    names: list[str] = []
    for piece in _split_outside_brackets(text):
        name = _AFFILIATION.sub("", " ".join(piece.split()))
        name = re.sub(r"^(?:and|&)\s+", "", name)
        if not re.search(r"\w", name := _AND_OTHERS.sub("", name)):
            continue
        if names and _SUFFIX.match(name):
            names[-1] = f"{names[-1]}, {name}"
        else:
            names += _names_in(name)
    return names


def _names_in(piece: str) -> Iterable[str]:
    """The names in a piece without separators."""
    if _GROUP.search(piece):
        return [part for group in re.split(r":\s+", piece) for part in _beside_groups(group)]
    names = re.split(r"\s+(?:and|&)\s+", piece)
    return [name for name in names if name and not _AND_OTHERS.match(name)]


def _beside_groups(text: str) -> Iterable[str]:
    """The groups in a piece, and the people whom only `and` parts from them."""
    start = 0
    for match in _AFTER_GROUP.finditer(text):
        if match[2]:
            yield text[start : match.start(2)]
            start = match.end()
    if start < len(text):
        yield text[start:]


def _split_outside_brackets(text: str) -> Iterable[str]:
    separators = ";；" if re.search(r"[;；]", text) else ",、，"
    if not any(char in text for char in _OPEN):
        return re.split(f"[{separators}]", text)
    pieces, start, depth = [], 0, 0
    for place, char in enumerate(text):
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth = max(0, depth - 1)
        elif char in separators and not depth:
            pieces.append(text[start:place])
            start = place + 1
    return [*pieces, text[start:]]


_NO_NAMES = re.compile(
    r"[。．！？!?:：@ぁ-ん]|\d{3}|\b(?:Universit|Institut|Depart|Laborator)|大学"
)
_PARTICLES = frozenset(
    "al and af auf av behalf bin d da das de del della den der des di do dos du e el et for i ibn "
    "la le of on st t te ten ter the und van vom von y zu zum zur".split()
)
"""Words in lower case that stand in names of people and groups, and between them."""


def are_names(line: str) -> bool:
    """Whether a line can be names alone: no sentence, colon, address or institution.

    >>> are_names("Ludwig van Beethoven and the ABC Team"), are_names("We thank the reviewers")
    (True, False)
    """
    return not _NO_NAMES.search(line) and all(
        not word.islower() or word.strip("().,;'’&") in _PARTICLES for word in line.split()
    )


_COMMA = re.compile("[,、，]")


@lru_cache(maxsize=1024)
def read_provider(lines: tuple[str, ...]) -> tuple[str | None, str | None]:
    """Who posted the entry, and the translation service: `arxiv.jp, DeepL`.

    >>> read_provider(("arxiv.jp, DeepL",))
    ('arxiv.jp', 'DeepL')
    """
    parts = [part.strip() for line in lines for part in _COMMA.split(line)]
    parts = [part for part in parts if part]
    return (parts[0] if parts else None), (", ".join(parts[1:]) or None)
