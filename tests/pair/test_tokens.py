import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pair.features import english_sentence, japanese_sentence
from pipeline.pair.signals import kept
from pipeline.pair.tokens import english_numbers, fold, japanese_numbers, stem, units


@pytest.mark.parametrize(
    ("en", "ja"),
    [
        ("by 46.4%", "４６．４％改善"),
        ("1,840 questions", "1840の質問"),
        ("1.2 million rows", "120万行"),
        ("530 billion parameters", "5300億のパラメータ"),
        ("120 million", "1億2000万"),
        ("a 7B model", "7Bモデル"),
        ("10x faster", "10倍高速"),
        ("twelve tasks", "12のタスク"),
        ("two players", "二人のプレイヤー"),
        ("two sides", "両側"),
        ("three hundred", "三百"),
        ("twenty-five", "25"),
        ("in 2024", "二〇二四年"),
    ],
)
def test_a_number_is_found_however_it_is_written(en, ja):
    mentioned = english_numbers(fold(en))
    found = japanese_numbers(fold(ja))
    assert len(mentioned) == 1
    assert not mentioned[0][0].isdisjoint(found)


@pytest.mark.parametrize(("en", "ja"), [("by 46.4%", "46.5%改善"), ("12 tasks", "13のタスク")])
def test_another_number_is_not_taken_for_it(en, ja):
    assert english_numbers(en)[0][0].isdisjoint(japanese_numbers(ja))


def test_units_are_katakana_runs_kanji_bigrams_and_lone_kanji():
    assert units("しかし機械学習のモデルを示す") == [
        "しかし",
        "機械",
        "械学",
        "学習",
        "モデル",
        "示",
    ]


def test_stems_join_inflections():
    assert stem("models") == stem("Model") == stem("modeled") == stem("modeling")


@given(st.text(max_size=80))
def test_folding_keeps_every_offset(text):
    assert len(fold(text)) == len(text)


@given(st.text(st.sampled_from("0123456789,.万億千十百一二KMB×x％%"), max_size=40))
def test_any_number_is_read(text):
    japanese_numbers(fold(text))
    english_numbers(fold(text))


def test_what_a_translation_kept():
    english = english_sentence("BERT and GPT-4o gain 3 points with $x^2$; see https://x.org/A.")
    japanese = japanese_sentence("BERTは３ポイント向上。$x^2$ を参照。https://x.org/a。")
    found = kept([english], [japanese])
    assert found.latin_terms_kept == pytest.approx(1 / 3)  # of BERT, GPT and 4o
    assert found.urls_kept == found.latex_kept == 1.0
    assert found.script_ratio is not None
    assert found.script_ratio > 0.5
    assert kept([english_sentence("no tokens here")], [japanese]).numbers_kept is None
