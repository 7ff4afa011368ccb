import json
import random

import polars as pl
import pytest
from click.testing import CliRunner

from pipeline.cli.train_lexicon import train_lexicon
from pipeline.pair.abstracts import pair_abstract
from pipeline.pair.lexicon import LEXICON_FILE, Lexicon, LexiconError, read_lexicon, write_lexicon
from pipeline.pair.tokens import stem
from pipeline.pair.training import train

WORDS = {
    "model": "モデル", "datum": "資料", "method": "手法", "result": "結果", "language": "言語",
    "training": "訓練", "network": "回路", "analysis": "分析", "system": "系統", "memory": "記憶",
    "signal": "信号", "measure": "測定", "protein": "タンパク", "galaxy": "銀河",
    "plasma": "プラズマ",
}  # fmt: skip


def invented(count, seed=1):
    """Invented abstracts whose words are translated by the table above."""
    draw = random.Random(seed)
    for _ in range(count):
        english, japanese = [], []
        for _ in range(5):
            words = draw.sample(sorted(WORDS), draw.randint(2, 6))
            english.append("We show " + " ".join(words) + ".")
            japanese.append("を".join(WORDS[word] for word in words) + "である。")
        yield " ".join(english), "".join(japanese)


def test_training_finds_the_translations_whatever_the_order():
    pairs = list(invented(60))
    words = train(pairs)
    assert train(reversed(pairs)) == words
    for word in ("model", "language", "galaxy"):
        _, gains = words[stem(word)]
        best = max(gains, key=gains.__getitem__)
        assert best in WORDS[word]


def test_a_lexicon_is_read_as_written(tmp_path):
    file = tmp_path / "lexicon.tsv"
    version = write_lexicon({"model": (0.98, {"モデル": 3.94})}, file, {"trained_on": "nothing"})
    lexicon = read_lexicon(file)
    assert lexicon == Lexicon(version, {"モデル": (("model", 3.9),)}, {"model": 0.98})
    assert json.loads(file.with_suffix(".json").read_text())["version"] == version


@pytest.mark.parametrize("content", [b"model\t98\n", b"model\tx\ta:1\n", b"m\t9\ta\n", b"\xff\n"])
def test_a_broken_lexicon_is_named(tmp_path, content):
    file = tmp_path / "lexicon.tsv"
    file.write_bytes(content)
    with pytest.raises(LexiconError, match=r"lexicon\.tsv"):
        read_lexicon(file)


def test_the_shipped_lexicon_says_where_it_comes_from():
    asset_metadata = json.loads(LEXICON_FILE.with_suffix(".json").read_text())
    assert asset_metadata["version"] == read_lexicon(LEXICON_FILE).version
    assert {"trained_on", "where", "licence", "command"} <= asset_metadata.keys()
    assert LEXICON_FILE.stat().st_size < 500_000


def test_without_a_lexicon_the_first_pass_serves():
    en = "We use BERT on 12 tasks. It gains 3.5 points with GPU clusters."
    ja = "BERTを12のタスクで使う。GPUクラスタで3.5ポイント向上する。"
    paired = pair_abstract(en, ja, Lexicon())
    assert [scored.bead.kind for scored in paired.beads] == ["1-1", "1-1"]


def test_the_command_trains_from_a_snapshot(tmp_path):
    folder = tmp_path / "2025.03.1" / "en-ja"
    folder.mkdir(parents=True)
    pairs = [{"en": en, "ja": ja} for en, ja in invented(60)]
    pl.DataFrame({"translation": pairs}).write_parquet(folder / "train-2025-03.parquet")
    out = tmp_path / "out" / "lexicon.tsv"
    result = CliRunner().invoke(train_lexicon, [str(folder.parent), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert read_lexicon(out).by_unit
    asset_metadata = json.loads(out.with_suffix(".json").read_text())
    assert asset_metadata["abstracts"] == 60
    assert {"trained_on", "where", "licence", "command"} <= asset_metadata.keys()


def test_the_command_names_what_is_wrong(tmp_path):
    runner = CliRunner()
    result = runner.invoke(train_lexicon, [str(tmp_path)])
    assert result.exit_code == 1
    assert "no en-ja/train*.parquet" in result.output
    folder = tmp_path / "en-ja"
    folder.mkdir()
    (folder / "train-a.parquet").write_bytes(b"not parquet")
    result = runner.invoke(train_lexicon, [str(tmp_path), "--out", str(tmp_path / "l.tsv")])
    assert result.exit_code == 1
    assert "train-a.parquet" in result.output
    pl.DataFrame({"translation": [{"en": "One.", "ja": "一。"}]}).write_parquet(
        folder / "train-a.parquet"
    )
    result = runner.invoke(train_lexicon, [str(tmp_path), "--out", str(tmp_path / "l.tsv")])
    assert result.exit_code == 1
    assert "too few" in result.output
    assert not (tmp_path / "l.tsv").exists()
