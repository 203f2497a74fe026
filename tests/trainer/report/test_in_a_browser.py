"""The pages in a real browser, Debian's chromium: on a phone and on a desk, light and dark."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from browsers import CHROMIUM, chromium
from namesmith_trainer.publish.bundle_builder import describe
from namesmith_trainer.report import NetworkDiagnostics, comparison_page, report_page
from namesmith_trainer.training import Evaluation, NetworkRun

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

TOUCHING = """() => [...document.querySelectorAll(".chart")].flatMap(chart => {
    const shown = [...chart.querySelectorAll(".tick")]
        .map(tick => [tick.textContent, tick.getBoundingClientRect()])
        .filter(([, box]) => box.width > 0);
    return shown.flatMap(([text, a], i) => shown.slice(i + 1)
        .filter(([, b]) => a.left < b.right && b.left < a.right
            && a.top + 4 < b.bottom && b.top + 4 < a.bottom)
        .map(([other]) => `${text} touches ${other} in ${chart.textContent.trim().slice(0, 20)}`));
})"""
"""Script that lists the labels of a page's charts that lie over each other."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Provide chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(
    small_run: NetworkRun,
    diagnostics: NetworkDiagnostics,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Provide a folder with a report of a large alphabet and with a comparison."""
    letters = {chr(0x4E00 + i): 1 / 1_928 for i in range(1_928)}
    trained = replace(diagnostics.samples.trained, first_letters=letters)
    shown = ("x" * 90, "\u05e9\u05dc\u05d5\u05dd", "a" + "\u0301" * 40)
    samples = replace(diagnostics.samples, trained=trained, shown=shown)
    evaluations = (Evaluation(1_000, 2.4), Evaluation(2_000, 2.3))
    run = replace(diagnostics, samples=samples, evaluations=evaluations)
    manifest = describe(small_run, "m" * 80)
    manifest.vocabulary.symbols.extend(letters)
    folder = tmp_path_factory.mktemp("pages")
    (folder / "report.html").write_bytes(report_page(manifest, run))
    runs = [replace(run, recipe=f"recipe-{i}") for i in range(7)]
    (folder / "comparison.html").write_bytes(comparison_page("x", runs))
    return folder


def visit(browser: Browser, file: Path, width: int, scheme: str) -> Page:
    """Open a file on a screen of some width, light or dark."""
    size = {"width": width, "height": 900}
    options = {"viewport": size, "color_scheme": scheme}
    page = browser.new_context(**options).new_page()  # type: ignore[arg-type]  # one at a time
    page.goto(file.as_uri())
    return page


SCREENS = [
    ("report", 390, "dark"),
    ("report", 1280, "light"),
    ("comparison", 390, "light"),
    ("comparison", 1280, "dark"),
]
"""Pages, widths of screens in pixels, and colour schemes."""


@pytest.mark.parametrize(("name", "width", "scheme"), SCREENS)
def test_a_page_fits_any_screen(
    browser: Browser, pages: Path, name: str, width: int, scheme: str
) -> None:
    """Nothing is wider than the screen, and no labels of a chart touch."""
    page = visit(browser, pages / f"{name}.html", width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(TOUCHING) == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "width", "scheme"), SCREENS)
def test_a_page_is_accessible(
    browser: Browser, pages: Path, name: str, width: int, scheme: str
) -> None:
    """Axe finds no fault, contrast (WCAG AA) included."""
    page = visit(browser, pages / f"{name}.html", width, scheme)
    violations = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["target"]) for each in violations] == []


def test_the_numbers_of_tiles_in_a_row_stand_at_one_height(browser: Browser, pages: Path) -> None:
    """A tile whose note takes two lines moves no number of its neighbour."""
    page = visit(browser, pages / "report.html", 390, "light")
    page.evaluate("document.querySelector('.card .note').textContent = 'two lines '.repeat(4)")
    first, second = page.locator(".card .value").all()[:2]
    assert [first.bounding_box()["y"]] == [second.bounding_box()["y"]]  # type: ignore[index]


def test_a_threshold_shows_its_own_maps(browser: Browser, pages: Path) -> None:
    """The maps of one threshold are seen at a time; the page runs no script."""
    page = visit(browser, pages / "report.html", 1280, "light")
    maps = page.locator(".choice image")
    assert [each.is_visible() for each in maps.all()] == [True, True, False, False]
    page.get_by_role("radio", name="|h| > 0.9999").check()
    assert [each.is_visible() for each in maps.all()] == [False, False, True, True]
