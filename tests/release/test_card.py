"""The card: what it says is what is there, and what others wrote stays text."""

from __future__ import annotations

import ast
import inspect
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len

from pipeline.pair import ALIGNER_VERSION, abstracts
from pipeline.release import svg
from pipeline.release.card import FLAG_NOTES, TEMPLATE
from pipeline.release.configs import CONFIGS
from pipeline.release.markdown import flat, literal
from pipeline.validate.records import PARSER_DOUBTS, doubts
from pipeline.validate.untexturize import AMBIGUOUS, UNDONE
from tests.release.conftest import Build
from tests.release.invented import invent

HOSTILE = '<script>alert(1)</script>|`]( javascript:x ) **{{ 7*7 }}** ![x](y) & "quoted"\n\n# h'

markdown = MarkdownIt("commonmark", {"html": True}).enable("table")


def body(card: str) -> str:
    rendered: str = markdown.render(card.split("---\n", 2)[2])
    return rendered


def test_the_card_shows_every_config_field_and_picture(build: Build):
    snapshot = build(invent(40))
    card = (snapshot.path / "README.md").read_text()
    html = body(card)
    for config in CONFIGS:
        call = f"load_dataset(repo, &quot;{config.name}&quot;)"
        assert (call in html) is bool(snapshot.manifest.counts()[config.name])
        for field in config.fields:
            assert f"<td><code>{field.name}</code></td>" in html
    for picture in (snapshot.path / "images").iterdir():
        assert f'src="images/{picture.name}"' in html
        ET.fromstring(picture.read_text())
    assert "40 abstracts" in html
    assert "機械翻訳" in html


def test_texts_of_others_are_shown_and_do_nothing(build: Build):
    papers = [replace(paper, translator=HOSTILE) for paper in invent(20)]
    papers[0] = replace(papers[0], sentences=(f"{HOSTILE} </td></table>",))
    snapshot = build(papers)
    html = body((snapshot.path / "README.md").read_text())
    assert "<script" not in html
    assert 'href="javascript' not in html
    for picture in (snapshot.path / "images").iterdir():
        root = ET.fromstring(picture.read_text())
        assert {element.tag.split("}")[1] for element in root.iter()} <= {
            *("svg", "title", "style", "rect", "text", "line")
        }


@given(st.text(max_size=60))
def test_any_text_survives_markdown_as_text(text: str):
    html = markdown.render(f"| a |\n|---|\n| {literal(text)} |\n")
    shown = ET.fromstring(f"<x>{html}</x>").find(".//td")
    assert ("" if shown is None else shown.text or "") == flat(text)


@pytest.mark.parametrize(
    ("top", "marks"), [(0, [0, 1]), (1, [0, 1]), (7, [0, 2, 4, 6, 8]), (40, [0, 10, 20, 30, 40])]
)
def test_axes_have_round_marks(top: int, marks: list[float]):
    assert svg.scale(top) == marks


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_label_is_shortened_to_its_place_however_wide_its_characters(text: str, most: int):
    assert cell_len(svg.shorten(text, most)) <= most


def test_a_label_that_fits_stays():
    assert svg.shorten("cs.CL 計算と言語", 16) == "cs.CL 計算と言語"
    assert svg.shorten("cs.CL 計算と言語", 15) == "cs.CL 計算と言…"


def test_the_measured_figures_are_of_the_aligner_that_is_shipped() -> None:
    """A new aligner makes the card's figures old; they are then measured and written anew."""
    assert f"`{ALIGNER_VERSION}`" in TEMPLATE.read_text(encoding="utf-8")


def flags_of_pairs() -> set[str]:
    """The names that the code writes where it flags a bead or a pair."""
    raising = (abstracts._marked, abstracts._scored, abstracts._pair_flags)
    code = "".join(inspect.getsource(function) for function in raising)
    words = {node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)}
    return {word for word in words if isinstance(word, str) and re.fullmatch("[a-z_]+", word)}


def test_every_flag_that_can_be_raised_has_a_note():
    assert flags_of_pairs() >= {"misaligned", "no_text", "truncated", "untranslated"}
    raised = PARSER_DOUBTS.keys() | doubts().keys() | flags_of_pairs() | {UNDONE, AMBIGUOUS}
    assert raised == FLAG_NOTES.keys()


def test_the_card_invites_no_use_that_the_services_terms_may_forbid(build: Build) -> None:
    snapshot = build(invent(3))
    card = (snapshot.path / "README.md").read_text(encoding="utf-8")
    matter = yaml.safe_load(card.split("---", 2)[1])
    assert "translation" not in matter["task_categories"]
    assert matter["license"] == "other"
    assert not matter["license_name"].startswith("cc0")
    terms = (snapshot.path / "LICENSE.md").read_text(encoding="utf-8")
    for said in ("in doubt", "DeepL", "Google", "学習に使ってよいかどうかは明らかではありません"):
        assert said in card
        assert said in terms
