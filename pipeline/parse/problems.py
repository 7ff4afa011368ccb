"""What can be amiss with an entry: the names that `problems` holds, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "missing_title": "no title: neither the post's nor on the line before the entry",
        "missing_abstract_ja": "nothing under 要約",
        "missing_abstract_en": "nothing under 要約(オリジナル)",
        "missing_authors": "nothing under 著者",
        "missing_date": "nothing under 発行日",
        "missing_arxiv_link": "no link to arXiv, on a page that can hold links",
        "missing_provider": "nothing under 提供元, 利用サービス",
        "missing_label_facts": "the facts stand without their heading arxiv情報",
        "bad_date": "発行日 is no time stamp with a zone",
        "bad_arxiv_id": "a link to arXiv whose id is none",
        "conflicting_ids": "the entry's links name different papers or versions",
        "unread_lines": "lines after 著者's or 提供元's are not understood, and left out",
        "repeated_label": "a label comes twice: one entry may run into another",
        "uneven_entries": "of several entries, which nothing closes, one lacks a label or holds it "
        "in its texts: they may run into one another",
        "unclosed": "what closes the page, or its other entries, is missing: it may be cut",
        "mixed_frame": "beginning and end of the post name different posts",
        "broken_frame": "the theme's markup stands inside the post",
        "open_markup": "the post leaves a comment, a tag or raw text open, which swallows its end",
        "bad_posted_date": "the post's own date is none, or out of range",
        "unexpected_element": "an unknown element, often a bare `<` that swallowed text, or a "
        "formula that is not written out",
        "undecodable_text": "U+FFFD in the entry: bytes were not of the encoding",
        "hidden_email": "Cloudflare hid a text with an @, and what it was is not known: "
        "[email protected] stands in its place",
        "foreign_text": "text in the entry may be the site's and not the paper's, a caption or an "
        "advertisement; it stays",
        "excerpt": "the page shows only the beginning; the post's own page has the rest",
        "protected": "the site asks for a password",
        "unreadable": "the capture, or one post of it, cannot be read; the reason follows",
    }
)
"""Problem name to its meaning. A closed set: the parser reports no other name."""

UNTRUSTWORTHY = frozenset(
    {
        "bad_arxiv_id",
        "broken_frame",
        "conflicting_ids",
        "missing_abstract_en",
        "missing_abstract_ja",
        "missing_title",
        "mixed_frame",
        "open_markup",
        "repeated_label",
        "unclosed",
        "undecodable_text",
        "uneven_entries",
        "unexpected_element",
    }
)
"""Problems with which no record may be made of an entry: its texts may be cut, or another's."""
