"""Single fields: every category of arXiv, and what is a zone or a name and what is not."""

from __future__ import annotations

import pytest

from pipeline.parse.categories import read_categories, read_category
from pipeline.parse.fields import (
    are_names,
    read_authors,
    read_date,
    read_links,
)
from pipeline.validate.taxonomy import taxonomy


def test_every_category_is_known_by_its_code_and_by_its_slug() -> None:
    codes = taxonomy()["code"].to_list()
    assert {"math-ph", "cs.CL", "astro-ph.GA", "cond-mat.mtrl-sci", "hep-th"} <= {*codes}
    for code in codes:
        slug = code.lower().replace(".", "-")
        assert [read_category(name) for name in (code, slug, code.upper())] == [code] * 3


@pytest.mark.parametrize(
    "form",
    [
        "{} (計算と言語)",
        "{}（計算と言語）",
        "計算と言語 ({})",
        "Computation and Language [{}]",
        "【{}】計算と言語",
        "{}: 計算と言語",
        "{} - Computation and Language",
        "Computer Science / {}",
        "arXiv {}",
    ],
)
def test_a_code_is_read_beside_its_name(form: str) -> None:
    for code in taxonomy()["code"].to_list():
        assert read_category(form.format(code)) == code


@pytest.mark.parametrize(
    "name", ["cs.CL と cs.LG", "cs.CL (math.OC)", "計算と言語", "cs", "cs. CL"]
)
def test_a_name_without_a_code_or_with_two_stays(name: str) -> None:
    assert read_category(name) == name


@pytest.mark.parametrize(
    "none", ["Uncategorized", "uncategorized", "未分類", " ", "%E6%9C%AA%E5%88%86%E9%A1%9E"]
)
def test_wordpress_own_category_for_none_is_no_category(none: str) -> None:
    assert read_categories([none]) == ()
    assert read_categories(["cs-cl", none, "cs.CL (計算と言語)", "hep-th"]) == ("cs.CL", "hep-th")


def test_what_is_no_category_stays() -> None:
    for name in ("お知らせ", "cs.", "math.PHX", "stat-of-the-art", "physics.x.y", "CL 2"):
        assert read_category(name).lower() == name.lower()


@pytest.mark.parametrize(
    "zone",
    [
        *("+00:00", "+0000", "+00", " UTC", "Z", " (UTC)", " GMT", " UTC+0", " UTC+00:00"),
        *("\u201300:00", "\u221200", " +0000 (UTC)", "+00:00時点"),
    ],
)
def test_zone_is_read(zone: str) -> None:
    moment = read_date(f"2025-03-03 03:41:11{zone}")
    assert moment is not None
    assert moment.isoformat() == "2025-03-03T03:41:11+00:00"


@pytest.mark.parametrize(
    ("stamp", "hour"),
    [
        *(("12:41:11 UTC+9", 3), ("12:41:11 GMT+09:00", 3), ("12:41:11 JST", 3)),
        *(("12:41:11+0900", 3), ("00:11:11-03:30", 3), ("00:11:11 UTC\u20133:30", 3)),
    ],
)
def test_offset_counts(stamp: str, hour: int) -> None:
    moment = read_date(f"2025-03-03 {stamp}")
    assert moment is not None
    assert (moment.hour, moment.minute) == (hour, 41)


@pytest.mark.parametrize(
    "text",
    [
        *("12025-03-03 03:41:11Z", "2025-03-03 03:41:11", "2025-03-03 03:41:11+9"),
        *("2025-03-03 03:41:11 UTC+x", "2025-03-03 03:41:11Z+3", "2025-03-03 03:41:11 JST+9"),
        *("2025-03-03 03:41:11+09000", "2025-03-03 03:41:11+25:00", "2025-03-03 03:41:11 EST"),
        *("Mon, 3 Mar 2025 03:41:11 -0000", "Mon, 3 Mar 2025 03:41:11", "3 Mar 25 03:41:11 GMT"),
        *("Mon, 32 Mar 2025 03:41:11 GMT", "0001-01-01 00:00:00+09:00"),
    ],
)
def test_what_has_no_certain_zone_or_day_is_no_date(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        *(("Ada Lane", True), ("and Cy Dahl, Jr.", True), ("J. 't Hooft (CERN)", True)),
        *(("Bo d'Ek and the ABC Team", True), ("山田 太郎", True), ('Bj{\\"o}rn al-Ek', True)),
        *(("We thank Ada Lane", False), ("著者らに感謝", False), ("Comments: 12", False)),
        *(("Accepted at ABC 2025", False), ("ada@example.org", False), ("12 pages", False)),
        *(("Invented University", False), ("架空大学", False)),
    ],
)
def test_names_alone_are_told_from_other_lines(line: str, expected: bool) -> None:
    assert are_names(line) is expected


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A. Smith and the ABC Collaboration", ["A. Smith", "the ABC Collaboration"]),
        (
            "B. Lee, the Virgo Collaboration and A. Smith",
            ["B. Lee", "the Virgo Collaboration", "A. Smith"],
        ),
        ("Yan Network & Bo Li", ["Yan Network", "Bo Li"]),
        ("The ABC Team and the DEF Group", ["The ABC Team", "the DEF Group"]),
        (
            "A. Smith and the ABC and DEF Collaborations",
            ["A. Smith", "the ABC and DEF Collaborations"],
        ),
        ("the Data and Analysis Team and Bo Li", ["the Data and Analysis Team", "Bo Li"]),
        ("the ABC and DEF Collaborations", ["the ABC and DEF Collaborations"]),
        ("the ABC and the DEF Collaborations", ["the ABC and the DEF Collaborations"]),
        ("Data and Analysis Team", ["Data and Analysis Team"]),
        ("A. Smith (for X and the Y Team)", ["A. Smith"]),
        ("The ABC Team: A. Smith, B. Lee", ["The ABC Team", "A. Smith", "B. Lee"]),
    ],
)
def test_a_group_and_a_person_are_two_and_two_names_of_one_group_are_one(
    text: str, names: list[str]
) -> None:
    assert read_authors(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ada Amber (1), Bo Li (1 and 2)", ["Ada Amber", "Bo Li"]),
        ("Ada Amber [MIT, USA], Bo Li （東京大学）", ["Ada Amber", "Bo Li"]),
        ("Ada (Bill) Amber, Bo Li", ["Ada (Bill) Amber", "Bo Li"]),
        ("Ada Amber {Dept. of A and B}, Bo {Ek}", ["Ada Amber", "Bo {Ek}"]),
        (r"Bj{\"o}rn Li, B. {\'E}k", [r"Bj{\"o}rn Li", r"B. {\'E}k"]),
        ("A. Amber, B. Li, et al.", ["A. Amber", "B. Li"]),
        ("A. Amber, et al. (2919 additional authors not shown)", ["A. Amber"]),
        ("A. Amber et al", ["A. Amber"]),
        ("A. Amber and 12 others", ["A. Amber"]),
        ("A. Amber, S.J., B. Li, SJ", ["A. Amber, S.J.", "B. Li, SJ"]),
        ("Etta Alba, Al Etsu", ["Etta Alba", "Al Etsu"]),
    ],
)
def test_an_affiliation_is_no_part_of_a_name(text: str, names: list[str]) -> None:
    assert read_authors(text) == names


@pytest.mark.parametrize(
    ("link", "arxiv_id"),
    [
        ("http://arxiv.org/abs/cond-mat.str-el/0601001v1", "cond-mat/0601001"),
        ("http://arxiv.org/abs/physics.acc-ph/9906001", "physics/9906001"),
        ("http://arxiv.org/abs/math.GT/0309136v2", "math/0309136"),
        ("http://arxiv.org/abs/cond-mat.other/0601001", "cond-mat/0601001"),
    ],
)
def test_an_old_id_with_its_subject_class_is_one(link: str, arxiv_id: str) -> None:
    assert read_links([link]).arxiv_id == arxiv_id
