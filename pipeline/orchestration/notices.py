"""Notices of failed runs: which one and where, never what stood on a page."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException

import dagster as dg

_TIMEOUT_SECONDS = 10.0


def send_notice(url: str | None, notice: Mapping[str, str]) -> None:
    """Log the notice, and POST it as JSON to `url` where one is set.

    A notice that cannot be delivered is a line in the log, not another failure.
    """
    log = dg.get_dagster_logger("arxiv_ja_en")
    log.error("run failed: %s", json.dumps(dict(notice)))
    if url is None:
        return
    # By urllib, for httpx2 logs every address that it asks for.
    try:
        request = urllib.request.Request(  # noqa: S310 - the setting allows http and https only
            url,
            data=json.dumps(dict(notice)).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS).close()  # noqa: S310
    except (OSError, HTTPException, ValueError) as error:
        # Address and message may hold a secret (InvalidURL quotes the path); the kind does not.
        log.warning("the notice could not be delivered: %s", type(error).__name__)
