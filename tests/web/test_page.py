"""The page in a real browser: Debian's chromium, without a network beyond the front."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from asking import WEB
from browsers import BLEND, CHROMIUM, Open, names_of, watched
from namesmith_client import Client
from processes import ServerProcess, running

CLIPBOARD = ["clipboard-read", "clipboard-write"]
"""Permissions by which a test reads what a page has copied."""

HOSTILE = "<img src=x onerror=alert(1)>\u202e'\"`$(rm)"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


def test_the_keyboard_does_everything(opened: Open) -> None:
    """Keys alone type a constraint, move a slider, reach every setting and draw other names."""
    page = opened({"seed": "1"})
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    while page.evaluate("document.activeElement.id") != "prefix":
        page.keyboard.press("Tab")
    page.keyboard.type("zo")
    expect(page.locator("#command")).to_contain_text("--prefix=zo")
    expect(page.locator("#odds")).to_contain_text("1 name in")
    assert "prefix=zo" in page.url
    assert all(one.startswith("zo") for one in names_of(page))
    reached = []
    while "again" not in reached:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
        if reached[-1] == "temperature":
            page.keyboard.press("ArrowLeft")
    assert {"suffix", "pattern", "novel", "topk", "topp", "minp", "seed"} <= set(reached)
    before = page.input_value("#seed")
    page.keyboard.press("Enter")
    assert page.input_value("#seed") != before
    assert page.input_value("#temperature") == "0.95"


def test_every_copy_button_hands_over_its_text(opened: Open) -> None:
    """Names, JSON, link, command and curl reach the clipboard as the page shows them."""
    page = opened({"prefix": "zo", "seed": "1", "count": "3"}, permissions=CLIPBOARD)
    copied = {}
    for what in ("text", "json", "link", "command", "curl"):
        page.click(f"#copy-{what}")
        expect(page.locator("#copied")).to_contain_text("Copied")
        copied[what] = page.evaluate("navigator.clipboard.readText()")
        page.evaluate("navigator.clipboard.writeText('')")
    assert copied["text"].splitlines() == names_of(page)
    assert json.loads(copied["json"])["names"] == names_of(page)
    assert copied["link"] == page.url
    assert copied["command"] == page.inner_text("#command")
    assert copied["curl"] == page.inner_text("#curl")


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing(opened: Open, options: dict[str, Any]) -> None:
    """The rules of axe-core hold: contrast, labels, roles; a phone needs no sideways scrolling."""
    more = {"excludes": "xx", "typed": "katarina"}
    page = opened({"prefix": "ma", "seed": "3", "model": BLEND, **more}, **options)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.body.scrollWidth <= innerWidth")


@pytest.mark.slow
@pytest.mark.parametrize(
    "field",
    [
        "prefix",
        "suffix",
        "contains",
        "pattern",
        "notpattern",
        "starts",
        "ends",
        "forbidden",
        "model",
    ],
)
def test_hostile_text_is_text(opened: Open, field: str) -> None:
    """Markup in a link becomes no element and runs nowhere, in fields, messages and commands."""
    page = opened({field: HOSTILE, "seed": "1"})
    assert page.locator("img").count() == 0
    if field != "model":
        assert page.input_value(f"#{field}") == HOSTILE
        assert page.locator("#problem").is_visible()
        assert page.get_attribute(f"#{field}", "aria-invalid") == "true"


@pytest.mark.slow
def test_command_and_link_give_the_same_names(opened: Open) -> None:
    """The command line that the page shows, and its link, draw the names that the page shows."""
    settings = {
        "pattern": "ka.*(a|o)",
        "temperature": "0.823",
        "topk": "12",
        "minp": "0.02",
        "novel": "1",
        "row": "1000000",
        "excludes": "yy q",
        "notpattern": ".*ee.*",
        "ends": "a o",
        "distance": "2",
    }
    page = opened(
        {
            **settings,
            "model": BLEND,
            "seed": "18446744073709551615",
            "count": "30",
            "forbidden": "kayla kara",
        }
    )
    program, *words = shlex.split(page.inner_text("#command"))
    command = [Path(sys.executable).with_name(program), *words]
    drawn = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert drawn.stdout.split() == names_of(page)
    again = opened(dict(parse_qsl(urlsplit(page.url).fragment)))
    assert names_of(again) == names_of(page)


@pytest.mark.slow
def test_the_next_letter_is_that_of_the_server(opened: Open, grpc_server: ServerProcess) -> None:
    """The page's transformed distribution is the server's: the ratio of two exact probabilities."""
    sampling = {"temperature": 0.7, "top_k": 8, "top_p": 0.98, "min_p": 0.1}
    shown = {"temperature": "0.7", "topk": "8", "topp": "0.98", "minp": "0.1"}
    page = opened({"model": "us-names", "prefix": "ma", "seed": "1", **shown})
    titles = page.locator("#next .bar").evaluate_all("bars => bars.map((one) => one.title)")
    with Client(grpc_server.address) as client:
        whole = client.measure(prefix="ma", max_length=64, **sampling).probability
        for title in titles[:-1]:
            letter, percents = title.split(":")[0], title.split(": ")[1].split(" %")[0]
            part = client.measure(prefix="ma" + letter, max_length=64, **sampling).probability
            assert float(percents) == pytest.approx(100 * part / whole, rel=0.06, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"seed": "18446744073709551616"}, 'seed: "18446744073709551616" is no whole number'),
        ({"model": "us-names/9"}, "model: us-names/9 is not served here"),
        ({"model": "nobody"}, "model: nobody is not served here"),
        ({"temperature": "hot"}, 'temperature: "hot" is no number'),
        ({"count": "1000"}, "count: 1000 is no whole number in [1, 200]"),
        ({"row": "4611686018427387905"}, 'row: "4611686018427387905" is no whole number'),
        ({"model": "us-names*2+us-names/1*-2"}, "model: the shares that are mixed in leave"),
        ({"secret": "in a link"}, "secret: the page has no such setting"),
        ({"novel": "yes"}, 'novel: "yes" is neither 0 nor 1'),
        ({"cuont": "3"}, "cuont: the page has no such setting"),
        ({"topp": "7"}, "sampling.top_p: 7"),
    ],
)
def test_a_link_with_a_fault_draws_nothing_and_says_so(
    opened: Open, settings: dict[str, str], told: str
) -> None:
    """A value that cannot be as the link has it is named on the page, never replaced."""
    page = opened(settings)
    expect(page.locator("#problem")).to_contain_text(told)
    assert names_of(page) == []


@pytest.mark.slow
def test_a_link_keeps_what_no_slider_can_show(opened: Open) -> None:
    """Digits between a slider's steps, a full seed and the version stay as the link has them."""
    given = {"temperature": "0.123", "topp": "0.017", "seed": "18446744073709551615", "min": "4"}
    page = opened({"model": "us-names", **given, "novel": "0"})
    page.fill("#prefix", "zo")
    expect(page.locator("#command")).to_contain_text("--prefix=zo")
    link = dict(parse_qsl(urlsplit(page.url).fragment))
    assert link == {"model": "us-names/1", **given, "novel": "0", "prefix": "zo"}


@pytest.mark.slow
def test_an_estimate_is_shown_with_its_interval(browser: Browser) -> None:
    """The odds of a model without a chain are rough, and its most probable names are listed."""
    with (
        running("--only", "us-names-wavenet") as server,
        running("--server", server.address, program=WEB) as front,
        watched(browser, f"http://{front.address}/") as opening,
    ):
        page = opening({"prefix": "ka", "suffix": "a", "seed": "1"})
        expect(page.locator("#odds")).to_contain_text("About 1 name in")
        expect(page.locator("#odds-more")).to_contain_text("(95 %:")
        assert page.locator("#top li").count() == 10
        assert page.inner_text("#top-problem") == ""
