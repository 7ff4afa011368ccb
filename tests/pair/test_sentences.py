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
        # Months, journals, taxa, parts of papers, names.
        ("It fell in Mar. 2021 twice. So what.", ["It fell in Mar. 2021 twice.", "So what."]),
        ("In Phys. Rev. D. Theorists differ.", None),
        ("See Astron. Astrophys. 12, 3. Next.", ["See Astron. Astrophys. 12, 3.", "Next."]),
        ("Find Bacillus sp. A7 here. Grow it.", ["Find Bacillus sp. A7 here.", "Grow it."]),
        ("From Mt. Fuji we look. We see.", ["From Mt. Fuji we look.", "We see."]),
        ("By Thm. 2 and Lem. B it holds. So.", ["By Thm. 2 and Lem. B it holds.", "So."]),
        ("See Suppl. Fig. 2 for it. We go on.", ["See Suppl. Fig. 2 for it.", "We go on."]),
        ("Data are i.i.d. We assume so.", ["Data are i.i.d.", "We assume so."]),
        ("By J.-P. Serre and A.B. Lane. Yes.", ["By J.-P. Serre and A.B. Lane.", "Yes."]),
        ("We use the mobile app. Users like it.", ["We use the mobile app.", "Users like it."]),
        # Ends that are ends.
        ("Hence $y=2.$ Thus it holds.", ["Hence $y=2.$", "Thus it holds."]),
        ("We get $$y=2.$$ Next we stop.", ["We get $$y=2.$$", "Next we stop."]),
        ("We get \\[ y=2. \\] Next we stop.", ["We get \\[ y=2. \\]", "Next we stop."]),
        ("We get $$y=2$$ where Y is it.", ["We get $$y=2$$ where Y is it."]),
        ("It is known.[2,3] We differ.", ["It is known.[2,3]", "We differ."]),
        ("It takes 12 ms. Users wait.", ["It takes 12 ms.", "Users wait."]),
        ("It cools to 4 K. Samples melt.", ["It cools to 4 K.", "Samples melt."]),
        ("At $3$ T. 20 samples melt.", ["At $3$ T.", "20 samples melt."]),
        ("Use GitLab. γ-rays follow.", ["Use GitLab.", "γ-rays follow."]),
        ("It reaches 0.97. guessing fails.", ["It reaches 0.97.", "guessing fails."]),
        ("Use CNNs, RNNs, etc. None works.", None),
        ("For type B. Samples vary.", ["For type B.", "Samples vary."]),
        ("We read Yahoo! News daily. Fine.", ["We read Yahoo! News daily.", "Fine."]),
        ("It costs $5. We pay $6. Done.", ["It costs $5.", "We pay $6.", "Done."]),
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
        ("Hilbert spaces. 境界を示す。", ["Hilbert spaces.", "境界を示す。"]),
        ("We ask. We answer. 以上。", ["We ask.", "We answer.", "以上。"]),
        ("調べる（表1を参照。）合計は3である。", ["調べる（表1を参照。）", "合計は3である。"]),
        ("「（笑う。）と書く」と言う。次。", ["「（笑う。）と書く」と言う。", "次。"]),
        ("調べる（例。）の値。次。", ["調べる（例。）の値。", "次。"]),
        ("示す．GPTを使う．3回行う．", ["示す．", "GPTを使う．", "3回行う．"]),
        ("図.3に示す.次に進む.", ["図.3に示す.", "次に進む."]),
        ("設定.txtを読む。U.S.の例。", ["設定.txtを読む。", "U.S.の例。"]),
        ('これは"なぜか？"と問う。次。', ['これは"なぜか？"と問う。', "次。"]),
        ("縦書き︒次の文︒", ["縦書き︒", "次の文︒"]),
        ("項は\n$$ a < b $$\nを満たす。\n次。", ["項は\n$$ a < b $$\nを満たす。", "次。"]),
        ("Smith et al.の手法。次。", ["Smith et al.の手法。", "次。"]),
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
