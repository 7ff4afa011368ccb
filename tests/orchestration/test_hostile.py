"""Hostile files of many kinds go from the inbox to a release; each costs itself alone."""

from __future__ import annotations

import itertools
import json
import os
import time
from typing import Any

import brotli
import polars as pl

from pipeline.release.verify import verify_snapshot
from tests.orchestration.conftest import DAYS, House

LARGE = 160_000
MOST_CPU_SECONDS = 60.0
"""A refresh with a few harmless files takes under 5; what is quadratic in LARGE takes minutes."""

SITE = "https://digest.example"
Rest = dict[str, Any]


def post(number: int, **changes: Any) -> Rest:
    """A post of a REST answer, whose paper is its own."""
    content = (
        f"<h2>要約</h2><p>第{number}の架空の論文では、敵対的な入力が他の投稿を損なわないことを示す。"
        f"実験は{number}件の文書で行った。</p><h2>要約(オリジナル)</h2>"
        f"<p>In invented paper {number} we show that hostile input does not harm other posts. "
        f"The experiment used {number} documents.</p><h2>arxiv情報</h2>"
        "<p>著者 Ann Invented<br>発行日 2025-03-03 17:59:59+00:00</p>"
    )
    fields: Rest = {
        "id": 900_000 + number,
        "date": "2025-03-04T10:00:00",
        "link": f"{SITE}/2025/03/04/hostile-{number}/",
        "title": {"rendered": f"Invented Hostile Sibling {number}"},
        "content": {"rendered": content},
    }
    return fields | changes


def warc(*records: tuple[bytes, bytes]) -> bytes:
    """A WARC file of responses: HTTP header lines and body of each."""
    parts = []
    for number, (headers, body) in enumerate(records):
        http = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + headers + b"\r\n" + body
        head = (
            "WARC/1.1\r\nWARC-Type: response\r\n"
            f"WARC-Target-URI: {SITE}/wp-json/wp/v2/posts?page={number}\r\n"
            "WARC-Date: 2025-03-04T12:00:00Z\r\n"
            f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012}>\r\n"
            "Content-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(http)}\r\n\r\n"
        )
        parts.append(head.encode() + http + b"\r\n\r\n")
    return b"".join(parts)


class Files:
    """The hostile files, by name, and the numbers of the harmless posts among them."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.harmless: set[int] = set()
        self._numbers = itertools.count(1)
        for fill in (" ", "\u3000", "<", "&", "<p "):
            text = fill * (LARGE // len(fill))
            self._add_post(title={"rendered": f"x{text}x"})
            for old in ("著者", "arxiv情報", "hostile input", "敵対的"):
                self._add_post((old, old + text))
        for end in (
            *("<plaintext><!--", "<!--", "<script>", "</div></div><textarea>"),
            *("<div>" * 5000, "<![CDATA[" * 2000),
        ):
            self._add_post(("</h2>", f"</h2>{end}"))
        for moment in ("9999-12-31T23:59:59", "0001-01-01T00:00:00", "2025-13-45", 7):
            self._add_post(date=moment)
        for post_id in (10**30, -1, "x", None):
            self._add_post(id=post_id)
        title = b"<title>" + b" " * LARGE + b"</title>"
        self.content |= {
            "feed.xml": b"<rss><channel><item>" + title + b"<link>x</link></item></channel></rss>",
            "feed-titles.xml": b"<rss><channel><item>" + b"<title " * 20_000,
            "page.html": b"<html><body>" + b"<div class=post>" * 20_000,
        }
        for header, body in (
            (b"Content-Encoding: br\r\n", brotli.compress(self._answer(post(999)))),
            (b"Content-Encoding: br\r\n", b"\x00\xff" * 50),
            (b"\xffX-\xe9: y\r\n", self._answer(post(999))),
            (b"X-Long: " + b"a" * 2_000_000 + b"\r\n", b"[]"),
            (b"Transfer-Encoding: Chunked\r\n", b"ffffffffffffffff\r\n[]"),
        ):
            before, behind = self._answer(post(999)), self._answer(post(999))
            self._add(".warc", warc((b"", before), (header, body), (b"", behind)))

    def _add(self, ending: str, content: bytes) -> None:
        self.content[f"{len(self.content)}{ending}"] = content

    def _add_post(self, replaced: tuple[str, str] = ("", ""), **changes: Any) -> None:
        """A REST answer with a post that is hostile, between two that are not."""
        hostile = post(next(self._numbers), **changes)
        if replaced[0]:
            rendered = hostile["content"]["rendered"].replace(*replaced)
            hostile["content"] = {"rendered": rendered}
        self._add(".json", self._answer(hostile))

    def _answer(self, hostile: Rest) -> bytes:
        first, last = next(self._numbers), next(self._numbers)
        self.harmless |= {first, last}
        return json.dumps([post(first), hostile, post(last)], ensure_ascii=False).encode()


def test_hostile_files_cost_themselves_alone_and_the_rest_is_released(refreshed: House) -> None:
    house, inbox = refreshed, refreshed.settings.inbox_dir
    inbox.mkdir(parents=True, exist_ok=True)
    files = Files()
    for name, content in files.content.items():
        (inbox / name).write_bytes(content)
        os.utime(inbox / name, (1e9, 1e9))  # as if it had been there for long
    started = time.process_time()

    done = house.run("refresh", "--from", DAYS[-1], "--to", DAYS[-1])

    assert time.process_time() - started < MOST_CPU_SECONDS
    assert "Traceback" not in done.output
    assert done.exit_code == 0, done.output
    went = {path.name for folder in ("done", "rejected") for path in (inbox / folder).glob("*")}
    assert files.content.keys() <= went
    newest = sorted(house.settings.snapshots_dir.glob("v*"))[-1]
    assert verify_snapshot(newest) == []
    papers = pl.concat([pl.read_parquet(path) for path in (newest / "papers").glob("*")])
    numbers = papers["title"].str.extract(r"^Invented Hostile Sibling (\d+)$").drop_nulls()
    assert files.harmless - set(numbers.cast(pl.Int64)) == set()
