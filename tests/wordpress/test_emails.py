"""What Cloudflare took for e-mail addresses is shown again, wherever it stands."""

from __future__ import annotations

import html
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.parse.pages import parse_page
from pipeline.wordpress.emails import show_emails, show_emails_of_page
from tests.parse.corpus import AMBER
from tests.parse.invented import Markup, PageItem, content_html, listing_page


def hidden(text: str, tag: str = "a", key: int = 0x51) -> str:
    """A text as Cloudflare's e-mail protection leaves it."""
    code = bytes([key, *(byte ^ key for byte in text.encode())]).hex()
    link = ' href="/cdn-cgi/l/email-protection"' if tag == "a" else ""
    return f'<{tag}{link} class="__cf_email__" data-cfemail="{code}">[email&#160;protected]</{tag}>'


@given(st.text(min_size=1, max_size=80), st.sampled_from(["a", "span"]), st.integers(0, 255))
def test_what_was_hidden_is_shown_and_escaped(text: str, tag: str, key: int) -> None:
    shown = show_emails(f"<p>x {hidden(text, tag, key)} y</p>")
    assert shown == f"<p>x {html.escape(text, quote=False)} y</p>"
    page = f"<p>{hidden(text, tag, key)}</p>".encode()
    assert show_emails_of_page(page).decode() == f"<p>{html.escape(text, quote=False)}</p>"


@pytest.mark.parametrize(
    "markup",
    [
        '<a data-cfemail="51013">[email protected]</a>',
        '<a data-cfemail="ff00">[email protected]</a>',
        '<a data-cfemail="zz">[email protected]</a>',
        "<p>data-cfemail is an attribute</p>",
        '<a data-cfemail="5101" ' * 2000,
    ],
)
def test_what_is_in_no_known_code_stays(markup: str) -> None:
    assert show_emails(markup) == markup


def page(body: str) -> bytes:
    return listing_page([PageItem(AMBER, body)])


def test_the_abstracts_of_a_page_and_of_a_rest_answer_have_it() -> None:
    content = content_html(AMBER, Markup()).replace(
        "Code is at", f"{hidden('Pass@k')} rises. Code at"
    )
    (entry,) = parse_page(page(content), content_type="text/html", url="")
    assert entry.abstract_en is not None
    assert "Pass@k rises." in entry.abstract_en
    assert "hidden_email" not in entry.problems
    answer = [{"id": 1, "title": {"rendered": hidden("A@B")}, "content": {"rendered": content}}]
    (entry,) = parse_page(json.dumps(answer).encode(), content_type="application/json", url="")
    assert entry.title == "A@B"
    assert "Pass@k rises." in (entry.abstract_en or "")


def test_where_only_the_words_are_left_it_is_a_problem() -> None:
    content = content_html(AMBER, Markup()).replace("Code is at", "[email&#160;protected] rises at")
    (entry,) = parse_page(page(content), content_type="text/html", url="")
    assert "hidden_email" in entry.problems
