"""On abstracts of ten fields that nothing is fitted to, the pair stage is as right as we say."""

from __future__ import annotations

from bench.pair.fields import measure, rows


def test_the_set_is_sound() -> None:
    for row in [*rows("tune"), *rows("test")]:
        for side in ("en", "ja"):
            at = 0
            for sentence in row[f"{side}_sentences"]:
                start = row[side].index(sentence, at)
                assert row[side][at:start].strip() == ""
                at = start + len(sentence)
            assert row[side][at:].strip() == ""
        joined = [[index for bead in row["beads"] for index in bead[side]] for side in (0, 1)]
        assert joined == [
            list(range(len(row["en_sentences"]))),
            list(range(len(row["ja_sentences"]))),
        ]
        for omitted in row["omitted"]:
            assert omitted["text"] in row["en_sentences"][omitted["sentence"]]
    assert len({row["field"] for row in rows("test")}) == 10


def test_the_part_that_nothing_is_fitted_to() -> None:
    result = measure("test")
    assert result.all_beads.f1 >= 0.95
    assert result.omissions.precision >= 0.8
    assert result.omissions.recall >= 0.9
    assert result.exact["en"] >= 28
    assert result.exact["ja"] >= 29
