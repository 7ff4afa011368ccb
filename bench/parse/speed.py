"""How fast pages become entries, in how much memory, and what all cores are good for.

    PYTHONPATH=. .venv/bin/python bench/parse/speed.py [--rounds N]

Three contestants read the same pages: ours, the bare DOM parse, and BeautifulSoup. The floor is
selectolax's parse of the page and nothing else. The BeautifulSoup version finds frame and lines in
its own tree (on lxml) and uses our grammar, so that both give the same fields; that they do is
checked first. They take turns, and it is CPU time that counts, so that a busy machine is unfair to
none. The sample's pages are read again and again; of the synthetic ones (abstracts as long as real
ones, the Japanese one sentence a line) each round reads others, so that what is remembered from
page to page is only what pages have in common.

Memory and cores are measured on archives of synthetic pages, a process for each.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sysconfig
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from selectolax.lexbor import LexborHTMLParser

from bench.measure import machine
from bench.world.pages import write_pages
from bench.world.synthetic import MOST_A_DAY, World
from pipeline.archive.archive import Archive
from pipeline.parse.fields import read_authors, read_date, read_links, read_provider
from pipeline.parse.grammar import read_drafts
from pipeline.parse.labels import Label
from pipeline.parse.lines import Line
from pipeline.parse.pages import Entry, parse_page
from pipeline.parse.posts import posts_of_days
from pipeline.sample import Blog, Quirks, read_posts
from pipeline.sample.site import respond

BASE = "http://127.0.0.1:1"
HTML = "text/html; charset=UTF-8"
INLINE = {"a", "b", "strong", "em", "i", "span", "sub", "sup", "code"}


DAYS = (4, 16, 64)
"""Sizes of the archives: some 35 pages, 350 entries, a day."""
A_ROUND = 4
"""Synthetic pages that a round reads."""


def sample_pages() -> list[bytes]:
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
        for draft in read_drafts(_soup_lines(content), title=shown, is_post=True):
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


def race(rounds: Iterator[Sequence[bytes]], n_rounds: int) -> None:
    """Print microseconds an entry, and the ratios.

    Args:
        rounds: the pages of each round.
        n_rounds: how many rounds there are; BeautifulSoup takes part in every fifth.
    """
    contestants: dict[str, Callable[[bytes], object]] = {
        "bare DOM parse": LexborHTMLParser,
        "ours": ours,
        "BeautifulSoup": soup,
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    size = n_all = 0
    for number in range(n_rounds):
        pages = next(rounds)
        n_entries = sum(page.count(b'class="entry-content"') for page in pages)
        size, n_all = size + sum(map(len, pages)), n_all + n_entries
        for name, parse in contestants.items():
            if name == "BeautifulSoup" and number % 5:
                continue
            start = time.process_time()
            for page in pages:
                parse(page)
            times[name].append((time.process_time() - start) / n_entries * 1e6)
        for page in pages:
            assert ours(page) == soup(page), "the two versions do not give the same fields"
    medians = {name: statistics.median(of_one) for name, of_one in times.items()}
    print(f"  {size / n_all:.0f} bytes an entry; median and minimum of {n_rounds} rounds")
    for name, of_one in times.items():
        median = medians[name]
        print(f"  {name:15} {median:8.1f} {min(of_one):8.1f} µs {1e6 / median:8.0f} entries/s")
    print(f"  ours / floor    {medians['ours'] / medians['bare DOM parse']:8.1f}")
    print(f"  soup / ours     {medians['BeautifulSoup'] / medians['ours']:8.1f}")


def write_archive(folder: Path, n_days: int) -> Path:
    """An archive of `n_days` days of synthetic pages, the same whenever it is written."""
    world = World(n_days * MOST_A_DAY)
    write_pages((world.draw(day).records for day in world.days()), folder)
    return folder


def synthetic_rounds(folder: Path) -> Iterator[list[bytes]]:
    """The pages of an archive, a few at a time."""
    archive = Archive(folder)
    pages: list[bytes] = []
    for capture in archive.captures(archive.index()):
        pages.append(capture.payload)
        if len(pages) == A_ROUND:
            yield pages
            pages = []


def parse_archive(folder: Path) -> tuple[int, int, int]:
    """Read an archive in this process: its pages, its rows, and the peak of memory in KiB."""
    captures = Archive(folder).index()
    n_rows = sum(len(posts) for _, posts in posts_of_days(folder, captures, processes=1))
    status = Path("/proc/self/status").read_text(
        encoding="ascii"
    )  # this program's own, unlike rusage
    return len(captures), n_rows, int(status.partition("VmHWM:")[2].split()[0])


def memory(folders: Sequence[Path]) -> None:
    """Print the peak of memory for archives of growing size, each in a process of its own."""
    for folder in folders:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            n_pages, n_rows, peak = pool.submit(parse_archive, folder).result()
        print(f"  {n_pages:6} pages, {n_rows:6} entries: peak {peak / 1024:.0f} MiB")


def cores(folder: Path) -> None:
    """Print how long a range of days takes with one process and with all cores.

    On a machine that is busy with other things, what the processes cost tells more.
    """
    captures = Archive(folder).index()
    seconds: dict[int | None, float] = {}
    for processes in (1, None):
        start, cpu_start = time.perf_counter(), sum(os.times()[:4])
        n_rows = sum(
            len(posts) for _, posts in posts_of_days(folder, captures, processes=processes)
        )
        seconds[processes] = time.perf_counter() - start
        cpu = sum(os.times()[:4]) - cpu_start
        name = "all cores" if processes is None else "one process"
        rate = n_rows / seconds[processes]
        print(f"  {name:12} {seconds[processes]:6.2f} s {rate:8.0f} rows/s {cpu:6.2f} s of CPU")
    print(f"  faster by    {seconds[1] / seconds[None]:6.2f}")


def main() -> None:
    """Print everything."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=40)
    n_rounds = options.parse_args().rounds
    for name, value in machine().items():
        print(f"{name}: {value}")
    optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    print(f"python built with profile-guided optimisation: {'yes' if optimised else 'no'}")
    with TemporaryDirectory() as folder:
        folders = [write_archive(Path(folder, str(n)), n) for n in DAYS]
        print("\nThe sample's pages, the same in every round")
        race(cycle([sample_pages()]), n_rounds)
        print("\nSynthetic pages, others in every round")
        race(synthetic_rounds(folders[-1]), n_rounds)
        print("\nMemory: archives of growing size, one process each")
        memory(folders)
        print("\nA range of days: the whole way from the archive to tables")
        cores(folders[-1])


if __name__ == "__main__":
    main()
