"""The page's models, rows, plausibilities and keys, in a real browser."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, Route, expect

from browsers import BLEND, CHROMIUM, SETTLED, Open, names_of
from namesmith_client import Client
from processes import ServerProcess

SECRET = "a secret of the test"  # noqa: S105 - it opens nothing
"""A secret that no link, command or storage of the page may hold."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.mark.slow
def test_a_slider_mixes_another_model_in(opened: Open) -> None:
    """The share is in link and command, the rest is the chosen model's, and 0 takes it out."""
    page = opened({"model": "us-names", "seed": "1"})
    page.click("#blend summary")
    page.locator("#shares input").first.fill("0.4")
    assert dict(parse_qsl(urlsplit(page.url).fragment))["model"] == BLEND
    expect(page.locator("#shares-rest")).to_contain_text("60.0 %, is us-names/1")
    first = 30_000  # milliseconds: the server builds the blend
    expect(page.locator("#command")).to_contain_text(f"--model '{BLEND}'", timeout=first)
    page.locator("#shares input").first.fill("0")
    expect(page.locator("#command")).to_contain_text("--model us-names/1 ")


@pytest.mark.slow
def test_more_names_are_the_next_rows(opened: Open) -> None:
    """The names behind the first ones are those of a request for all of them."""
    page = opened({"seed": "1", "count": "5"})
    names = names_of(page)
    page.click("#more")
    expect(page.locator("#command")).to_contain_text("--rows 5:10")
    page.wait_for_selector(SETTLED)
    assert names_of(opened({"seed": "1", "count": "10"})) == names + names_of(page)


@pytest.mark.slow
def test_a_typed_name_is_plausible_or_junk(opened: Open, grpc_server: ServerProcess) -> None:
    """The number is the server's, and a name that the model hardly draws is called so."""
    with Client(grpc_server.address) as client:
        (plausibility,) = (
            client.score(["katarina"], plausibility=True, timeout=60).plausibilities or ()
        )
    page = opened({"model": "us-names", "seed": "1", "typed": "katarina"})  # now it is quick
    expect(page.locator("#typed-more")).to_contain_text(f"Plausibility {plausibility:.4f}")
    assert all("plausibility" in one for one in page.locator("#names .said").all_inner_texts())
    page.fill("#typed", "xqzjkv")
    expect(page.locator("#typed-said")).to_contain_text("hardly one of them")


@pytest.mark.slow
def test_keys_have_the_clients_names_and_the_secret_stays(
    opened: Open, grpc_server: ServerProcess
) -> None:
    """Keys are named as a client names them; link, command and storage hold no secret."""
    page = opened({"model": "us-names", "seed": "1"})
    keys = ["customer 17", "Zoë"]
    page.fill("#keys", "\n".join(keys))
    page.fill("#secret", SECRET)
    page.click("#name-keys")
    shown = page.locator("#pairs tbody td:last-child")
    expect(shown).to_have_count(len(keys))
    with Client(grpc_server.address) as client:
        named = client.name_keys(keys, secret=SECRET.encode(), model="us-names", novel=True)
    assert shown.all_inner_texts() == list(named.names)
    assert "--secret-file" in page.inner_text("#keys-command")
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    for text in (page.url, page.inner_text("body"), kept):
        assert SECRET not in text


@pytest.mark.slow
def test_a_number_has_a_name_of_its_own_and_back(opened: Open) -> None:
    """Unique names lead back to their numbers, and a short secret is refused in words."""
    page = opened({"model": "us-names", "seed": "1"})
    page.check("#unique")
    page.fill("#keys", "0\n1\n999")
    page.fill("#capacity", "1000")
    page.fill("#secret", "short")
    page.click("#name-keys")
    expect(page.locator("#keys-said")).to_contain_text("secret: ")
    page.fill("#secret", SECRET)
    page.click("#name-keys")
    names = page.locator("#pairs tbody td:last-child")
    expect(names).to_have_count(3)
    page.fill("#keys", "\n".join([*names.all_inner_texts(), "qqqqqqqq"]))
    page.click("#find-numbers")
    expect(names).to_have_text(["0", "1", "999", "none"])


def labelled(route: Route) -> None:
    """Answer with the served models: two have labels, one a licence and a hostile source."""
    answer = route.fetch().json()
    for model in answer["models"]:
        for stated in ("labels", "licence", "source"):
            model["manifest"]["data"].pop(stated, None)
    first, second = (model["manifest"]["data"] for model in answer["models"][:2])
    first |= {"labels": {"locale": "fi"}, "licence": "CC0-1.0", "source": "javascript:alert(1)"}
    second |= {"labels": {"licence": "CC0-1.0"}, "source": "HTTPS://example.org"}
    route.fulfill(json=answer)


@pytest.mark.slow
def test_models_are_found_by_their_labels(browser: Browser, front: ServerProcess) -> None:
    """A label or a licence leaves the models that have it, and no source but a page is a link."""
    page = browser.new_context().new_page()
    page.route("**/ListModels", labelled)
    page.goto(f"http://{front.address}/#seed=1")
    page.wait_for_selector(SETTLED)
    offered = page.locator("#facet option").all_inner_texts()
    assert offered == ["any data", "SPDX licence: CC0-1.0", "licence: CC0-1.0", "locale: fi"]
    page.select_option("#facet", "locale: fi")
    expect(page.locator("#model option")).to_have_count(1)
    expect(page.locator("#model-facts")).to_contain_text("locale: fi, SPDX licence: CC0-1.0")
    assert page.locator("#model-facts a").count() == 0
    page.select_option("#facet", "licence: CC0-1.0")
    expect(page.locator("#model option")).to_have_count(1)
    expect(page.locator("#model-facts a")).to_have_attribute("href", "HTTPS://example.org")
    page.context.close()
