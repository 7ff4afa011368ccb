import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pair.features import english_sentence, japanese_sentence
from pipeline.pair.numbers import english_numbers, japanese_numbers
from pipeline.pair.signals import kept
from pipeline.pair.tokens import fold, stem, units


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
        ("250,000 rows", "二十五万行"),
        ("7 trillion", "七兆"),
        ("4,000,000 rows", "4百万行"),
        ("60 million", "6千万"),
        ("300 billion", "3千億"),
        ("45%", "4割5分"),
        ("70 percent", "七割"),
        ("2 000 000 rows", "200万行"),
        ("20\u2009000 rows", "2万行"),
        ("2e-4", "0.0002"),
        ("10^6", "100万"),
        ("3x10^4", "3万"),
        ("10⁵", "10万"),
        ("two hundred and sixty", "260"),
        ("four thousand three hundred", "4300"),
        ("ninety nine", "99"),
        ("GPT-4.1", "GPT4.1"),
        ("13B", "13B"),
        ("3T", "3テスラ"),
        ("2 pages", "図4，2ページ"),
    ],
)
def test_a_number_is_found_however_it_is_written(en, ja):
    mentioned = english_numbers(fold(en))
    found = japanese_numbers(fold(ja))
    assert len(mentioned) == 1
    assert not mentioned[0][0].isdisjoint(found)


@pytest.mark.parametrize(
    ("en", "ja"),
    [
        ("by 46.4%", "46.5%改善"),
        ("12 tasks", "13のタスク"),
        ("5 million", "5億"),
        ("5 million", "5千"),
        ("5 million", "5"),
        ("7B", "7M"),
        ("7B", "7"),
        ("150,000", "十万"),
        ("3", "3億"),
        ("30%", "2割"),
    ],
)
def test_another_number_is_not_taken_for_it(en, ja):
    assert english_numbers(en)[0][0].isdisjoint(japanese_numbers(ja))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("sizes 8,16,32", ["8", "16", "32"]),
        ("rates 0.1,0.2,0.5", ["0.1", "0.2", "0.5"]),
        ("1,234,567 rows", ["1234567"]),
        ("two, three and one", ["2", "3"]),
        ("in 2020 100 rows", ["2020", "100"]),
        ("1/2/4 GPUs", ["1", "2", "4"]),
        ("v1.2.3", []),
    ],
)
def test_each_number_of_a_list_is_read(text, values):
    assert [sorted(found) for found, _, _ in english_numbers(text)] == [[v] for v in values]


def test_units_are_katakana_runs_kanji_bigrams_last_and_lone_kanji():
    assert units("しかし機械学習のモデルを示す") == [
        "しかし",
        "機械",
        "械学",
        "学習",
        "習",
        "モデル",
        "示",
    ]


def test_stems_join_inflections():
    assert stem("models") == stem("Model") == stem("modeled") == stem("modeling")


@given(st.text(max_size=80))
def test_folding_keeps_every_offset(text):
    assert len(fold(text)) == len(text)


@given(st.text(st.sampled_from("0123456789,.万億千十百一二割分KMB×x％% e^-{}⁵"), max_size=40))
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
