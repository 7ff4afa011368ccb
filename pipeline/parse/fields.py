"""The fields of an entry, each read from the lines under its label."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import unquote

_TIME_STAMP = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T\s]*(\d{1,2})[:時](\d{2})"
    r"(?:[:分](\d{2})(?:[.,](\d{1,9}))?)?秒?\s*(Z|UTC|GMT|JST|[+-]\d{2}:?\d{2})?(?!\d)",
    re.IGNORECASE | re.ASCII,
)
_FULL_WIDTH = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {"\u3000": " ", "−": "-"}
)
_ARXIV_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+\d\d:\d\d$", re.ASCII)
_ZONES = {"Z": "+00:00", "UTC": "+00:00", "GMT": "+00:00", "JST": "+09:00"}


def read_date(text: str) -> datetime | None:
    """The time stamp in UTC; None where `text` is no time stamp with a zone.

    >>> read_date("2025-03-03 12:41:11+09:00").isoformat()
    '2025-03-03T03:41:11+00:00'
    >>> read_date("2025-03-03 12:41:11") is None
    True
    """
    if _ARXIV_STAMP.match(text):
        return _in_utc(text)
    match = _TIME_STAMP.search(text.translate(_FULL_WIDTH))
    if match is None or match[8] is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction = f"{match[7]:.6}".ljust(6, "0") if match[7] else "0"
    zone = _ZONES.get(match[8].upper(), match[8])
    return _in_utc(
        f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{int(fraction):06}{zone}"
    )


def _in_utc(iso: str) -> datetime | None:
    try:
        return datetime.fromisoformat(iso).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_ID = r"(?:(\d{4}\.\d{4,5})|([a-z]+(?:-[a-z]+)*)(?:\.[a-z]{2})?/(\d{7}))(?:v(\d{1,3}))?"
_PAPER_LINK = re.compile(
    rf"^(?:https?:)?//[^/]+/(?:[\w-]+/)??(abs|pdf|html|format|ps|e-print|src)/(?:arxiv:)?{_ID}"
    r"(?:\.pdf|\.ps\.gz)?/?(?:[?#].*)?$",
    re.IGNORECASE | re.ASCII,
)
_DOI_LINK = re.compile(rf"10\.48550/arxiv\.{_ID}/?(?:[?#].*)?$", re.IGNORECASE | re.ASCII)
_NAMED = re.compile(rf"\barxiv:\s?{_ID}(?![\w.])", re.IGNORECASE | re.ASCII)
_ARXIV_HOST = re.compile(r"^(?:https?:)?//(?:[\w.-]+\.)?(?:arxiv\.org|xxx\.lanl\.gov)/", re.I)
_URL = re.compile(r"https?://[^\s<>\"'、。，）)\]]+", re.ASCII)


@dataclass(slots=True)
class PaperLinks:
    """What the links of an entry say of its paper."""

    arxiv_id: str | None = None
    version: int | None = None
    abs_url: str | None = None
    pdf_url: str | None = None
    problems: list[str] = field(default_factory=list)


def read_links(links: Iterable[str], text: str = "") -> PaperLinks:
    """Id, version and addresses of the paper to which links under arxivサイト lead.

    Every host is taken that has arXiv's paths (mirrors), and DOIs `10.48550/arXiv.…`. Two links to
    different papers or versions give no id. The same paper named with and without version is one.

    Args:
        links: addresses, as published.
        text: the text beside them; addresses and `arXiv:…` in it count as well.
    """
    result = PaperLinks()
    ids: set[str] = set()
    versions: set[int] = set()
    named = _URL.findall(text) if "://" in text else ()
    for link in dict.fromkeys((*links, *named)):
        published = link.strip()
        address = unquote(published) if "%" in published else published
        paper = _PAPER_LINK.match(address)
        match = paper or _DOI_LINK.search(address)
        if not (match and _note(match, ids, versions)):
            if match or _ARXIV_HOST.match(address):
                result.problems.append("bad_arxiv_id")
        elif paper and paper[1].lower() in {"pdf", "ps"}:
            result.pdf_url = result.pdf_url or published
        else:
            result.abs_url = result.abs_url or published
    for match in _NAMED.finditer(text) if ":" in text else ():
        _note(match, ids, versions)
    if len(ids) > 1 or len(versions) > 1:
        result.problems.append("conflicting_ids")
    elif ids:
        result.arxiv_id = ids.pop()
        result.version = versions.pop() if versions else None
    return result


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


_SUFFIX = re.compile(r"^(?:Jr|Sr|II|III|IV|Ph\.?\s?D|M\.?D)\.?$", re.IGNORECASE)
_GROUP = re.compile(r"\b(?:Collaborations?|Team|Group|Consortium|Project|Network|Committee)\b")
_SEPARATOR = re.compile(r"[;；、，(\[{（&:]")
_AND = re.compile(r"[Aa]nd\b(?<=\b...)")
_NO_NAME = re.compile(r",\s*(?:[^\w\s]|[JjSs][Rr]\b|II|IV|Ph|M\.?D)")
"""Together, what makes a list of authors more than names with commas between them."""
_OPEN, _CLOSE = "([{（", ")]}）"


def read_authors(text: str) -> list[str]:
    """Author names in order, as published.

    Names are parted by commas or semicolons, the last also by `and`; not inside brackets or TeX
    groups. `Jr.`, `III` and the like stay with their name. A collaboration's `and` is its own, and
    a colon parts it from its members.

    >>> read_authors("A. Smith, Jr., B. Lee III, and the ABC and DEF Collaborations")
    ['A. Smith, Jr.', 'B. Lee III', 'the ABC and DEF Collaborations']
    """
    unusual = _SEPARATOR.search(text) or _NO_NAME.search(text) or _AND.search(text)
    if not unusual:
        names = [name.strip() for name in " ".join(text.split()).split(",")]
        return [name for name in names if name]
    names = []
    for piece in _split_outside_brackets(text):
        name = " ".join(piece.split())
        name = re.sub(r"^(?:and|&)\s+", "", name)
        if not re.search(r"\w", name):
            continue
        if names and _SUFFIX.match(name):
            names[-1] = f"{names[-1]}, {name}"
        elif _GROUP.search(name):
            names.extend(part for part in re.split(r":\s+", name) if part)
        else:
            names.extend(part for part in re.split(r"\s+(?:and|&)\s+", name) if part)
    return names


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


_ARCHIVES = re.compile(
    r"^(cs|math|stat|eess|econ|nlin|q-bio|q-fin|astro-ph|cond-mat|physics)[-.](.+)$", re.IGNORECASE
)
_LOWER_CASE = frozenset({"cond-mat", "physics"})
"""Archives whose subject classes are words in lower case, as in `cond-mat.mtrl-sci`."""


@lru_cache(maxsize=1024)
def read_category(name: str) -> str:
    """An arXiv category code from a code or from WordPress's slug of one.

    Source: arXiv's category taxonomy, whose codes are `archive.CLASS`; WordPress's slugs are lower
    case with `-` for `.`. What is no such code is left as it is.

    >>> read_category("cs-cl"), read_category("cond-mat-mtrl-sci"), read_category("hep-th")
    ('cs.CL', 'cond-mat.mtrl-sci', 'hep-th')
    """
    name = name.strip()
    match = _ARCHIVES.match(name)
    if match is None:
        return name.lower() if re.match(r"^[A-Za-z-]+$", name) else name
    archive = match[1].lower()
    return f"{archive}.{match[2].lower() if archive in _LOWER_CASE else match[2].upper()}"
