"""The frame of a post as Twenty Ten's listings nearly always write it, read in two matches.

`read_post` reads whatever a theme writes, with some thirty searches. Here a post is recognised
as a whole or not at all; where anything is unusual, also in what it says, `read_post` is asked.
Both read the same, and tests hold them to it.

Source: Twenty Ten's loop.php and functions.php.
"""

from __future__ import annotations

import re

from pipeline.wordpress.dates import day_in_text, day_in_url
from pipeline.wordpress.model import WordPressPost, bare_title, is_protected, post_id_of
from pipeline.wordpress.post import (
    CLOSED_JA,
    PageContext,
    absolute,
    content_end,
    moment_at,
    without_fragment,
)

_TEXT, _VALUE = r'[^<"&]{0,2000}', r'[^"<>&]{1,2000}'
"""Without quotes and entities, no text or attribute looks like markup to any search."""

_OPENING = re.compile(rf'<div id="post-([1-9]\d{{0,14}})" class="({_VALUE})">')
_BEFORE = re.compile(
    rf'\s*<h2 class="entry-title"><a href="({_VALUE})" rel="bookmark">({_TEXT})</a></h2>'
    rf'\s*<div class="entry-meta">\s*<span class="meta-prep meta-prep-author">{_TEXT}</span>\s*'
    rf'<a href="\1" title="({_VALUE})" rel="bookmark"><span class="entry-date">({_TEXT})</span></a>'
    rf'\s*<span class="meta-sep">{_TEXT}</span>\s*<span class="author vcard">'
    rf'<a class="url fn n" href="{_VALUE}" title="{_VALUE}">{_TEXT}</a></span>'
    r'\s*</div>\s*<div class="entry-content">'
)
"""From the post's opening tag to its content: address, title, time and day."""
_CATEGORY = rf'<a href="{_VALUE}" rel="category tag">{_TEXT}</a>'
_AFTER = re.compile(
    rf'<div class="entry-utility">\s*<span class="cat-links"><span class="entry-utility-prep '
    rf'entry-utility-prep-cat-links">{_TEXT}</span>\s*({_CATEGORY}(?:,\s*{_CATEGORY})*)</span>'
    rf'\s*<span class="meta-sep">{_TEXT}</span>\s*<span class="comments-link"><span>'
    rf'<span class="screen-reader-text">({_TEXT})は\s*</span>{CLOSED_JA}</span></span>'
    r'\s*</div>\s*</div>\s*(?:\Z|<div (?=id="nav-below"))'
)
"""From the content's end to the post's: categories, and the title once more."""
_N_ENTRY = (_BEFORE.pattern + _AFTER.pattern).count("entry-")
"""Classes of the frame around a usual post; one more stands in a text, or is another post's."""
_NAME = re.compile(r'rel="category tag">([^<]*)<')


def usual_post(opening: str, text: str, page: PageContext) -> WordPressPost | None:
    """A post in a listing, the same as `read_post` reads; None where that is needed.

    Args:
        opening: the post's opening tag.
        text: what follows it, up to the next post's.
        page: what the page says of all its posts.
    """
    start, before = _OPENING.fullmatch(opening), _BEFORE.match(text)
    after = _AFTER.match(text, content_end(text, before.end(), "div")) if before else None
    if start is None or before is None or after is None or page.is_single:
        return None
    post_id, classes = start.groups()
    link, shown_title, clock, shown_day = before.groups()
    links, closing = after.groups()
    title = bare_title(shown_title)
    content = text[before.end() : after.start()]
    categories = [name for name in map(str.strip, _NAME.findall(links)) if name]
    around = before[0] + after[0]
    if (
        page.unbalanced
        or is_protected(shown_title)
        or "post-password-required" in classes
        or ('class="' in content and "-link" in content)  # perhaps to the rest of the post
        or not categories
        or not " ".join(closing.split()).endswith(title or "")
        or around.count(CLOSED_JA) > 1
        or around.count("entry-") > _N_ENTRY
        or "/abs/" in around
    ):
        return None
    url = absolute(page.url, link)
    day = day_in_text(shown_day) or day_in_url(url)
    return WordPressPost(
        post_id=post_id_of(post_id),
        url=without_fragment(url),
        posted_at=moment_at(day, clock) if day else None,
        posted_day=day,
        modified_at=None,
        title=title,
        categories=tuple(dict.fromkeys(categories)),
        content=content,
        extent="full",
        part=1,
        part_urls=(),
        more_url=None,
        problems=(),
    )
