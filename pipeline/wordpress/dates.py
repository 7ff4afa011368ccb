"""Days and times as WordPress's pages show them."""

from __future__ import annotations

import re
from datetime import date, time
from functools import lru_cache

from pipeline.wordpress.model import POST_YEARS

_JA_DATE = re.compile(r"(\d{4})年\s*(\d{1,2})月(?:\s*(\d{1,2})日)?")
_ISO_DATE = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b")
_EN_DATE = re.compile(r"\b([A-Z][a-z]{2})[a-z]* (\d{1,2}), (\d{4})\b")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = re.compile(r"(午前|午後)?\s*(\d{1,2})[:時](\d{2})(?:[:分](\d{2}))?\s*([AaPp]\.?[Mm])?")
_URL_DAY = re.compile(r"/(\d{4})/(\d{2})/(\d{2})(?:/|$)|[?&]m=(\d{4})(\d{2})(\d{2})\b")


def calendar_day(year: str, month: str, day: str) -> date | None:
    """The day that three numbers name; None where there is none, or no post can be of it."""
    try:
        return date(int(year), int(month), int(day)) if int(year) in POST_YEARS else None
    except ValueError:
        return None


def japanese_date(text: str) -> tuple[bool, date | None]:
    """Whether `text` names a Japanese month or day, and the day if it is one.

    >>> japanese_date("月別アーカイブ: 2025年3月")
    (True, None)
    """
    match = _JA_DATE.search(text)
    return match is not None, calendar_day(*match.groups()) if match and match[3] else None


@lru_cache(maxsize=1024)
def day_in_text(text: str) -> date | None:
    """The day that a text shows, in Japanese, ISO or English order.

    >>> day_in_text("2025年3月4日"), day_in_text("March 4, 2025")
    (datetime.date(2025, 3, 4), datetime.date(2025, 3, 4))
    """
    if (match := _JA_DATE.search(text)) and match[3]:
        return calendar_day(match[1], match[2], match[3])
    if match := _ISO_DATE.search(text):
        return calendar_day(*match.groups())
    if (match := _EN_DATE.search(text)) and match[1] in _MONTHS:
        return calendar_day(match[3], str(_MONTHS.index(match[1]) + 1), match[2])
    return None


def day_in_url(url: str) -> date | None:
    """The day in an address of WordPress: `/2025/03/04/slug/` or `/?m=20250304`."""
    match = _URL_DAY.search(url)
    groups = [group for group in match.groups() if group] if match else []
    return calendar_day(*groups) if groups else None


@lru_cache(maxsize=4096)
def clock_time(text: str) -> time | None:
    """The time of day that a text shows.

    >>> clock_time("9:05 PM"), clock_time("午前0時05分")
    (datetime.time(21, 5), datetime.time(0, 5))
    """
    match = _TIME.search(text)
    if match is None:
        return None
    before, hour, minute, second, after = match.groups()
    half = {"午前": "am", "午後": "pm"}.get(before or "", (after or "").lower().replace(".", ""))
    hours = int(hour) % 12 + (12 if half == "pm" else 0) if half else int(hour)
    try:
        return time(hours, int(minute), int(second or 0))
    except ValueError:
        return None
