"""The UI with the sample's five days materialised, and a browser to look at it."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect, sync_playwright

from pipeline.sample import SampleSite, serve_sample
from tests.ui.dagster_dev import DagsterUi, dagster_dev

FIRST_DAY, MIDDLE_DAY, LAST_DAY = "2025-03-03", "2025-03-05", "2025-03-07"
"""Days of the sample."""

BROKEN_DAY = "2025-03-09"
"""A day after them, on which nothing is posted; it cannot be read at first."""

HOSTILE_TITLE = "Ends <img src=x onerror=window.ran=1> early"
"""The title of the first post on the middle day: markup that a page would run."""

Theme = Literal["light", "dark"]

STAGES = ("acquire", "parse", "validate", "pair", "tables", "release")

GRAPH = "/asset-groups?expanded=" + ",".join(f"global%40global%3A{stage}" for stage in STAGES)
"""The asset graph with every group open."""

_CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_ENDED = ("COMPLETED_SUCCESS", "COMPLETED_FAILED", "CANCELED", "FAILED")
_BACKFILLS = "{ partitionBackfillsOrError { ... on PartitionBackfills { results { status } } } }"
_FAILURES = """{ runsOrError { ... on Runs { results { eventConnection { events {
    ... on RunFailureEvent { error { message } }
    ... on ExecutionStepFailureEvent { error { message } }
} } } } } }"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots", type=Path, help="folder for the pictures; else they are thrown away"
    )


expect.set_options(timeout=30_000)  # a busy machine is no fault of the UI


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pipeline keeps its data."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def site() -> Iterator[SampleSite]:
    """The sample site, in the live site's place."""
    with serve_sample() as served:
        of_day = [post for post in served.blog.posts if post.day.isoformat() == MIDDLE_DAY]
        earliest = min(of_day, key=lambda post: post.posted_at)
        served.blog.revise(earliest.post_id, title=HOSTILE_TITLE)
        yield served


@pytest.fixture(scope="session")
def ui(
    tmp_path_factory: pytest.TempPathFactory, data_dir: Path, site: SampleSite
) -> Iterator[DagsterUi]:
    """`dagster dev` over an empty data folder."""
    settings = {
        "ARXIV_JA_EN_BASE_URL": site.base_url,
        "ARXIV_JA_EN_DATA_DIR": str(data_dir),
        "ARXIV_JA_EN_DELAY_SECONDS": "0",
    }
    with dagster_dev(tmp_path_factory.mktemp("home"), settings) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Its language and zone are the pictures'.
    environment: dict[str, str | float | bool] = {**os.environ, "TZ": "Asia/Tokyo"}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=_FLAGS, env=environment
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def sample_made(ui: DagsterUi, browser: Browser) -> None:
    """The sample's days are materialised, by the buttons that a person would press."""
    page = new_page(browser, width=1600, height=1000)
    page.goto(ui.url + GRAPH)
    page.get_by_role("button", name="Materialize all").click()
    page.get_by_role("button", name="Show all partitions").click()
    days = page.get_by_placeholder(re.compile("^ex: "))
    days.fill(f"[{FIRST_DAY}...{LAST_DAY}]")
    days.press("Enter")
    expect(page.get_by_text("5 partitions", exact=True)).to_be_visible()
    page.get_by_role("button", name="Launch backfill").click()
    deadline = time.monotonic() + 600
    status = ""
    while status not in _ENDED and time.monotonic() < deadline:
        time.sleep(1)
        backfills = ui.query(_BACKFILLS)["partitionBackfillsOrError"]["results"]
        status = backfills[0]["status"] if backfills else ""
    page.context.close()
    assert status == "COMPLETED_SUCCESS", f"{status}; {_failures(ui)}"


@pytest.fixture
def open_page(ui: DagsterUi, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a path of the UI in a window of its own, of `width` and `height` pixels, in `theme`."""
    pages: list[Page] = []

    def open_(path: str, *, width: int = 1400, height: int = 900, theme: Theme = "light") -> Page:
        pages.append(new_page(browser, width=width, height=height, theme=theme))
        pages[-1].goto(ui.url + path)
        return pages[-1]

    yield open_
    for page in pages:
        page.context.close()


@pytest.fixture
def save(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Path]:
    """Saves a page's picture under a name, whole or a box of it, in the folder that was asked."""
    folder: Path = request.config.getoption("--screenshots") or tmp_path

    def save_(page: Page, name: str, clip: FloatRect | None = None) -> Path:
        # Out of the way of whatever lights up under it.
        page.mouse.move(0, 0)
        page.wait_for_timeout(1500)
        path = folder / f"{name}.png"
        page.screenshot(path=path, clip=clip, animations="disabled")
        return path

    return save_


def new_page(browser: Browser, *, width: int, height: int, theme: Theme = "light") -> Page:
    """A window of its own."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=2, color_scheme=theme
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    return page


def _failures(ui: DagsterUi) -> list[str]:
    runs = ui.query(_FAILURES)["runsOrError"]["results"]
    return [
        event["error"]["message"]
        for run in runs
        for event in run["eventConnection"]["events"]
        if event.get("error")
    ]
