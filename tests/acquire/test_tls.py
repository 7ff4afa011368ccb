"""A site is read over https only where its certificate holds; else one line and no data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.acquire.crawl import CrawlError, crawl
from pipeline.archive.archive import Archive
from pipeline.sample import serve_sample
from pipeline.settings import Settings
from tests.acquire.blogs import FIRST_DAY, invented_posts
from tests.acquire.certificates import NOW, Authority, serve_by_tls

Build = Callable[..., Settings]


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that is trusted, as the environment says."""
    made = Authority()
    (tmp_path / "authority.pem").write_bytes(made.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return made


def test_a_valid_certificate_of_an_own_authority(
    settings_for: Build, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named by file or by folder; a folder has OpenSSL's names for what is in it."""
    authority.issue(tmp_path / "site.pem")
    with serve_by_tls(tmp_path / "site.pem", invented_posts([3])) as (url, _):
        (row,) = crawl([FIRST_DAY], settings=settings_for(url)).rows
        assert (row.state, row.captured) == ("complete", 3)
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / authority.file_name).write_bytes(authority.pem)
        monkeypatch.delenv("SSL_CERT_FILE")
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "folder"))
        (row,) = crawl([FIRST_DAY], settings=settings_for(url), reread=True).rows
        assert (row.state, row.captured) == ("complete", 3)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("expired", "certificate has expired"),
        ("other site", "IP address mismatch, certificate is not valid for '127.0.0.1'."),
        ("other authority", "unable to get local issuer certificate"),
        ("self-signed", "self-signed certificate"),
    ],
)
def test_a_bad_certificate_is_one_line_and_no_data(
    fault: str, reason: str, settings_for: Build, authority: Authority, tmp_path: Path
) -> None:
    path = tmp_path / "site.pem"
    if fault == "expired":
        authority.issue(path, until=NOW - timedelta(days=1))
    elif fault == "other site":
        authority.issue(path, "10.0.0.1")
    elif fault == "other authority":
        Authority("an unknown authority").issue(path)
    else:
        Authority("an unknown authority").issue_itself(path)
    with serve_by_tls(path, invented_posts([1])) as (url, requests):
        settings = settings_for(url, delay_seconds=1.0)
        with pytest.raises(CrawlError) as caught:
            crawl([FIRST_DAY], settings=settings)
        assert requests == []
    assert str(caught.value) == f"{url}/robots.txt: its certificate is not valid: {reason}"
    assert not caught.value.transient
    assert Archive(settings.archive_dir).files() == []


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_authorities_that_cannot_be_read(
    content: bytes | None, settings_for: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "authority.pem"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(CrawlError, match=r"^SSL_CERT_FILE or SSL_CERT_DIR cannot be used: .+$"):
        crawl([FIRST_DAY], settings=settings_for("https://127.0.0.1:1"))


def test_what_speaks_no_tls_is_one_line(settings_for: Build, authority: Authority) -> None:
    with serve_sample(posts=invented_posts([1])) as site:
        url = site.base_url.replace("http://", "https://")
        with pytest.raises(CrawlError) as caught:
            crawl([FIRST_DAY], settings=settings_for(url, delay_seconds=1.0))
    assert str(caught.value) == f"{url}/robots.txt: no secure connection"
