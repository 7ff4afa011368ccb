"""How fast pages become entries: ours, the bare DOM parse, and BeautifulSoup, on the same pages.

    .venv/bin/python bench/parse_speed.py [--rounds N]

The floor is selectolax's parse of the page and nothing else. The BeautifulSoup version finds frame
and lines in its own tree (on lxml) and uses our grammar, so that both give the same fields; that
they do is checked first. The three take turns, and it is CPU time that counts, so that a busy
machine is unfair to none.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from selectolax.lexbor import LexborHTMLParser

from pipeline.parse.fields import read_authors, read_date, read_links, read_provider
from pipeline.parse.grammar import read_drafts
from pipeline.parse.labels import Label
from pipeline.parse.lines import Line
from pipeline.parse.pages import Entry, parse_page
from pipeline.sample import Blog, Quirks, read_posts
from pipeline.sample.site import respond

BASE = "http://127.0.0.1:1"
HTML = "text/html; charset=UTF-8"
INLINE = {"a", "b", "strong", "em", "i", "span", "sub", "sup", "code"}


def pages() -> list[bytes]:
    """The sample's listing pages."""
    blog = Blog(read_posts())
    addresses = ["/", *(f"/page/{n}/" for n in range(2, len(blog.posts) // 10 + 1))]
    answers = (respond(blog, Quirks(), address, BASE) for address in addresses)
    return [answer.body for answer in answers]


def ours(page: bytes) -> list[tuple[object, ...]]:
    """The entries of a page by the project's parser."""
    entries = parse_page(page, content_type=HTML, url=BASE)
    return [_fields(entry) for entry in entries if entry.content == "entry"]


def _fields(entry: Entry) -> tuple[object, ...]:
    return (
        *(entry.title, entry.abstract_ja, entry.abstract_en, entry.authors, entry.date),
        *(entry.arxiv_id, entry.version, entry.provider, entry.translator, entry.categories),
    )


def _soup_lines(node: Tag) -> list[Line]:
    lines: list[Line] = []
    text: list[str] = []
    links: list[str] = []
    heading = False

    def end() -> None:
        line = " ".join("".join(text).split())
        if line:
            lines.append(Line(line, tuple(links), 2 if heading else 0))
        text.clear()
        links.clear()

    def walk(tag: Tag) -> None:
        nonlocal heading
        for child in tag.children:
            if isinstance(child, NavigableString):
                text.append(str(child))
            elif isinstance(child, Tag) and child.name in INLINE:
                if child.name == "a" and child.get("href"):
                    links.append(str(child["href"]))
                walk(child)
            elif isinstance(child, Tag):
                end()
                heading = child.name in {"h1", "h2", "h3", "h4", "h5", "h6"}
                walk(child)
                end()
                heading = False

    walk(node)
    end()
    return lines


def soup(page: bytes) -> list[tuple[object, ...]]:
    """The same entries by BeautifulSoup on lxml."""
    rows: list[tuple[object, ...]] = []
    for post in BeautifulSoup(page, "lxml").select("#content .hentry"):
        title, content = post.select_one(".entry-title"), post.select_one(".entry-content")
        if content is None or "post-password-required" in post["class"]:
            continue
        shown = " ".join(title.get_text().split()) if title else None
        for draft in read_drafts(_soup_lines(content), title=shown, framed=True):
            sections = draft.sections
            links = read_links(
                [link for line in sections.get(Label.LINK, ()) for link in line.links]
            )
            authors = read_authors(",".join(line.text for line in sections.get(Label.AUTHORS, ())))
            rows.append(
                (
                    *(draft.title, draft.text(Label.ABSTRACT_JA), draft.text(Label.ABSTRACT_EN)),
                    tuple(authors),
                    read_date(" ".join(line.text for line in sections.get(Label.DATE, ()))),
                    *(links.arxiv_id, links.version),
                    *read_provider(tuple([line.text for line in sections.get(Label.PROVIDER, ())])),
                    tuple(a.get_text() for a in post.select(".cat-links a")),
                )
            )
    return rows


def main() -> None:
    """Print microseconds an entry, and the ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=40)
    rounds = options.parse_args().rounds
    corpus = pages()
    n_entries = sum(len(ours(page)) for page in corpus)
    for page in corpus:
        assert ours(page) == soup(page), "the two versions do not give the same fields"
    contestants: dict[str, Callable[[bytes], object]] = {
        "bare DOM parse": LexborHTMLParser,
        "ours": ours,
        "BeautifulSoup": soup,
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        for name, parse in contestants.items():
            if name == "BeautifulSoup" and number % 5:
                continue
            start = time.process_time()
            for page in corpus:
                parse(page)
            seconds[name].append((time.process_time() - start) / n_entries)
        if number == 0:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = sum(map(len, corpus)) / n_entries
    print(
        f"{len(corpus)} pages, {n_entries} entries, {size:.0f} bytes an entry; medians and minima"
    )
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, times in seconds.items():
        median = medians[name]
        print(
            f"{name:15} {median * 1e6:8.1f} {min(times) * 1e6:8.1f} µs {1 / median:8.0f} entries/s"
        )
    print(f"ours / floor    {medians['ours'] / medians['bare DOM parse']:8.1f}")
    print(f"soup / ours     {medians['BeautifulSoup'] / medians['ours']:8.1f}")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    print(f"peak memory grew by {grown / 1024:.1f} MiB from round 1 to round {rounds}")


if __name__ == "__main__":
    main()
