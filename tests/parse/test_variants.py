"""However the markup of one entry is chosen, its parse is the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.parse.pages import Entry, UnreadablePage, parse_page
from pipeline.parse.problems import PROBLEMS
from tests.parse.invented import (
    PAPERS,
    Markup,
    PageItem,
    Paper,
    content_html,
    feed,
    listing_page,
    rest_answer,
    single_page,
)

PLAIN_BETWEEN = (" ", ": ", "：", " ： ", "｜", " | ", "\u3000")
MARKUPS = st.builds(
    Markup,
    heading=st.sampled_from(["h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "div", "plain"]),
    facts=st.sampled_from(["table", "th-table", "dl", "ul", "ol", "br", "p", "bold"]),
    between=st.sampled_from(PLAIN_BETWEEN),
    sentences=st.sampled_from(["one", "br", "p", "lf"]),
    wide=st.booleans(),
    around=st.sampled_from(["", " ", "\u3000", "\n  ", "&nbsp;", "\u200b"]),
    arxiv=st.sampled_from(["arxiv", "arXiv", "ARXIV", "ａｒｘｉｖ", "ArXiv"]),
    decoration=st.sampled_from(
        [("", ""), ("■", ""), ("【", "】"), ("[", "]"), ("", ":"), ("◆ ", "")]
    ),
    wrappers=st.lists(
        st.sampled_from(["a", "hfeed", "content", "著者", "要約", "entrycontent", "box hentry-x"]),
        max_size=3,
    ).map(tuple),
    anchors=st.sampled_from(["both", "abs", "pdf", "doi", "bare"]),
    people=st.sampled_from([",", ", ", "; ", "<br />", "<br>\n", "</li><li>", "</div><div>"]),
    services=st.sampled_from([", ", "、", "<br />", "</p><p>"]),
)
FRONTS = {
    "listing": lambda shown: (listing_page([shown]), "text/html"),
    "single": lambda shown: (single_page(shown), "text/html"),
    "rest": lambda shown: (rest_answer([shown]), "application/json"),
    "feed": lambda shown: (feed([shown]), "text/xml"),
    "feed, escaped": lambda shown: (feed([shown], escaped=True), "text/xml"),
}


def said(entry: Entry) -> dict[str, object]:
    """What an entry says, whatever page it stands on."""
    return {
        "title": entry.title,
        "ja": (entry.abstract_ja or "").replace("\n", ""),
        "en": entry.abstract_en,
        "authors": entry.authors,
        "date": entry.date,
        "id": (entry.arxiv_id, entry.version),
        "by": (entry.provider, entry.translator),
        "categories": sorted(entry.categories),
        "post": (entry.post_id, entry.post_url, entry.posted_at),
        "problems": entry.problems,
    }


def entry_of(paper: Paper, markup: Markup, front: str) -> Entry:
    body, content_type = FRONTS[front](PageItem(paper, content_html(paper, markup)))
    [entry] = parse_page(body, content_type=content_type, url=paper.link)
    return entry


@given(st.sampled_from(PAPERS), MARKUPS, st.sampled_from(sorted(FRONTS)))
def test_every_combination_of_markup_gives_the_same_entry(
    paper: Paper, markup: Markup, front: str
) -> None:
    expected = said(entry_of(paper, Markup(), "listing"))
    assert expected["problems"] == ()
    assert said(entry_of(paper, markup, front)) == expected


@given(st.text(max_size=300), st.sampled_from([None, "text/html", "application/json", "text/xml"]))
def test_any_text_is_read_or_refused(text: str, content_type: str | None) -> None:
    body = text.encode("utf-8", "surrogatepass")
    try:
        entries = parse_page(body, content_type=content_type, url="inbox:x")
    except UnreadablePage:
        return
    assert all(set(entry.problems) <= PROBLEMS.keys() for entry in entries)


HOSTILE = [
    "<div>" * 50_000,
    "<p>" + "".join(f"<b id={n}>" for n in range(2_000)) + "<p>x" * 2_000,
    "<b>" * 5_000 + "要約",
    "<div id='post-1' class='hentry'>" * 3_000,
    "<table><tr><td>" * 3_000 + "要約",
    "<a href='" + "x" * 200_000,
    '[{"content":' * 5_000,
    "[" * 100_000,
    "<rss><channel>" + "<item><title>" * 5_000,
    "<rss>" + "<item>" * 20_000 + "</item>",
    "要約\n" * 20_000,
    "x\n要約\ny\n要約(オリジナル)\nz\n" * 3_000,
    "要約\nx\narxiv情報\n著者 " + "{" * 50_000 + "," * 50_000,
    "要約\nx\narxiv情報\n発行日 " + "2025-" * 20_000,
    "<html><body><p>要約" + "\n" * 100_000 + "</p>",
    "<html>" + "<span class='entry-title'>" * 3_000,
]


def test_hostile_pages_take_no_time_that_grows_out_of_hand() -> None:
    for text in HOSTILE:
        for content_type in (None, "text/html", "application/json", "text/plain"):
            try:
                entries = parse_page(text.encode(), content_type=content_type, url="inbox:x")
            except UnreadablePage:
                continue
            assert len(entries) <= len(text)
