import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pair.sentences import split_english, split_japanese


def pieces(text, spans):
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We ask. We answer.", ["We ask.", "We answer."]),
        ("It gains 3.5 points, i.e. Many points. Good.", None),
        ("See Fig. 3 for it. Next.", ["See Fig. 3 for it.", "Next."]),
        ("As Smith et al. (2020) say, no. Done.", ["As Smith et al. (2020) say, no.", "Done."]),
        ("As in Smith et al. We differ.", ["As in Smith et al.", "We differ."]),
        ("It is challenging.In this work we try.", ["It is challenging.", "In this work we try."]),
        ("Code is at https://x.org/A.B. Enjoy it.", ["Code is at https://x.org/A.B.", "Enjoy it."]),
        ("Let $x. Y$ be small. Then stop.", ["Let $x. Y$ be small.", "Then stop."]),
        ("We use BERT. mBERT follows.", ["We use BERT.", "mBERT follows."]),
        ("Given BERT. k-means clusters it.", ["Given BERT.", "k-means clusters it."]),
        ("It works (see A. B. C. D) well. Yes!", ["It works (see A. B. C. D) well.", "Yes!"]),
        ("He said 'stop.' Then left.", ["He said 'stop.'", "Then left."]),
        ("J. Doe wrote it. Is it true? Yes.", ["J. Doe wrote it.", "Is it true?", "Yes."]),
        ("end-to-end ST. Inspired by it.", ["end-to-end ST.", "Inspired by it."]),
        ("We study: 1. Speed. 2. Size.", ["We study: 1. Speed.", "2. Size."]),
        ("One\nline. Two\n\nThree", ["One\nline.", "Two", "Three"]),
        ("An open ( bracket. And on.", ["An open ( bracket.", "And on."]),
    ],
)
def test_english(text, expected):
    found = pieces(text, split_english(text))
    assert found == expected if expected else len(found) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("提案する。評価する。", ["提案する。", "評価する。"]),
        ("（例。例）を示す。次。", ["（例。例）を示す。", "次。"]),
        ("「はい。」と言う。次。", ["「はい。」と言う。", "次。"]),
        ("一行目\n二行目", ["一行目", "二行目"]),
        ("精度は3.5である。2020年。", ["精度は3.5である。", "2020年。"]),
        ("可能か?本論文は問う。", ["可能か?", "本論文は問う。"]),
        ("Yahoo!を使う。", ["Yahoo!を使う。"]),
        ("$x。y$ を使う。次。", ["$x。y$ を使う。", "次。"]),
        ("コードはhttps://x.org/a.b。", ["コードはhttps://x.org/a.b。"]),
        ("全角ピリオド．次の文．", ["全角ピリオド．", "次の文．"]),
        ("（閉じない。次。", ["（閉じない。", "次。"]),
    ],
)
def test_japanese(text, expected):
    assert pieces(text, split_japanese(text)) == expected


ANY_TEXT = st.text(
    st.sampled_from("ab A.!?()[]$\"' \n\t1,:/「」（）。、！？\u3000漢かカ")
    | st.characters(codec="utf-8"),
    max_size=120,
)


@given(ANY_TEXT)
@pytest.mark.parametrize("split", [split_english, split_japanese])
def test_spans_leave_out_nothing_but_white_space(split, text):
    spans = split(text)
    at = 0
    for start, end in spans:
        assert text[at:start].strip() == ""
        assert start < end
        assert text[start:end] == text[start:end].strip()
        at = end
    assert text[at:].strip() == ""
