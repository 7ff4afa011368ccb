"""Secrets kept out of every text that leaves the process: messages, logs, errors.

What is secret is read from the environment: the value of every variable whose name says so, such
as HF_TOKEN or AWS_SECRET_ACCESS_KEY. Credentials in addresses, Authorization headers, signatures
of presigned addresses and tokens in the Hub's own form are recognised as such, whoever they
belong to.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from types import TracebackType
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"

_SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|(?:API|ACCESS|PRIVATE)_?KEY|NOTICE_URL"
)
_NO_SECRET = re.compile(r"_(?:PATH|FILE|DIR)$")
"""Names of files that hold a secret, which are none themselves."""

_LEAST_LENGTH = 6
"""Characters of a secret; a shorter value would stand in ordinary text by chance."""

_FORMS = (
    # user:password@ in an address (RFC 3986, 3.2.1).
    (re.compile(r"(?<=://)[^\s/?#@\"'<>]{1,500}@"), "…@"),
    # An Authorization header (RFC 9110, 11.4) as text, JSON or the repr of a dict.
    (
        re.compile(
            r"(?i)(authorization[\"']?\s{0,9}[:=]\s{0,9}[\"']?(?:bearer|basic|token)?\s{0,9})"
            r"[^\s\"',;<>]{8,4000}"
        ),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"\b(Bearer\s{1,9})[\w.~+/=-]{16,4000}"), rf"\1{REDACTED}"),
    # Query parameters that sign or authorise, as in presigned addresses.
    (
        re.compile(
            r"(?i)([?&][\w.-]{0,40}(?:signature|token|secret|password|credential|key(?:-id)?)=)"
            r"[^&\s\"'<>]{1,4000}"
        ),
        rf"\1{REDACTED}",
    ),
    # The Hub's tokens: https://huggingface.co/docs/hub/security-tokens.
    (re.compile(r"\bhf_[A-Za-z0-9]{16,200}\b"), REDACTED),
)


def redact(text: str) -> str:
    """`text` without the secrets that this process knows, and without credentials of any kind.

    >>> redact("https://user:password@example.org/ refused")
    'https://…@example.org/ refused'
    >>> redact("{'Authorization': 'Bearer abcdefgh'}")
    "{'Authorization': 'Bearer [redacted]'}"
    """
    secrets = frozenset(
        value
        for value in (os.environ.get(name, "") for name in os.environ if _names_a_secret(name))
        if len(value) >= _LEAST_LENGTH
    )
    if secrets:
        text = _pattern_of(secrets).sub(REDACTED, text)
    for pattern, replacement in _FORMS:
        text = pattern.sub(replacement, text)
    return text


@lru_cache(maxsize=1024)
def _names_a_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _NO_SECRET.search(name)


@lru_cache(maxsize=8)
def _pattern_of(secrets: frozenset[str]) -> re.Pattern[str]:
    """Matches the secrets as they are, quoted for an address, and escaped as in JSON or a repr."""
    forms = {
        form
        for secret in secrets
        for form in (
            secret,
            quote(secret, safe=""),
            quote_plus(secret),
            json.dumps(secret)[1:-1],
            repr(secret)[1:-1],
        )
    }
    return re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))


def redact_error(error: BaseException) -> BaseException:
    """`error` with no secret in its message, nor in those of the errors behind it.

    Returns:
        The same error with its texts changed; an error of another kind with the same words, where
        a text cannot be changed.
    """
    for each in _chain(error):
        each.__cause__ = _clean(each.__cause__)
        suppressed, each.__context__ = each.__suppress_context__, _clean(each.__context__)
        each.__suppress_context__ = suppressed
    clean = _clean(error)
    assert clean is not None
    return clean


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it was raised from or during."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [e for e in (each.__cause__, each.__context__) if e is not None]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions


def _clean(error: BaseException | None) -> BaseException | None:
    """The error without secrets in its own texts; another one where they cannot be changed."""
    if error is None or not _tells_secret(error):
        return error
    error.args = tuple(redact(arg) if isinstance(arg, str) else arg for arg in error.args)
    for name in ("strerror", "filename", "filename2", *getattr(error, "__dict__", ())):
        value = getattr(error, name, None)
        if isinstance(value, str):
            setattr(error, name, redact(value))
    if notes := getattr(error, "__notes__", None):
        error.__notes__ = [redact(note) for note in notes]
    if not _tells_secret(error):
        return error
    plain = RuntimeError(f"{type(error).__name__}: {redact(str(error))}")
    plain.__cause__, plain.__context__ = error.__cause__, error.__context__
    plain.__suppress_context__ = error.__suppress_context__
    return plain.with_traceback(error.__traceback__)


def _tells_secret(error: BaseException) -> bool:
    texts = (str(error), repr(error), *getattr(error, "__notes__", ()))
    return any(redact(text) != text for text in texts)


def redact_logs() -> None:
    """From now on keep secrets out of all log records, and of the trace of an error that ends us.

    Log records are redacted as they are made, so that no handler, ours or a library's, sees more.
    """
    logging.setLogRecordFactory(_record)
    sys.excepthook = _print_error


def _record(*args: object, **kwargs: object) -> logging.LogRecord:
    record = logging.LogRecord(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
    with suppress(TypeError, ValueError):  # arguments that do not fit; logging says so by itself
        message = record.getMessage()
        if (clean := redact(message)) != message:
            record.msg, record.args = clean, None
    if record.exc_info and record.exc_info[1] is not None:
        error = redact_error(record.exc_info[1])
        record.exc_info = (type(error), error, error.__traceback__)
    return record


def _print_error(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    del kind
    clean = redact_error(error)
    sys.__excepthook__(type(clean), clean, traceback)
