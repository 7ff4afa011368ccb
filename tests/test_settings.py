"""Every setting: a default that works, and one clear line when its value does not."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from pipeline.settings import PROJECT_ROOT, SettingError, load_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "jarxiv.com"),
        ("BASE_URL", "ftp://jarxiv.com"),
        ("BASE_URL", "https://user:word@jarxiv.com"),
        ("BASE_URL", "https://jarxiv.com/blog"),
        ("BASE_URL", "https://jarxiv.com:99999"),
        ("BASE_URL", "https://jarxiv.com:ssh"),
        ("BASE_URL", "http://a b"),
        ("BASE_URL", " https://jarxiv.com"),
        ("BASE_URL", "http://jar\txiv.com"),
        ("BASE_URL", "http://jar\u3000xiv.com"),
        ("BASE_URL", "http://jarxiv\\.com"),
        ("BASE_URL", "http://jarxiv%20.com"),
        ("BASE_URL", "http://jarxiv..com"),
        ("BASE_URL", f"http://{'j' * 64}.com"),
        ("BASE_URL", "http://<jarxiv>"),
        ("BASE_URL", "http://"),
        ("BASE_URL", "http:///"),
        ("BASE_URL", "http://[::1"),
        ("BASE_URL", "http://:word@jarxiv.com"),
        ("FIRST_DAY", "2023-13-01"),
        ("FIRST_DAY", "2999-01-01"),
        ("CONTACT", "somebody\nX-Header: value"),
        ("DELAY_SECONDS", "-1"),
        ("DELAY_SECONDS", "soon"),
        ("REREAD_DAYS", "1.5"),
        ("HUB_REPO", "arxiv-ja-en"),
        ("HUB_REPO", "../.."),
        ("SCHEDULE", "maybe"),
        ("NOTICE_URL", "mailto:me@example.org"),
        ("DELAY", "3"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"ARXIV_JA_EN_{name}", value)

    with pytest.raises(SettingError) as caught:
        load_settings()

    message = str(caught.value)
    assert message.startswith(f"ARXIV_JA_EN_{name}")
    assert "\n" not in message


@pytest.mark.parametrize("name", ["BASE_URL", "TABLES_URL"])
@pytest.mark.parametrize("front", ["http://", "", "s3:", "http://a:1@"])
@pytest.mark.parametrize(
    "password", ["pass/word", "#pass#word", "?pass", "pass'word", "pass:word", "pa@ssword"]
)
def test_no_part_of_a_password_is_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, front: str, password: str
) -> None:
    monkeypatch.setenv(f"ARXIV_JA_EN_{name}", f"{front}somebody:{password}@jarxiv.example")

    with pytest.raises(SettingError) as caught:
        load_settings()

    assert "jarxiv.example" in str(caught.value)
    assert not {"pass", "word", "ssword"} & set(re.findall(r"\w+", str(caught.value)))


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("https://jarxiv.com/", "https://jarxiv.com"),
        ("HTTP://Digest.Example:8080", "http://digest.example:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://論文.example", "http://xn--7dv834f.example"),
        ("http://digest_1.local", "http://digest_1.local"),
    ],
)
def test_a_site_address_is_as_requests_name_it(value: str, address: str) -> None:
    assert load_settings(base_url=value).base_url == address


def test_an_empty_value_leaves_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = load_settings()
    for name in ("BASE_URL", "DATA_DIR", "TABLES_URL", "CONTACT", "HUB_REPO", "NOTICE_URL"):
        monkeypatch.setenv(f"ARXIV_JA_EN_{name}", "")

    assert load_settings() == defaults


def test_a_data_folder_is_relative_to_the_checkout_or_to_the_home_of_a_person(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    found = {
        given: load_settings(data_dir=given).data_dir for given in ("data", "~/data", "/srv/data")
    }

    assert found == {
        "data": PROJECT_ROOT / "data",
        "~/data": tmp_path / "data",
        "/srv/data": Path("/srv/data"),
    }


def test_a_day_is_settled_when_its_time_of_re_reading_has_passed() -> None:
    settings = load_settings(reread_days=3)

    assert not settings.is_settled(date(2025, 3, 3), date(2025, 3, 6))
    assert settings.is_settled(date(2025, 3, 3), date(2025, 3, 7))


def test_no_setting_holds_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")

    assert "hf_secret" not in repr(load_settings())


def test_a_wrong_address_for_notices_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARXIV_JA_EN_NOTICE_URL", "hooks.example/T0/SECRET")

    with pytest.raises(SettingError) as caught:
        load_settings()

    assert str(caught.value).startswith("ARXIV_JA_EN_NOTICE_URL: ")
    assert "hooks.example" not in repr(caught.value)
