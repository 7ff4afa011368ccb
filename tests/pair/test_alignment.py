import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.pair.abstracts import pair_abstract
from pipeline.pair.alignment import align
from pipeline.pair.bead_costs import KINDS, VARIANCE
from pipeline.pair.evidence import gather
from pipeline.pair.features import english_sentence, japanese_sentence
from pipeline.pair.lexicon import Lexicon, shipped_lexicon

# Invented for this test.
ENGLISH = st.lists(
    st.sampled_from(
        ["We train models.", "BERT needs 12 GPUs.", "It works, and BERT gains 3 points.", "Yes."]
    ),
    min_size=1,
    max_size=4,
)
JAPANESE = st.lists(
    st.sampled_from(
        ["モデルを訓練する。", "BERTは12のGPUを要する。", "BERTは3ポイント向上する。", "はい。"]
    ),
    min_size=1,
    max_size=4,
)


def ways(n, m):
    """Every way to cut n and m sentences into beads (first and end in English, in Japanese)."""
    if n == m == 0:
        yield []
    for a, b in KINDS:
        if a <= n and b <= m:
            for way in ways(n - a, m - b):
                yield [*way, (n - a, n, m - b, m)]


def said(witnesses, row, others):
    """What a sentence says about others, counted as `LexicalEvidence` documents it."""
    total = sum(witnesses.single[row].get(k, 0.0) for k in others)
    twice = {2: witnesses.double, 3: witnesses.triple}.get(len(others))
    return total - twice[row].get(others[0], 0.0) if twice else total


def cost(english, japanese, evidence, bead):
    """The cost of a bead, from its definition."""
    en, ja = range(*bead[:2]), range(*bead[2:])
    prior = KINDS[len(en), len(ja)]
    if not (en and ja):
        return prior
    worth, owed = (0.3, 2.0) if evidence.lexical else (1.0, 0.8)
    net = sum(said(evidence.japanese, i, en) - owed * evidence.japanese.expected[i] for i in ja)
    net += sum(said(evidence.english, j, ja) - owed * evidence.english.expected[j] for j in en)
    length = sum(len(english[j].text) for j in en)
    expected = sum(japanese[i].expected for i in ja)
    z = (length - expected) / math.sqrt(VARIANCE * (length + expected) / 2)
    most = {(1, 1, True): 3.5, (1, 2, False): 7.0}.get((len(en), len(ja), z > 0), 10.0)
    return prior + min(1.5 * z * z / 2, most) - worth * net


@given(ENGLISH, JAPANESE)
@settings(max_examples=25)
@pytest.mark.parametrize("lexical", [True, False])
def test_the_cheapest_way_is_found_and_its_share_of_all_ways(lexical, en, ja):
    lexicon = shipped_lexicon() if lexical else Lexicon()
    english = [english_sentence(text) for text in en]
    japanese = [japanese_sentence(text) for text in ja]
    evidence = gather(english, japanese, lexicon)
    totals = [
        (sum(cost(english, japanese, evidence, bead) for bead in way), way)
        for way in ways(len(en), len(ja))
    ]
    least = min(total for total, _ in totals)
    found = align(english, japanese, evidence)
    chosen = [(bead.en_start, bead.en_end, bead.ja_start, bead.ja_end) for bead in found]
    assert sum(cost(english, japanese, evidence, bead) for bead in chosen) == pytest.approx(least)
    everything = sum(math.exp(least - total) for total, _ in totals)
    for bead, bounds in zip(found, chosen, strict=True):
        share = sum(math.exp(least - total) for total, way in totals if bounds in way)
        assert bead.posterior == pytest.approx(share / everything)


def test_a_sentence_of_which_more_than_half_is_dropped_stays_with_what_is_left() -> None:
    english = [
        "The harbour was surveyed by three boats in spring.",
        "Because the tide had carried the buoys away and the charts were lost in a storm, "
        "the keepers measured its depth again by hand.",
        "The survey ends with a list of wrecks.",
    ]
    japanese = [
        "春に3隻の船が港を調査した。",
        "番人は深さを手で測った。",
        "調査は沈没船の一覧で終わる。",
    ]
    paired = pair_abstract(" ".join(english), "".join(japanese))
    assert [scored.bead.kind for scored in paired.beads] == ["1-1", "1-1", "1-1"]
    assert "omission_suspected" in paired.beads[1].flags
    assert "truncated" not in paired.flags
