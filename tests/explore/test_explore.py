"""The pages of `explore`, asked for as a browser does."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
import urllib.request
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from selectolax.lexbor import LexborHTMLParser
from starlette.testclient import TestClient

from pipeline.archive.archive import Archive
from pipeline.explore.app import application, read_query
from pipeline.explore.catalogue import PAGE_ROWS, Catalogue, Query
from pipeline.release.manifest import Snapshot, open_snapshot
from pipeline.release.snapshot import build_snapshot, latest_snapshot
from pipeline.storage import TableStore
from pipeline.trace.collect import Sources
from tests.orchestration.conftest import House
from tests.orchestration.processes import Command
from tests.release.invented import invent, tables
from tests.trace.test_trace import HOSTILE

OMISSION = "omission_suspected"
MONTHS = ("2025-01", "2025-02", "2025-03")
PAPERS = invent(120, MONTHS)


def built(folder: Path, hostile: bool = False) -> Snapshot:
    of_papers = tables(PAPERS)
    if hostile:
        texts = pl.Series("title", [HOSTILE[n % len(HOSTILE)] for n in range(len(PAPERS))])
        for name in ("papers", "parallel"):
            of_papers[name] = of_papers[name].with_columns(texts)
        of_papers["papers"] = of_papers["papers"].with_columns(
            abstract_en=pl.lit(HOSTILE[0] + HOSTILE[3]),
            abstract_ja=pl.lit(HOSTILE[1] + "日本語"),
            translator=pl.lit(HOSTILE[5]),
            provider=pl.lit(HOSTILE[1]),
        )
    return build_snapshot(
        of_papers,
        folder,
        parent=None,
        day=date(2025, 3, 31),
        code_version="test",
        archive_digest="sha256:" + "0" * 64,
        ledger={"paper": len(PAPERS)},
    )


def client(snapshot: Snapshot, tables: TableStore | None = None) -> TestClient:
    sources = Sources(snapshot, tables, Archive(snapshot.path / "none"), snapshot.path / "none")
    return TestClient(application(sources))


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return built(tmp_path_factory.mktemp("snapshots"))


@pytest.fixture(scope="module")
def catalogue(snapshot: Snapshot) -> Catalogue:
    return Catalogue(snapshot)


@pytest.fixture(scope="module")
def of_sample(sample: House) -> TestClient:
    """The pages of the sample, with its tables and archive."""
    newest = latest_snapshot(sample.settings.snapshots_dir)
    assert newest is not None
    return TestClient(
        application(
            Sources(
                open_snapshot(newest),
                TableStore(sample.settings.tables_dir),
                Archive(sample.settings.archive_dir),
                sample.settings.snapshots_dir,
            )
        )
    )


def ids(catalogue: Catalogue, query: Query) -> list[str]:
    """Ids of all papers that fit, page by page."""
    found: list[str] = []
    for page in range(1, 100):
        rows = catalogue.find(
            Query(**{**{n: getattr(query, n) for n in query.__slots__}, "page": page})
        )
        found += [row["paper_id"] for row in rows.rows]
        if not rows.has_more:
            return found
    raise AssertionError("the pages do not end")


def expected(catalogue: Catalogue, condition: pl.Expr) -> list[str]:
    rows = pl.concat([pl.read_parquet(p) for p in catalogue.snapshot.data_files("papers")])
    pairs = pl.concat([pl.read_parquet(p) for p in catalogue.snapshot.data_files("en-ja")])
    joined = rows.join(
        pairs.select("paper_id", "alignment_score", pair_flags="flags"), on="paper_id"
    )
    fit = joined.filter(condition).sort("submitted_month", "paper_id", descending=True)
    return fit.get_column("paper_id").to_list()


def text(name: str, words: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase().str.contains(words.lower(), literal=True)


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        (Query(), pl.lit(value=True)),
        (Query(category="math.CO"), pl.col("categories").list.contains("math.CO")),
        (Query(month="2025-02"), pl.col("submitted_month") == "2025-02"),
        (Query(translator="Google"), pl.col("translator") == "Google"),
        (Query(translator="Nobody"), pl.lit(value=False)),
        (
            Query(flag="omission_suspected"),
            pl.col("pair_flags").list.contains("omission_suspected"),
        ),
        (Query(min_score=0.8, max_score=0.9), pl.col("alignment_score").is_between(0.8, 0.9)),
        (Query(text="the LATTICE"), text("abstract_en", "the lattice")),
        (Query(text="格子"), text("abstract_ja", "格子")),
        (Query(text="number 77"), text("title", "number 77")),
        (Query(text="an  invented\tstudy"), text("title", "an invented study")),
        (Query(text="percent.", month="2025-01"), pl.col("submitted_month") == "2025-01"),
        (Query(text=".*"), pl.lit(value=False)),
        (Query(text="\\d"), pl.lit(value=False)),
    ],
)
def test_a_query_finds_what_fits(catalogue: Catalogue, query: Query, condition: pl.Expr) -> None:
    assert ids(catalogue, query) == expected(catalogue, condition)


@pytest.mark.parametrize("sign", [chr(n) for n in range(32, 127)] + ["「", "𠮟", "\u3000"])
def test_every_sign_is_looked_for_as_it_is(catalogue: Catalogue, sign: str) -> None:
    assert catalogue.find(Query(text=f"a{sign}q")).rows == []


def test_a_papers_id_finds_it_however_it_is_written(catalogue: Catalogue) -> None:
    paper_id = PAPERS[7].paper_id
    for written in (paper_id, f"{paper_id}v1", f"https://arxiv.org/abs/{paper_id}"):
        assert ids(catalogue, Query(text=written)) == [paper_id]
    assert ids(catalogue, Query(text="2501.00001")) == []


def test_what_a_form_sends_is_read_or_counts_as_nothing() -> None:
    assert read_query({}) == Query()
    sent = {"text": " a ", "min_score": "0.5", "max_score": "2", "page": "-1", "other": "x"}
    assert read_query(sent) == Query(text="a", min_score=0.5)
    assert read_query({"page": "٣"}).page == 1
    assert read_query({"min_score": "nan"}).min_score is None


def test_pages_lead_to_each_other(snapshot: Snapshot) -> None:
    pages = client(snapshot)
    address, seen = "/", []
    while address:
        tree = LexborHTMLParser(pages.get(address).text)
        seen += [node.attributes["href"] for node in tree.css("ol.papers a")]
        following = tree.css_first("a[rel=next]")
        address = "/" + str(following.attributes["href"]) if following else ""
    assert len(seen) == len({*seen}) == len(PAPERS)
    assert len(PAPERS) > PAGE_ROWS
    for link in seen[:: len(seen) // 5]:
        assert pages.get(str(link)).status_code == 200


def test_a_paper_shows_both_texts_and_its_beads(of_sample: TestClient) -> None:
    tree = LexborHTMLParser(of_sample.get("/paper/2503.90004").text)
    texts = tree.css(".texts p")
    assert [node.attributes["lang"] for node in texts] == ["en", "ja"]
    assert all(len(node.text()) > 100 for node in texts)
    assert len(tree.css(".bead")) == 7
    hrefs = [str(node.attributes["href"]) for node in tree.css("main a")]
    assert "https://arxiv.org/abs/2503.90004" in hrefs
    trace = of_sample.get("/paper/2503.90004/trace").text
    assert "its digest is right" in trace
    assert "stands for an earlier version" in trace


def test_an_omission_is_marked_and_its_flag_explained(of_sample: TestClient) -> None:
    found = LexborHTMLParser(of_sample.get("/?flag=omission_suspected").text)
    link = str(found.css("ol.papers a")[0].attributes["href"])
    tree = LexborHTMLParser(of_sample.get(link).text)
    marked = " ".join(node.text() for node in tree.css(".bead mark"))
    main = tree.css_first("main")
    assert main is not None
    assert marked
    assert "something may be missing" in main.text()


def test_quarantine_shows_reasons_beside_the_raw_text(of_sample: TestClient) -> None:
    tree = LexborHTMLParser(of_sample.get("/quarantine").text)
    assert len(tree.css("article.entry")) == 2
    assert all(node.text().strip() for node in tree.css("article.entry pre"))
    one = LexborHTMLParser(of_sample.get("/quarantine?reason=missing_abstract_ja").text)
    assert len(one.css("article.entry")) == 1


def test_figures_and_their_pictures(of_sample: TestClient) -> None:
    tree = LexborHTMLParser(of_sample.get("/figures").text)
    pictures = [str(node.attributes["src"]) for node in tree.css("img")]
    assert len(pictures) == 5
    for address in pictures:
        assert of_sample.get(address).headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "address",
    [
        "/paper/2501.00001",
        "/paper/../../etc/passwd",
        "/paper/%2e%2e%2fmanifest.json",
        "/images/manifest.json",
        "/images/..%2fmanifest.json",
        "/images/none.svg",
        "/quarantine",
        "/none",
    ],
)
def test_what_is_not_there_is_said(snapshot: Snapshot, address: str) -> None:
    answer = client(snapshot).get(address)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


ADDRESSES = ["/", "/figures", f"/paper/{PAPERS[0].paper_id}", f"/paper/{PAPERS[0].paper_id}/trace"]


@pytest.mark.parametrize("address", [*ADDRESSES, "/?text=<script>alert(1)</script>&flag=%22%3E"])
def test_hostile_texts_are_shown_and_do_nothing(tmp_path: Path, address: str) -> None:
    answer = client(built(tmp_path, hostile=True)).get(address)
    assert answer.status_code == 200
    tree = LexborHTMLParser(answer.text)
    assert tree.css("script, iframe, object, embed, img[onerror]") == []
    for node in tree.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
        address = node.attributes.get("href") or node.attributes.get("src") or "/"
        assert address.startswith(("/", "?", "#", "https://arxiv.org/", "https://digest.invalid/"))


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_loaded_from_elsewhere(snapshot: Snapshot, address: str) -> None:
    answer = client(snapshot).get(address)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not re.search(r"<(?:link|script|img)[^>]+https?:|@import|url\(", answer.text)


def test_another_sites_name_is_refused(snapshot: Snapshot) -> None:
    answer = client(snapshot).get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert PAPERS[0].title not in answer.text


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_form_field_has_a_name_and_a_page_a_language(snapshot: Snapshot, address: str) -> None:
    tree = LexborHTMLParser(client(snapshot).get(address).text)
    assert tree.css_first("html[lang=en] > head > title") is not None
    assert len(tree.css("h1")) == 1
    assert tree.css_first("a.skip[href='#main']") is not None
    assert len(tree.css("label input, label select")) == len(tree.css("input, select"))
    assert all(node.attributes.get("alt") for node in tree.css("img"))


def test_the_command_serves_on_loopback_until_it_is_ended(sample: House) -> None:
    command = sample.start("explore", "--port", "0")
    try:
        address = _line(command).split()[0]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address)
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert b"40 papers" in answer.read()
    finally:
        os.kill(command.pid, signal.SIGINT)
    assert command.wait(30) == 0
    assert command.stderr.read_text() == ""


def _line(command: Command) -> str:
    """The first line that a command prints."""
    for _ in range(600):
        if "\n" in (told := command.stdout.read_text() if command.stdout.exists() else ""):
            return told
        assert command.lives(), command.stderr.read_text()
        time.sleep(0.05)
    raise AssertionError("it prints nothing")


def test_a_port_that_is_taken_and_a_house_without_snapshots_are_one_line(
    sample: House, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = sample.run("explore", "--port", str(port))
    assert done.stderr == f"Error: port {port} cannot be used: Address already in use\n"
    done = sample.run("explore", ARXIV_JA_EN_DATA_DIR=str(tmp_path))
    assert done.stderr.startswith("Error: there is no snapshot yet: run `arxiv-ja-en refresh`")
