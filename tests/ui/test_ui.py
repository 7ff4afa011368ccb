"""What an operator sees in the browser, over the sample."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import FloatRect, Page, expect

from pipeline.sample import Response, SampleHandler, SampleSite
from pipeline.settings import PROJECT_ROOT
from tests.ui.conftest import (
    BROKEN_DAY,
    FIRST_DAY,
    GRAPH,
    HOSTILE_TITLE,
    LAST_DAY,
    MIDDLE_DAY,
    STAGES,
    Theme,
)
from tests.ui.dagster_dev import DagsterUi

_ASSETS = """{ assetNodes {
    assetKey { path } groupName isPartitioned description
    partitionStats { numMaterialized numFailed numPartitions }
    latestMaterialization: assetMaterializations(limit: 1) { runId }
    assetChecksOrError { ... on AssetChecks { checks {
        name executionForLatestMaterialization { status }
    } } }
} }"""

pytestmark = pytest.mark.usefixtures("sample_made")


def test_the_stages_are_groups_of_the_graph(
    open_page: Callable[..., Page], save: Callable[..., Path]
) -> None:
    page = open_page(GRAPH, width=1700, height=1500)
    page.get_by_text("Hide navigation").click()
    page.get_by_label("panel_show_right").click()
    for stage in STAGES:
        expect(page.get_by_text(stage, exact=True)).to_be_visible()
    for asset in ("captures", "posts", "records", "sentence_pairs", "papers", "snapshot"):
        expect(page.get_by_text(asset, exact=True)).to_be_visible()
    # Out, until the whole graph is in sight.
    page.get_by_label("zoom_out").click()
    page.wait_for_timeout(1000)
    assert GRAPH in (PROJECT_ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    save(page, "asset-graph", _around(page, "[class*=svgContainer] foreignObject"))


def _around(page: Page, selector: str) -> FloatRect:
    """The box around all that matches, with a margin."""
    boxes = [box for match in page.locator(selector).all() if (box := match.bounding_box())]
    left, top = (min(box[side] for box in boxes) - 16 for side in ("x", "y"))
    right = max(box["x"] + box["width"] for box in boxes) + 16
    bottom = max(box["y"] + box["height"] for box in boxes) + 16
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def test_every_asset_is_made_and_every_check_passed(
    ui: DagsterUi, open_page: Callable[..., Page]
) -> None:
    # So large that every asset has room for its checks.
    page = open_page(GRAPH, width=3400, height=3200)
    nodes = ui.query(_ASSETS)["assetNodes"]
    assert {node["groupName"] for node in nodes} == set(STAGES)
    for node in nodes:
        name = node["assetKey"]["path"][-1]
        assert node["description"], name
        assert node["latestMaterialization"], name
        if node["isPartitioned"]:
            stats = node["partitionStats"]
            assert (stats["numMaterialized"], stats["numFailed"]) == (5, 0), name
        checks = node["assetChecksOrError"].get("checks", [])
        assert checks or node["groupName"] == "release", f"{name} has no check"
        for check in checks:
            latest = check["executionForLatestMaterialization"]
            assert latest is not None, f"{name}: {check['name']} was not evaluated"
            assert latest["status"] == "SUCCEEDED", f"{name}: {check['name']}"
        if checks:
            shown = page.locator(f"a[href*='/assets/{name}?view=checks']")
            expect(shown).to_have_text(f"{len(checks)} / {len(checks)} Passed")


def test_the_page_of_papers_shows_its_rows_and_checks(
    open_page: Callable[..., Page], save: Callable[..., Path]
) -> None:
    page = open_page("/assets/papers")
    expect(page.get_by_text("Latest check results")).to_be_visible()
    expect(page.get_by_text("One row per paper")).to_be_visible()
    save(page, "asset-papers")
    page.get_by_role("tab", name="Checks").click()
    expect(page.get_by_text("Passed", exact=True)).to_be_visible()
    save(page, "checks")


def test_numbers_of_a_crawl_are_plotted(
    open_page: Callable[..., Page], save: Callable[..., Path]
) -> None:
    page = open_page("/assets/captures")
    page.get_by_role("button", name="Plots").click()
    # By partition it shows the latest 120, which are far from the sample's days.
    page.get_by_role("button", name="Events").click()
    expect(page.locator("canvas").first).to_be_visible()
    page.get_by_role("button", name="Plots").evaluate("it => it.scrollIntoView()")
    save(page, "asset-plots")


def test_the_days_of_a_daily_asset_are_seen(
    open_page: Callable[..., Page], save: Callable[..., Path]
) -> None:
    page = open_page("/assets/captures?view=partitions")
    days = page.locator("input[type=text]").first
    days.fill(f"[{FIRST_DAY}...{LAST_DAY}]")
    days.press("Enter")
    expect(page.get_by_text("5 Partitions Selected")).to_be_visible()
    page.get_by_text(MIDDLE_DAY, exact=True).first.click()
    expect(page.get_by_text("announced", exact=True)).to_be_visible()
    save(page, "days")


def test_rows_of_a_day_are_shown_and_nothing_in_them_is_run(
    open_page: Callable[..., Page], save: Callable[..., Path]
) -> None:
    page = open_page("/assets/posts?view=partitions", width=1700)
    days = page.locator("input[type=text]").first
    days.fill(MIDDLE_DAY)
    days.press("Enter")
    page.get_by_text(MIDDLE_DAY, exact=True).first.click()
    expect(page.get_by_role("cell", name=HOSTILE_TITLE, exact=True)).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("window.ran") is None
    save(page, "rows")


def test_every_column_says_where_it_comes_from_and_every_asset_where_its_code_is(
    open_page: Callable[..., Page], save: Callable[..., Path]
) -> None:
    page = open_page("/assets/parallel", height=1200)
    expect(page.get_by_text("pair_signals.length_ratio")).to_be_visible()
    expect(page.get_by_role("link", name="pipeline/tables/build.py")).to_be_visible()
    save(page, "columns")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("asset", "in_the_guide"),
    [
        ("ledger", {"posts per day", "quarantine reasons"}),
        ("categories", {"largest categories"}),
        ("snapshot", {"lengths"}),
    ],
)
def test_all_pictures_are_shown_in_both_themes(
    open_page: Callable[..., Page],
    save: Callable[..., Path],
    asset: str,
    in_the_guide: set[str],
    theme: Theme,
) -> None:
    page = open_page(f"/assets/{asset}", theme=theme)
    rows = page.locator("tr", has_text="Show Markdown")
    expect(rows.first).to_be_visible()
    opened = set()
    for row in rows.all():
        title = row.locator("td").first.inner_text().strip()
        row.get_by_text("Show Markdown").click()
        image = page.locator("img[src^='data:image/svg']")
        expect(image).to_be_visible()
        assert image.evaluate("it => it.complete && it.naturalWidth > 0"), title
        close = page.get_by_role("button", name="Close")
        if title in in_the_guide:
            close.hover()  # which waits until the dialog has come to rest
            save(page, f"{title.replace(' ', '-')}-{theme}", _around(page, "[role=dialog]"))
        close.click()
        expect(image).to_have_count(0)
        opened.add(title)
    assert opened >= in_the_guide


def test_the_runs_are_listed_as_successes(
    open_page: Callable[..., Page], save: Callable[..., Path]
) -> None:
    page = open_page("/runs")
    expect(page.get_by_text("Success").first).to_be_visible()
    expect(page.get_by_text("Failure")).to_have_count(0)
    save(page, "runs")


def test_a_day_that_could_not_be_read_is_red_and_is_read_again_by_its_button(
    ui: DagsterUi, site: SampleSite, open_page: Callable[..., Page], save: Callable[..., Path]
) -> None:
    def broken(handler: SampleHandler) -> bool:
        if BROKEN_DAY.replace("-", "/") in handler.path or "after=2025-03-08" in handler.path:
            handler.send(Response(500, b""))
            return True
        return False

    page = open_page("/assets/captures?view=partitions")
    site.intercept = broken
    try:
        _materialize(page, BROKEN_DAY)
        _await_stats(ui, materialized=5, failed=1)
    finally:
        site.intercept = None
    page = open_page("/assets/captures?view=partitions", width=1700)
    days = page.locator("input[type=text]").first
    days.fill(f"[{FIRST_DAY}...{BROKEN_DAY}]")
    days.press("Enter")
    page.get_by_text(BROKEN_DAY, exact=True).first.click()
    expect(page.get_by_text("failed, and did not materialize this asset")).to_be_visible()
    save(page, "failed-day")

    page = open_page("/assets/captures?view=partitions")
    _materialize(page, BROKEN_DAY)
    _await_stats(ui, materialized=6, failed=0)


def _materialize(page: Page, day: str) -> None:
    """Make an asset's day by the buttons that a person would press."""
    page.get_by_role("button", name=re.compile("Materialize…$")).click()
    page.get_by_role("button", name="Show all partitions").click()
    chosen = page.get_by_placeholder(re.compile("^ex: ")).last  # behind it is the page's own
    chosen.fill(day)
    chosen.press("Enter")
    page.get_by_role("button", name="Launch 1 run").click()


def _await_stats(ui: DagsterUi, *, materialized: int, failed: int) -> None:
    """Wait until so many days of the captures are green and red."""
    deadline = time.monotonic() + 120
    while True:
        nodes = {node["assetKey"]["path"][-1]: node for node in ui.query(_ASSETS)["assetNodes"]}
        stats = nodes["captures"]["partitionStats"]
        found = stats["numMaterialized"], stats["numFailed"]
        if found == (materialized, failed):
            return
        assert time.monotonic() < deadline, found
        time.sleep(1)


def test_a_check_that_fails_shows_the_rows_and_what_to_do_and_runs_nothing_of_them(
    open_page: Callable[..., Page], save: Callable[..., Path], data_dir: Path
) -> None:
    path = data_dir / "tables" / "categories.parquet"
    sound = path.read_bytes()
    pl.read_parquet(path).with_columns(code=pl.lit(HOSTILE_TITLE)).write_parquet(path)
    try:
        page = open_page("/assets/categories?view=checks&checkDetail=keeps_its_rules", width=1700)
        page.get_by_role("button", name=re.compile("Execute$")).click()
        expect(page.get_by_text("Failed", exact=True).first).to_be_visible(timeout=120_000)
    finally:
        path.write_bytes(sound)
    expect(page.get_by_text("what to do").first).to_be_visible()
    expect(page.get_by_role("cell", name=HOSTILE_TITLE, exact=True).first).to_be_visible()
    assert page.evaluate("window.ran") is None
    save(page, "check-failed")
