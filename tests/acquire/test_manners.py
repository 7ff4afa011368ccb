"""Manners that need no server: addresses, robots.txt, Retry-After, layouts."""

from __future__ import annotations

import asyncio
import math
import re
from datetime import UTC, datetime

import httpx2
import pytest

from pipeline.acquire.addresses import OffSiteError, Site, printable_url
from pipeline.acquire.client import open_client
from pipeline.acquire.crawl import user_agent
from pipeline.acquire.fetch import Fetcher, retry_after_seconds
from pipeline.acquire.robots import Robots
from pipeline.archive.writer import Exchange
from pipeline.settings import ENV_PREFIX, PROJECT_ROOT, Settings

SITE = Site("http://digest.example")


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("https://other.example/", "off the site: https://other.example/"),
        ("//other.example/x", "off the site: http://other.example/"),
        ("http://digest.example:8080/", "off the site: http://digest.example:8080/"),
        ("http://digest.example.evil/", "off the site: http://digest.example.evil/"),
        ("http://127.0.0.1/", "off the site: http://127.0.0.1/"),
        ("http://[::1]/", "off the site: http://[::1]/"),
        ("file:///etc/passwd", "neither http nor https: file:///etc/passwd"),
        ("javascript:alert(1)", "neither http nor https: javascript:alert(1)"),
        ("http://user:secret@digest.example/", "an address with credentials: http://…@…"),
        ("http://digest.example:99999/", "no valid address"),
        ("http://[", "no valid address"),
    ],
)
def test_what_leads_off_the_site(link: str, reason: str) -> None:
    with pytest.raises(OffSiteError) as caught:
        SITE.resolve(link, "http://digest.example/2025/03/03/")
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("page/2/", "http://digest.example/2025/03/03/page/2/"),
        ("/?p=7#more-7", "http://digest.example/?p=7"),
        ("HTTP://Digest.Example/a", "http://digest.example/a"),
        ("https://digest.example/a", "https://digest.example/a"),
        (" /論文/ ", "http://digest.example/%E8%AB%96%E6%96%87/"),
    ],
)
def test_what_stays_on_the_site(link: str, url: str) -> None:
    assert SITE.resolve(link, "http://digest.example/2025/03/03/").lower() == url.lower()


def test_an_address_in_a_message_is_short_and_printable() -> None:
    text = printable_url("http://digest.example/\x1b[31m\n" + "長" * 100)
    assert text.isascii() or text.endswith("…")
    assert text.isprintable()
    assert len(text) <= 200


def test_http_on_a_site_of_https_is_read_by_https() -> None:
    site = Site("https://digest.example")
    assert site.resolve("http://digest.example/page/2/") == "https://digest.example/page/2/"
    with pytest.raises(OffSiteError):
        site.resolve("http://digest.example:8080/page/2/")


def test_a_redirect_in_raw_utf_8_and_the_request_as_it_was_sent() -> None:
    asked = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        if len(asked) == 1:
            cookie = (b"Set-Cookie", b"session=1; Path=/")
            return httpx2.Response(301, headers=[(b"Location", "/論文/".encode()), cookie])
        return httpx2.Response(200, html="<html></html>")

    kept: list[Exchange] = []
    client = open_client(SITE.host, "arxiv-ja-en/0")
    client._transport = httpx2.MockTransport(answer)
    fetcher = Fetcher(client, SITE, 0.0, 5.0, 1, math.inf, kept.append)
    exchange = asyncio.run(fetcher.get("http://digest.example/x"))
    assert asked[1] == exchange.url == "http://digest.example/%E8%AB%96%E6%96%87/"
    for each in (*kept, exchange):
        sent = dict(each.request_headers)
        assert sent["User-Agent"] == "arxiv-ja-en/0"
        assert sent["Host"] == "digest.example"
        assert "Cookie" not in sent
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 7\n", 7.0),
        ("User-agent: arxiv-ja-en\nCrawl-delay: 3\n\nUser-agent: *\nCrawl-delay: 9\n", 3.0),
        ("User-agent: *\nRequest-rate: 1/20s\n", 20.0),
        ("User-agent: *\nCrawl-delay: soon\n", None),
        ("User-agent: *\nCrawl-delay: inf\n", None),
        ("<html><body>no robots here</body></html>", None),
        ("\ufeffUser-agent: *\r\nDisallow:\r\n", None),
    ],
)
def test_the_delay_that_robots_asks_for(text: str, delay: float | None) -> None:
    robots = Robots.parse(text.encode())
    assert robots.crawl_delay == delay
    assert robots.allows("http://digest.example/2025/03/03/")


def test_rules_for_us_and_for_everyone() -> None:
    robots = Robots.parse(b"User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n")
    assert not robots.allows("http://digest.example/wp-admin/x")
    assert robots.allows("http://digest.example/wp-admin/admin-ajax.php")
    ours = Robots.parse(b"User-agent: arxiv-ja-en\nDisallow: /\n\nUser-agent: *\nDisallow:\n")
    assert not ours.allows("http://digest.example/")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 30 ", 30.0),
        ("Tue, 04 Mar 2025 00:00:05 GMT", 5.0),
        ("Mon, 03 Mar 2025 00:00:00 GMT", 0.0),
        ("99999999999999999999", 999999999.0),
        ("soon", None),
        ("-5", None),
        ("Mon, 01 Jan 99999999999999 00:00:00 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, datetime(2025, 3, 4, tzinfo=UTC)) == seconds


def test_we_say_who_we_are() -> None:
    agent = user_agent("mailto:ops@digest.example")
    assert agent.startswith("arxiv-ja-en/")
    assert agent.endswith("; contact: mailto:ops@digest.example)")
    assert "https://" in agent


def test_the_guide_names_every_setting_of_the_crawler() -> None:
    guide = (PROJECT_ROOT / "docs" / "guest.md").read_text(encoding="utf-8")
    named = {name.lower() for name in re.findall(rf"`{ENV_PREFIX}(\w+)`", guide)}
    assert named <= set(Settings.model_fields)
    crawler = {"base_url", "contact", "data_dir", "delay_seconds", "first_day", "give_up_after"}
    assert named == crawler | {"reread_days", "run_hours", "timeout_seconds"}


@pytest.mark.parametrize(
    "message",
    [
        "connection refused",
        "no such host",
        "robots.txt disallows it",
        "a site whose robots.txt cannot be read is not crawled",
        "refusals in a row, giving up",
        "as do all pages; giving up",
        "the page is cut off",
        "no post is recognised on this page; has the theme changed?",
        "no listing of days is found on this site",
        "a data folder belongs to one site",
        "another crawl of this data folder is running",
        "the run's time is over",
        "its certificate is not valid",
        "no secure connection",
        "SSL_CERT_FILE or SSL_CERT_DIR cannot be used",
        "names a proxy that cannot be used",
        "a login form in place of posts; is the site behind a login?",
        "has the site moved, or is it behind a login?",
        "is the site behind a login, or closed to crawlers?",
        "not confirmed: ",
        "REST gives no count that fits its posts",
    ],
)
def test_the_guide_explains_the_messages_as_they_are(message: str) -> None:
    assert message in (PROJECT_ROOT / "docs" / "guest.md").read_text(encoding="utf-8")
    code = (PROJECT_ROOT / "pipeline" / "acquire").glob("*.py")
    assert any(message in path.read_text(encoding="utf-8") for path in code)
