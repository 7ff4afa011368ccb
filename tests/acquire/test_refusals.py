"""When the site, robots.txt or the network says no: one clear line, and what was read is kept."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from filelock import FileLock

from pipeline.acquire.crawl import CrawlError, crawl, user_agent
from pipeline.archive.archive import Archive
from pipeline.sample import Quirks, Response, SampleHandler, serve_sample
from pipeline.settings import Settings
from tests.acquire.blogs import FIRST_DAY, days_of, invented_posts

Build = Callable[..., Settings]
DAY = FIRST_DAY


def error_of(settings: Settings) -> CrawlError:
    with pytest.raises(CrawlError) as caught:
        crawl([DAY], settings=settings)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_closed_port_is_said_at_once(settings_for: Build) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        error = error_of(settings_for(base_url, delay_seconds=1.0))
    assert str(error) == f"{base_url}/robots.txt: connection refused"
    assert error.transient
    assert error.report is not None
    assert [row.state for row in error.report.rows] == ["failed"]


def test_an_unknown_host_is_said_at_once(settings_for: Build) -> None:
    error = error_of(settings_for("http://digest.invalid", delay_seconds=1.0))
    assert str(error) == "http://digest.invalid/robots.txt: no such host"


def test_a_site_that_is_closed_for_longer_is_left_alone(settings_for: Build) -> None:
    with serve_sample(quirks=Quirks(maintenance=True, retry_after="600")) as site:
        error = error_of(settings_for(site))
        assert len(site.requests) == 1
    assert str(error).endswith("/robots.txt: answers 503 and asks to come back in 600 s")
    assert not error.transient, "it asks to be left alone"


def test_errors_everywhere_end_the_run_and_keep_what_was_read(settings_for: Build) -> None:
    posts = invented_posts([3, 3, 3])

    def fails(handler: SampleHandler) -> bool:
        if "after=2025-03-02" in handler.path or "wp-json" not in handler.path:
            return False
        handler.send(Response(500, b"<html></html>"))
        return True

    with serve_sample(posts=posts, intercept=fails) as site:
        settings = settings_for(site, give_up_after=3)
        with pytest.raises(
            CrawlError, match="answers 500; 3 refusals in a row, giving up"
        ) as caught:
            crawl(days_of(site), settings=settings)
        assert len(site.requests) == 4 + 3
    report = caught.value.report
    assert report is not None
    assert [row.state for row in report.rows] == ["complete", "failed", "failed"]
    assert report.rows[2].reason == str(caught.value)
    assert Archive(settings.archive_dir).index()["day"].to_list() == [DAY]


def test_a_page_that_cannot_be_had_costs_its_day_only(settings_for: Build) -> None:
    """Broken for good, leading to other hosts and ports: the rest of the day and others go on."""
    posts = invented_posts([3, 3, 1, 11, 3])
    broken = {"/2025/03/03/", "/2025/03/04/invented-paper-4/"}
    with serve_sample(posts=invented_posts([1])) as other:

        def spoil(handler: SampleHandler) -> bool:
            answer = site.answer(handler.path, handler.headers["Host"])
            if handler.path in broken:
                answer = Response(502, b"<html></html>")
            elif handler.path == "/2025/03/05/":
                answer = Response(302, b"", headers=[("Location", f"{other.base_url}/2025/03/05/")])
            elif handler.path == "/2025/03/06/":
                next_page = f"{site.base_url}/2025/03/06/page/2/".encode()
                answer = replace(answer, body=answer.body.replace(next_page, b"//evil.example/2"))
            handler.send(answer)
            return True

        quirks = Quirks(rest="off", excerpts=True)
        with serve_sample(quirks=quirks, posts=posts, intercept=spoil) as site:
            report = crawl(days_of(site), settings=settings_for(site))
        assert other.requests == []
    assert [row.state for row in report.rows] == ["failed"] * 4 + ["complete"]
    assert [row.captured for row in report.rows] == [0, 2, 0, 0, 3]
    base = site.base_url
    assert [row.reason for row in report.rows] == [
        f"{base}/2025/03/03/: answers 502, 5 times",
        f"{base}/2025/03/04/invented-paper-4/: answers 502, 5 times",
        f"{base}/2025/03/05/: redirects off the site: {other.base_url}/",
        f"{base}/2025/03/06/: its next page is off the site: http://evil.example/",
        None,
    ]


@pytest.mark.parametrize(
    ("quirks", "message", "transient"),
    [
        (Quirks(robots="User-agent: *\nDisallow: /\n"), "/: robots.txt disallows it", False),
        (
            Quirks(robots_status=500),
            "/robots.txt: answers 500; 3 refusals in a row, giving up",
            True,
        ),
    ],
)
def test_robots_may_refuse_everything(
    settings_for: Build, quirks: Quirks, message: str, transient: bool
) -> None:
    with serve_sample(quirks=quirks) as site:
        error = error_of(settings_for(site, give_up_after=3))
        assert {request.target for request in site.requests} == {"/robots.txt"}
    assert str(error) == site.base_url + message
    assert error.transient is transient


def test_robots_rules_and_delay_are_kept(settings_for: Build) -> None:
    quirks = Quirks(disallow=("/wp-json/", "/2025/03/04/"), crawl_delay=0.3)
    with serve_sample(quirks=quirks, posts=invented_posts([12, 3])) as site:
        report = crawl(days_of(site), settings=settings_for(site))
        assert report.route_reason == "robots.txt disallows REST"
        assert [row.state for row in report.rows] == ["complete", "failed"]
        assert report.rows[1].reason == f"{site.base_url}/2025/03/04/: robots.txt disallows it"
        asked = [request.target for request in site.requests]
        assert asked == ["/robots.txt", "/", "/2025/03/03/", "/2025/03/03/page/2/"]
        starts = [request.received_at for request in site.requests][1:]
        assert all(after - before > 0.28 for before, after in pairwise(starts))
        assert len({request.connection for request in site.requests}) == 1
        agent = site.requests[0].headers["user-agent"]
        assert agent == user_agent("https://github.com/arxiv-ja-en/arxiv-ja-en")


def test_an_archive_belongs_to_one_site(settings_for: Build) -> None:
    with serve_sample(posts=invented_posts([1])) as site:
        settings = settings_for(site)
        crawl([DAY], settings=settings)
        moved = settings_for(site.base_url.replace("127.0.0.1", "localhost"))
        before = len(site.requests)
        error = error_of(moved)
        assert len(site.requests) == before
    assert "holds captures of 127.0.0.1; a data folder belongs to one site" in str(error)
    assert not error.transient
    with serve_sample(posts=invented_posts([1])) as same_host_other_port:
        crawl([DAY + timedelta(days=9)], settings=settings_for(same_host_other_port))


def test_there_is_never_a_second_crawler(settings_for: Build) -> None:
    with serve_sample(posts=invented_posts([1])) as site:
        settings = settings_for(site)
        settings.archive_dir.mkdir(parents=True)
        with FileLock(settings.archive_dir / "crawl.lock"):
            error = error_of(settings)
        assert site.requests == []
    assert str(error) == "another crawl of this data folder is running"


def test_the_time_of_a_run_is_limited(settings_for: Build) -> None:
    with serve_sample(posts=invented_posts([1, 1])) as site:
        error = error_of(settings_for(site, delay_seconds=0.5, run_hours=1 / 3600))
    assert "the run's time is over" in str(error)
    assert not error.transient


def test_logs_of_crawls_are_kept_for_three_months(settings_for: Build) -> None:
    with serve_sample(posts=invented_posts([1])) as site:
        settings = settings_for(site)
        logs = settings.archive_dir / "log"
        logs.mkdir(parents=True)
        for name, days in (("old.log", 91), ("young.log", 89)):
            (logs / name).touch()
            os.utime(logs / name, (time.time() - days * 86400,) * 2)
        crawl([DAY], settings=settings)
    assert not (logs / "old.log").exists()
    assert (logs / "young.log").exists()
    assert len(list(logs.iterdir())) == 2, "and this crawl's"


FORM = (
    "<html><body><form action='/wp-login.php'>ユーザー名 <input name=log>"
    "<input class=\"input\" name='pwd' type='password'></form></body></html>"
).encode()
LOGIN = "a login form in place of posts; is the site behind a login?"
CLOSED = "is the site behind a login, or closed to crawlers?"
MOVED = "has the site moved, or is it behind a login?"


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"": Response(200, FORM)}, f"/: {LOGIN}"),
        (
            {
                "/wp-login.php": Response(200, FORM),
                "": Response(302, b"", headers=[("Location", "/wp-login.php?redirect_to=%2F")]),
            },
            f"/wp-login.php?redirect_to=%2F: {LOGIN}",
        ),
        (
            {"": Response(302, b"", headers=[("Location", "https://sso.example/login?to=x")])},
            f"/robots.txt: redirects off the site: https://sso.example/; {MOVED}",
        ),
        (
            {
                "/robots.txt": Response(404, b""),
                "": Response(307, b"", headers=[("Location", "https://sso.example/login")]),
            },
            f"/: redirects off the site: https://sso.example/; {MOVED}",
        ),
        ({"": Response(401, FORM)}, f"/: answers 401; {CLOSED}"),
        ({"": Response(403, FORM)}, f"/: answers 403; {CLOSED}"),
    ],
    ids=["form", "wp-login", "sso", "sso for pages", "401", "403"],
)
def test_a_site_behind_a_login_is_one_line(
    answers: dict[str, Response], message: str, settings_for: Build
) -> None:
    def refuse(handler: SampleHandler) -> bool:
        handler.send(answers[next(start for start in answers if handler.path.startswith(start))])
        return True

    with serve_sample(intercept=refuse) as site:
        error = error_of(settings_for(site))
    assert str(error) == site.base_url + message
    assert not error.transient


def test_a_login_in_the_middle_of_a_crawl_fails_its_days(settings_for: Build) -> None:
    posts = invented_posts([3, 3])

    def closed_later(handler: SampleHandler) -> bool:
        if not handler.path.startswith("/2025/03/04"):
            return False
        handler.send(Response(200, FORM))
        return True

    with serve_sample(quirks=Quirks(rest="off"), posts=posts, intercept=closed_later) as site:
        report = crawl(days_of(site), settings=settings_for(site))
        assert [row.state for row in report.rows] == ["complete", "failed"]
        assert report.rows[1].reason == f"{site.base_url}/2025/03/04/: {LOGIN}"


def test_a_password_field_beside_posts_is_no_login(settings_for: Build) -> None:
    """A protected post has one, and so have themes with a login in their sidebar."""
    posts = [replace(post, protected=True) for post in invented_posts([2])]
    with serve_sample(quirks=Quirks(rest="off"), posts=posts) as site:
        (row,) = crawl([DAY], settings=settings_for(site)).rows
    assert (row.state, row.protected) == ("complete", 2)
