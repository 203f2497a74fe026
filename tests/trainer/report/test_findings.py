"""The sentences say what the run's own numbers say."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from namesmith_trainer.data import Names
from namesmith_trainer.diagnostics.diagnostics import Diagnostics, diagnose
from namesmith_trainer.recipe import RECIPES
from namesmith_trainer.report import findings
from namesmith_trainer.report.sections import inside
from namesmith_trainer.run import run


@pytest.fixture(scope="module")
def baseline() -> Diagnostics:
    """The notebook before its changes, hardly trained."""
    recipe = replace(RECIPES["baseline"], steps=20)
    return diagnose(run(Names.read("us-names"), recipe, 42, "cpu", iter))


def verdicts(diagnostics: Diagnostics) -> Iterator[tuple[str, bool]]:
    """Whether each picture of a run is as hoped."""
    return ((section.title, section.finding.good) for section in inside(diagnostics))


def test_the_notebooks_faults_are_found(baseline: Diagnostics, diagnostics: Diagnostics) -> None:
    """Every picture of the baseline is a warning but W2 at most; none of batchnorm's is."""
    assert not any(good for _, good in verdicts(baseline))
    assert all(good for _, good in verdicts(diagnostics))


def test_a_hockey_stick_is_measured(baseline: Diagnostics) -> None:
    """The sentence gives the loss at step 0, what is expected and the difference."""
    curve, expected = baseline.curve, baseline.expected_loss
    shows = findings.loss_curve(curve, expected).shows
    for value in (curve.first, expected, curve.first - expected, curve.last):
        assert f"{value:.4f}" in shows


def test_saturation_is_measured(baseline: Diagnostics) -> None:
    """Share and dead units, before and after."""
    start, end = baseline.start.layers[0], baseline.end.layers[0]
    shows = findings.saturation(start, end).shows
    assert f"{start.saturation.share:.1%}" in shows
    assert f"{end.saturation.share:.1%}" in shows
    dead = replace(start, saturation=replace(start.saturation, dead_units=3))
    assert "units 3 are dead at step 0" in findings.saturation(dead, end).shows


def test_runs_are_compared_by_their_numbers(
    baseline: Diagnostics, diagnostics: Diagnostics
) -> None:
    """Who starts with a hockey stick, who ends best."""
    shows = findings.losses([baseline, diagnostics]).shows
    assert "With a hockey stick: baseline." in shows
    assert f"{diagnostics.losses['val']:.4f} (batchnorm)" in shows
    assert "None has a hockey stick" in findings.losses([diagnostics]).shows
