import hashlib
import json
from datetime import date

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cli.align import align
from pipeline.pair import ALIGNER_VERSION, PairedAbstracts, pair_records, stage
from pipeline.pair.abstracts import Signals, pair_abstract
from pipeline.pair.review_page import render_page
from pipeline.schema import PairSignals, SentencePairs, polars_schema

# Invented for this test.
EN = [
    "We propose a new method for training large language models.",
    "However, existing approaches require 46.5% more memory.",
    "Experiments on 12 benchmarks show that BERT outperforms previous models.",
    "Our code is available at https://example.org/code.",
]
JA = [
    "本論文では、大規模言語モデルを訓練するための新しい手法を提案する。",
    "しかし、既存の手法は46.5%多くのメモリを必要とする。",
    "12のベンチマークでの実験により、BERTが以前のモデルを上回ることを示す。",
    "コードはhttps://example.org/codeで公開されている。",
]


def pair(en=EN, ja=JA):
    return pair_abstract(" ".join(en), "".join(ja))


def kinds(paired):
    return [scored.bead.kind for scored in paired.beads]


def test_sentences_find_each_other():
    paired = pair()
    assert kinds(paired) == ["1-1"] * 4
    assert all(scored.score > 0.8 for scored in paired.beads)
    assert paired.flags == ()
    assert paired.signals.numbers_kept == paired.signals.urls_kept == 1.0
    assert paired.signals.sentence_coverage == 1.0


def test_merged_and_dropped_sentences():
    assert kinds(pair(ja=[JA[0].rstrip("。") + "、" + JA[1], *JA[2:]])) == ["2-1", "1-1", "1-1"]
    dropped = pair(ja=[JA[0], *JA[2:]])
    assert kinds(dropped) == ["1-1", "1-0", "1-1", "1-1"]
    assert dropped.flags == ("omission_suspected",)
    assert dropped.beads[1].omission
    assert dropped.beads[1].omission.sentence == 1


def test_a_dropped_clause_is_found_where_it_stands():
    en = (
        "In this paper, we propose a novel framework for machine translation, which significantly "
        "improves the performance of language models on several benchmark datasets."
    )
    paired = pair_abstract(en, "本論文では、機械翻訳のための新しい枠組みを提案する。")
    assert paired.flags == ("omission_suspected",)
    omission = paired.beads[0].omission
    assert omission
    assert "performance of language models" in en[omission.start : omission.end]
    assert "propose" not in en[omission.start : omission.end]


@pytest.mark.parametrize(
    ("ja", "flag"),
    [
        ([JA[0], EN[1], *JA[2:]], "untranslated"),
        ([*JA[:2], JA[2][:20]], "truncated"),
        (JA[:3], "truncated"),
        ([*JA[:2], JA[1], *JA[2:]], "repeated"),
        ([JA[0], JA[1][:8] * 6 + JA[1][8:], *JA[2:]], "repeated"),
        (["銀河の回転曲線を電波望遠鏡で観測した。", "星間塵の分布が分かった。"], "misaligned"),
        ([], "no_text"),
        (["$x^2$"], "no_text"),
    ],
)
def test_each_flag_is_raised(ja, flag):
    assert flag in pair(ja=ja).flags


def test_a_line_feed_ends_a_sentence_and_none_reaches_a_bead():
    records = frame([(" ".join(EN), "\n".join(JA))])
    pairs = pair_records(records).sentence_pairs
    assert pairs["bead"].to_list() == ["1-1"] * 4
    assert not pairs["ja"].str.contains(r"[\n\r]").any()
    merged = frame([(EN[0][:-1] + " and " + EN[1], JA[0] + "\n" + JA[1])])
    assert pair_records(merged).sentence_pairs["ja"].to_list() == [JA[0] + JA[1]]


@pytest.mark.parametrize(
    ("en", "ja"),
    [
        ("", ""),
        ("", JA[0]),
        (EN[0], ""),
        ("word " * 4_000, "長い文" * 6_000),
        (EN[0], EN[0]),
        (JA[0], JA[0]),
        ("(" * 20_000, "「" * 20_000),
        ("." * 20_000, "?" * 20_000),
        ("1" * 20_000, "九" * 20_000),
        ("$" * 20_001, "\\frac" * 4_000),
        ("\n \n" * 5_000, "\r\u2028" * 5_000),
        (" ".join(EN * 30), "".join(JA * 30)),
        (" ".join(EN * 1_100), JA[0]),
        (EN[0], "".join(JA * 1_100)),
        (" ".join(EN * 500), "".join(JA * 40)),
        (" ".join(f"We train {n} models." for n in range(10_000)), "を訓練する。モデル。" * 5_000),
    ],
)
def test_hostile_input_gets_an_answer(en, ja):
    check_partition(en, ja)


SENTENCES = st.lists(st.sampled_from(EN + JA + ["$x$", "A.", "。", "😀", "b?"]), max_size=7)


def check_partition(en, ja):
    paired = pair_abstract(en, ja)
    english = [i for s in paired.beads for i in range(s.bead.en_start, s.bead.en_end)]
    japanese = [i for s in paired.beads for i in range(s.bead.ja_start, s.bead.ja_end)]
    assert english == list(range(len(paired.english)))
    assert japanese == list(range(len(paired.japanese)))
    for scored in paired.beads:
        assert 0 <= scored.score <= 1
        if scored.omission:
            start, end = paired.english[scored.omission.sentence]
            assert start <= scored.omission.start < scored.omission.end <= end


@given(SENTENCES, SENTENCES)
@settings(max_examples=60)
def test_every_sentence_is_in_one_bead_in_order(en, ja):
    check_partition(" ".join(en), "".join(ja))


def test_every_measure_has_a_column_and_every_column_a_measure():
    columns = {*polars_schema(PairSignals)}
    unknown = {*Signals._fields} - columns
    assert not unknown, f"pipeline/schema/pairs.py has no column {unknown} in PairMeasures"
    measured = {*Signals._fields, "day", "pair_id", "omissions", "flags", "aligner_version"}
    assert not columns - measured, f"nothing measures {columns - measured}: see pair/abstracts.py"


def test_every_measure_stands_in_its_own_column():
    """Each has another value, counted by hand, so that no two can change places unseen."""
    en = (
        "We compare BERT and GPT on 12 tasks with 3 seeds and 7 models at https://a.example/x, "
        "https://b.example/y, https://c.example/z and https://d.example/w "
        "for $a_1$, $b_2$, $c_3$, $d_4$ and $e_5$."
    )
    ja = (
        "BERTと他のモデルを12のタスクと3つのシードで"
        "$a_1$、$b_2$、$c_3$、$d_4$についてhttps://a.example/xで比較する。"
    )
    of_both = {
        "numbers_kept": 2 / 3,
        "latin_terms_kept": 1 / 2,
        "urls_kept": 1 / 4,
        "latex_kept": 4 / 5,
        "lexicon_coverage": 7 / 9,
        "script_ratio": 27 / 31,
    }
    of_pair = {"length_ratio": len(ja) / len(en), "sentence_coverage": 1.0}
    made = pair_records(frame([(en, ja)]))
    signals, bead = made.pair_signals.row(0, named=True), made.sentence_pairs.row(0, named=True)

    assert {name: bead[name] for name in of_both} == pytest.approx(of_both)
    expected = of_both | of_pair
    assert {name: signals[name] for name in expected} == pytest.approx(expected)
    assert signals["length_z"] == bead["length_z"] > 4
    assert 0.97 < signals["alignment_score"] == bead["score"] < 1
    columns = polars_schema(PairSignals)
    measures = {name: signals[name] for name, of in columns.items() if of == pl.Float32}
    unchecked = {*measures} - {*expected, "length_z", "alignment_score"}
    assert not unchecked, f"say here what {unchecked} must be of this pair"
    assert len({*measures.values()}) == len(measures), "no two may have the same value"


def frame(pairs, day=date(2025, 3, 3)):
    return pl.DataFrame(
        {
            "day": [day] * len(pairs),
            "pair_id": [hashlib.sha256(repr(p).encode()).hexdigest()[:32] for p in pairs],
            "abstract_en": [en for en, _ in pairs],
            "abstract_ja": [ja for _, ja in pairs],
        }
    )


def some_pairs():
    return [(" ".join(EN[i % 4 :]), "".join(JA[: 1 + i % 4])) for i in range(9)] + [("", "無。")]


def test_frames_fit_their_models_and_offsets_their_texts():
    records = pl.concat(
        [frame(some_pairs()), frame(some_pairs()), frame(some_pairs()[:2], date(2025, 3, 4))]
    )
    result = pair_records(records)
    SentencePairs.validate(result.sentence_pairs)
    PairSignals.validate(result.pair_signals)
    assert len(result.pair_signals) == len(set(some_pairs())) + 2
    texts = {row["pair_id"]: row for row in records.to_dicts()}
    for row in result.sentence_pairs.to_dicts():
        text = texts[row["pair_id"]]
        assert text["abstract_en"][row["en_start"] : row["en_end"]] == row["en"]
        assert text["abstract_ja"][row["ja_start"] : row["ja_end"]] == row["ja"]
    assert set(result.sentence_pairs["aligner_version"]) <= {ALIGNER_VERSION}


def test_no_records_give_empty_frames():
    result = pair_records(frame(some_pairs()).clear())
    SentencePairs.validate(result.sentence_pairs)
    assert result.pair_signals.is_empty()


@pytest.mark.slow
def test_batches_and_workers_change_nothing(monkeypatch):
    records = frame(some_pairs())
    whole = pair_records(records)
    for batch, workers in ((1, 1), (3, 1), (2, 2)):
        monkeypatch.setattr(stage, "BATCH", batch)
        other = pair_records(records.reverse(), workers=workers)
        assert other.sentence_pairs.equals(whole.sentence_pairs)
        assert other.pair_signals.equals(whole.pair_signals)


def test_known_pairs_are_taken_over_only_from_the_same_aligner(monkeypatch):
    records = frame(some_pairs())
    result = pair_records(records)
    asked = []

    def counted(en, ja):
        asked.append(en)
        return pair_abstract(en, ja)

    monkeypatch.setattr(stage, "pair_abstract", counted)
    half = PairedAbstracts(result.sentence_pairs, result.pair_signals.sort("pair_id").head(3))
    again = pair_records(records, known=half)
    assert again.sentence_pairs.equals(result.sentence_pairs)
    assert again.pair_signals.equals(result.pair_signals)
    assert len(asked) == len(result.pair_signals) - 3
    old = pl.lit("older").alias("aligner_version")
    other = PairedAbstracts(
        result.sentence_pairs.with_columns(old), result.pair_signals.with_columns(old)
    )
    assert pair_records(records, known=other).pair_signals.equals(result.pair_signals)


def test_the_command_keeps_its_contract(tmp_path):
    file, page = tmp_path / "in.jsonl", tmp_path / "out.html"
    lines = [
        {"id": "<b>&", "en": " ".join(EN), "ja": "".join([JA[0], *JA[2:]])},
        {"id": 7, "en": "", "ja": ""},
    ]
    file.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n")
    result = CliRunner().invoke(align, [str(file), "--html", str(page)])
    assert result.exit_code == 0, result.output
    first, second = [json.loads(line) for line in result.stdout.splitlines()]
    assert first["id"] == "<b>&"
    assert first["en_sentences"] == EN
    assert first["ja_sentences"] == [JA[0], *JA[2:]]
    assert [bead["bead"] for bead in first["beads"]] == ["1-1", "1-0", "1-1", "1-1"]
    assert first["beads"][0].keys() >= {"ja", "en", "bead", "score"}
    assert (first["beads"][2]["ja"], first["beads"][2]["en"]) == ([1], [2])
    assert first["flags"] == ["omission_suspected"]
    assert first["omissions"] == [{"en": 1, "text": EN[1]}]
    assert first["signals"]["urls_kept"] == 1.0
    assert (second["id"], second["beads"], second["flags"]) == (7, [], ["no_text"])
    html = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;&amp;" in html
    assert "<b>" not in html


def test_the_command_names_lines_it_cannot_read(tmp_path):
    file = tmp_path / "in.jsonl"
    good = json.dumps({"id": "a", "en": EN[0], "ja": JA[0]}).encode()
    bad = [
        b"{",
        b"[]",
        b'{"en": 1, "ja": ""}',
        b"\xff",
        b'{"en": "\\ud800", "ja": ""}',
        b'{"id": "\\ud800", "en": "", "ja": ""}',
        b'{"id": NaN, "en": "", "ja": ""}',
        b'{"id": [1], "en": "", "ja": ""}',
        b"[" * 9_999,
    ]
    file.write_bytes(b"\n".join([*bad, good]))
    result = CliRunner().invoke(align, [str(file)])
    assert result.exit_code == 1
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["a"]
    for number in range(1, len(bad) + 1):
        assert f"line {number}: " in result.stderr


def test_the_command_says_where_it_cannot_write(tmp_path):
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps({"id": "a", "en": EN[0], "ja": JA[0]}))
    page = tmp_path / "missing" / "out.html"
    result = CliRunner().invoke(align, [str(file), "--html", str(page)])
    assert result.exit_code == 1
    assert f"Error: {page}: " in result.stderr


def test_hostile_text_is_only_text_on_the_page():
    evil = "</td><script>alert(1)</script> We test."
    page = render_page(
        [
            (
                evil,
                evil,
                "<img src=x onerror=alert(1)>。",
                pair_abstract(evil, "<img src=x onerror=alert(1)>。"),
            )
        ]
    )
    assert "<script" not in page
    assert "<img" not in page


def test_the_seed_page_is_aligned(shared_dir):
    text = (shared_dir / "digest" / "cs-cl.txt").read_text(encoding="utf-8")
    entries = [part.split("\narxiv情報")[0] for part in text.split("\n要約\n")[1:]]
    pairs = [entry.split("\n要約(オリジナル)\n")[::-1] for entry in entries]
    result = pair_records(frame([(en.strip(), ja.strip()) for en, ja in pairs]))
    assert len(result.pair_signals) == 10
    counts = dict(result.sentence_pairs["bead"].value_counts().rows())
    assert set(counts) == {"1-1", "1-2"}
    assert counts["1-1"] >= 85
    assert result.pair_signals["omissions"].list.len().sum() >= 5
