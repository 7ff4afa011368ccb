"""The sample's texts: well-formed, invented, and as many of each kind as its README says."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.sample import SampleError, read_posts
from pipeline.sample.posts_file import SAMPLE_POSTS

FILES = sorted(SAMPLE_POSTS.glob("*.yaml"))
ITEMS: list[dict[str, Any]] = [
    item for path in FILES for item in yaml.safe_load(path.read_text(encoding="utf-8"))
]
ENTRIES = [item for item in ITEMS if "entry" in item]
BROKEN = {118253, 118324}
SOUND = [item for item in ENTRIES if item["id"] not in BROKEN]


def paper_of(item: dict[str, Any]) -> str:
    return str(item["entry"]["arxiv"]).rpartition("v")[0]


def sentences(text: str) -> set[str]:
    parts = re.split(r"(?<=[.!?]) (?=[A-Z$])|(?<=。)|\n", text)
    return {part.strip() for part in parts if part.strip()}


def test_every_file_says_that_it_is_invented() -> None:
    assert [path.stem for path in FILES] == [f"2025-03-0{day}" for day in range(3, 8)]
    for path in FILES:
        first_line = path.read_text(encoding="utf-8").splitlines()[0]
        assert first_line.startswith("# Every paper, person and result in this file is invented")


def test_posts_of_each_day() -> None:
    posts = read_posts()
    counts: defaultdict[date, int] = defaultdict(int)
    for post in posts:
        counts[post.day] += 1
    assert counts == {date(2025, 3, 2 + day): n for day, n in enumerate([12, 9, 11, 8, 8], start=1)}
    for path in FILES:
        for item in yaml.safe_load(path.read_text(encoding="utf-8")):
            assert next(p for p in posts if p.post_id == item["id"]).day.isoformat() == path.stem


def test_kinds() -> None:
    """40 papers in 44 sound entries: 3 reposts, 1 revision; 2 broken, 1 notice, 1 protected."""
    assert len(SOUND) == 44
    assert len({paper_of(item) for item in SOUND}) == 40
    assert len({item["entry"]["arxiv"] for item in SOUND}) == 41
    assert len([item for item in ITEMS if item.get("protected")]) == 1
    assert len([item for item in ITEMS if "body" in item and not item.get("protected")]) == 1
    assert len(ITEMS) == 48


def test_ids_and_slugs_are_unique_and_slugs_come_from_titles() -> None:
    assert len({item["id"] for item in ITEMS}) == len(ITEMS)
    assert len({item["slug"] for item in ITEMS}) == len(ITEMS)
    for item in ENTRIES:
        bare = re.sub(r"[^\w\s-]", "", item["title"].lower())
        slug = re.sub(r"[\s-]+", "-", bare)
        assert item["slug"] in {slug, f"{slug}-2"}


@pytest.mark.parametrize("item", SOUND, ids=lambda item: str(item["id"]))
def test_sound_entry(item: dict[str, Any]) -> None:
    entry = item["entry"]
    assert re.fullmatch(r"\d{4}\.9\d{4}v[1-9]", entry["arxiv"]), "arXiv never reaches 90000"
    assert 90 <= len(entry["abstract_en"].split()) <= 250
    assert not re.search(r"[ぁ-んァ-ヶ一-鿿]", entry["abstract_en"])
    assert len(re.findall(r"[ぁ-んァ-ヶ]", entry["abstract_ja"])) > 50
    assert entry["authors"]
    assert entry["translator"] in {"DeepL", "Google"}
    assert entry["provider"] == "arxiv.jp"
    assert item["categories"] == sorted(item["categories"])
    assert all(
        re.fullmatch(r"[a-z]+(-[a-z]+)*(\.[A-Za-z-]+)?", code) for code in item["categories"]
    )
    moment = datetime.fromisoformat(str(entry["date"]))
    assert moment.tzinfo == UTC
    assert moment < item["posted_at"], "no paper is posted before its version exists"
    # DeepL translates into one paragraph, Google into one line a sentence.
    assert ("\n" in entry["abstract_ja"]) == (entry["translator"] == "Google")


def test_a_repost_repeats_the_entry_and_a_revision_changes_both_languages() -> None:
    seen: dict[str, dict[str, Any]] = {}
    reposts = 0
    for item in SOUND:
        earlier = seen.setdefault(item["entry"]["arxiv"], item)
        if earlier is not item:
            reposts += 1
            assert earlier["entry"] == item["entry"]
            assert item["slug"] == earlier["slug"] + "-2"
            assert item["posted_at"].date() > earlier["posted_at"].date()
    assert reposts == 3
    first, second = seen["2503.90004v1"]["entry"], seen["2503.90004v2"]["entry"]
    assert first["abstract_en"] != second["abstract_en"]
    assert first["abstract_ja"] != second["abstract_ja"]


@pytest.mark.parametrize("language", ["abstract_en", "abstract_ja"])
def test_no_two_papers_share_a_sentence(language: str) -> None:
    papers_of: defaultdict[str, set[str]] = defaultdict(set)
    for item in ENTRIES:
        for sentence in sentences(item["entry"].get(language) or ""):
            papers_of[sentence].add(paper_of(item))
    assert {each: papers for each, papers in papers_of.items() if len(papers) > 1} == {}


def test_broken_entries_lack_what_they_are_said_to_lack() -> None:
    no_japanese, no_number = (item["entry"] for item in ITEMS if item["id"] in BROKEN)
    assert "abstract_ja" not in no_japanese
    assert "date" not in no_number
    assert not re.search(r"\d{4}\.\d{5}", no_number["arxiv"])


def test_breadth() -> None:
    archives = {code.partition(".")[0] for item in SOUND for code in item["categories"]}
    assert {"cs", "math", "stat", "econ", "q-bio", "quant-ph", "astro-ph", "cond-mat"} <= archives
    assert {"physics", "hep-ex", "eess"} <= archives
    google = {paper_of(each) for each in SOUND if each["entry"]["translator"] == "Google"}
    assert len(google) == 7
    names = [name for item in SOUND for name in item["entry"]["authors"]]
    assert "Carl D. Whitcombe, Jr." in names
    assert any("Collaboration" in name for name in names)
    assert any("$" in item["entry"]["abstract_en"] for item in SOUND)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1", "not a list"),
        ("- id: 1\n  slug: x", "post 1"),
        ("- [", "x.yaml"),
        (
            "- {id: 1, slug: x, title: T, posted_at: 2025-03-03T00:00:00, body: b}",
            "no time zone",
        ),
        ("- {id: 1, slug: x, title: T, posted_at: 2025-03-03T00:00:00+09:00}", "either"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SampleError, match=message) as error:
        read_posts(tmp_path)
    assert "x.yaml" in str(error.value)


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match=f"no posts in {tmp_path}"):
        read_posts(tmp_path)
