"""The invented sample never reaches the real Hub."""

from __future__ import annotations

import pytest

from pipeline.release.publish import rehearsal

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
