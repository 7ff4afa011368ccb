"""What a person sees of the sample in `explore`, by mouse, by keyboard and on a phone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.orchestration.conftest import House
from tests.ui.conftest import Theme, new_page

FLAGGED = "Randomization Inference for Staggered Adoption with Few Adopting Units"
OMITTED = "often number fewer than ten, so that the usual asymptotics are of little help."


@pytest.fixture(scope="module")
def address(sample: House) -> Iterator[str]:
    command = sample.start("explore", "--port", "0")
    deadline = time.monotonic() + 60
    while "\n" not in (told := command.stdout.read_text() if command.stdout.exists() else ""):
        assert command.lives(), command.stderr.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield told.split()[0]
    command.kill()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a page; every request that it makes goes to the server on loopback."""
    pages: list[Page] = []
    elsewhere: list[str] = []

    def heard(request: Request) -> None:
        if not request.url.startswith(address):
            elsewhere.append(request.url)

    def open_(path: str, *, width: int = 1200, height: int = 900, theme: Theme = "light") -> Page:
        page = new_page(browser, width=width, height=height, theme=theme)
        page.on("request", heard)
        page.on("console", lambda message: elsewhere.append(message.text))
        page.goto(address + path)
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.context.close()
    assert elsewhere == []


def test_a_flagged_paper_is_found_and_explained(
    visit: Callable[..., Page], save: Callable[..., Path]
) -> None:
    page = visit("/")
    page.get_by_label("Flag").select_option("omission_suspected")
    page.get_by_label("Category").select_option("econ.EM")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_contain_text("of 1,")
    save(page, "explore-search")
    page.get_by_role("link", name=FLAGGED).click()
    expect(page.get_by_role("heading", name=FLAGGED)).to_be_visible()
    expect(page.locator("mark")).to_have_text(OMITTED)
    expect(page.get_by_text("something may be missing")).to_be_visible()
    page.set_viewport_size({"width": 1200, "height": 1500})
    save(page, "explore-paper")
    page.get_by_role("link", name="Where it comes from").click()
    expect(page.get_by_text("its digest is right")).to_be_visible()
    page.get_by_text("The entry as it stood").click()
    expect(page.locator("pre").first).to_contain_text("要約(オリジナル)")


def test_japanese_is_searched_by_keyboard_alone(visit: Callable[..., Page]) -> None:
    page = visit("/")
    page.keyboard.type("ダストリング")  # the field has the focus
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1–1 of 1")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('ol.papers') !== null"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".texts p[lang=ja]")).to_contain_text("ダストリング")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/paper/2502.90395", "/quarantine", "/figures"])
def test_pages_fit_a_phone(
    visit: Callable[..., Page], save: Callable[..., Path], path: str, theme: Theme
) -> None:
    page = visit(path, width=390, height=844, theme=theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    colours = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    light, dark = colours if theme == "dark" else reversed(colours)
    assert _brightness(light) > 200 > 60 > _brightness(dark)
    if path.startswith("/paper") and theme == "dark":
        save(page, "explore-phone")


def _brightness(colour: str) -> float:
    """The mean of red, green and blue in `rgb(…)`, 0 to 255."""
    parts = colour.removeprefix("rgb(").removesuffix(")").split(",")
    return sum(map(float, parts)) / 3
