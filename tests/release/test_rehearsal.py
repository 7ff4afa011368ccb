"""The invented sample never reaches the real Hub."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from huggingface_hub import constants

from pipeline.release.errors import ReleaseRefusedError
from pipeline.release.publish import publish, rehearsal
from pipeline.release.snapshot import build_snapshot
from tests.release.invented import invent, tables

REAL = "https://digest.invalid/2025/03/03/a"
SAMPLE = "http://127.0.0.1:8765/2025/03/03/a"


@pytest.mark.parametrize("source", [SAMPLE, "http://localhost:8765/a", "http://[::1]/a"])
def test_papers_crawled_from_this_machine_are_refused(source: str) -> None:
    reason = rehearsal([REAL, source], "https://huggingface.co")

    assert reason is not None
    assert source in reason


def test_they_may_be_published_to_a_hub_on_this_machine() -> None:
    assert rehearsal([SAMPLE], "http://127.0.0.1:8080") is None


def test_papers_of_the_site_may_go_anywhere() -> None:
    assert rehearsal([REAL, "inbox:cs-cl.txt"], "https://huggingface.co") is None


@pytest.mark.parametrize("address", ["http://[", "http://a\u2100b/", "https://[::1"])
def test_an_address_that_is_none_was_not_crawled_from_this_machine(address: str) -> None:
    assert rehearsal([address], "https://huggingface.co") is None


def test_publication_asks_before_it_sends_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dict(tables(invent(12)))
    made["papers"] = made["papers"].with_columns(source_url=pl.lit(SAMPLE))
    snapshot = build_snapshot(
        made,
        tmp_path,
        parent=None,
        day=date(2025, 3, 31),
        code_version="test",
        archive_digest="sha256:" + "0" * 64,
        ledger={},
    )
    monkeypatch.setattr(constants, "ENDPOINT", "https://hub.invalid")

    with pytest.raises(ReleaseRefusedError, match="crawled from this machine"):
        publish(snapshot.path, "owner/name")
