"""No secret leaves the process in a text, whatever error or log record it stands in."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from pipeline.redaction import REDACTED, redact, redact_error, redact_logs

SECRETS = st.text(st.characters(codec="ascii", min_codepoint=33), min_size=12, max_size=60)


class Port(BaseModel):
    port: int


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HF_TOKEN", "an+invented/secret=%41")
    return "an+invented/secret=%41"


@given(SECRETS)
def test_a_known_secret_is_recognised_in_every_form_it_is_written_in(value: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_SECRET_ACCESS_KEY", value)
        for text in (value, quote(value, safe=""), json.dumps(value), repr(value)):
            assert value not in redact(f"before {text} after")
            assert redact(f"before {text} after").startswith("before ")
            assert redact(f"before {text} after").endswith(" after")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("https://user:hunter22@site.example/page", "hunter22"),
        ("s3://key:hunter22@bucket/prefix", "hunter22"),
        ("postgresql://dagster:hunter22@db:5432/runs", "hunter22"),
        ("https://hunter22@site.example", "hunter22"),
        ("Authorization: Bearer hunter22", "hunter22"),
        ("{'authorization': 'Basic aHVudGVyMjI='}", "aHVudGVyMjI="),
        ('{"Authorization": "hunter22"}', "hunter22"),
        ("PUT https://s3.example/x?X-Amz-Signature=hunter22&X-Amz-Date=1", "hunter22"),
        ("/x?a=1&access_token=hunter22", "hunter22"),
        ("token hf_hunter22hunter22hunter22", "hf_hunter22hunter22hunter22"),
    ],
)
def test_credentials_are_recognised_whoever_they_belong_to(text: str, secret: str) -> None:
    assert secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://jarxiv.com/2025/03/04/a-paper/?paged=2#top",
        "mail to someone@example.org about https://example.org/@name",
        "We study token-level authorization: a survey.",
        "2025-03-04 could not be read: 503 (5 times)",
        "s3://bucket/prefix/papers/2025-03.parquet",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text


def test_what_names_a_file_or_is_short_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN_PATH", "the-folder-of-it")
    monkeypatch.setenv("SOME_TOKEN", "true")
    assert redact("true, the-folder-of-it") == "true, the-folder-of-it"


def _errors(secret: str) -> list[Exception]:
    errors: list[Exception] = [
        ValueError(secret),
        KeyError(secret),
        OSError(2, "no such file", f"/{secret}"),
        ConnectionError("refused", secret),
        UnicodeDecodeError("utf-8", b"x", 0, 1, secret),
        ExceptionGroup("several", [ValueError(secret)]),
    ]
    try:
        Port(port=secret)  # type: ignore[arg-type]
    except ValidationError as error:
        errors.append(error)
    noted = RuntimeError("plain")
    noted.add_note(secret)
    return [*errors, noted]


@pytest.mark.parametrize("number", range(8))
def test_an_error_tells_no_secret_nor_do_those_behind_it(number: int, secret: str) -> None:
    def chained() -> None:
        try:
            raise _errors(secret)[number]
        except Exception as error:
            raise RuntimeError("could not be done") from error

    with pytest.raises(RuntimeError) as caught:
        chained()
    clean = redact_error(caught.value)
    assert isinstance(clean, RuntimeError)
    behind = clean.__cause__
    assert behind is not None
    inner = behind.exceptions if isinstance(behind, ExceptionGroup) else ()
    shown = [*(str(e) for e in (behind, *inner)), *(repr(e) for e in (behind, *inner))]
    shown += getattr(behind, "__notes__", [])
    assert not [text for text in shown if secret in text]


def test_an_error_without_secrets_is_the_same_error(secret: str) -> None:
    error = ValueError("plain")
    assert redact_error(error) is error
    assert error.args == ("plain",)


def test_log_records_hold_no_secret(secret: str, caplog: pytest.LogCaptureFixture) -> None:
    before = logging.getLogRecordFactory(), sys.excepthook
    redact_logs()
    try:
        logging.getLogger("some.library").warning("sent %r to %s", {"token": secret}, "the Hub")
        try:
            raise ValueError(secret)
        except ValueError:
            logging.getLogger("some.library").exception("failed")
    finally:
        logging.setLogRecordFactory(before[0])
        sys.excepthook = before[1]
    assert caplog.records[0].getMessage() == f"sent {{'token': '{REDACTED}'}} to the Hub"
    assert secret not in caplog.text
    assert "ValueError" in caplog.text


def test_a_trace_that_ends_the_process_holds_no_secret() -> None:
    code = (
        "import os; os.environ['HF_TOKEN'] = 'an-invented-secret'\n"
        "from pipeline.redaction import redact_logs\n"
        "redact_logs()\n"
        "raise ValueError(f'no {os.environ[\"HF_TOKEN\"]}')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith(f"ValueError: no {REDACTED}\n")
