"""Translations and summaries told apart: both templates and their variants, in all routes.

All texts are invented. The negatives are translations that look like a summary: with bullets, with
【 】, and with タイトル or 要約 in the text.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import replace

import pytest

from pipeline.parse.kinds import points, read_japanese
from pipeline.parse.pages import Entry, parse_page
from tests.parse.invented import (
    PAPERS,
    feed,
    listing_page,
    rest_answer,
    shown,
    single_page,
    text_page,
)

AMBER = PAPERS[0]
TITLE = "灯台問題のための新しい手法:現状と課題"
FIRST, SECOND, THIRD = "灯台は夜に光る。", "しかし、霧の日は見えない。", "船は港に戻る。"

SUMMARIES: dict[str, Sequence[str]] = {
    "brackets": (
        f"【タイトル】{TITLE}",
        "【要約】",
        f"・{FIRST}",
        f"・{SECOND}",
        "【要点】",
        f"・{THIRD}",
    ),
    "brackets, title below": (
        "【タイトル】",
        TITLE,
        "【要約】",
        f"・{FIRST}",
        f"・{SECOND}",
        f"・{THIRD}",
    ),
    "brackets, spaces": (
        f"【タイトル】 {TITLE}",
        "【 要約 】",
        f"・ {FIRST}",
        f"・ {SECOND}",
        f"・ {THIRD}",
    ),
    "square brackets": (f"[タイトル] {TITLE}", "[要約]", f"• {FIRST}", f"• {SECOND}", f"• {THIRD}"),
    "colons": (f"タイトル：{TITLE}", "要約：", f"– {FIRST}", f"– {SECOND}", f"– {THIRD}"),
    "colons, hyphens": (f"タイトル: {TITLE}", "要約:", f"- {FIRST}", f"- {SECOND}", f"- {THIRD}"),
    "colons, title only": (f"タイトル：{TITLE}", f"- {FIRST}", f"- {SECOND}", f"- {THIRD}"),
    "numbers": (f"【タイトル】{TITLE}", "【要約】", f"1. {FIRST}", f"2. {SECOND}", f"3. {THIRD}"),
    "prose under the label": (f"【タイトル】{TITLE}", "【要約】", FIRST, SECOND, THIRD),
    "key points": (
        f"【タイトル】{TITLE}",
        "【要約】",
        FIRST,
        "【要点】",
        f"・{SECOND}",
        f"・{THIRD}",
    ),
    "text after the label": (f"タイトル：{TITLE}", f"要約：{FIRST}", f"- {SECOND}", f"- {THIRD}"),
}
UNTITLED: dict[str, Sequence[str]] = {
    "colon, no title": ("要約：", f"- {FIRST}", f"- {SECOND}", f"- {THIRD}"),
    "brackets, no title": ("【要約】", f"・{FIRST}", f"・{SECOND}", f"・{THIRD}"),
}
TRANSLATIONS: dict[str, Sequence[str]] = {
    "one paragraph": ("".join((FIRST, SECOND, THIRD)),),
    "a sentence a line": (FIRST, SECOND, THIRD),
    "a list after a sentence": (
        "本稿の貢献は次の通り。",
        "我々は三点を示す。",
        f"・{FIRST}",
        f"・{SECOND}",
    ),
    "brackets in the text": ("【重要】という語を含む文を集める。", SECOND, THIRD),
    "title as a word": ("タイトルだけから論文の分野を当てる手法を提案する。", SECOND, THIRD),
    "title and colon within": ("入力は「タイトル：本文」の形である。", SECOND, THIRD),
    "summary as a word": ("要約は自然言語処理の課題である。", "要約の手法を提案する。", THIRD),
    "points as a word": ("要点を抜き出す手法を提案する。", "ポイントは速さである。", THIRD),
    "a dash within": (f"灯台 – 海の目印 – を扱う。{SECOND}",),
}


def routes(lines: Sequence[str]) -> dict[str, Entry]:
    """The entry as each route gives it, the Japanese replaced by `lines`."""
    item = shown(AMBER)
    old = "".join(AMBER.japanese)
    assert old in item.content
    by_break = "<br />\n".join(map(html.escape, lines))
    by_paragraph = "</p>\n<p>".join(map(html.escape, lines))
    items = {
        name: replace(item, content=item.content.replace(old, new))
        for name, new in (("br", by_break), ("p", by_paragraph))
    }
    pages = {
        **{f"single, {name}": single_page(one) for name, one in items.items()},
        "day": listing_page([items["br"]]),
        "rest": rest_answer([items["p"]]),
        "feed": feed([items["br"]]),
        "text": text_page([AMBER])
        .decode()
        .replace("\n".join(AMBER.japanese), "\n".join(lines))
        .replace(old, "\n".join(lines))
        .encode(),
    }
    found = {}
    for name, body in pages.items():
        entries = parse_page(body, url="https://jarxiv.example/2025/03/04/")
        assert len(entries) == 1, f"{name}: {[entry.title for entry in entries]}"
        found[name] = entries[0]
    return found


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_template_is_a_summary_in_every_route(name: str) -> None:
    for route, entry in routes(SUMMARIES[name]).items():
        seen = (entry.kind, entry.title_ja, entry.title)
        assert seen == ("summary", TITLE, AMBER.title), f"{name}, {route}"
        assert points(entry.abstract_ja or "") == [FIRST, SECOND, THIRD], f"{name}, {route}"
        assert entry.abstract_en == AMBER.english


@pytest.mark.parametrize("name", UNTITLED)
def test_a_summary_needs_no_title(name: str) -> None:
    for route, entry in routes(UNTITLED[name]).items():
        seen = (entry.kind, entry.title_ja, entry.title)
        assert seen == ("summary", None, AMBER.title), f"{name}, {route}"
        assert points(entry.abstract_ja or "") == [FIRST, SECOND, THIRD]


@pytest.mark.parametrize("name", TRANSLATIONS)
def test_a_translation_stays_one_and_keeps_its_text(name: str) -> None:
    lines = TRANSLATIONS[name]
    for route, entry in routes(lines).items():
        assert (entry.kind, entry.title_ja) == ("translation", None), f"{name}, {route}"
        assert (entry.abstract_ja or "").replace("\n", "") == "".join(lines), f"{name}, {route}"


def test_a_list_without_a_template_is_left_open() -> None:
    assert read_japanese(f"・{FIRST}\n・{SECOND}\n・{THIRD}").kind is None


def test_no_text_is_of_no_kind() -> None:
    assert read_japanese(None) == (None, None, None)
