"""What the site and its plugins put into a post beside the paper's texts.

Three things give it away: an element that is no flow text (a caption, a player, the summary of an
accordion), a class that a plugin or WordPress itself gives such an element, and the words of a
line that stands alone. What is cut is kept as `Removed`. An element that holds labels
of an entry is the entry's, whatever its class; one that holds sentences is doubtful, and stays.

Sources: the markup of WordPress's core blocks and of the plugins named below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

from selectolax.lexbor import LexborNode

from pipeline.parse.labels import Label, label_of
from pipeline.wordpress.dom import parse_html

Reason = Literal[
    "advertisement",
    "caption",
    "control",
    "hidden",
    "image",
    "link",
    "notice",
    "player",
    "related",
    "repeated",
    "share",
]
REASONS: tuple[str, ...] = get_args(Reason)
"""Why text is cut out of an entry; `repeated` where it stands in many posts of its day."""


class Removed(NamedTuple):
    """A text that was cut out of an entry."""

    reason: Reason
    text: str


_MOST_KEPT = 300
"""Characters of a removed text that are kept."""

_CLASSES: dict[Reason, str] = {
    # WordPress core; themes since Bootstrap 3; WCAG plugins
    "hidden": r"screen-reader-(?:text|shortcut)|sr-only|visually-?hidden|assistive-text",
    # AdSense, Ad Inserter, Advanced Ads, Quick Adsense, Google Publisher Tag; Japanese themes
    "advertisement": r"ads?|ads?[-_](?:labels?|box|area|units?|slots?|container|wrap(?:per)?"
    r"|banner|block|space|title|inner|code|center)|[\w-]+[-_]ads?|adsbygoogle|adsense[\w-]*"
    r"|google-auto-placed|advert(?:s|ise(?:ment)?s?)?|sponsor(?:ed)?(?:[-_](?:link|content|post"
    r"|label)s?)?|code-block-\d+|quads-[\w-]+|div-gpt-ad[\w-]*|dfp-[\w-]+|pr-(?:label|box)"
    r"|affiliate[\w-]*",
    # WordPress core, classic and block editor
    "caption": r"wp-caption-text|gallery-caption|wp-element-caption|blocks-gallery-caption",
    # Jetpack, AddToAny, Simple Share, Heateor, Easy Social Share; Japanese themes
    "share": r"share|sharedaddy|sharing|share-?(?:buttons?|box|links?|icons?|area|wrap|bar)"
    r"|sd-(?:block|sharing|social|content|title)|social-?(?:share|buttons?|links?|icons?|box"
    r"|sharing)|sns(?:[-_][\w-]+)?|addtoany[\w-]*|a2a_[\w-]+|jetpack-likes[\w-]*|heateor[\w-]*"
    r"|essb[\w-]*|hatena-[\w-]+|twitter-share[\w-]*|fb-(?:like|share)[\w-]*",
    # Jetpack, YARPP, Contextual Related Posts, Pz-LinkCard, Cocoon and others; core embeds
    "related": r"(?:jp-)?related-?(?:posts?|articles?|entr(?:y|ies)|links?|content|box|list)"
    r"[\w-]*|yarpp[\w-]*|crp_related[\w-]*|wp-block-(?:latest-posts|latest-comments|rss|query"
    r"|embed)(?:__[\w-]+)?|(?:blog|link|site|internal|external|internal-blog|external-blog)-?card"
    r"[\w-]*|lkc-[\w-]+|pz-linkcard[\w-]*|wp-embedded-content|twitter-tweet|popular-posts?[\w-]*"
    r"|recommended-posts?[\w-]*|post-?nav(?:igation|s)?|ez-toc-(?:container|title)[\w-]*"
    r"|toc(?:[-_](?:container|list|title|box))?|lwptoc[\w-]*|rtoc[\w-]*|table-of-contents"
    r"|breadcrumbs?",
    # WordPress core's players; text-to-speech plugins
    "player": r"(?:wp-)?(?:audio|video)-(?:shortcode|player|playlist)[\w-]*|wp-playlist[\w-]*"
    r"|mejs-[\w-]+|wp-block-(?:audio|video)|tts-[\w-]+|text-to-speech[\w-]*|gspeech[\w-]*"
    r"|beyondwords[\w-]*|responsivevoice[\w-]*|audio-?button|listen-?(?:button|to)[\w-]*",
    # Print Friendly, Copy to clipboard and the like; buttons of the block editor
    "control": r"(?:copy|print|download|like|tweet)[-_]?(?:button|btn|link|icon)s?|btn|button"
    r"|wp-block-buttons?|wp-block-button__[\w-]+|print-?friendly[\w-]*|printfriendly[\w-]*"
    r"|pdfprnt[\w-]*|no-?print|code-copy[\w-]*",
    # Post Views Counter, WP-PostRatings, kk Star Ratings, Reading Time WP, Simple Author Box,
    # PublishPress Authors, Mailchimp, MailPoet, Jetpack
    "notice": r"post-?views[\w-]*|reading-?time[\w-]*|rt-reading-time|span-reading-time"
    r"|bsf-rt[\w-]*|post-?ratings?[\w-]*|kksr[\w-]*|star-rating[\w-]*|yasr[\w-]*|rmp-[\w-]+|saboxplugin[\w-]*"
    r"|author-?(?:box|bio|info|card|profile|about)[\w-]*|about-author|molongui[\w-]*|ppma[\w-]*"
    r"|newsletter[\w-]*|subscribe[\w-]*|mailpoet[\w-]*|mc4wp[\w-]*|mc_embed[\w-]*"
    r"|jetpack_subscription[\w-]*|cookie-?(?:notice|banner|consent)[\w-]*|last-?updated"
    r"|post-modified-info|wp-block-comments[\w-]*|comments-area",
}
"""Classes and ids, whole, of elements that hold no text of a paper."""

ELEMENTS: dict[str, Reason] = {
    "figcaption": "caption",
    "summary": "control",
    "audio": "player",
    "video": "player",
    "dialog": "notice",
    "amp-ad": "advertisement",
    "amp-social-share": "share",
}
"""Elements that hold no flow text."""
_IMAGES = frozenset({"img", "amp-img"})
_ROLES = "button|navigation|complementary|search|toolbar|tooltip|dialog|banner|contentinfo"
_HIDES = re.compile(r"display:\s*none|visibility:\s*hidden", re.IGNORECASE)

_CLASS = re.compile(
    "|".join(f"(?P<{reason}>{names})" for reason, names in _CLASSES.items()), re.IGNORECASE
)
_NAMES = re.compile(r'\b(?:class|id)="([^"]*)"')
_OTHER_MARKS = re.compile(
    rf'\srole="(?:{_ROLES})"|\shidden(?=[=\s]|$)|style="[^"]*(?:{_HIDES.pattern})'
)
_GLYPH = re.compile(
    r"(?:^|[\s_-])(?:emoji|wp-smiley|smiley|latex|tex|math|formula|equation|mathjax|katex)\w*"
    r"|latex\.php|s\.w\.org/|codecogs",
    re.IGNORECASE,
)
"""Classes and addresses of images that stand for characters or formulas."""
_PICTURE = re.compile(r"(?:^|\s)(?:wp-image-\d+|size-\w+|align(?:left|right|center|none))(?=\s|$)")
"""Classes that WordPress's editors give to the images of a post."""

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_INLINE_PARENTS = frozenset({"a", "b", "em", "i", "picture", "small", "span", "strong"})
_HOLDS_LABELS = frozenset({"hidden", "related"})
"""Reasons for which an element may hold labels, as an excerpt of another post does."""
_MANY_LABELS = 3
"""Different labels from which an element is the entry, or holds most of it."""
_SENTENCES = re.compile(r"[。．]\s*\S|[.!?] [A-Z]")
_SENTENCE_END = re.compile(r"[。．.!?！？][)）」』]*$")
_LONG = 100
"""Characters from which text with sentences may be a paper's, whatever the class of its element."""
_MAY_BE_LONG = frozenset({"hidden", "related", "caption"})


@lru_cache(maxsize=4096)
def is_foreign_tag(tag: str) -> bool:
    """Whether the element that a tag opens may be foreign to the paper.

    >>> is_foreign_tag('div class="sharedaddy"'), is_foreign_tag('p class="social-science"')
    (True, False)
    """
    name = tag.partition(" ")[0]
    if name in _IMAGES:
        return 'alt=""' not in tag and "alt=" in tag and _GLYPH.search(tag) is None
    if name in ELEMENTS or _OTHER_MARKS.search(tag):
        return True
    return any(_by_class(names) for names in _NAMES.findall(tag))


def without_foreign(content: str) -> tuple[str, list[Removed], bool]:
    """An HTML content without the elements that are foreign to the paper.

    Returns:
        The content; what was removed from it, in order; and whether something is in it that may be
        foreign and may be text of the paper.
    """
    body = parse_html(f"<!doctype html><body>{content}".encode()).body
    assert body is not None
    doubtful = False
    removed: list[Removed] = []
    for node, reason in _outermost(list(_foreign(body))):
        text = _text(node)
        if _may_be_the_papers(node, reason, text):
            doubtful = True
        elif text:
            removed.append(Removed(reason, text[:_MOST_KEPT]))
            node.decompose()
        else:
            node.decompose()
    return body.inner_html or "", removed, doubtful


def _may_be_the_papers(node: LexborNode, reason: Reason, text: str) -> bool:
    """Whether what seems foreign reads like an abstract; a closed accordion hides its text."""
    if reason == "hidden" and _by_class(_names(node)) != "hidden":
        return _SENTENCE_END.search(text) is not None
    return reason not in _MAY_BE_LONG and len(text) >= _LONG and bool(_SENTENCES.search(text))


def _names(node: LexborNode) -> str:
    """The classes of an element, and its id."""
    attributes = node.attributes
    return f"{attributes.get('class') or ''} {attributes.get('id') or ''}"


def _foreign(body: LexborNode) -> Iterator[tuple[LexborNode, Reason]]:
    """The elements under `body` that seem foreign, and why, in the order of the document."""
    for node in body.css("*"):
        reason = _reason(node)
        if reason and not _is_entry(node, reason):
            yield node, reason


def _reason(node: LexborNode) -> Reason | None:
    attributes = node.attributes
    names = _names(node)
    style, role = attributes.get("style") or "", attributes.get("role") or ""
    if "hidden" in attributes or _HIDES.search(style):
        return "hidden"
    if node.tag in _IMAGES:
        source = f"{names} {attributes.get('src') or ''}"
        is_foreign = (
            attributes.get("alt") and not _GLYPH.search(source) and not _is_in_text(node, names)
        )
        return "image" if is_foreign else None
    if node.tag == "summary" and label_of(_text(node)):
        return None
    return (
        ELEMENTS.get(node.tag or "")
        or _by_class(names)
        or ("control" if re.fullmatch(_ROLES, role) else None)
    )


@lru_cache(maxsize=4096)
def _by_class(names: str) -> Reason | None:
    """Why an element with these classes is foreign."""
    for name in names.split():
        if match := _CLASS.fullmatch(name):
            return next(reason for reason in _CLASSES if match[reason] is not None)
    return None


def _is_in_text(image: LexborNode, names: str) -> bool:
    """Whether an image stands in a line, and not as a picture of its own."""
    if _PICTURE.search(names):
        return False
    around = image.parent
    while around is not None and around.tag in _INLINE_PARENTS:
        around = around.parent
    return around is not None and around.tag != "figure" and bool(around.text().strip())


def _is_entry(node: LexborNode, reason: Reason) -> bool:
    """Whether an element is a heading of the entry, in one, or holds labels as the entry does."""
    around: LexborNode | None = None if reason == "hidden" else node
    while around is not None and around.tag != "body":
        if around.tag in _HEADINGS:
            return True
        around = around.parent
    return len(_labels(node)) >= (_MANY_LABELS if reason in _HOLDS_LABELS else 1)


def _labels(node: LexborNode) -> set[Label]:
    """The labels that stand in an element, outside of links, as texts of their own."""
    texts = (
        part.text_content or ""
        for part in node.traverse(include_text=True)
        if part.tag == "-text" and part.parent is not None and part.parent.tag != "a"
    )
    return {found.label for text in texts if (found := label_of(text.strip()))}


def _outermost(
    found: Sequence[tuple[LexborNode, Reason]],
) -> list[tuple[LexborNode, Reason]]:
    """Those of `found` that are in no other: what is in a removed element is gone with it."""
    places = {node.mem_id for node, _ in found}
    outermost = []
    for node, reason in found:
        around = node.parent
        while around is not None and around.mem_id not in places:
            around = around.parent
        if around is None:
            outermost.append((node, reason))
    return outermost


def _text(node: LexborNode) -> str:
    alt = node.attributes.get("alt") if node.tag in _IMAGES else None
    return " ".join((alt or node.text(separator=" ")).split())
