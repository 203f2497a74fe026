"""Tests of the HTML pages: self-contained, well-formed, and safe with untrusted text."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from namesmith import bundle
from namesmith.v1.manifest_pb2 import Chain, Teacher
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, override
from namesmith_trainer.publish.bundle_builder import describe, report_files
from namesmith_trainer.report import (
    ChainDiagnostics,
    NetworkDiagnostics,
    comparison_page,
    diagnose,
    report_page,
)
from namesmith_trainer.report.diagnostics import Pairs
from namesmith_trainer.training import ChainRun, Evaluation, NetworkRun, train

VOID = {"meta", "link", "br", "img", "input"}
"""Elements without an end tag."""

HOSTILE = '<script>alert("1")</script>'
"""Name that would run a script if it were not escaped."""

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Content security policy of every page."""


class Page(HTMLParser):
    """The elements and the text of a page whose elements are opened and closed in order."""

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(raw.decode())
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element that opens."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an empty element."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect the text of the page, its style sheet included."""
        self.text += data

    def count(self, tag: str, **attributes: str) -> int:
        """Count the elements with a tag and all of the given attributes."""
        return sum(
            tag == name and attributes.items() <= found.items() for name, found in self.elements
        )


def check(raw: bytes) -> Page:
    """Parse a page and assert that it is well-formed and makes no request."""
    page = Page(raw)
    assert page.count("meta", content=POLICY) == 1
    assert page.count("script") == page.count("iframe") == page.count("base") == 0
    for _, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"src", "href", "xlink:href", "srcset", "action", "data"}:
                assert value is not None
                assert value.startswith("data:")
            assert "url(" not in (value or "")
    assert "url(" not in page.text
    assert "@import" not in page.text
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    for _, attributes in page.elements:
        for wanted in (attributes.get("aria-labelledby") or "").split():
            assert wanted in ids
    return page


def test_the_report_has_every_picture(
    small_run: NetworkRun, diagnostics: NetworkDiagnostics
) -> None:
    """The report has the notebook's pictures, each with a title, and a finding for each section."""
    raw = report_page(describe(small_run, "m"), diagnostics)
    page = check(raw)
    for heading in (
        "Loss",
        "Logits",
        "Output weights W2",
        "Pre-activations",
        "Outputs of tanh",
        "Saturation map",
        "Lengths",
        "First letters",
    ):
        assert f"\n{heading}\n" in f"\n{page.text}\n"
    # Curve and opening, lengths, first letters, and five pairs, one of them by two thresholds.
    val = bool(diagnostics.evaluations)
    assert page.count("svg", role="img") == 4 + 2 * 6 + val
    assert page.count("title") == 1 + page.count("svg", role="img")
    assert page.count("image") == 4
    assert page.text.count("Look for") == page.text.count("This run") == 10 + val
    assert "1/27 = 0.03704, a loss of \N{MINUS SIGN}ln(1/27) = 3.2958 nats" in page.text
    for name in diagnostics.samples.shown:
        assert name in page.text
    assert f"{diagnostics.losses['val']:.4f}" in page.text
    assert len(raw) < 500_000


def test_the_threshold_of_the_saturation_map_is_chosen_without_a_script(
    small_run: NetworkRun, diagnostics: NetworkDiagnostics
) -> None:
    """Each map has a labelled button for each threshold, of which the first is checked."""
    page = check(report_page(describe(small_run, "m"), diagnostics))
    buttons = [found for tag, found in page.elements if tag == "input"]
    assert [button["type"] for button in buttons] == ["radio"] * 2
    assert len({button["name"] for button in buttons}) == 1
    assert ["checked" in button for button in buttons] == [True, False]
    assert {found["for"] for tag, found in page.elements if tag == "label"} == {
        button["id"] for button in buttons
    }
    for threshold in ("0.99", "0.9999"):
        assert f"|h| > {threshold}" in page.text


def test_the_loss_on_val_is_drawn_and_its_lowest_is_marked(
    small_run: NetworkRun, diagnostics: NetworkDiagnostics
) -> None:
    """A run with evaluations has a picture of them; a comparison has the runs' in one picture."""
    evaluations = (Evaluation(500, 2.5), Evaluation(1_000, 2.2), Evaluation(2_000, 2.6))
    found = replace(diagnostics, evaluations=evaluations)
    page = check(report_page(describe(small_run, "m"), found))
    assert "Train and val" in page.text
    assert "lowest on val: 2.2000 after step 1,000" in page.text
    compared = check(comparison_page("x", [found, replace(found, recipe="other")]))
    assert compared.text.count("Val during the runs") == 1
    none = replace(diagnostics, evaluations=())
    assert "Train and val" not in check(report_page(describe(small_run, "m"), none)).text


def test_every_hidden_layer_is_shown(
    small_run: NetworkRun, diagnostics: NetworkDiagnostics
) -> None:
    """Each layer has three pairs of pictures, and its number in their titles."""
    deep = replace(
        diagnostics,
        start=replace(diagnostics.start, layers=diagnostics.start.layers * 3),
        end=replace(diagnostics.end, layers=diagnostics.end.layers * 3),
    )
    page = check(report_page(describe(small_run, "m"), deep))
    assert page.count("svg", role="img") == 4 + 2 * (2 + 3 * 4) + bool(deep.evaluations)
    assert "Saturation map, hidden layer 2 of 3" in page.text


def test_untrusted_text_is_escaped(small_run: NetworkRun, diagnostics: NetworkDiagnostics) -> None:
    """Names, letters and the data file's name are shown as text, and run no script."""
    samples = diagnostics.samples
    letters = replace(samples.drawn, first_letters={"<": 0.5, "&": 0.5})
    samples = replace(samples, shown=(HOSTILE, "a&b", "زينب"), drawn=letters)
    manifest = describe(small_run, "m")
    manifest.data.name = HOSTILE
    page = check(report_page(manifest, replace(diagnostics, samples=samples)))
    assert page.text.count(HOSTILE) == 3  # a name, the lead and the facts
    assert "a&b" in page.text
    page = check(comparison_page(HOSTILE, [diagnostics]))
    assert HOSTILE in page.text


def test_published_losses_are_shown_where_there_are_any(
    small_run: NetworkRun, diagnostics: NetworkDiagnostics
) -> None:
    """Published losses are shown beside the run's own, and only for a run that has them."""
    manifest = describe(small_run, "m")
    assert "published" not in check(report_page(manifest, diagnostics)).text
    published = replace(diagnostics, published={"train": 2.0668, "val": 2.1048})
    text = check(report_page(manifest, published)).text
    assert "published 2.0668" in text
    assert "the lecture's 2.1048" in text


def test_losses_of_a_chain_in_a_networks_place_stand_beside_the_networks(
    small_run: NetworkRun, diagnostics: NetworkDiagnostics
) -> None:
    """Each tile has the network's own loss, and the next sentence says whose losses stand there."""
    manifest = describe(small_run, "m")
    assert "in the network's place" not in check(report_page(manifest, diagnostics)).text
    manifest.chain.CopyFrom(Chain(states=7, stands_for_network=True, teachers=[Teacher()]))
    for split, loss in (("train", 2.25), ("val", 2.5), ("test", 2.75)):
        manifest.chain.teachers[0].losses.add(split=split, loss=loss)
    text = check(report_page(manifest, diagnostics)).text
    for shown in ("2.2500", "2.5000", "2.7500"):
        assert f"network {shown}" in text
    assert "nats a symbol" not in text
    said = text.index("chain of 7 states that is served in the network's place")
    assert text.index("network 2.7500") < said < text.index("Look for")
    published = replace(diagnostics, published={"val": 2.1048})
    assert "network 2.5000, published 2.1048" in check(report_page(manifest, published)).text


def test_losses_by_counts_are_said_to_be(
    small_run: NetworkRun, diagnostics: NetworkDiagnostics
) -> None:
    """The page of a list with counts tells their sum beside the losses; no other page does."""
    manifest = describe(small_run, "m")
    assert "as often as the list says" not in check(report_page(manifest, diagnostics)).text
    manifest.data.occurrences = 12_345
    assert "12,345 times" in check(report_page(manifest, diagnostics)).text


def test_the_report_of_a_chain_shows_its_contexts_and_its_memory(counted_run: ChainRun) -> None:
    """A chain has pictures of its contexts, lengths and letters, and no picture of a network."""
    found = diagnose(counted_run)
    page = check(report_page(describe(counted_run, "m"), found))
    for heading in ("Lengths", "First letters", "Contexts", "What it knows by heart"):
        assert f"\n{heading}\n" in f"\n{page.text}\n"
    assert page.count("svg", role="img") == 3
    val = found.parts["val"]
    for number in (val.loss, val.seen.loss, val.unseen.loss):
        assert f"{number:.4f}" in page.text
    assert f"{found.parts['train'].probability:.1%}" in page.text
    assert "Saturation" not in page.text


def test_the_report_of_a_distilled_chain_shows_its_teachers_beside_it(
    distilled_run: ChainRun,
) -> None:
    """Every teacher, the mixture and the chain have a row, and pairs of names stand there."""
    found = diagnose(distilled_run)
    assert isinstance(found, ChainDiagnostics)
    assert found.teaching
    page = check(report_page(describe(distilled_run, "m"), found))
    for heading in ("Divergence by context", "Divergence by state", "Names side by side"):
        assert f"\n{heading}\n" in f"\n{page.text}\n"
    assert page.count("svg", role="img") == 3 + 2
    for teacher in found.teaching.teachers:
        assert teacher.recipe in page.text
        assert f"{teacher.weight:.1%}" in page.text
        for loss in teacher.losses.values():
            assert f"{loss:.4f}" in page.text
    for split, losses in found.teaching.losses.items():
        assert f"{losses.loss:.4f}" in page.text
        assert f"{found.losses[split]:.4f}" in page.text
    assert f"{found.teaching.kl['val']:.4f}" in page.text
    assert f"{found.teaching.losses['train'].probability:.1%}" in page.text
    for names in found.teaching.pairs.shown:
        assert all(name in page.text for name in names)
    assert "modeltrain lossval losstest loss" in page.text  # within a phone's width
    assert "longer than 64 characters is left out" in page.text


def test_what_a_page_says_of_teachers_is_escaped(
    distilled_run: ChainRun,
) -> None:
    """Recipe and model of a teacher and the names of a pair are shown as text."""
    found = diagnose(distilled_run)
    assert isinstance(found, ChainDiagnostics)
    assert found.teaching
    first, *rest = found.teaching.teachers
    hostile = replace(
        found.teaching,
        teachers=(replace(first, recipe=HOSTILE, model=HOSTILE, version=3), *rest),
        pairs=Pairs(((HOSTILE, "ana"), ("ana", HOSTILE)), 2, 0),
    )
    page = check(report_page(describe(distilled_run, "m"), replace(found, teaching=hostile)))
    assert page.text.count(HOSTILE) >= 4
    assert "version 3" in page.text
    none = replace(hostile, pairs=Pairs((), 0, 0))
    page = check(report_page(describe(distilled_run, "m"), replace(found, teaching=none)))
    assert "No pair of names was drawn." in page.text


def test_a_chain_without_teachers_has_no_section_about_them(counted_run: ChainRun) -> None:
    """Nothing on the page of a counted chain speaks of teachers."""
    page = check(report_page(describe(counted_run, "m"), diagnose(counted_run)))
    assert "teacher" not in page.text
    assert "Divergence" not in page.text


def test_chains_are_compared_beside_networks_and_alone(
    counted_run: ChainRun, diagnostics: NetworkDiagnostics
) -> None:
    """The table leaves a chain's cells of networks empty; pictures are of networks alone."""
    counted = diagnose(counted_run)
    both = check(comparison_page("x", [diagnostics, counted]))
    alone = check(comparison_page("x", [counted]))
    assert "kneser-ney" in both.text
    assert both.count("svg", role="img") == check(comparison_page("x", [diagnostics])).count(
        "svg", role="img"
    )
    assert alone.count("svg") == 0
    assert "Saturated" not in alone.text


EXTREME = {
    "short": ("us-names", {"steps": 1}),
    "narrow": (
        "\n".join(("anna", "bo", "carla", "dora", "emil", "frieda", "gustav", "hedwig") * 5),
        {"steps": 10, "hidden": 1, "embedding": 1, "block_size": 1},
    ),
    "many symbols": (
        "\n".join(chr(0x4E00 + i) + chr(0x4E00 + 7 * i % 3_000) for i in range(3_000)),
        {"steps": 10, "hidden": 8},
    ),
    "marks, blanks and right to left": (
        "\n".join(["زَينَب", "e\u0301va o'neil", "अनिल", "<b>", '"&"'] * 4),
        {"steps": 10, "hidden": 8},
    ),
}
"""Names and settings of the extreme runs, by the property that is extreme."""

SLOW = ("short", "many symbols")
"""Extreme runs that take ten seconds or more."""


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=pytest.mark.slow if case in SLOW else ()) for case in EXTREME],
)
def test_an_extreme_run_has_a_report_too(case: str, tmp_path: Path) -> None:
    """Runs of one step, of one unit, of thousands of symbols and of other scripts have pages."""
    data, settings = EXTREME[case]
    if "\n" in data:
        path = tmp_path / "names.txt"
        path.write_text(data, encoding="utf-8")
        data = str(path)
    odd = train(Names.read(data), override(RECIPES["batchnorm"], **settings), 42, "cpu", iter)
    files = report_files(odd, describe(odd, "odd"))
    assert set(files) == {bundle.REPORT, bundle.DIAGNOSTICS}
    page = check(files[bundle.REPORT])
    assert page.count("svg", role="img") == 15 + bool(odd.evaluations)  # none of the opening
