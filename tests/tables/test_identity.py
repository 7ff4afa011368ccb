"""Records without id: joined to the paper that they are, never to another."""

from __future__ import annotations

from datetime import timedelta

from pipeline.tables.plan import plan_tables
from pipeline.validate.records import title_id
from pipeline.validate.text import title_key
from tests.tables.invented import SUBJECTS, WHEN, abstract, record, records

_TITLE_ID = title_id(title_key(SUBJECTS[0]))


def _nameless(**given):
    return record(arxiv_id=None, version=None, **given)


def _papers(*rows, **options):
    plan = plan_tables(records(*rows).lazy(), **options)
    return plan.versions.select("paper_id", "version").rows()


def test_a_record_without_id_is_known_by_its_title():
    assert _papers(_nameless()) == [(_TITLE_ID, None)]


def test_it_joins_the_paper_and_its_version_when_the_id_is_seen():
    assert _papers(_nameless(), record(version=2)) == [("2503.90001", 2)]


def test_the_date_tells_which_version_it_is():
    rows = [
        record(version=1),
        record(version=2, version_date=WHEN + timedelta(days=3)),
        _nameless(version_date=WHEN + timedelta(days=3)),
    ]
    plan = plan_tables(records(*rows).lazy())
    assert plan.observations["version"].to_list() == [1, 2, 2]


def test_a_nearly_equal_abstract_and_another_spelling_of_the_title_are_the_same_paper():
    twin = _nameless(title=SUBJECTS[0].upper() + "!", abstract_en=abstract(SUBJECTS[0], 1))
    assert {paper for paper, _version in _papers(twin, record())} == {"2503.90001"}


def test_a_text_joins_the_id_by_way_of_another_text():
    """Of three versions each is near the next, and only the first has an id."""
    words = [f"word{n}" for n in range(60)]
    texts = [" ".join(["new"] * n + words[n:]) for n in (0, 7, 14)]
    first, *others = (
        {"abstract_en": text, "version_date": WHEN + timedelta(days=n)}
        for n, text in enumerate(texts)
    )
    for rows in ([*others], [*others][::-1]):
        papers = _papers(record(**first), *(_nameless(**row) for row in rows))
        assert {paper for paper, _version in papers} == {"2503.90001"}
    assert {paper for paper, _version in _papers(record(**first), _nameless(**others[1]))} == {
        "2503.90001",
        _TITLE_ID,
    }


def test_another_first_author_is_another_paper():
    assert len(_papers(_nameless(authors=["B. Writer", "A. Author"]), record())) == 2


def test_another_abstract_is_another_paper():
    assert len(_papers(_nameless(abstract_en=abstract(SUBJECTS[1])), record())) == 2


def test_another_title_is_another_paper():
    other = _nameless(title=SUBJECTS[1], abstract_en=abstract(SUBJECTS[0]))
    assert len(_papers(other, record())) == 2


def test_two_ids_with_the_same_texts_leave_it_alone_unless_the_date_decides():
    rows = [record(), record(arxiv_id="2503.90002", version_date=WHEN + timedelta(days=1))]
    twin = {"version_date": WHEN + timedelta(days=2)}
    assert len(_papers(*rows, _nameless(**twin))) == 3
    assert _papers(*rows, _nameless()) == [("2503.90001", 1), ("2503.90002", 1)]


def test_two_papers_of_one_title_without_ids_stay_two():
    others = {"authors": ["C. Other"], "abstract_en": abstract(SUBJECTS[2])}
    ids = [paper for paper, _version in _papers(_nameless(), _nameless(**others))]
    assert len(set(ids)) == 2
    assert _TITLE_ID in ids


def test_the_paper_of_a_title_that_was_seen_first_keeps_the_title_as_its_id():
    """An older one that comes later does not take an id that may have been published."""
    first = _nameless(archive_file="crawl-1.warc.gz")
    older = _nameless(
        authors=["C. Other"],
        version_date=WHEN - timedelta(days=40),
        captured_at=first["captured_at"] + timedelta(days=9),
        archive_file="crawl-2.warc.gz",
    )
    for rows in ([first, older], [older, first]):
        versions = plan_tables(records(*rows).lazy()).versions
        by_title = versions.filter(paper_id=_TITLE_ID)["archive_file"].to_list()
        assert (versions.height, by_title) == (2, ["crawl-1.warc.gz"])


def test_ten_thousand_records_of_one_title_take_no_ten_thousand_squared():
    rows = [_nameless(authors=[f"Author {n}"], abstract_en=f"{n} {'x' * 40}") for n in range(3000)]
    assert len({paper for paper, _version in _papers(*rows)}) == 3000
